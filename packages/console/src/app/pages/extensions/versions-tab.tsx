import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { HitsModel, type Hits } from '../../api/hits.ts'
import { BudgetsPanel } from '../../code/budgets-panel.tsx'
import { countText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { Name } from '../../ui/name.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { toast } from '../../ui/toast.tsx'
import { CanaryPanel } from './canary-panel.tsx'
import { extensionBudgets } from './extension-budgets.ts'
import { NextUse } from './next-use.tsx'
import { versionsOf, type ExtensionRow, type Uses, type Version } from './load-extensions.ts'

const columnsWith = (rates: ReadonlyMap<string, Hits>): readonly Column<Version>[] => [
  { key: 'version', title: 'Version', order: ({ version }) => version, cell: ({ version }) => `v${version}` },
  { key: 'status', title: 'New connections', cell: ({ status }) => <Badge state={status} /> },
  { key: 'connections', title: 'Connections', right: true, order: ({ connections }) => connections, cell: ({ connections }) => countText(connections) },
  { key: 'accepted', title: 'Had', right: true, order: ({ accepted }) => accepted, cell: ({ accepted }) => countText(accepted) },
  { key: 'rate', title: 'New a second', right: true, cell: ({ version }) => <Sparkline rates={rates.get(String(version))?.rates ?? []} /> },
  { key: 'errors', title: 'Errors', right: true, order: ({ errors }) => errors, cell: ({ errors }) => countText(errors) },
  { key: 'workers', title: 'Workers up', right: true, cell: ({ up, down }) => down === 0 ? countText(up) : `${countText(up)} of ${countText(up + down)}` },
  { key: 'since', title: 'Since', order: ({ since }) => since ?? '', cell: ({ since }) => since === undefined ? '–' : timeText(Date.parse(since)) },
  { key: 'code', title: 'Code', cell: ({ code = '–' }) => <span class="mono" title={code}>{code.length > 20 ? `${code.slice(0, 12)}…` : code}</span> }
]

/** The versions of an extension, its canary, its budgets, and who uses it. */
export const VersionsTab = (
  { row, reload }: { readonly row: ExtensionRow, readonly reload: () => void }
): JSX.Element => {
  const { extension } = row
  const { name } = extension
  const previous = extension.status?.previous?.at(0)
  const hits = useMemo(() => new HitsModel(), [name])
  useEffect(() => {
    hits.add(
      Object.fromEntries(versionsOf(extension).map(({ version, accepted }) => [version, accepted])),
      performance.now()
    )
  }, [extension])
  const rollBack = (): void => {
    confirm({
      title: `Roll back to version ${String(previous)}?`,
      text: `New connections of ${name} get version ${
        String(previous)
      }. Those that there are stay with the version that they have.`,
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
        <Table label="Versions" columns={columnsWith(hits.counted.value)} rows={versionsOf(extension)} keyOf={({ version }) => String(version)} />
      </section>
      <div class="half-columns">
        <div class="stack">
          <CanaryPanel extension={extension} reload={reload} />
          <UsesPanel name={name} uses={row.uses} />
        </div>
        <BudgetsPanel
          name={name} budgets={extensionBudgets} limits={extension} figures={row.figures}
          save={async body => {
            await call('patchExtension', { path: { name }, body })
            reload()
          }}
        />
      </div>
    </>
  )
}

const UsesPanel = ({ name, uses, uses: { protocols, vservers, monitors } }: { readonly name: string, readonly uses: Uses }): JSX.Element => (
  <section class="panel" aria-label="Used by">
    <header><h2>Used by</h2></header>
    <dl class="body facts">
      <dt>User protocols</dt><dd>{protocols.length === 0 ? <NextUse name={name} uses={uses} /> : <Name text={protocols.join(', ')} />}</dd>
      <dt>User vservers</dt><dd>{vservers.length === 0 ? protocols.length === 0 ? 'none' : <NextUse name={name} uses={uses} /> : vservers.map(name => <div key={name}><a href={hrefOf(['overview'], { vserver: name })}><Name text={name} /></a></div>)}</dd>
      {monitors.length > 0 && <><dt>Monitors</dt><dd><Name text={monitors.join(', ')} /></dd></>}
    </dl>
  </section>
)
