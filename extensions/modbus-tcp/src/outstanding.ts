import { KiB, type Bytes } from '@weirlb/sdk'
import type { Adu } from './adu.ts'

/** Most bytes of answers that are kept of one client. */
const ROOM = 16 * KiB

interface Entry {
  readonly request: Adu
  answered: boolean
  /** Undefined: there is none, or there was no room for it. */
  answer: Bytes | undefined
}

/**
 * The requests of one client, in the order in which they came, from the first without an answer on:
 *
 *   17: none ── 18: answered ── 17: none ── 19: answered
 *
 * An answer behind a request without one may still wait for its turn, and what waits is lost when the connection ends: so it is kept here, to be
 * said with the last words. Whether it does is not known. A gateway that answers in another order than it was asked has its answers passed on at once.
 */
export class Outstanding {
  readonly #entries: Entry[] = []
  /** Bytes of the answers that are kept. */
  #kept = 0

  /** A request goes on to a gateway. */
  add (request: Adu): void {
    this.#forget(request.transaction)
    this.#entries.push({ request, answered: false, answer: undefined })
  }

  /** A request is answered here, in its turn. */
  refuse (request: Adu, exception: Bytes): void {
    this.#forget(request.transaction)
    if (this.#entries.length > 0) this.#entries.push({ request, answered: true, answer: this.#keep(exception) })
  }

  /** Take the answer of a gateway; false when it belongs to no request. The transaction tells to which: the order does not. `whole` is valid during the call only. */
  take ({ transaction, unit }: Adu, whole: Bytes): boolean {
    const entries = this.#entries
    const at = entries.findIndex(({ request, answered }) => !answered && request.transaction === transaction && request.unit === unit)
    const entry = entries[at]
    if (entry === undefined) return false
    entry.answered = true
    if (at > 0) {
      entry.answer = this.#keep(whole)
      return true
    }
    const next = entries.findIndex(({ answered }) => !answered)
    this.#drop(0, next < 0 ? entries.length : next)
    return true
  }

  /** What each request is told when the connection ends, in their order: its answer, where it may not have got that, or what `exception` makes of it. */
  lastWords (exception: (request: Adu) => Bytes): Bytes[] { return this.#entries.map(({ request, answer }) => answer ?? exception(request)) }

  #keep (answer: Bytes): Bytes | undefined {
    if (this.#kept + answer.length > ROOM) return undefined
    this.#kept += answer.length
    return answer.slice()
  }

  /** A transaction of this number begins: a client has one at a time, so it has got the answer to the one before. Said again it would be taken for that of the new one. */
  #forget (transaction: number): void {
    const at = this.#entries.findIndex(({ request, answered }) => answered && request.transaction === transaction)
    if (at >= 0) this.#drop(at, 1)
  }

  #drop (at: number, count: number): void {
    for (const { answer } of this.#entries.splice(at, count)) this.#kept -= answer?.length ?? 0
  }
}
