import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { countText } from '../../format/numbers.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'

const kinds = {
  address: 'addresses',
  clientId: 'client IDs',
  topic: 'topics',
  country: 'countries',
  asn: 'autonomous systems'
} as const
type Kind = keyof typeof kinds
interface Row { readonly value: string, readonly count: number, readonly error: number }

const columns: readonly Column<Row>[] = [
  { key: 'value', title: 'Value', cell: ({ value }) => <Name text={value} /> },
  {
    key: 'count',
    title: 'Decisions',
    right: true,
    order: ({ count }) => count,
    cell: ({ count, error }) => error === 0 ? countText(count) : `${countText(count - error)} to ${countText(count)}`
  }
]

/** Whom the edge decided about most often. */
export const TopPanel = (): JSX.Element => {
  const [by, setBy] = useState<Kind>('address')
  const query = useQuery(async () => (await call('getSecurityTop', { query: { by, limit: 10 } })).body, by)
  const top = query.value.value
  return (
    <section class="panel" aria-label="Top">
      <header>
        <h2>Most often</h2>
        <select class="input by" aria-label="Rank" value={by} onChange={event => { setBy(event.currentTarget.value as Kind) }}>
          {Object.entries(kinds).map(([kind, title]) => <option key={kind} value={kind}>{title}</option>)}
        </select>
        <button type="button" class="button quiet" onClick={query.reload}>Count again</button>
      </header>
      <Fault error={query.error.value} onRetry={query.reload} />
      {top !== undefined && (top.items.length === 0
        ? <Empty title="No decisions with an effect in the last 15 minutes" />
        : <Table label="Most often" columns={columns} rows={top.items} keyOf={({ value }) => value} />)}
    </section>
  )
}
