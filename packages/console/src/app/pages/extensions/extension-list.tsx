import type { JSX } from 'preact'
import { bytesText, countText, msText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { connectionsOf, versionsOf, type ExtensionFigures, type ExtensionRow } from './load-extensions.ts'

const figure = (
  key: 'messages' | 'heapBytes' | 'batchMsPeak' | 'strikes',
  title: string,
  format: (figures: ExtensionFigures, row: ExtensionRow) => string
): Column<ExtensionRow> => ({
  key,
  title,
  right: true,
  order: ({ figures }) => figures?.[key] ?? -1,
  cell: row => row.figures === undefined ? '–' : format(row.figures, row)
})

const columns: readonly Column<ExtensionRow>[] = [
  { key: 'name', title: 'Extension', order: ({ extension }) => extension.name, cell: ({ extension: { name } }) => <a href={hrefOf(['extensions', name])}><Name text={name} /></a> },
  { key: 'state', title: 'State', order: ({ extension }) => extension.status?.value ?? '', cell: ({ extension: { status } }) => <Badge state={status?.value ?? 'unknown'} title={status?.reason} /> },
  {
    key: 'versions',
    title: 'Versions',
    cell: ({ extension }) =>
      versionsOf(extension).map(({ version, status }) => status === 'current' ? `v${version}` : `v${version} ${status}`)
        .join(', ')
  },
  { key: 'code', title: 'Code', order: ({ extension }) => extension.builtin ?? '', cell: ({ extension: { builtin } }) => builtin === undefined ? 'own' : <>included: <Name text={builtin} /></> },
  { key: 'uses', title: 'User vservers', order: ({ uses }) => uses.vservers.length, cell: ({ uses: { vservers } }) => vservers.length === 0 ? <span class="muted">none</span> : <Name text={vservers.join(', ')} /> },
  { key: 'connections', title: 'Connections', right: true, order: ({ extension }) => connectionsOf(extension), cell: ({ extension }) => countText(connectionsOf(extension)) },
  figure('messages', 'Messages', ({ messages }) => countText(messages)),
  figure(
    'batchMsPeak',
    'Longest call',
    ({ batchMsPeak }, { extension: { limits } }) => `${msText(batchMsPeak)} of ${msText(limits.batchTimeoutMs)}`
  ),
  figure(
    'heapBytes',
    'Largest heap',
    ({ heapBytesPeak }, { extension: { limits } }) => `${bytesText(heapBytesPeak)} of ${countText(limits.heapMb)} MiB`
  ),
  figure(
    'strikes',
    'Strikes',
    ({ strikes }, { extension }) => `${countText(strikes)} of ${countText(extension.strikes.failures)}`
  )
]

/** Every extension, with its versions, use and budgets. */
export const ExtensionList = ({ rows }: { readonly rows: readonly ExtensionRow[] }): JSX.Element => (
  <section class="panel" aria-label="Extensions">
    <header>
      <h2>Extensions</h2>
      <span class="muted">{countText(rows.length)}</span>
      <a class="button primary" href={hrefOf(['extensions'], { new: '1' })}>New extension</a>
    </header>
    {rows.length === 0
      ? (
        <Empty title="No extension yet">
          <p>An extension teaches Weir a protocol in TypeScript: where a message ends, and where it goes. Write one here, or import a file.</p>
          <a href={hrefOf(['extensions'], { new: '1' })}>Write the first one</a>
        </Empty>
        )
      : <Table label="Extensions" columns={columns} rows={rows} keyOf={({ extension }) => extension.name} sorting={{ key: 'name', down: false }} />}
  </section>
)
