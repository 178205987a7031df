import type { BalancingMethod, Candidate, Criteria } from './method.ts'
import { presentWeight } from './ranked-method.ts'
import { mix } from './string-hash.ts'

/** Draws for a service that can take the client, before all are looked at. */
const TRIES = 16
/** Draws for a second service that is another one. */
const REDRAWS = 4

/**
 * Of two services at random, by weight, the one with fewer connections for its weight. Each worker draws for itself, so
 * that many workers with counts that are a little old do not all run to the same service.
 */
export class RandomTwoChoices implements BalancingMethod {
  #candidates: readonly Candidate[] = []
  #largest = 1
  /** Seed of the present draw; another one after each client. */
  #seed = Math.random() * 0x1_0000_0000 | 0
  #drawn = 0

  first (candidates: readonly Candidate[], _criteria: Criteria, standing: number): number {
    this.#meet(candidates)
    this.#drawn = 0
    const one = this.#draw(candidates, standing)
    if (one < 0) return -1
    let other = one
    for (let i = 0; i < REDRAWS && other === one; i++) other = this.#draw(candidates, standing)
    return loadOf(candidates[one]!) <= loadOf(candidates[other]!) ? one : other
  }

  /** The choice among those of the best standing comes first, then the others by their connections. */
  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void {
    let standing = Infinity
    for (const candidate of candidates) standing = Math.min(standing, candidate.standing)
    const first = candidates.length === 0 ? -1 : this.first(candidates, criteria, standing)
    for (let i = 0; i < candidates.length; i++) order[i] = i
    order.length = candidates.length
    order.sort((a, b) =>
      Number(b === first) - Number(a === first) || loadOf(candidates[a]!) - loadOf(candidates[b]!) || a - b
    )
  }

  explain (): string { return 'of two at random, by weight, the one with fewer connections for its weight' }

  took (): void { this.#seed = mix(this.#seed + 0x9e3779b9 | 0) }
  gaveBack (): void {}

  /** One of this standing, with a chance by its weight; -1: none was found. */
  #draw (candidates: readonly Candidate[], standing: number): number {
    for (let i = 0; i < TRIES; i++) {
      const index = this.#random() % candidates.length
      const candidate = candidates[index]!
      if (
        candidate.standing === standing && (this.#random() / 0x1_0000_0000) * this.#largest < presentWeight(candidate)
      ) return index
    }
    // Few can take it, or weigh much: the share of each is what is left of one draw over all.
    let total = 0
    for (const candidate of candidates) if (candidate.standing === standing) total += presentWeight(candidate)
    let left = (this.#random() / 0x1_0000_0000) * total
    let last = -1
    for (let i = 0; i < candidates.length; i++) {
      if (candidates[i]!.standing !== standing) continue
      last = i
      left -= presentWeight(candidates[i]!)
      if (left < 0) break
    }
    return last
  }

  #random (): number { return mix(this.#seed ^ Math.imul(++this.#drawn, 0x9e3779b9)) >>> 0 }

  #meet (candidates: readonly Candidate[]): void {
    if (candidates === this.#candidates) return
    this.#candidates = candidates
    this.#largest = candidates.reduce((largest, { weight }) => Math.max(largest, weight), 1)
  }
}

const loadOf = (candidate: Candidate): number => candidate.active / presentWeight(candidate)
