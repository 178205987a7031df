import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useQuery } from '../../api/query.ts'
import { Badge } from '../../ui/badge.tsx'
import { confirm } from '../../ui/confirm.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'

const RELOAD_MS = 1000

const effects = {
  on: 'Its limits become tighter, most connects are kept for known-good addresses, and browsers have to pass a challenge. Clients that are connected stay.',
  auto: 'Each worker begins defence mode when it sees an attack, and ends it afterwards.',
  off: 'It stays off, also under attack. Flood controls go on.'
} as const
type Mode = keyof typeof effects

const load = async () => {
  const [vservers, health] = await Promise.all([call('listUserVservers'), call('getHealth')])
  return {
    vservers: vservers.body.items,
    defending: new Set(health.body.defending.map(({ userVserver }) => userVserver))
  }
}

/** Defence mode of every user vserver. It changes after a second look. */
export const DefencePanel = (): JSX.Element => {
  const query = useQuery(load)
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const loaded = query.value.value
  const change = (name: string, mode: Mode): void => {
    confirm({
      title: `Defence mode of ${name}: ${mode}?`,
      text: effects[mode],
      verb: `Set to ${mode}`,
      danger: mode === 'off',
      run: async () => {
        await call('patchUserVserver', { path: { name }, body: { floods: { mode } } })
        query.reload()
      }
    })
  }
  return (
    <section class="panel" aria-label="Defence mode">
      <header><h2>Defence mode</h2></header>
      <Fault error={query.error.value} onRetry={query.reload} />
      {loaded !== undefined && (loaded.vservers.length === 0
        ? <Empty title="No user vserver yet" />
        : (
          <ul class="body stack defence-list">
            {loaded.vservers.map(({ name, floods: { mode } }) => (
              <li key={name} class="bar">
                <Badge state={loaded.defending.has(name) ? 'defending' : 'ok'} word={loaded.defending.has(name) ? 'defends' : 'not needed'} />
                <Name text={name} />
                <span class="muted">mode {mode}</span>
                {(Object.keys(effects) as Mode[]).filter(other => other !== mode).map(other => (
                  <button key={other} type="button" class="button" aria-label={`Set defence mode of ${name} to ${other}`} onClick={() => { change(name, other) }}>{other}</button>
                ))}
              </li>
            ))}
          </ul>
          ))}
    </section>
  )
}
