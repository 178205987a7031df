import './managed-checks.css'
import type { ManagedGroups } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { decisionsOf, useHits } from '../../api/hits.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { countedText } from '../../format/numbers.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Words } from '../../ui/words.tsx'
import { CheckDetail } from './check-detail.tsx'
import { CheckPanel } from './check-panel.tsx'
import { ExceptionsPanel } from './exceptions-panel.tsx'

const RELOAD_MS = 1000

const load = async () => {
  const [checks, groups] = await Promise.all([call('listManagedChecks'), call('listManagedGroups')])
  return { checks: checks.body.items, groups: groups.body.items }
}

/** Managed checks: where each group applies, in which modes, and what its checks have found. */
export const ManagedChecks = (): JSX.Element => {
  const query = useQuery(load)
  const hits = useHits(decisionsOf('managed-check')).value
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  // What is installed is looked for again and again, and is no event.
  useRefresh(query)
  const [name, id] = place.value.rest
  const loaded = query.value.value
  if (loaded === undefined) return <Fault error={query.error.value} onRetry={query.reload} />
  const { checks, groups } = loaded
  const found = checks.find(check => check.name === name)?.status?.checks?.find(check => check.id === id)
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={query.reload} />
      <div class="with-detail" data-open={found !== undefined}>
        <div class="stack">
          {checks.length === 0 && (
            <section class="panel" aria-label="Managed checks">
              <Empty title="No managed checks yet"><p>Managed checks are rules that Weir keeps: what no client of a protocol may send, and what has harmed servers. Add a group below in mode <code>simulate</code>, look at its hits for a while, and then set its mode to <code>default</code>.</p></Empty>
            </section>
          )}
          {checks.map(check => <CheckPanel key={check.name} check={check} group={groups.find(({ group }) => group === check.group)} hits={hits} selected={check.name === name ? id : undefined} onChange={query.reload} />)}
        </div>
        {found !== undefined && <CheckDetail name={name!} check={found} />}
      </div>
      <ExceptionsPanel />
      <GroupsPanel groups={groups} />
    </div>
  )
}

/** Every group that there is, ready to be added. */
const GroupsPanel = ({ groups }: { readonly groups: ManagedGroups['items'] }): JSX.Element => (
  <section class="panel" aria-label="Groups">
    <header><h2>Groups</h2></header>
    <ul class="body stack">
      {groups.map(({ group, text, checks }) => (
        <li key={group} class="group-row">
          <div>
            <strong class="mono">{group}</strong> <span class="muted">{countedText(checks.length, 'check')}</span>
            <div class="muted"><Words text={text} /></div>
          </div>
          <a class="button" aria-label={`Add, simulated: ${group}`} href={hrefOf(['configuration', 'managedChecks', '+'], { from: 'managed-checks', value: JSON.stringify({ name: group, group, mode: 'simulate' }) })}>Add, simulated</a>
        </li>
      ))}
    </ul>
  </section>
)
