import type { JSX } from 'preact'
import { call } from '../../api/api.ts'
import { countText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { toast } from '../../ui/toast.tsx'
import { BudgetsPanel } from './budgets-panel.tsx'
import { CanaryPanel } from './canary-panel.tsx'
import { versionsOf, type ExtensionRow, type Uses, type Version } from './load-extensions.ts'

const columns: readonly Column<Version>[] = [
  { key: 'version', title: 'Version', order: ({ version }) => version, cell: ({ version }) => `v${version}` },
  { key: 'status', title: 'New connections', cell: ({ status }) => <Badge state={status} /> },
  { key: 'connections', title: 'Connections', right: true, order: ({ connections }) => connections, cell: ({ connections }) => countText(connections) },
  { key: 'accepted', title: 'Had', right: true, order: ({ accepted }) => accepted, cell: ({ accepted }) => countText(accepted) },
  { key: 'errors', title: 'Errors', right: true, order: ({ errors }) => errors, cell: ({ errors }) => countText(errors) },
  { key: 'workers', title: 'Workers up', right: true, cell: ({ up, down }) => down === 0 ? countText(up) : `${countText(up)} of ${countText(up + down)}` },
  { key: 'since', title: 'Since', order: ({ since }) => since ?? '', cell: ({ since }) => since === undefined ? '–' : timeText(Date.parse(since)) },
  { key: 'code', title: 'Code', cell: ({ code = '–' }) => <span class="mono" title={code}>{code.length > 20 ? `${code.slice(0, 12)}…` : code}</span> }
]

/** The versions of an extension, its canary, its budgets, and who uses it. */
export const VersionsTab = ({ row, reload }: { readonly row: ExtensionRow, readonly reload: () => void }): JSX.Element => {
  const { extension } = row
  const { name } = extension
  const previous = extension.status?.previous?.at(0)
  const rollBack = (): void => {
    confirm({
      title: `Roll back to version ${String(previous)}?`,
      text: `New connections of ${name} get version ${String(previous)}. Those that there are stay with the version that they have.`,
      verb: 'Roll back',
      async run () {
        await call('rollbackExtension', { path: { name } })
        toast(`New connections of ${name} get version ${String(previous)}.`)
        reload()
      }
    })
  }
  return (
    <>
      <section class="panel" aria-label="Versions">
        <header>
          <h2>Versions</h2>
          <button type="button" class="button" disabled={previous === undefined} onClick={rollBack}>{previous === undefined ? 'Nothing to roll back to' : `Roll back to v${previous}`}</button>
        </header>
        <Table label="Versions" columns={columns} rows={versionsOf(extension)} keyOf={({ version }) => String(version)} />
      </section>
      <div class="half-columns">
        <div class="stack">
          <CanaryPanel extension={extension} reload={reload} />
          <UsesPanel uses={row.uses} />
        </div>
        <BudgetsPanel row={row} reload={reload} />
      </div>
    </>
  )
}

const UsesPanel = ({ uses: { protocols, vservers, monitors } }: { readonly uses: Uses }): JSX.Element => (
  <section class="panel" aria-label="Used by">
    <header><h2>Used by</h2></header>
    <dl class="body facts">
      <dt>User protocols</dt><dd>{protocols.length === 0 ? 'none: a user protocol names the extension' : <Name text={protocols.join(', ')} />}</dd>
      <dt>User vservers</dt><dd>{vservers.length === 0 ? 'none' : vservers.map(name => <div key={name}><a href={hrefOf(['overview'], { vserver: name })}><Name text={name} /></a></div>)}</dd>
      {monitors.length > 0 && <><dt>Monitors</dt><dd><Name text={monitors.join(', ')} /></dd></>}
    </dl>
  </section>
)
