import { ByScore } from './by-score.ts'
import type { BalancingMethod, Candidate, Criteria } from './method.ts'

/**
 * Smooth weighted round-robin: weights 5, 1, 1 give a a b a c a a, not a a a a a b c (nginx's algorithm).
 *
 * Every service has a credit. The chosen one pays the sum of all weights, and every service earns its own weight; the
 * highest credit comes first. Credits also stay within one round's worth: a service that is skipped for an hour must
 * not get every client of the next minute.
 */
export class RoundRobin implements BalancingMethod {
  #candidates: readonly Candidate[] = []
  #credits: number[] = []
  #total = 0
  readonly #byScore = new ByScore()

  order (candidates: readonly Candidate[], _criteria: Criteria, order: number[]): void {
    if (candidates !== this.#candidates) this.#meet(candidates)
    const scores = this.#byScore.scores(candidates.length)
    for (let i = 0; i < scores.length; i++) scores[i] = 2 * this.#total - this.#credits[i]! - candidates[i]!.weight
    this.#byScore.write(order, 0)
  }

  explain (): string { return 'whose turn it is, by weight' }

  took (index: number, candidates: readonly Candidate[]): void { this.#pay(index, candidates, 1) }
  gaveBack (index: number, candidates: readonly Candidate[]): void { this.#pay(index, candidates, -1) }

  /** `sign` 1: one is taken; -1: it is undone. */
  #pay (index: number, candidates: readonly Candidate[], sign: 1 | -1): void {
    if (candidates !== this.#candidates) this.#meet(candidates)
    const credits = this.#credits
    const total = this.#total
    for (let i = 0; i < credits.length; i++) {
      const credit = credits[i]! + sign * (candidates[i]!.weight - (i === index ? total : 0))
      credits[i] = Math.max(-total, Math.min(total, credit))
    }
  }

  /** The list changed: services that stay keep their credit. */
  #meet (candidates: readonly Candidate[]): void {
    const known = new Map(this.#candidates.map((candidate, i) => [candidate.name, this.#credits[i]!]))
    this.#candidates = candidates
    this.#credits = candidates.map(({ name }) => known.get(name) ?? 0)
    this.#total = candidates.reduce((sum, { weight }) => sum + weight, 0)
  }
}
