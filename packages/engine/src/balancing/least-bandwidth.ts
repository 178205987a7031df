import type { Candidate } from './method.ts'
import { presentWeight, RankedMethod } from './ranked-method.ts'

/** Fewest bytes a second for its weight first; equal ones take turns. */
export class LeastBandwidth extends RankedMethod {
  readonly counts = true
  protected score (candidate: Candidate): number { return candidate.bytesPerSecond / presentWeight(candidate) }
  explain (): string { return 'fewest bytes a second for its weight' }
}
