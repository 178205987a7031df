import './revisions.css'
import type { Revisions as RevisionList } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { countText } from '../../format/numbers.ts'
import { timeText } from '../../format/times.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { RevisionPanel } from './revision-panel.tsx'

type Revision = RevisionList['items'][number]

const RELOAD_MS = 1000

/** Every change of the configuration that is kept: who made it, what it changed, and the way back. */
export const Revisions = (): JSX.Element => {
  const query = useQuery(async () => (await call('listRevisions')).body.items)
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const revisions = query.value.value
  const [id] = place.value.rest
  const chosen = revisions?.find(each => String(each.id) === id)
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={query.reload} />
      {revisions !== undefined && (
        <section class="panel" aria-label="Revisions">
          <header><h2>Revisions</h2><span class="muted">{countText(revisions.length)} are kept</span></header>
          {revisions.length === 0
            ? <Empty title="No revision yet"><p>Each applied change becomes one. Make the first under <a href={hrefOf(['configuration'])}>Configuration</a>.</p></Empty>
            : <Table label="Revisions" columns={columns} rows={revisions} keyOf={({ id }) => String(id)} selected={id} sorting={{ key: 'id', down: true }} />}
        </section>
      )}
      {id !== undefined && revisions !== undefined && chosen === undefined && <Empty title={`Revision ${id} is not kept any more`} />}
      {chosen !== undefined && <RevisionPanel key={chosen.id} id={chosen.id} current={chosen.current} />}
    </div>
  )
}

const authorOf = ({ author }: Revision): string =>
  author === undefined ? 'unknown' : author.name === undefined ? author.via : `${author.via}, ${author.name}`

const summaryOf = ({ summary, rollbackTo }: Revision): string => {
  const parts = summary === undefined
    ? []
    : (['added', 'changed', 'removed'] as const).flatMap(what =>
      summary[what] === 0 ? [] : [`${countText(summary[what])} ${what}`]
    )
  return [...rollbackTo === undefined ? [] : [`back to ${rollbackTo}`], ...parts].join(', ')
}

const namesOf = ({ summary }: Revision): string => (summary?.entities ?? []).map(({ name }) => name).join(', ')

const columns: readonly Column<Revision>[] = [
  { key: 'id', title: 'Revision', order: ({ id }) => id, cell: ({ id }) => <a href={hrefOf(['revisions', String(id)])}>{id}</a> },
  { key: 'current', title: 'State', cell: ({ current }) => current ? <Badge state="current" word="runs" /> : <span class="muted">earlier</span> },
  { key: 'saved', title: 'Applied', order: ({ savedAt }) => Date.parse(savedAt), cell: ({ savedAt }) => timeText(Date.parse(savedAt)) },
  { key: 'author', title: 'By', order: authorOf, cell: revision => <Name text={authorOf(revision)} /> },
  { key: 'summary', title: 'Changes', cell: summaryOf },
  { key: 'names', title: 'Of', cell: revision => <Name text={namesOf(revision)} /> }
]
