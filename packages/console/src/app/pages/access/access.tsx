import './access.css'
import type { AccessRule } from '@weirlb/admin/client'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { decisionsOf, useHits, type Hits } from '../../api/hits.ts'
import { useNow } from '../../api/now.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { countText } from '../../format/numbers.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Filter } from '../../ui/filter.tsx'
import { Name } from '../../ui/name.tsx'
import { Remaining } from '../../ui/remaining.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Table, type Column } from '../../ui/table.tsx'
import { inOrder, isAtWork } from './access-order.ts'
import { BansPanel } from './bans-panel.tsx'
import { does, RuleDetail, Source } from './rule-detail.tsx'
import { ListsPanel } from './lists-panel.tsx'
import { TestPanel } from './test-panel.tsx'

const RELOAD_MS = 1000

interface Row { readonly rule: AccessRule, readonly at: number, readonly hits: Hits | undefined, readonly now: number }

/**
 * Who may come in: access rules in the order in which they decide, bans, lists, and what would become of an address.
 */
export const Access = (): JSX.Element => {
  const query = useQuery(async () => inOrder((await call('listAccessRules')).body.items))
  const hits = useHits(decisionsOf('access-rule')).value
  const now = useNow()
  const filter = useSignal('')
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  // An expiry is no event.
  useRefresh(query)
  const [name] = place.value.rest
  const rules = query.value.value
  const chosen = rules?.find(rule => rule.name === name)
  const wanted = filter.value.toLowerCase()
  const rows = (rules ?? []).map((rule, at): Row => ({ rule, at, hits: hits.get(rule.name), now }))
    .filter(({ rule: { name, source, comment = '' } }) => `${name} ${source} ${comment}`.toLowerCase().includes(wanted))
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={query.reload} />
      <div class="with-detail" data-open={chosen !== undefined}>
        <section class="panel" aria-label="Access rules">
          <header>
            <h2>Access rules</h2>
            {rules !== undefined && rules.length > 0 && <Filter label="Filter" value={filter.value} onInput={value => { filter.value = value }} />}
            <a class="button primary" href={newRule({ action: 'block' })}>New</a>
          </header>
          {rules !== undefined && (rules.length === 0
            ? <Empty title="No access rules yet"><p>An access rule decides about clients by where they come from, before anything of them is read. <a href={newRule({ action: 'block', source: '192.0.2.0/24' })}>Block a network</a>, or <a href={newRule({ action: 'allow' })}>trust one</a>: whom a rule allows, nothing else refuses.</p></Empty>
            : (
              <>
                <p class="note muted">The first that a client comes from decides: <code>allow</code> before <code>block</code> before <code>challenge</code>, and a narrow source before a wide one.</p>
                <Table label="Access rules in their order" columns={columns} rows={rows} keyOf={({ rule }) => rule.name} selected={name} />
              </>
              ))}
        </section>
        {chosen !== undefined && <RuleDetail rule={chosen} now={now} onChange={query.reload} />}
      </div>
      <TestPanel />
      <BansPanel />
      <ListsPanel now={now} />
    </div>
  )
}

/** The form of a new access rule. */
const newRule = (value: Partial<AccessRule>): string =>
  hrefOf(['configuration', 'accessRules', '+'], { from: 'access', value: JSON.stringify(value) })

const columns: readonly Column<Row>[] = [
  { key: 'at', title: 'Order', width: '4rem', right: true, cell: ({ rule, at }) => isAtWork(rule) ? at + 1 : <span class="muted" title="It decides nothing now">–</span> },
  { key: 'name', title: 'Name', width: '10rem', cell: ({ rule: { name } }) => <a href={hrefOf(['access', name])}><Name text={name} /></a> },
  { key: 'source', title: 'Clients from', width: '11rem', cell: ({ rule: { source } }) => <Source source={source} /> },
  { key: 'action', title: 'Action', width: '7.5rem', cell: ({ rule: { action } }) => <Badge state={does[action].looks} word={action} title={does[action].words} /> },
  { key: 'where', title: 'User vservers', width: '8rem', cell: ({ rule: { vservers } }) => vservers.length === 0 ? <span class="muted">all</span> : <Name text={vservers.join(', ')} /> },
  { key: 'status', title: 'Status', width: '7rem', cell: ({ rule: { status, state } }) => <Badge state={status?.value ?? state} title={status?.reason} /> },
  { key: 'ends', title: 'Ends', width: '7.5rem', cell: ({ rule: { expiresAt }, now }) => <Remaining until={expiresAt} now={now} /> },
  {
    key: 'hits', title: 'Hits', width: '5rem', right: true,
    cell: ({ rule: { name, action }, hits }) => action === 'allow' ? <span class="muted" title="Whom a rule allows is not counted">–</span> : <a href={hrefOf(['security'], { kind: 'access-rule', name })}>{countText(hits?.total ?? 0)}</a>
  },
  { key: 'rate', title: 'Hits/s', width: '9.5rem', right: true, cell: ({ rule: { action }, hits }) => action === 'allow' ? '' : <Sparkline rates={hits?.rates ?? []} /> }
]
