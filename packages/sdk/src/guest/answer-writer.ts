import { Answer, Extra, Op } from '../abi/layout.ts'
import { Malformed } from '../bytes.ts'
import type { Key, Keys } from '../verdict.ts'
import { OverBudget, type Outbox } from './outbox.ts'

const MAX_TEXT = 4096

/** Returns message and stack of any thrown value, which may itself throw while it is read. */
const describeFailure = (failure: unknown): string => {
  try {
    if (!(failure instanceof Error)) return `threw ${String(failure)}`
    const stack: unknown = failure.stack
    return typeof stack === 'string' ? stack : `${String(failure.name)}: ${String(failure.message)}`
  } catch {
    return 'threw a value that cannot be shown'
  }
}

/** Writes answer records; their bytes go through the outbox. */
export class AnswerWriter {
  readonly #control: Int32Array
  readonly #outbox: Outbox
  /** Start of the current answer. */
  at = 0

  constructor (control: Int32Array, outbox: Outbox) {
    this.#control = control
    this.#outbox = outbox
  }

  clear (): void {
    const control = this.#control
    const at = this.at
    control[at + Answer.op] = Op.none
    control[at + Answer.then] = 0
    control[at + Answer.replies] = 1
    control[at + Answer.tokenLength] = -1
    control[at + Answer.sessionLength] = -1
    control[at + Answer.viaLength] = -1
    control[at + Answer.bytesLength] = -1
    control[at + Answer.textLength] = -1
    control[at + Answer.effectsCount] = 0
    control[at + Answer.count] = 0
    control[at + Answer.extras] = 0
  }

  op (op: number): void { this.#control[this.at + Answer.op] = op }
  then (then: number): void { this.#control[this.at + Answer.then] = then }
  /** Messages of a server that reply to this one. */
  replies (count: number): void { this.#control[this.at + Answer.replies] = count }
  /** Capped to fit one word; a larger count has the same effect. */
  count (count: number): void { this.#control[this.at + Answer.count] = Math.min(count, 0x7fffffff) }

  effects (from: number, count: number): void {
    this.#control[this.at + Answer.effectsFrom] = from
    this.#control[this.at + Answer.effectsCount] = count
  }

  keys (keys: Keys): void {
    if (keys.token !== undefined) this.#put(Answer.tokenOffset, keys.token, 'token')
    // One key for both is written once.
    if (keys.session !== undefined && keys.session === keys.token) this.#wrote(Answer.sessionOffset)
    else if (keys.session !== undefined) this.#put(Answer.sessionOffset, keys.session, 'session')
    if (keys.via !== undefined) this.#put(Answer.viaOffset, keys.via, 'via')
  }

  /** The key that matches a request with its reply. */
  match (key: Key): void {
    this.#put(Answer.matchOffset, key, 'match')
    this.#extra(Extra.match)
  }

  /** So many messages come before the replies, and are discarded. */
  swallow (count: number): void {
    this.#control[this.at + Answer.swallow] = count
    this.#extra(Extra.swallow)
  }

  /** The server has state of the client, or no longer. */
  keep (keep: boolean): void { this.#extra(keep ? Extra.keep : Extra.letGo) }
  /** Only the server that has the session will do. */
  known (): void { this.#extra(Extra.known) }
  /** The server sends unasked from now on. */
  unasked (): void { this.#extra(Extra.unasked) }

  #extra (bit: number): void { this.#control[this.at + Answer.extras]! |= bit }

  bytes (bytes: Uint8Array, what = 'the result'): void {
    this.#outbox.putBytes(bytes, what)
    this.#wrote(Answer.bytesOffset)
  }

  /** Bytes that replace the current message. */
  replacement (bytes: Uint8Array): void {
    this.#outbox.putReplacement(bytes)
    this.#wrote(Answer.bytesOffset)
  }

  /** Cut short to its first line where there is no room for more, and left out where there is none. */
  text (text: string): void {
    for (const part of [text.slice(0, MAX_TEXT), text.slice(0, MAX_TEXT).split('\n', 1)[0]!]) {
      try {
        this.#put(Answer.textOffset, part, 'text')
        return
      } catch {}
    }
  }

  /** A handler threw. */
  fail (failure: unknown): void {
    this.op(failure instanceof Malformed ? Op.malformed : Op.threw)
    if (failure instanceof OverBudget) this.count(1)
    this.text(describeFailure(failure))
  }

  reject (why: unknown, reply: Uint8Array | undefined): void {
    this.op(Op.reject)
    if (reply !== undefined) this.bytes(reply, 'reply')
    this.text(String(why))
  }

  #put (word: number, value: string | Uint8Array, what: string): void {
    this.#outbox.put(value, what)
    this.#wrote(word)
  }

  #wrote (word: number): void {
    this.#control[this.at + word] = this.#outbox.offset
    this.#control[this.at + word + 1] = this.#outbox.length
  }
}
