import type { Declaration, GuestFailure } from '@weirlb/sdk/abi'
import type { AnswerReader } from './answer.ts'
import type { GuestClient } from './guest-client.ts'
import type { Batch } from './batch.ts'

/** The host of an observed batch. */
export interface Observed {
  readonly version: number
  readonly declaration: Declaration
  /** Replace bundle positions by the author's. */
  mapStack (stack: string): string
}

/** Receives every batch of an extension host, before its answers are delivered. */
export interface Observer {
  /** True if verdicts should record their position in the author's code. */
  readonly wantsSites: boolean
  /** The first `processed` requests of a batch have answers. `milliseconds`: time of the crossing. */
  take (host: Observed, batch: Batch, answer: AnswerReader, processed: number, milliseconds: number): void
  /** The declared keys have decided a message of a client, which does not enter. */
  judgedByKeys (host: Observed, client: GuestClient, answer: AnswerReader, frameLength: number): void
  /** The requests `first` to `end` of a batch get no answer: the guest died in one, or the only one was stopped. */
  failed (host: Observed, batch: Batch, first: number, end: number, failure: GuestFailure, milliseconds: number): void
}
