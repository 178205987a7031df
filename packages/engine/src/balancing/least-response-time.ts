import type { Candidate } from './method.ts'
import { presentWeight, RankedMethod } from './ranked-method.ts'

/** Time of a service that has clients and has not replied to one. */
const UNKNOWN_MS = 1000

/**
 * Least product of connections and response time for its weight first. The time is that of the monitors' probes, as in
 * NetScaler's LRTM, and of clients' first replies, as in LEASTRESPONSETIME. Of the two alone the first knows nothing of
 * the load, and the second nothing of a service without clients. The time without the connections would send every
 * client to one service until its next replies show that.
 *
 * A service without any time gets one client, to have one. One that refuses its clients is fast and has no connections:
 * it comes last for two seconds.
 */
export class LeastResponseTime extends RankedMethod {
  readonly counts = true
  readonly times = true

  protected score (candidate: Candidate): number {
    const { active, responseMs, refuses } = candidate
    if (refuses) return Number.MAX_VALUE
    return (active + 1) * (responseMs ?? (active === 0 ? 0 : UNKNOWN_MS)) / presentWeight(candidate)
  }

  explain (): string { return 'least product of connections and response time for its weight' }
}
