import { ByScore } from './by-score.ts'
import type { BalancingMethod, Candidate, Criteria } from './method.ts'

/** Fewest connections for its weight first; equal ones take turns. */
export class LeastConnection implements BalancingMethod {
  /** Index after the one that was taken last. */
  #turn = 0
  readonly #byScore = new ByScore()

  order (candidates: readonly Candidate[], _criteria: Criteria, order: number[]): void {
    const scores = this.#byScore.scores(candidates.length)
    for (let i = 0; i < scores.length; i++) {
      const candidate = candidates[i]!
      scores[i] = candidate.active / candidate.weight
    }
    this.#byScore.write(order, this.#turn % candidates.length)
  }

  explain (): string { return 'fewest connections for its weight' }

  took (index: number): void { this.#turn = index + 1 }
  // Connections are counted where they are; whose turn it is matters little.
  gaveBack (): void {}
}
