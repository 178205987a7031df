import type { Candidate } from './method.ts'
import { presentWeight, RankedMethod } from './ranked-method.ts'

/**
 * Least product of connections and response time for its weight first, as NetScaler's LRTM, which takes the monitors'
 * times too: the time alone would send every client to one service until its next probes show that. A service without a
 * time has a product of 0; equal ones take turns.
 */
export class LeastResponseTime extends RankedMethod {
  readonly counts = true
  protected score (candidate: Candidate): number { return (candidate.active + 1) * (candidate.responseMs ?? 0) / presentWeight(candidate) }
  explain (): string { return 'least product of connections and response time for its weight' }
}
