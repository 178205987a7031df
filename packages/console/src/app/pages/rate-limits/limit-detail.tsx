import type { Output, RateLimit } from '@weirlb/admin/client'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { useRefresh } from '../../api/refresh.ts'
import { countText, numberText, percentText } from '../../format/numbers.ts'
import { durationText } from '../../format/times.ts'
import { hrefOf } from '../../router/router.ts'
import { Badge } from '../../ui/badge.tsx'
import { DecisionsChart } from '../../ui/decisions-chart.tsx'
import { Fault } from '../../ui/fault.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Name } from '../../ui/name.tsx'
import { propose } from '../../ui/propose.tsx'

const MOST_COUNTERS = 20

const load = async (name: string) => {
  const [counters, stats] = await Promise.all([
    call('listRateLimitCounters', { path: { name }, query: { limit: MOST_COUNTERS } }),
    call('getStats')
  ])
  return {
    counters: counters.body,
    stats: Object.hasOwn(stats.body.rateLimits, name) ? stats.body.rateLimits[name] : undefined
  }
}

/** One rate limit: what it has done, and its fullest counters. */
export const LimitDetail = (
  { limit: { name, expression, counting, vservers, maxKeys, comment, floodControl }, onChange }: {
    readonly limit: RateLimit
    readonly onChange: () => void
  }
): JSX.Element => {
  const query = useQuery(() => load(name), name)
  useRefresh(query)
  const [error, setError] = useState<unknown>(undefined)
  const remove = (): void => {
    propose({
      collection: 'rateLimits',
      change: { action: 'delete', name },
      verb: 'Remove',
      said: `Removed ${name}`,
      onDone: onChange,
      onFailed: setError
    }).then(() => {
      setError(undefined)
    }, setError)
  }
  const loaded = query.value.value
  return (
    <section class="panel detail" aria-label="Rate limit">
      <header>
        <h2><Name text={name} /></h2>
        <a class="button quiet icon" href={hrefOf(['rate-limits'])} aria-label="Close"><Icon name="close" /></a>
      </header>
      <div class="body stack">
        <Fault error={error ?? query.error.value} />
        <div class="bar">
          <a class="button" href={hrefOf(['configuration', 'rateLimits', name], { from: 'rate-limits' })}>Edit</a>
          <button type="button" class="button danger" onClick={remove}>Remove</button>
        </div>
        <dl class="facts">
          {expression !== undefined && <Fact word="Which">{<span class="mono">{expression}</span>}</Fact>}
          {counting !== undefined && <Fact word="Counts replies"><span class="mono">{counting}</span></Fact>}
          <Fact word="At">{vservers.length === 0 ? 'all user vservers that have its fields' : <Name text={vservers.join(', ')} />}</Fact>
          {floodControl !== undefined && <Fact word="Part of">{floodControl}</Fact>}
          {comment !== undefined && <Fact word="Comment"><Name text={comment} /></Fact>}
          {loaded?.stats !== undefined && (
            <>
              <Fact word="Counted">{countText(loaded.stats.counted)}</Fact>
              <Fact word="Over">{countText(loaded.stats.over)}: {countText(loaded.stats.blocked)} refused, {countText(loaded.stats.throttled)} slowed, {countText(loaded.stats.banned)} banned</Fact>
              <Fact word="Counters">{countText(loaded.stats.keys)} of {countText(maxKeys)} in a worker{loaded.stats.evicted > 0 ? `, ${countText(loaded.stats.evicted)} forgotten early` : ''}</Fact>
            </>
          )}
        </dl>
        {loaded !== undefined && <Counters counters={loaded.counters} />}
        <DecisionsChart kind="rate-limit" name={name} />
      </div>
    </section>
  )
}

const Fact = ({ word, children }: { readonly word: string, readonly children: ComponentChildren }): JSX.Element => <><dt>{word}</dt><dd>{children}</dd></>

const Counters = (
  { counters: { items, truncated } }: { readonly counters: Output<'listRateLimitCounters'>['body'] }
): JSX.Element => (
  <div>
    <h3>Fullest counters</h3>
    {items.length === 0
      ? <p class="muted">Nothing has been counted in the last period.</p>
      : (
        <div class="list-scroll" tabIndex={0} role="region" aria-label="List of counters">
          <table class="list-table" aria-label="Fullest counters">
            <thead><tr><th scope="col">Of</th><th scope="col" class="right">Counted</th><th scope="col" class="right">Full</th><th scope="col">State</th></tr></thead>
            <tbody>
              {items.map(({ key, counted, limit, actsForSeconds }) => (
                <tr key={key}>
                  <td class="mono name">{key === '' ? 'all' : key}</td>
                  <td class="right">{numberText(counted)}</td>
                  <td class="right">{percentText(counted / limit)}</td>
                  <td>{actsForSeconds > 0 ? <Badge state="down" word={`over for ${durationText(actsForSeconds * 1000)}`} /> : counted + 1 > limit ? <Badge state="degraded" word="full" /> : <Badge state="ok" word="has room" />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        )}
    {truncated && <p class="muted">There are more.</p>}
  </div>
)
