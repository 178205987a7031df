import type { JSX } from 'preact'
import { call } from '../../api/api.ts'
import { useQuery } from '../../api/query.ts'
import { hrefOf } from '../../router/router.ts'
import { Fault } from '../../ui/fault.tsx'
import { Name } from '../../ui/name.tsx'
import { Words } from '../../ui/words.tsx'

/** The form of a new rate limit, with fields to begin with. */
export const newLimit = (value: Readonly<Record<string, unknown>>): string =>
  hrefOf(['configuration', 'rateLimits', '+'], { from: 'rate-limits', value: JSON.stringify(value) })

/** Rate limits that are ready to be created, each with what it holds clients to. */
export const PresetsPanel = (): JSX.Element => {
  const query = useQuery(async () => (await call('listRateLimitPresets')).body.items)
  return (
    <section class="panel" aria-label="Presets">
      <header><h2>Presets</h2></header>
      <Fault error={query.error.value} onRetry={query.reload} />
      <ul class="body stack">
        {(query.value.value ?? []).map(({ name, doc, rateLimit }) => (
          <li key={name}>
            <a href={newLimit({ ...rateLimit, state: 'simulated' })} aria-label={`Use preset ${name}`}><Name text={name} /></a>
            <div class="muted"><Words text={doc} /></div>
          </li>
        ))}
      </ul>
    </section>
  )
}
