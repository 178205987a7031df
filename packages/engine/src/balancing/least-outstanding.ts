import type { Candidate } from './method.ts'
import { presentWeight, RankedMethod } from './ranked-method.ts'

/** Fewest replies owed for its weight first; equal ones take turns. */
export class LeastOutstanding extends RankedMethod {
  readonly counts = true
  protected score (candidate: Candidate): number { return candidate.outstanding / presentWeight(candidate) }
  explain (): string { return 'fewest replies owed for its weight' }
}
