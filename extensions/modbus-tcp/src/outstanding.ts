import { KiB, type Bytes } from '@weirlb/sdk'
import type { Adu } from './adu.ts'

/** Maximum bytes of replies that are kept for one client. */
const ROOM = 16 * KiB

interface Entry {
  readonly request: Adu
  answered: boolean
  /** Undefined: there is none, or there was no room for it. */
  answer: Bytes | undefined
}

/**
 * The requests of one client, in order, from the first unanswered one on:
 *
 *   17: none ── 18: answered ── 17: none ── 19: answered
 *
 * A reply after an unanswered request may still wait for its turn, and waiting replies are lost when the connection
 * ends. So the reply is kept here, to be sent with the goodbye. Whether it still waits is not known: a gateway that
 * reorders its replies has them forwarded at once.
 */
export class Outstanding {
  readonly #entries: Entry[] = []
  /** Bytes of the kept replies. */
  #kept = 0

  /** A request is forwarded to a gateway. */
  add (request: Adu): void {
    this.#forget(request.transaction)
    this.#entries.push({ request, answered: false, answer: undefined })
  }

  /** A request is answered here, in turn. */
  refuse (request: Adu, exception: Bytes): void {
    this.#forget(request.transaction)
    if (this.#entries.length > 0) this.#entries.push({ request, answered: true, answer: this.#keep(exception) })
  }

  /**
   * Take a gateway's reply; false if it matches no request. The transaction identifies the request; the order does
   * not. `whole` is valid during the call only.
   */
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

  /**
   * Returns the goodbye of each request, in order: its reply, if the client may not have received it, or else the
   * result of `exception`.
   */
  lastWords (exception: (request: Adu) => Bytes): Bytes[] { return this.#entries.map(({ request, answer }) => answer ?? exception(request)) }

  #keep (answer: Bytes): Bytes | undefined {
    if (this.#kept + answer.length > ROOM) return undefined
    this.#kept += answer.length
    return answer.slice()
  }

  /**
   * A transaction with this number begins. A client has one at a time, so it has received the earlier reply. Sent
   * again, that would be taken for the new one's.
   */
  #forget (transaction: number): void {
    const at = this.#entries.findIndex(({ request, answered }) => answered && request.transaction === transaction)
    if (at >= 0) this.#drop(at, 1)
  }

  #drop (at: number, count: number): void {
    for (const { answer } of this.#entries.splice(at, count)) this.#kept -= answer?.length ?? 0
  }
}
