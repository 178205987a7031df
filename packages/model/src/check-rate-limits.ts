import type { Config } from './config.ts'
import { describeChoices } from './describe-value.ts'
import type { Finding } from './finding.ts'
import { answeredThings, LONGEST_PAUSE_SECONDS, pacedThings, type RateLimit } from './rate-limit.ts'

/** What of a rate limit contradicts itself, whatever its expressions say. */
export function * rateLimits (config: Pick<Config, 'rateLimits'>): Generator<Finding> {
  for (const [i, limit] of config.rateLimits.entries()) {
    for (const { path, message } of contradictions(limit))
      yield { code: 'config-invalid', path: `rateLimits[${i}].${path}`, message }
  }
}

function* contradictions (
  { counts, counting, action, timeoutSeconds, limit, periodSeconds, response }: RateLimit
): Generator<{ readonly path: string, readonly message: string }> {
  if (counting !== undefined && !answeredThings.includes(counts))
    yield {
      path: 'counting',
      message: `${counts} have no reply that could be counted; counts is expected to be ${
        describeChoices(answeredThings)
      }`
    }
  if (action === 'throttle') {
    if (!pacedThings.includes(counts))
      yield {
        path: 'action',
        message: `${counts} cannot be read more slowly; throttle is for ${describeChoices(pacedThings)}`
      }
    if (counting !== undefined)
      yield { path: 'counting', message: 'throttle counts what the client sends, and no replies' }
    if (timeoutSeconds > 0)
      yield {
        path: 'timeoutSeconds',
        message: 'throttle lasts as long as a client sends more than the limit: expected 0'
      }
    if (periodSeconds > limit * LONGEST_PAUSE_SECONDS)
      yield {
        path: 'limit',
        message: `throttle lets a client wait for ${LONGEST_PAUSE_SECONDS} s at most: expected ${
          Math.ceil(periodSeconds / LONGEST_PAUSE_SECONDS)
        } or more for this period`
      }
  }
  if (action === 'ban' && timeoutSeconds === 0)
    yield { path: 'timeoutSeconds', message: 'a ban has an end: expected 1 or more' }
  if (response !== undefined && counts !== 'requests' && counts !== 'upgrades')
    yield {
      path: 'response',
      message: `only what counts requests or upgrades answers HTTP requests; this one counts ${counts}`
    }
}
