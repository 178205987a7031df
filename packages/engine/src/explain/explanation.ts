import type { ClientFacts, ProtocolChoice } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { ExplainedAnswer, ExplainedFrame } from '../trace/shown.ts'

/** Bytes to explain, as if one client or its server had sent them in one piece. */
export interface ExplainRequest {
  readonly userVserver: string
  readonly bytes: Uint8Array
  readonly side: 'client' | 'server'
  readonly client: ClientFacts
}

/** The same; or an HTTP request, whose path and Host header are those of the client's `http`, and which has no bytes. */
export interface ExplainQuery extends Omit<ExplainRequest, 'side'> { readonly side: ExplainRequest['side'] | 'request' }

/** The treatment of the bytes. Absent parts are undefined; keys are text as elsewhere in the API. */
export interface Explanation {
  readonly userVserver: string
  /** Undefined for what no extension inspects: HTTP requests, and TLS that passes. */
  readonly extension: string | undefined
  /** The one that new connections get, canaries aside. */
  readonly version: number | undefined
  /** Canary version that a share of new connections gets; the explanation does not cover it. */
  readonly canary: number | undefined
  /** The worker with these connections, turns and services. */
  readonly worker: number
  readonly side: ExplainQuery['side']
  /** The user protocol that these bytes choose as a client's first ones; undefined where a port has one. */
  readonly choice: ProtocolChoice | undefined
  /** Result of `onConnect`; undefined if the extension has none. */
  readonly connect: ExplainedAnswer | undefined
  readonly frames: readonly ExplainedFrame[]
  /** Bytes after the last frame. */
  readonly rest: ExplainedRest | undefined
  /** Counters of the extension over all messages. */
  readonly counters: Readonly<Record<string, number>>
  /** Entries into the sandbox. */
  readonly crossings: number
  readonly outcome: ExplainedOutcome
}

export interface ExplainedRest {
  readonly offset: number
  readonly length: number
  /**
   * `incomplete`: a frame without its end; `malformed`, `too-large`: an invalid frame; `piped`: not inspected;
   * `after-end`: the connection ended before; `limit`: the explanation ends here.
   */
  readonly why: 'incomplete' | 'malformed' | 'too-large' | 'piped' | 'after-end' | 'limit'
}

export interface ExplainedOutcome {
  /** `waiting`: for a first message; `open`: inspected; `pipe`: this side is no longer inspected; `tunnel`: neither side is. */
  readonly becomes: 'waiting' | 'open' | 'pipe' | 'tunnel' | 'closed'
  readonly reason: CloseReason | undefined
  /** Further text about the reason; for a connection that fails open, why the extension is unavailable. */
  readonly detail: string | undefined
  /** The protocol's goodbye to the client, in hex. */
  readonly goodbye: string | undefined
  /** Name of the service that the connection would get. */
  readonly service: string | undefined
  /** Present if it is tunnelled because the extension is unavailable (`failOpen`). */
  readonly failedOpen: true | undefined
  /** How the server of such a connection is chosen, when no frame had chosen it. */
  readonly decision: LbExplanation | undefined
}
