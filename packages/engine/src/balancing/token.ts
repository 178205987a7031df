import { ByScore } from './by-score.ts'
import type { BalancingMethod, Candidate, Criteria } from './method.ts'
import { RoundRobin } from './round-robin.ts'
import { mix, stringHash } from './string-hash.ts'

/**
 * Same token → same service, on every worker and after every restart: weighted rendezvous hashing.
 *
 * Every service draws a number for the token and the best one wins; a service's number does not depend on the others.
 * So a service that joins takes its share from all others and moves no other key, and one that is down gives its keys
 * to all others. A draw u in (0, 1) becomes -ln(u) / weight, an exponential arrival time: the chance to be first is
 * proportional to the weight.
 *
 * Without a token (an empty one counts as none) clients are balanced in turns: hashed, they would all reach one
 * service.
 */
export class TokenMethod implements BalancingMethod {
  readonly #anonymous = new RoundRobin()
  readonly #byScore = new ByScore()
  /** The list that the seeds were made for; it changes with the configuration only. */
  #candidates: readonly Candidate[] = []
  #seedA: Int32Array = new Int32Array(0)
  #seedB: Int32Array = new Int32Array(0)
  /** All weigh the same. */
  #alike = false

  // Most services are up and weigh the same: then the best is all that is needed.
  first (candidates: readonly Candidate[], { token }: Criteria): number {
    if (token === undefined || token === '') return -1
    if (candidates !== this.#candidates) this.#meet(candidates)
    if (!this.#alike) return -1
    const a = stringHash(token, 1)
    const b = stringHash(token, 2)
    const seedA = this.#seedA
    const seedB = this.#seedB
    let best = -1
    let most = -1
    for (let i = 0; i < seedA.length; i++) {
      const drawn = mix(mix(a ^ seedA[i]!) + b ^ seedB[i]!) >>> 0
      if (drawn <= most) continue
      most = drawn
      best = i
    }
    return best
  }

  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void {
    const { token } = criteria
    if (token === undefined || token === '') {
      this.#anonymous.order(candidates, criteria, order)
      return
    }
    if (candidates !== this.#candidates) this.#meet(candidates)
    const a = stringHash(token, 1)
    const b = stringHash(token, 2)
    const seedA = this.#seedA
    const seedB = this.#seedB
    const scores = this.#byScore.scores(candidates.length)
    for (let i = 0; i < scores.length; i++) {
      const drawn = mix(mix(a ^ seedA[i]!) + b ^ seedB[i]!) >>> 0
      // Where all weigh the same, the largest draw wins, as it does with its logarithm.
      scores[i] = this.#alike ? 0x1_0000_0000 - drawn : -Math.log((drawn + 0.5) / 0x1_0000_0000) / candidates[i]!.weight
    }
    this.#byScore.write(order, 0)
  }

  explain ({ token }: Criteria): string { return token === undefined || token === '' ? 'no token: whose turn it is, by weight' : 'the hash of the token, by weight' }

  // Keyed clients count too, so that the anonymous ones go where fewer of all have gone lately.
  took (index: number, candidates: readonly Candidate[]): void { this.#anonymous.took(index, candidates) }
  gaveBack (index: number, candidates: readonly Candidate[]): void { this.#anonymous.gaveBack(index, candidates) }

  #meet (candidates: readonly Candidate[]): void {
    this.#candidates = candidates
    this.#alike = candidates.every(({ weight }) => weight === candidates[0]!.weight)
    this.#seedA = Int32Array.from(candidates, ({ name }) => stringHash(name, 3))
    this.#seedB = Int32Array.from(candidates, ({ name }) => stringHash(name, 4))
  }
}
