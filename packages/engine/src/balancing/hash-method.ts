import type { BalancingMethod, Candidate, Criteria } from './method.ts'
import { RoundRobin } from './round-robin.ts'
import { SlotHash } from './slot-hash.ts'

/** Same key → same service, by the hash of one of the criteria. */
abstract class HashMethod implements BalancingMethod {
  protected readonly hash = new SlotHash()
  /** The list that the hash is made for; it changes with the configuration only. */
  #candidates: readonly Candidate[] = []
  /** For clients without a key; undefined: none has come. */
  #turns: RoundRobin | undefined

  /** The key of a client; undefined or empty: it has none. */
  protected abstract key (criteria: Criteria): string | undefined
  abstract explain (criteria: Criteria): string

  first (candidates: readonly Candidate[], criteria: Criteria, standing: number): number {
    const key = this.key(criteria)
    if (key === undefined || key === '') return this.#anonymous.first(candidates, criteria, standing)
    this.meet(candidates)
    return this.hash.first(this.hash.slot(key), standing)
  }

  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void {
    const key = this.key(criteria)
    if (key === undefined || key === '') {
      this.#anonymous.order(candidates, criteria, order)
      return
    }
    this.meet(candidates)
    const times = new Float64Array(candidates.length)
    this.hash.times(this.hash.slot(key), times)
    for (let i = 0; i < times.length; i++) order[i] = i
    order.length = times.length
    order.sort((a, b) => times[a]! - times[b]! || (candidates[a]!.name < candidates[b]!.name ? -1 : 1))
  }

  // Once there are anonymous clients the keyed ones count too, so that the anonymous ones go where fewer of all have
  // gone lately.
  took (index: number, candidates: readonly Candidate[]): void { this.#turns?.took(index, candidates) }
  gaveBack (index: number, candidates: readonly Candidate[]): void { this.#turns?.gaveBack(index, candidates) }
  changed (index: number, candidates: readonly Candidate[]): void { this.#turns?.changed(index, candidates) }

  get #anonymous (): RoundRobin { return this.#turns ??= new RoundRobin() }

  protected meet (candidates: readonly Candidate[]): void {
    if (candidates === this.#candidates) return
    this.#candidates = candidates
    this.hash.meet(candidates)
  }
}

/**
 * Same token → same service, on every worker and after every restart (`SlotHash`).
 *
 * Without a token (an empty one counts as none) clients are balanced in turns: hashed, they would all reach one
 * service.
 */
export class TokenMethod extends HashMethod {
  protected key ({ token }: Criteria): string | undefined { return token }

  firstByToken (
    candidates: readonly Candidate[],
    bytes: Uint8Array,
    from: number,
    to: number,
    standing: number
  ): number {
    this.meet(candidates)
    return this.hash.first(this.hash.slotIn(bytes, from, to), standing)
  }

  explain ({ token }: Criteria): string {
    return token === undefined || token === ''
      ? 'no token: whose turn it is, by weight'
      : 'the hash of the token, by weight'
  }
}

/** Same address → same service, on every worker and after every restart, whatever the port. */
export class SourceIpHash extends HashMethod {
  protected key ({ client }: Criteria): string { return client.address }
  explain ({ client }: Criteria): string { return `the hash of ${client.address}, by weight` }
}
