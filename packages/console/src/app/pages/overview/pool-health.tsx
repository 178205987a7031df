import type { JSX } from 'preact'
import { serverNow } from '../../api/clock.ts'
import { durationText, timeText } from '../../format/times.ts'
import { Badge, toneOf } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'

/** A pool or a service, and how it is. */
export interface HealthRow {
  readonly kind: string
  readonly name: string
  readonly value: string
  readonly reason: string | undefined
  /** Time of its last change, in milliseconds since 1970; undefined: none in this process. */
  readonly since: number | undefined
}

const rank = { bad: 0, warn: 1, calm: 2, good: 3 } as const

// What is wrong is in view on a narrow page too.
const columns: readonly Column<HealthRow>[] = [
  { key: 'name', title: 'Name', width: '9rem', order: ({ name }) => name, cell: ({ name }) => <Name text={name} /> },
  { key: 'state', title: 'State', width: '7.5rem', order: ({ value }) => `${rank[toneOf(value)]} ${value}`, cell: ({ value }) => <Badge state={value} /> },
  { key: 'kind', title: 'Kind', width: '6.5rem', order: ({ kind }) => kind, cell: ({ kind }) => <span class="muted">{kind}</span> },
  { key: 'since', title: 'Changed', width: '6.5rem', order: ({ since }) => since ?? 0, cell: ({ since }) => since === undefined ? <span class="muted">–</span> : <time dateTime={new Date(since).toISOString()} title={timeText(since)}>{durationText(serverNow() - since)} ago</time> },
  { key: 'reason', title: 'Reason', width: '7rem', cell: ({ reason }) => <span title={reason}>{reason ?? ''}</span> }
]

/** Pools and services, those that need somebody first. */
export const PoolHealth = ({ rows }: { readonly rows: readonly HealthRow[] }): JSX.Element => {
  const worst = rows.toSorted((a, b) =>
    rank[toneOf(a.value)] - rank[toneOf(b.value)] || (b.since ?? 0) - (a.since ?? 0)
  )
  const count = (tone: keyof typeof rank): number => rows.filter(({ value }) => toneOf(value) === tone).length
  return (
    <section class="panel" aria-label="Pools and services">
      <header>
        <h2>Pools and services</h2>
        <span class="bar muted">
          {count('bad') > 0 && <Badge state="down" word={`${count('bad')} down`} />}
          {count('warn') > 0 && <Badge state="degraded" word={`${count('warn')} not in full`} />}
          <Badge state="up" word={`${count('good')} up`} />
        </span>
      </header>
      {rows.length === 0
        ? <Empty title="No pools yet"><p>A service is one server; an LB vserver balances clients over services. <code>weir exec "add service s1 127.0.0.1 1883"</code> adds the first.</p></Empty>
        : <Table label="Pools and services" columns={columns} rows={worst} keyOf={({ kind, name }) => `${kind}/${name}`} most="24rem" />}
    </section>
  )
}
