import { emptyRecord, type CloseReason } from '@weirlb/model'
import type { GuestFailure } from '@weirlb/sdk/abi'
import type { Side } from '../direction/side.ts'
import type { AnswerReader } from '../extension/answer.ts'

/** One request to the extension with its answer, in the form `T` that the reader of the transcript chose. */
export interface Judgement<T> {
  /** `keys`: the declared keys answered in place of the extension. */
  readonly call: 'connect' | 'message' | 'data' | 'keys'
  readonly side: Side
  /** Bytes that entered the sandbox. */
  readonly entered: number
  readonly answer: T
  /** True if the connection ended with this answer. */
  ends: boolean
}

/** The record of one rehearsed connection. Bytes are copies. */
export class Transcript<T> {
  readonly #read: (answer: AnswerReader) => T
  /** In the order of the answers, without those that the connection ignored. */
  readonly judgements: Judgement<T>[] = []
  /** Bytes received by the servers, and by the client. */
  readonly forwarded: Uint8Array[] = []
  readonly returned: Uint8Array[] = []
  /** `ctx.count`, added up. */
  readonly counters = emptyRecord<number>()
  crossings = 0
  /** The extension's last goodbye; undefined when it gave none. */
  goodbye: Uint8Array | undefined
  closed: { readonly reason: CloseReason, readonly detail: string } | undefined
  /** Why the extension failed. */
  failure: GuestFailure | undefined

  constructor (read: (answer: AnswerReader) => T) { this.#read = read }

  /** Adds an answer that is being read. */
  judge (call: Judgement<T>['call'], side: Side, entered: number, answer: AnswerReader): Judgement<T> {
    const judgement = { call, side, entered, answer: this.#read(answer), ends: false }
    this.judgements.push(judgement)
    return judgement
  }
}
