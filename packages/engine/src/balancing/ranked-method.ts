import type { BalancingMethod, Candidate, Criteria } from './method.ts'
import { WinnerTree } from './winner-tree.ts'

/**
 * A method that gives each service a score, whoever the client is: the lowest comes first, and of equal ones the one
 * that was taken longest ago. Choosing and counting a client cost little more with thousands of services than with
 * ten: a tree holds the winner.
 */
export abstract class RankedMethod implements BalancingMethod {
  abstract readonly counts: boolean
  #candidates: readonly Candidate[] = []
  readonly #tree = new WinnerTree()
  /** When each was taken last. */
  #turns = new Float64Array(0)
  #turn = 0

  /** The score of one of the candidates. */
  protected abstract score (candidate: Candidate, index: number): number
  abstract explain (): string

  /** The list is another: numbers of services that stay are taken over. `before`: their indices then, or -1. */
  protected onList (_candidates: readonly Candidate[], _before: readonly number[]): void {}
  protected onChanged (_candidate: Candidate, _index: number): void {}

  order (candidates: readonly Candidate[], _criteria: Criteria, order: number[]): void {
    this.meet(candidates)
    const scores = candidates.map((candidate, i) => this.score(candidate, i))
    const turns = this.#turns
    for (let i = 0; i < candidates.length; i++) order[i] = i
    order.length = candidates.length
    order.sort((a, b) => scores[a]! - scores[b]! || turns[a]! - turns[b]! || a - b)
  }

  first (candidates: readonly Candidate[], _criteria: Criteria, standing: number): number {
    this.meet(candidates)
    const { first } = this.#tree
    return first >= 0 && candidates[first]!.standing === standing ? first : -1
  }

  changed (index: number, candidates: readonly Candidate[]): void {
    if (candidates !== this.#candidates) return
    this.onChanged(candidates[index]!, index)
    this.#set(index)
  }

  took (index: number, candidates: readonly Candidate[]): void {
    this.meet(candidates)
    this.#turns[index] = ++this.#turn
    // Else `changed` follows, as the client is counted.
    if (!this.counts) this.#set(index)
  }

  /** It is its turn again. */
  gaveBack (index: number, candidates: readonly Candidate[]): void {
    this.meet(candidates)
    this.#turns[index] = 0
    this.#set(index)
  }

  #set (index: number): void {
    const candidate = this.#candidates[index]!
    this.#tree.set(index, candidate.standing, this.score(candidate, index), this.#turns[index]!)
  }

  protected meet (candidates: readonly Candidate[]): void {
    if (candidates === this.#candidates) return
    const known = new Map(this.#candidates.map(({ name }, i) => [name, i]))
    const before = candidates.map(({ name }) => known.get(name) ?? -1)
    const turns = this.#turns
    this.#turns = Float64Array.from(before, i => i < 0 ? 0 : turns[i]!)
    this.#candidates = candidates
    this.onList(candidates, before)
    this.#tree.reset(candidates.length)
    for (let i = 0; i < candidates.length; i++) this.#set(i)
  }
}

/** The weight that a service has at present. */
export const presentWeight = ({ weight, ramp }: Candidate): number => weight * ramp
