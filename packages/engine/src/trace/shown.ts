import type { LbExplanation } from '../balancing/lb-explanation.ts'

/**
 * Why a frame was inspected, or not. `stream`: the extension frames this side itself, and the frame is the subject of
 * one verdict. `keys`: the keys that it declares have decided in its place.
 */
export type SeenWhy = 'handler' | 'keys' | 'no-handler' | 'only' | 'piped' | 'stream'

export interface ExplainedFrame {
  /** Offset of its first byte. */
  readonly offset: number
  /** Its true length; it may reach beyond the bytes that were given. */
  readonly length: number
  readonly seen: boolean
  readonly why: SeenWhy
  /** How many of its bytes enter the sandbox. */
  readonly entered: number
  readonly answer: ExplainedAnswer | undefined
  /**
   * How the server is chosen, at the message that chooses it; with `balance: 'per-message'` each does, and each is
   * explained as if it came next.
   */
  readonly decision: LbExplanation | undefined
}

export interface ExplainedAnswer {
  readonly verdict: ExplainedVerdict
  /** In the order of the calls; a handler that threw has none, whatever it had called. */
  readonly effects: readonly ExplainedEffect[]
}

export interface ExplainedVerdict {
  /** `pass`, `more` and `pipe` are verdicts about a stream, and so is a `drop` with a count. */
  readonly op: 'forward' | 'drop' | 'reject' | 'malformed' | 'threw' | 'pass' | 'more' | 'pipe' | 'split'
  /**
   * For `pass` and `drop` of a stream: bytes, perhaps more than have arrived. For `more`: further bytes needed beyond
   * those shown.
   */
  readonly count: number | undefined
  /**
   * Where the author's code made the verdict, or threw: `file.ts:12:5`; undefined for a verdict that was written by
   * hand.
   */
  readonly at: string | undefined
  readonly then: 'continue' | 'pipe' | 'tunnel' | undefined
  readonly token: string | undefined
  readonly session: string | undefined
  readonly via: string | undefined
  /** Length of the message's replacement. */
  readonly replacedBy: number | undefined
  /** Reason of a reject, or a failure with the author's file and line. */
  readonly why: string | undefined
  /** Reply of a reject, in hex, truncated at 4096 bytes. */
  readonly reply: string | undefined
}

/** Something that the handler did beside its verdict. */
export type ExplainedEffect =
  | {
    readonly kind: 'reply' | 'send' | 'prelude' | 'startTls'
    readonly length: number
    /** In hex, truncated at 4096 bytes. */
    readonly bytes: string
  }
  | {
    readonly kind: 'set'
    readonly field: string
    /** Undefined: the field is secret. */
    readonly value: string | undefined
  }
  | {
    readonly kind: 'log'
    readonly level: string
    readonly text: string
    /** Where it was logged. */
    readonly at: string | undefined
  }
  | { readonly kind: 'pin', readonly key: string }
  | { readonly kind: 'serverRefused', readonly text: string }
  | { readonly kind: 'idleTimeout', readonly ms: number }
  /** A verdict about a stream, of which one chunk may have many. */
  | { readonly kind: 'pass' | 'drop', readonly count: number, readonly at: string | undefined }
