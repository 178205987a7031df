import type { BalancingMethod, Candidate, Criteria, MethodFactory } from './method.ts'
import { RoundRobin } from './round-robin.ts'

/**
 * A method added by a program, isolated from the connection that uses it. While it throws, clients are balanced in
 * turns; invalid indices are skipped. Only its first error is logged: one for every client would fill the log.
 */
export class AddedMethod implements BalancingMethod {
  /** Undefined: it could not be made. */
  #method: BalancingMethod | undefined
  readonly #onError: (error: unknown) => void
  readonly #turns = new RoundRobin()
  #told = false

  constructor (make: MethodFactory, onError: (error: unknown) => void) {
    this.#onError = onError
    try { this.#method = make() } catch (error) { this.#failed(error) }
  }

  order (candidates: readonly Candidate[], criteria: Criteria, order: number[]): void {
    order.length = 0
    try {
      if (this.#method === undefined) this.#turns.order(candidates, criteria, order)
      else this.#method.order(candidates, criteria, order)
    } catch (error) {
      this.#failed(error)
      this.#turns.order(candidates, criteria, order)
    }
    let kept = 0
    for (let i = 0; i < order.length; i++) if (candidates[order[i]!] !== undefined) order[kept++] = order[i]!
    if (kept < order.length) {
      order.length = kept
      this.#failed(new RangeError(`order: expected indices from 0 to ${candidates.length - 1}`))
    }
  }

  took (index: number, candidates: readonly Candidate[]): void {
    this.#turns.took(index, candidates)
    try { this.#method?.took(index, candidates) } catch (error) { this.#failed(error) }
  }

  gaveBack (index: number, candidates: readonly Candidate[]): void {
    this.#turns.gaveBack(index, candidates)
    try { this.#method?.gaveBack(index, candidates) } catch (error) { this.#failed(error) }
  }

  explain (criteria: Criteria): string {
    try { return this.#method?.explain?.(criteria) ?? 'as the method puts them' } catch (error) {
      this.#failed(error)
      return 'the method failed'
    }
  }

  #failed (error: unknown): void {
    if (this.#told) return
    this.#told = true
    this.#onError(error)
  }
}
