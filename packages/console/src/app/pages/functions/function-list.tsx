import type { JSX } from 'preact'
import { countText, msText } from '../../format/numbers.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { failuresOf, meanMsOf, type FunctionFigures, type FunctionRow } from './load-functions.ts'

const figure = (
  key: string,
  title: string,
  of: (figures: FunctionFigures) => number,
  format: (value: number, row: FunctionRow) => string = countText
): Column<FunctionRow> => ({
  key,
  title,
  right: true,
  order: ({ figures }) => figures === undefined ? -1 : of(figures),
  cell: row => row.figures === undefined ? '–' : format(of(row.figures), row)
})

const columns: readonly Column<FunctionRow>[] = [
  { key: 'name', title: 'Edge function', order: ({ edgeFunction }) => edgeFunction.name, cell: ({ edgeFunction: { name } }) => <a href={hrefOf(['functions', name])}><Name text={name} /></a> },
  { key: 'state', title: 'State', order: ({ edgeFunction }) => edgeFunction.status?.value ?? '', cell: ({ edgeFunction: { status } }) => <Badge state={status?.value ?? 'unknown'} title={status?.reason} /> },
  { key: 'triggers', title: 'Triggers', order: ({ triggers }) => triggers.length, cell: ({ triggers }) => triggers.length === 0 ? <span class="muted">none: nothing asks it</span> : <Name text={triggers.map(({ pattern }) => pattern).join(', ')} /> },
  figure('requests', 'Requests', ({ requests }) => requests),
  figure('allowed', 'Let pass', ({ allowed }) => allowed),
  figure('responded', 'Answered', ({ responded }) => responded),
  figure('failed', 'Failed', failuresOf),
  figure(
    'mean',
    'Time of a request',
    figures => meanMsOf(figures) ?? 0,
    (mean, { edgeFunction: { limits } }) => `${msText(mean)} of ${msText(limits.cpuMs)}`
  ),
  figure(
    'strikes',
    'Strikes',
    ({ strikes }) => strikes,
    (strikes, { edgeFunction }) => `${countText(strikes)} of ${countText(edgeFunction.strikes.failures)}`
  )
]

/** Every edge function, with its triggers, decisions and budget. */
export const FunctionList = ({ rows }: { readonly rows: readonly FunctionRow[] }): JSX.Element => (
  <section class="panel" aria-label="Edge functions">
    <header>
      <h2>Edge functions</h2>
      <span class="muted">{countText(rows.length)}</span>
      <a class="button primary" href={hrefOf(['functions'], { new: '1' })}>New edge function</a>
    </header>
    {rows.length === 0
      ? (
        <Empty title="No edge function yet">
          <p>An edge function decides on HTTP requests, and on those for a WebSocket, before they reach a server: it lets them pass or answers them. Write one here, paste a service worker, or import a file.</p>
          <a href={hrefOf(['functions'], { new: '1' })}>Write the first one</a>
        </Empty>
        )
      : <Table label="Edge functions" columns={columns} rows={rows} keyOf={({ edgeFunction }) => edgeFunction.name} sorting={{ key: 'name', down: false }} />}
  </section>
)
