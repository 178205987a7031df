import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'

const RELOAD_MS = 1000
const newException = hrefOf(['configuration', 'rules', '+'], {
  from: 'managed-checks',
  value: JSON.stringify({ action: 'skip', state: 'simulated' })
})

const load = async () => {
  const [rules, access] = await Promise.all([call('listRules'), call('listAccessRules')])
  return {
    rules: rules.body.items.filter(({ action }) => action === 'skip'),
    trusted: access.body.items.filter(({ action, state }) => action === 'allow' && state === 'enabled')
  }
}

/** Whom and what managed checks do not look at. */
export const ExceptionsPanel = (): JSX.Element => {
  const query = useQuery(load)
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const loaded = query.value.value
  return (
    <section class="panel" aria-label="Exceptions">
      <header>
        <h2>Exceptions</h2>
        <a class="button" href={newException}>New exception</a>
      </header>
      <Fault error={query.error.value} onRetry={query.reload} />
      {loaded !== undefined && (loaded.rules.length + loaded.trusted.length === 0
        ? <Empty title="No exceptions"><p>A rule with the action <code>skip</code> leaves out the managed checks of its phase for those that its expression is about. An <a href={hrefOf(['access'])}>access rule</a> that allows an address leaves out all of them.</p></Empty>
        : (
          <ul class="body stack">
            {loaded.rules.map(({ name, expression, state }) => <li key={name} class="bar"><Badge state={state} /> <a href={hrefOf(['configuration', 'rules', name], { from: 'managed-checks' })}><Name text={name} /></a> <span class="mono name">{expression}</span></li>)}
            {loaded.trusted.map(({ name, source }) => <li key={`access ${name}`} class="bar"><Badge state="enabled" word="allow" /> <a href={hrefOf(['access', name])}><Name text={name} /></a> <span class="mono">{source}</span></li>)}
          </ul>
          ))}
    </section>
  )
}
