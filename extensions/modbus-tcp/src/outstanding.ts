import type { Bytes } from '@weirlb/sdk'
import { type Adu, EXCEPTION } from './adu.ts'

/**
 * Most requests that are kept of one client; the oldest is forgotten first. A client has `outstandingReplies` at most,
 * and those that were given up are taken out.
 */
const MOST = 4096

/**
 * What names a request and its answer: transaction, unit and function. A gateway's answer to another function answers
 * nothing.
 */
export const nameOf = ({ transaction, unit, code }: Adu): string => `${transaction}/${unit}/${code & ~EXCEPTION}`

/** The requests of one client without an answer: each gets an exception when the connection ends. */
export class Outstanding {
  readonly #requests = new Map<string, Adu>()

  add (request: Adu): void {
    const name = nameOf(request)
    // Behind the others, also when a client uses a transaction again.
    this.#requests.delete(name)
    this.#requests.set(name, request)
    if (this.#requests.size > MOST) this.#requests.delete(this.#requests.keys().next().value!)
  }

  /** Forget a request. Returns it, unless it was forgotten before. */
  take (name: string): Adu | undefined {
    const request = this.#requests.get(name)
    this.#requests.delete(name)
    return request
  }

  /** What `exception` makes of each, in their order. */
  lastWords (exception: (request: Adu) => Bytes): Bytes[] { return Array.from(this.#requests.values(), exception) }
}
