import type { Adu } from './adu.ts'

/** Requests without an answer, in the order in which they came. */
export class Outstanding {
  #requests: Adu[] = []

  get size (): number { return this.#requests.length }

  add (request: Adu): void { this.#requests.push(request) }

  /** Take the request that an answer belongs to; false when there is none. A server may answer in any order: the transaction tells. */
  take ({ transaction, unit }: Adu): boolean {
    const at = this.#requests.findIndex(request => request.transaction === transaction && request.unit === unit)
    if (at < 0) return false
    this.#requests.splice(at, 1)
    return true
  }

  * [Symbol.iterator] (): Iterator<Adu> { yield * this.#requests }
}
