import type { CloseReason, LbVserver } from '@weirlb/model'
import type { Refusal } from '../balancing/service.ts'

/** Whom the extension is told of. */
export interface ExplainedClient { readonly address: string, readonly port: number, readonly serverName?: string | undefined }

/** Bytes to explain, as if one client had sent them, or its server had answered them, in one piece. */
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

/** Why a frame was shown to the extension, or was not. `stream`: the extension cuts this side itself, and this is what one of its verdicts was about. */
export type SeenWhy = 'handler' | 'no-handler' | 'only' | 'piped' | 'stream'

export interface ExplainedFrame {
  /** Of its first byte. */
  readonly offset: number
  /** Its true length; it may reach beyond the bytes that were given. */
  readonly length: number
  readonly seen: boolean
  readonly why: SeenWhy
  /** How many of its bytes enter the sandbox. */
  readonly entered: number
  readonly answer: ExplainedAnswer | undefined
  /** How the server is chosen, at the message that chooses it; with `balance: 'per-message'` each does, and each is explained as if it came next. */
  readonly decision: LbExplanation | undefined
}

export interface ExplainedAnswer {
  readonly verdict: ExplainedVerdict
  /** In the order of the calls; a handler that threw has none, whatever it had called. */
  readonly effects: readonly ExplainedEffect[]
}

export interface ExplainedVerdict {
  /** `pass`, `discard`, `more` and `pipe` are verdicts about a stream. */
  readonly op: 'forward' | 'drop' | 'reject' | 'malformed' | 'threw' | 'pass' | 'discard' | 'more' | 'pipe'
  /** Of `pass` and `discard`: bytes, which may be more than have arrived. Of `more`: bytes that are needed beyond those shown. */
  readonly count: number | undefined
  /** Where the author's code made the verdict, or threw: `file.ts:12:5`; undefined for a verdict that was written by hand. */
  readonly at: string | undefined
  readonly then: 'continue' | 'pipe' | 'tunnel' | undefined
  readonly token: string | undefined
  readonly session: string | undefined
  readonly via: string | undefined
  /** Length of what stands in the place of the message. */
  readonly replacedBy: number | undefined
  /** Of a reject, or of a failure: with the author's file and line. */
  readonly why: string | undefined
  /** Reply of a reject, in hex, cut at 4096 bytes. */
  readonly reply: string | undefined
}

/** Something that the handler did beside its verdict. */
export type ExplainedEffect =
  | { readonly kind: 'reply' | 'send' | 'greet', readonly length: number, /** In hex, cut at 4096 bytes. */ readonly bytes: string }
  | { readonly kind: 'set', readonly field: string, /** Undefined: the field is secret. */ readonly value: string | undefined }
  | { readonly kind: 'log', readonly level: string, readonly text: string, /** Where it was logged. */ readonly at: string | undefined }
  | { readonly kind: 'session', readonly key: string }
  | { readonly kind: 'idleTimeout', readonly ms: number }
  /** A verdict about a stream, of which one chunk may have many. */
  | { readonly kind: 'pass' | 'discard', readonly count: number, readonly at: string | undefined }

export interface ExplainedRest {
  readonly offset: number
  readonly length: number
  /**
   * `incomplete`: the frame goes on; `malformed`, `too-large`: it cannot be cut; `piped`: it passes unseen; `after-end`: the connection is over before;
   * `limit`: this explanation goes no further.
   */
  readonly why: 'incomplete' | 'malformed' | 'too-large' | 'piped' | 'after-end' | 'limit'
}

export interface ExplainedOutcome {
  /** `waiting`: for more of a first message; `open`: messages go on being looked at; `pipe`: those of this side are not; `tunnel`: neither are the other's. */
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

/** What spoke against a candidate. `suspect`: a dial failed a moment ago; `tried`: in vain, by this connection. */
export type Refused = Refusal | 'tried' | 'suspect'

/** How an LB vserver chooses. */
export interface LbExplanation {
  readonly lbVserver: string
  readonly state: LbVserver['state']
  readonly method: string
  /** What the order of the candidates comes from. */
  readonly order: string
  /** In the method's order. `spare`: not looked at, because one before it was taken. */
  readonly candidates: readonly {
    readonly service: string
    readonly weight: number
    readonly connections: number
    readonly verdict: 'proposed' | 'skipped' | 'spare'
    readonly why: Refused | undefined
  }[]
  /** The persistence entry of the session key; undefined without a key, or where nothing is pinned. */
  readonly session: { readonly key: string, /** Service that it names; undefined: there is none. */ readonly entry: string | undefined, /** It decides. */ readonly used: boolean } | undefined
  /** The one that is chosen here. */
  readonly service: string | undefined
  readonly by: 'session' | 'method' | undefined
  /** Why there is none, when there is no backup either. */
  readonly refusal: 'no-service' | 'limit' | undefined
  /** How the backup chooses, when this one has none to offer. */
  readonly backup: LbExplanation | undefined
}
