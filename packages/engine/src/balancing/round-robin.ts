import type { Candidate } from './method.ts'
import { presentWeight, RankedMethod } from './ranked-method.ts'

/**
 * Weighted turns, spread evenly: weights 5, 1, 1 give a a b c a a a in every round, not a a a a a b c (stride
 * scheduling).
 *
 * Every service has the time of its next turn. The earliest comes first, and its next turn is later by 1 / weight. The
 * clock follows the turns that are taken. A service that was skipped for an hour is late, and after one turn it is
 * where the others are: it does not get every client of the next minute.
 */
export class RoundRobin extends RankedMethod {
  readonly counts = false
  #times = new Float64Array(0)
  #strides = new Float64Array(0)
  #clock = 0

  protected score (_candidate: Candidate, index: number): number { return this.#times[index]! }

  explain (): string { return 'whose turn it is, by weight' }

  override took (index: number, candidates: readonly Candidate[]): void {
    this.meet(candidates)
    this.#clock = Math.max(this.#times[index]!, this.#clock)
    this.#times[index] = this.#clock + this.#strides[index]!
    super.took(index, candidates)
  }

  override gaveBack (index: number, candidates: readonly Candidate[]): void {
    this.meet(candidates)
    this.#times[index]! -= this.#strides[index]!
    super.gaveBack(index, candidates)
  }

  /** With another weight, what is left until its turn is longer or shorter. */
  protected override onChanged (candidate: Candidate, index: number): void {
    const stride = 1 / presentWeight(candidate)
    const before = this.#strides[index]!
    if (stride === before) return
    this.#strides[index] = stride
    this.#times[index] = this.#clock + (this.#times[index]! - this.#clock) * stride / before
  }

  /** Services that stay keep their turn; a new one begins in the middle of its stride. */
  protected override onList (candidates: readonly Candidate[], before: readonly number[]): void {
    const times = this.#times
    const strides = this.#strides
    this.#strides = Float64Array.from(candidates, candidate => 1 / presentWeight(candidate))
    this.#times = Float64Array.from(before, (was, i) => {
      const stride = this.#strides[i]!
      return this.#clock + (was < 0 ? stride / 2 : (times[was]! - this.#clock) * stride / strides[was]!)
    })
  }
}
