import type { RateLimit } from '@weirlb/admin/client'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { calmly, useEvents } from '../../api/events.ts'
import { useHits, type Hits } from '../../api/hits.ts'
import { useQuery } from '../../api/query.ts'
import { countedText, countText } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { hrefOf, place } from '../../router/router.ts'
import { Empty } from '../../ui/empty.tsx'
import { Fault } from '../../ui/fault.tsx'
import { FieldChoice } from '../../ui/field-choice.tsx'
import { Name } from '../../ui/name.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { Status } from '../../ui/status.tsx'
import { LimitDetail } from './limit-detail.tsx'
import { newLimit, PresetsPanel } from './presets-panel.tsx'

const RELOAD_MS = 1000
const states = ['draft', 'simulated', 'enabled', 'disabled'] as const

/** Rate limits: what each counts, what becomes of what is over, and what it is at. */
export const RateLimits = (): JSX.Element => {
  const query = useQuery(async () => (await call('listRateLimits')).body.items)
  const over =
    useHits(({ rateLimits }) => Object.fromEntries(Object.entries(rateLimits).map(([name, { over }]) => [name, over])))
      .value
  useEvents(useMemo(() => calmly(query.reload, RELOAD_MS), [query]))
  const [name] = place.value.rest
  const limits = query.value.value
  const chosen = limits?.find(limit => limit.name === name)
  return (
    <div class="stack">
      <Fault error={query.error.value} onRetry={query.reload} />
      <div class="with-detail" data-open={chosen !== undefined}>
        <section class="panel" aria-label="Rate limits">
          <header>
            <h2>Rate limits</h2>
            <a class="button primary" href={newLimit({ state: 'simulated' })}>New, simulated</a>
          </header>
          {limits !== undefined && (limits.length === 0
            ? <Empty title="No rate limits yet"><p>A rate limit counts connections, requests or messages by any of their values, and says what becomes of what is too much. Begin with a preset below, in state <code>simulated</code>: it counts, and has no effect.</p></Empty>
            : <LimitList limits={limits} over={over} selected={name} onChange={query.reload} />)}
        </section>
        {chosen !== undefined && <LimitDetail key={chosen.name} limit={chosen} onChange={query.reload} />}
      </div>
      <PresetsPanel />
    </div>
  )
}

/** `100 in 10 s`, and of the same counter for how long. */
export const boundText = ({ limit, periodSeconds }: RateLimit): string =>
  `${countText(limit)} in ${durationText(periodSeconds * 1000)}`

/** What becomes of what is over the limit. */
export const actionText = ({ action, timeoutSeconds }: RateLimit): string =>
  timeoutSeconds === 0 ? action : `${action} for ${durationText(timeoutSeconds * 1000)}`

const LimitList = ({ limits, over, selected, onChange }: { readonly limits: readonly RateLimit[], readonly over: ReadonlyMap<string, Hits>, readonly selected: string | undefined, readonly onChange: () => void }): JSX.Element => (
  <div class="list-scroll" tabIndex={0} role="region" aria-label="List of rate limits">
    <table class="list-table" aria-label="Rate limits and what is over them">
      <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">Status</th><th scope="col">Counts</th><th scope="col">Lets pass</th><th scope="col">Beyond</th><th scope="col" class="right">Over</th><th scope="col" class="right">Over/s</th></tr></thead>
      <tbody>
        {limits.map(limit => {
          const { name, state, status, counts, by, counting } = limit
          return (
            <tr key={name} aria-current={name === selected ? 'true' : undefined}>
              <td class="named"><a href={hrefOf(['rate-limits', name])}><Name text={name} /></a></td>
              <td><FieldChoice collection="rateLimits" name={name} field="state" value={state} choices={states} onDone={onChange} /></td>
              <td><Status status={status} /></td>
              <td>
                {counting === undefined ? counts : `replies to ${counts}`}
                <div class="muted">{by.length === 0 ? 'one counter for all' : <>for each <span class="mono name">{by.join(', ')}</span></>}</div>
              </td>
              <td class="nowrap">{boundText(limit)}</td>
              <td>{actionText(limit)}</td>
              <td class="right"><a href={hrefOf(['security'], { kind: 'rate-limit', name })} aria-label={countedText(over.get(name)?.total ?? 0, 'decision')}>{countText(over.get(name)?.total ?? 0)}</a></td>
              <td class="right"><Sparkline rates={over.get(name)?.rates ?? []} /></td>
            </tr>
          )
        })}
      </tbody>
    </table>
  </div>
)
