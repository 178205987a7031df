import type { ClientFacts, ProtocolChoice } from '@weirlb/link'
import type { AccessAction, CloseReason, LimitAction, RulePhase } from '@weirlb/model'
import type { FloodLook } from '../floods/flood-look.ts'
import type { DecisionValues } from '../decisions/decision.ts'
import type { LookedRule } from '../gate/rule-trial.ts'
import type { ExplainedEdge } from './explain-edge.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { ExplainedAnswer, ExplainedFrame } from '../trace/shown.ts'

/** Bytes to explain, as if one client or its server had sent them in one piece. */
export interface ExplainRequest {
  readonly userVserver: string
  readonly bytes: Uint8Array
  readonly side: 'client' | 'server'
  readonly client: ClientFacts
}

/**
 * The same; or an HTTP request, whose path and Host header are those of the client's `http`, and which has no bytes.
 */
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
  /** Rules that were looked at, in order. */
  readonly rules: readonly ExplainedRule[]
  /** The edge function of an HTTP request, or of the request for a WebSocket; undefined: no trigger is about it. */
  readonly edge?: ExplainedEdge | undefined
  /**
   * The access rule that decides about the client; undefined: none does, or it is a server's bytes that are explained.
   */
  readonly access?: { readonly rule: string, readonly action: AccessAction } | undefined
  /**
   * How the controls against floods take the client, and its request; undefined: it is a server's bytes that are
   * explained.
   */
  readonly floods?: FloodLook | undefined
  /** Rate limits that were looked at, in order. Nothing is counted. */
  readonly rateLimits: readonly ExplainedLimit[]
  /** Counters of the extension over all messages. */
  readonly counters: Readonly<Record<string, number>>
  /** Entries into the sandbox. */
  readonly crossings: number
  readonly outcome: ExplainedOutcome
}

/**
 * A rule that was looked at; `message`: the number of the message, from 1, or 0 for the client or the request itself.
 */
export interface ExplainedRule extends LookedRule {
  readonly message: number
  /**
   * Values that its expression looks at, as security events show them; missing ones are left out. Undefined behind the
   * first 1,000 rules.
   */
  readonly fields: DecisionValues | undefined
}

/** A rate limit that was looked at; `message` as of rules. */
export interface ExplainedLimit {
  readonly message: number
  readonly rateLimit: string
  readonly phase: RulePhase
  readonly action: LimitAction
  readonly simulated: boolean
  /** It is about this. */
  readonly applies: boolean
  /** What has the counter. */
  readonly key: string
  /** What it has counted in the worker that explains. */
  readonly counted: number
  readonly limit: number
  /** One more would be over the limit, or the action goes on. */
  readonly over: boolean
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
  /**
   * `waiting`: for a first message; `open`: inspected; `pipe`: this side is no longer inspected; `tunnel`: neither side
   * is.
   */
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
