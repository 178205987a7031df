import type { ByteRange, ClosingFrames, Framing, Match, PeekByFirstByte } from '../framing.ts'
import type { DeclaredKeys } from '../keys.ts'
import type { Param } from '../params.ts'
import type { FieldType } from '../context.ts'

/** The declarative half of a protocol, as JSON carries it out of the sandbox. */
export interface Declaration {
  readonly name: string
  readonly api: 1
  readonly balance: 'per-connection' | 'per-message'
  /** `none` with balance per-connection. */
  readonly replies: 'none' | 'as-they-come' | 'in-order' | 'matched'
  readonly resend: 'first-message' | undefined
  /** TLS with clients may begin inside the protocol. */
  readonly startTls: boolean
  /** How TLS is started with servers; undefined: it cannot be. */
  readonly serverTls: readonly TlsStepDeclaration[] | undefined
  readonly params: Readonly<Record<string, Param>>
  readonly fields: readonly FieldDeclaration[]
  readonly client: SideDeclaration
  readonly server: SideDeclaration | undefined
  readonly hooks: {
    readonly state: boolean
    readonly connect: boolean
    readonly goodbye: boolean
    readonly close: boolean
    readonly params: boolean
    readonly unanswered: boolean
  }
  /** The protocol's use of WebSockets. */
  readonly websocket: WebSocketDeclaration
  /** How servers are probed; undefined when the extension cannot. */
  readonly probe: ProbeDeclaration | undefined
}

/** A field that a protocol publishes; `message`: its value belongs to one message. */
export interface FieldDeclaration {
  readonly name: string
  readonly type: FieldType
  readonly message: boolean
  /** Rules may read it, and security events do not show its value. */
  readonly hidden?: true | undefined
  /** What security events take it for. */
  readonly role?: 'client-id' | 'topic' | undefined
}

/** A step before TLS with a server; `accepts` and `skips` are latin1. */
export interface TlsStepDeclaration {
  readonly send: readonly number[]
  readonly accepts: string
  readonly line: boolean
  readonly skips: string | undefined
}

/** Names of a protocol on WebSockets, in order of preference, and the kind of its messages. */
export interface WebSocketDeclaration {
  readonly subprotocols: readonly string[]
  readonly messages: 'binary' | 'text' | 'both'
}

/** A probe. */
export interface ProbeDeclaration {
  /** Framing of its replies, its own or the server side's. */
  readonly framing: Framing
  readonly params: Readonly<Record<string, Param>>
  readonly secrets: readonly string[]
  /** True when there is a `checkParams`. */
  readonly checks: boolean
}

/** One direction of a declaration: messages, or a stream. */
export type SideDeclaration = MessageSideDeclaration | StreamSideDeclaration

/** A side that the host frames into messages. */
export interface MessageSideDeclaration {
  readonly kind: 'messages'
  readonly framing: Framing
  readonly begins: readonly ByteRange[] | undefined
  readonly closes: readonly ClosingFrames[] | undefined
  /** First bytes of messages that answer no request; undefined: unknown, if there is a handler. */
  readonly unasked: readonly ByteRange[] | undefined
  readonly only: Match | undefined
  readonly peek: number | PeekByFirstByte | undefined
  /** Messages that are judged by their keys alone; command names are upper-case. */
  readonly keys: DeclaredKeys | undefined
  /** True when there is an onMessage; without one, frames never enter the sandbox. */
  readonly handler: boolean
}

/** A side whose handler receives bytes and frames them itself. */
export interface StreamSideDeclaration { readonly kind: 'stream', readonly begins: readonly ByteRange[] | undefined }

/** Longest header in front of a field that enters whole: what precedes a length, and the length. */
const LONGEST_HEADER = 0xffff + 4

/** Returns the maximum bytes of a frame that a `peek` admits. */
export const largestPeek = (peek: number | PeekByFirstByte): number =>
  typeof peek === 'number'
    ? peek
    : Math.max(
      peek.otherwise,
      ...peek.cases.map(({ bytes, field, wide = bytes }) =>
        field === undefined ? wide : wide + LONGEST_HEADER + field + 256 ** field
      )
    )

/** True if more of some frames of a side enters while rules read these fields. */
export const isWideFor = (side: SideDeclaration | undefined, fields: readonly string[]): boolean =>
  side?.kind === 'messages' && typeof side.peek === 'object' &&
  side.peek.wideFor?.some(name => fields.includes(name)) === true

/** Bytes of a frame that a `peek` lets in for certain, when it has so many. */
export const smallestPeek = (peek: number | PeekByFirstByte): number =>
  typeof peek === 'number' ? peek : Math.min(peek.otherwise, ...peek.cases.map(c => c.bytes))

/** Largest frame in bytes that a framing lets through. */
export const largestFrame = (framing: Framing): number => {
  switch (framing.kind) {
    case 'fixed': return framing.size
    case 'byFirstByte': return Math.max(largestFrame(framing.otherwise), ...framing.cases.map(c => largestFrame(c.use)))
    default: return framing.max
  }
}
