import type { JSX } from 'preact'
import { call } from '../api/api.ts'
import { serverNow } from '../api/clock.ts'
import { useQuery } from '../api/query.ts'
import { useRefresh } from '../api/refresh.ts'
import { countText } from '../format/numbers.ts'
import { Chart } from './chart.tsx'
import { Fault } from './fault.tsx'
import { isDark } from './theme.ts'

const MINUTE_MS = 60_000
const MINUTES = 60
/** As many as the API gives at once. */
const MAX_EVENTS = 1000

interface Minutes {
  readonly times: readonly number[]
  readonly acted: readonly number[]
  readonly simulated: readonly number[]
  readonly cut: boolean
}

const load = async (kind: string, name: string): Promise<Minutes> => {
  const now = serverNow()
  const first = (Math.floor(now / MINUTE_MS) - MINUTES + 1) * MINUTE_MS
  const { items, next } =
    (await call('listSecurityEvents', {
      query: { kind, name, since: new Date(first).toISOString(), limit: MAX_EVENTS }
    })).body
  const times = Array.from({ length: MINUTES }, (_, n) => first + n * MINUTE_MS)
  const acted = times.map(() => 0)
  const simulated = times.map(() => 0)
  for (const event of items) {
    const at = Math.min(MINUTES - 1, Math.floor((event.time - first) / MINUTE_MS))
    if (at >= 0) (event.simulated ? simulated : acted)[at]! += event.weight
  }
  return { times, acted, simulated, cut: next !== undefined }
}

/**
 * Decisions of one control in each minute of the last hour, from security events: each stands for as many as its
 * weight.
 */
export const DecisionsChart = ({ kind, name }: { readonly kind: string, readonly name: string }): JSX.Element => {
  const query = useQuery(() => load(kind, name), `${kind}/${name}`)
  useRefresh(query)
  const minutes = query.value.value
  const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0)
  return (
    <div>
      <h3>Last hour</h3>
      <Fault error={query.error.value} />
      {minutes !== undefined && (
        <>
          <p class="muted">{countText(sum(minutes.acted))} decisions{sum(minutes.simulated) > 0 ? `, ${countText(sum(minutes.simulated))} more simulated` : ''}; a point for each minute.{minutes.cut ? ' Of the minutes further back there are more than are shown.' : ''}</p>
          <Chart
            label={`Decisions of ${name} in each minute`} times={minutes.times} format={countText} theme={isDark() ? 'dark' : 'light'}
            lines={[{ title: 'with effect', colour: 1, values: minutes.acted }, { title: 'simulated', colour: 2, values: minutes.simulated }]}
          />
        </>
      )}
    </div>
  )
}
