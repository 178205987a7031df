import type { CloseReason } from '@weirlb/model'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { ExplainedAnswer, ExplainedClient, ExplainedFrame } from '../trace/shown.ts'

/** Bytes to explain, as if one client or its server had sent them in one piece. */
export interface ExplainRequest {
  readonly userVserver: string
  readonly bytes: Uint8Array
  readonly side: 'client' | 'server'
  readonly client: ExplainedClient
}

/** What would become of the bytes. Absent parts are undefined; keys are text as the rest of the API shows them. */
export interface Explanation {
  readonly userVserver: string
  readonly extension: string
  /** The one that new connections get, canaries aside. */
  readonly version: number
  /** A version that a share of the new connections gets in its place: what becomes of those is not said here. */
  readonly canary: number | undefined
  /** Whose connections, turns and services it is about. */
  readonly worker: number
  readonly side: 'client' | 'server'
  /** What `onConnect` answered; undefined when the extension has none. */
  readonly connect: ExplainedAnswer | undefined
  readonly frames: readonly ExplainedFrame[]
  /** Bytes after the last frame. */
  readonly rest: ExplainedRest | undefined
  /** What the extension would count, all messages together. */
  readonly counters: Readonly<Record<string, number>>
  /** Entries into the sandbox. */
  readonly crossings: number
  readonly outcome: ExplainedOutcome
}

export interface ExplainedRest {
  readonly offset: number
  readonly length: number
  /**
   * `incomplete`: a frame without its end; `malformed`, `too-large`: no frame can be cut; `piped`: not inspected;
   * `after-end`: the connection ended before; `limit`: the explanation ends here.
   */
  readonly why: 'incomplete' | 'malformed' | 'too-large' | 'piped' | 'after-end' | 'limit'
}

export interface ExplainedOutcome {
  /** `waiting`: for a first message; `open`: inspected; `pipe`: this side is no longer inspected; `tunnel`: neither side is. */
  readonly becomes: 'waiting' | 'open' | 'pipe' | 'tunnel' | 'closed'
  readonly reason: CloseReason | undefined
  /** What is to be said about the reason; of a connection that fails open, why the extension cannot be asked. */
  readonly detail: string | undefined
  /** The protocol's last words to the client, in hex. */
  readonly goodbye: string | undefined
  /** Name of the service that the connection would get. */
  readonly service: string | undefined
  /** It is tunnelled because the extension cannot be asked (`failOpen`). */
  readonly failedOpen: true | undefined
  /** How the server of such a connection is chosen, when no frame had chosen it. */
  readonly decision: LbExplanation | undefined
}
