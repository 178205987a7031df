import type { Declaration, GuestFailure } from '@weirlb/sdk/abi'
import type { AnswerReader } from './answer.ts'
import type { Batch } from './batch.ts'

/** Where a batch was answered. */
export interface Observed {
  readonly version: number
  readonly declaration: Declaration
  /** Replace bundle positions by the author's. */
  mapStack (stack: string): string
}

/** Is shown every batch of an extension host, before anybody is given an answer of it. */
export interface Observer {
  /** Verdicts are to say where in the author's code they come from. */
  readonly wantsSites: boolean
  /** The first `processed` requests of a batch were answered. `milliseconds`: how long the crossing took. */
  take (host: Observed, batch: Batch, answer: AnswerReader, processed: number, milliseconds: number): void
  /** Nobody will be given an answer to the requests `first` to `end` of a batch: the guest died of one, or the only one was cut. */
  failed (host: Observed, batch: Batch, first: number, end: number, failure: GuestFailure, milliseconds: number): void
}
