import type { Candidate } from './method.ts'
import { presentWeight, RankedMethod } from './ranked-method.ts'

/** Fewest connections for its weight first; equal ones take turns. */
export class LeastConnection extends RankedMethod {
  readonly counts = true
  protected score (candidate: Candidate): number { return candidate.active / presentWeight(candidate) }
  explain (): string { return 'fewest connections for its weight' }
}
