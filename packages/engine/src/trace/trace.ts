import type { GuestFailure } from '@weirlb/sdk/abi'
import type { ExplainedEffect, ExplainedVerdict } from './shown.ts'

/**
 * The traced data: `calls` of the author's handlers with their exceptions, or also their `verdicts` with keys and
 * effects.
 */
export type TraceLevel = 'calls' | 'verdicts'

/** Which connections; every given field must match. */
export interface TraceFilter {
  /** Address of the client, or address and port as connections are shown: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client?: string | undefined
  /** Session key as the API shows it; the message that brings it matches as well. */
  readonly session?: string | undefined
}

export interface TraceSpec { readonly level: TraceLevel, readonly filter: TraceFilter }

/**
 * Why a call was stopped, or what the guest died of: each of its unanswered calls then has it. The message has the
 * author's file and line if known.
 */
export type TraceFailure = GuestFailure

/** One call of the author's code. */
export interface TraceRecord {
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly version: number
  readonly userVserver: string
  /** Id of the connection, as the API shows it. */
  readonly connection: string
  readonly client: string
  readonly session: string | undefined
  /**
   * `data`: a chunk of a stream, for which `onData` was called until all of it was decided. `keys`: a message that the
   * declared keys decided, without a call.
   */
  readonly call: 'connect' | 'message' | 'keys' | 'data' | 'goodbye' | 'close' | 'unanswered'
  /** The sender of a message or chunk. */
  readonly side: 'client' | 'server' | undefined
  /** For a message: its full length. For a chunk: the number of undecided bytes shown. */
  readonly frameLength: number | undefined
  /**
   * The entry into the sandbox that the call was part of: how many calls of the author's code it had, and how long it
   * took from end to end.
   */
  readonly crossing: { readonly calls: number, readonly microseconds: number }
  /** Undefined at level `calls`, unless the call threw; for a goodbye or a close; and without an answer. */
  readonly verdict: ExplainedVerdict | undefined
  readonly effects: readonly ExplainedEffect[] | undefined
  /** The reason for a missing answer. */
  readonly failure: TraceFailure | undefined
}
