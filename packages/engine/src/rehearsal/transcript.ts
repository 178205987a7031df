import type { CloseReason } from '@weirlb/model'
import type { GuestFailure } from '@weirlb/sdk/abi'
import type { Side } from '../direction/side.ts'
import type { AnswerReader } from '../extension/answer.ts'

/** What the extension was asked, and what it said; `T` is the answer as whoever reads the transcript wants it. */
export interface Judgement<T> {
  readonly call: 'connect' | 'message' | 'data'
  readonly side: Side
  /** Bytes that entered the sandbox. */
  readonly entered: number
  readonly answer: T
  /** The connection ended by it. */
  ends: boolean
}

/** What became of one connection. Bytes are copies. */
export class Transcript<T> {
  readonly #read: (answer: AnswerReader) => T
  /** In the order of the answers; without those to which the connection did not listen any more. */
  readonly judgements: Judgement<T>[] = []
  /** All that servers got, and all that the client got. */
  readonly forwarded: Uint8Array[] = []
  readonly returned: Uint8Array[] = []
  /** What the extension has counted. */
  readonly counters: Record<string, number> = {}
  crossings = 0
  /** What the extension said last when it was asked for a goodbye; undefined: nothing. */
  goodbye: Uint8Array | undefined
  closed: { readonly reason: CloseReason, readonly detail: string } | undefined
  /** Why the extension could not answer. */
  failure: GuestFailure | undefined

  constructor (read: (answer: AnswerReader) => T) { this.#read = read }

  /** Write an answer down, while it can be read. */
  judge (call: Judgement<T>['call'], side: Side, entered: number, answer: AnswerReader): Judgement<T> {
    const judgement = { call, side, entered, answer: this.#read(answer), ends: false }
    this.judgements.push(judgement)
    return judgement
  }
}
