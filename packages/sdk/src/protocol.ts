import type { Bytes } from './bytes.ts'
import type { Context, FieldSpec, Message } from './context.ts'
import type { ByteRange, ClosingFrames, Framing, Match, PeekByFirstByte } from './framing.ts'
import type { DeclaredKeys } from './keys.ts'
import type { ParamIssue, ParamsOf, ParamSpec } from './params.ts'
import type { Probe } from './probe.ts'
import { note } from './site.ts'
import type { StreamVerdict } from './stream-verdict.ts'
import type { Reject, Verdict } from './verdict.ts'

/** No promise is awaited. */
type NoPromise = { readonly then?: never } | null | undefined

/** One direction: its framing, the frames to inspect, and the handler. */
export interface Side<S, P, F extends FieldSpec = FieldSpec> {
  /** Divides the stream into messages. */
  readonly framing: Framing
  /**
   * For the client side: the possible first bytes of a client. A client that begins with another byte is closed at
   * once (`rejected`), instead of after its first whole message. MQTT: `begins: [{ from: 0x10, to: 0x1f }]`. Default:
   * any.
   */
  readonly begins?: readonly ByteRange[]
  /**
   * With `balance: 'per-connection'`: frames after which this side sends nothing more. Weir sends nothing of its own
   * to the other side after one, inspected or tunnelled: no `ctx.reply` or `ctx.send`, no reply of a `reject`, no
   * goodbye. Server side of MQTT: `closes: [{ from: 0xe0, to: 0xef }]`. Default: none.
   */
  readonly closes?: readonly ClosingFrames[]
  /**
   * For the server side, with `replies: 'in-order'`: the first bytes of messages that answer no request. Every other
   * message answers one, and `onMessage` forwards it. Clients share links (`serverLinks: 'shared'`) only where this is
   * declared, or the server side has no `onMessage`: whose reply a message is cannot wait for a verdict. RESP3:
   * `unasked: [{ from: 0x3e, to: 0x3e }]`. Default: unknown.
   */
  readonly unasked?: readonly ByteRange[]
  /** Frames that do not match are forwarded without entering the sandbox. */
  readonly only?: Match
  /**
   * Copy at most this many bytes of each frame into the sandbox; may depend on its first byte. Default: the whole
   * frame.
   */
  readonly peek?: number | PeekByFirstByte
  /**
   * For the client side, with `balance: 'per-message'`: messages that Weir forwards by their key without inspection.
   * They must be those that `onMessage` would only forward by this key. Default: all messages are inspected.
   */
  readonly keys?: DeclaredKeys
  /** Called with each message: all of it, or its first `peek` bytes. Without it messages are not inspected. */
  onMessage? (message: Message, ctx: Context<S, P, F>): Verdict
  readonly onData?: never
}

/**
 * One direction that the author frames: for bytes without a describable framing, or for units whose body needs no
 * buffering.
 */
export interface StreamSide<S, P, F extends FieldSpec = FieldSpec> {
  /** As for a side of messages. */
  readonly begins?: readonly ByteRange[]
  /**
   * Judge the bytes that are here and undecided, of which there is at least one. `end`: the stream ends with them, and
   * no more will come. Called again, within the same crossing, while the verdict leaves bytes of the chunk undecided.
   * The chunk is valid during the call only.
   */
  onData (chunk: Bytes, end: boolean, ctx: Context<S, P, F>): StreamVerdict
  readonly framing?: never
  readonly closes?: never
  readonly only?: never
  readonly peek?: never
  readonly keys?: never
  readonly onMessage?: never
}

/**
 * Bytes to a server before TLS, and the answer that lets it continue. Any other answer is a failed dial, and so are
 * bytes behind it.
 */
export interface TlsStep {
  /** Default: the server speaks first. */
  readonly send?: Bytes
  /** The answer, or its beginning if it is a line. Text is latin1. */
  readonly accepts: string
  /** The answer is a line that ends with LF. Default: it is exactly `accepts`. */
  readonly line?: boolean
  /** With `line`: lines that begin so precede the answer. SMTP: `250-`. */
  readonly skips?: string
}

/** Why the host is about to end a connection. */
export type Reason =
  | 'no-service' | 'dial-failed' | 'service-down' | 'draining' | 'shutdown' | 'limit'
  | 'killed' | 'protocol-error' | 'idle' | 'extension-error' | 'rule' | 'rate-limit'

/** Why a request was abandoned. */
export type Unanswered = 'timeout' | 'service-down'

/**
 * A protocol on WebSockets. Its bytes are the payloads of the messages in sequence; message boundaries have no meaning.
 */
export interface WebSocketSpeech {
  /**
   * Sub-protocols (Sec-WebSocket-Protocol) in order of preference. A client must offer one, and the handshake selects
   * exactly one. MQTT: `['mqtt', 'mqttv3.1']`. Default: none, and clients that require one disconnect.
   */
  readonly subprotocols?: readonly string[]
  /**
   * Kind of the messages; a message of another kind closes the connection with code 1003. `both`: Weir sends the kind
   * that it received last. Default: `binary`.
   */
  readonly messages?: 'binary' | 'text' | 'both'
}

/**
 * A protocol: its declarations and its handlers. A handler named `on…` is called when something has happened
 * (`onMessage`, `onClose`). The others are called for their result (`state`, `goodbye`, `checkParams`, `probe.judge`).
 */
export interface Protocol<S = undefined, P extends ParamSpec = {}, F extends FieldSpec = {}, Q extends ParamSpec = {}> {
  /** Name of the protocol, in logs and declarations. */
  readonly name: string
  /** Version of this API. */
  readonly api: 1
  /**
   * `per-connection`: the first forwarded message chooses the server for the connection's life. `per-message`: every
   * message chooses its own.
   */
  readonly balance: 'per-connection' | 'per-message'
  /**
   * With `balance: 'per-message'`: how server messages reach the one client. `none` (the default): servers' bytes are
   * discarded. `as-they-come`: whole messages, in the order of their first bytes. `in-order`: each request gets its
   * replies, in the order of the requests. `matched`: as they come; a reply names its request (`forward({ match })`),
   * and a missing one delays no other. All but `none` need a `server` side, whose framing separates messages.
   */
  readonly replies?: 'none' | 'as-they-come' | 'in-order' | 'matched'
  /**
   * With `replies: 'matched'`: called when a request is abandoned, because its reply took longer than the user
   * vserver's `replyTimeoutSeconds`, or because its server closed. A later reply is dropped. `ctx.reply` informs the
   * client; default: nothing is sent.
   */
  onUnanswered? (match: Bytes, why: Unanswered, ctx: Context<S, ParamsOf<P>, F>): void | undefined
  /**
   * With `balance: 'per-connection'`: what may be sent to another service when a server closes a connection before
   * its first byte, as a killed one does. `first-message`: the client's first message, provided nothing was sent
   * after it; for protocols that begin with a login, which is safe to repeat. Default: nothing.
   */
  readonly resend?: 'first-message'
  /**
   * With `balance: 'per-connection'`: TLS with clients may begin inside the protocol, by `ctx.startTls`. User vservers
   * of transport `tcp` take certificates then. Default: false.
   */
  readonly startTls?: boolean
  /**
   * How TLS is started with a server whose service has `startTls`. Every step has to be accepted; the handshake follows
   * the last. PostgreSQL: `[{ send: sslRequest, accepts: 'S' }]`.
   */
  readonly serverTls?: readonly TlsStep[]
  /** Parameters that an operator may set on a user vserver: `{ limit: param.int({ default: 10, min: 1 }) }`. */
  readonly params?: P
  /**
   * Returns the faults of parameters whose types and ranges are valid; an empty list means none. It is called when an
   * operator sets them, before any connection sees them. It may run in a separate guest, so module variables that it
   * sets are lost.
   */
  checkParams? (params: ParamsOf<P>): readonly ParamIssue[]
  /** Makes the state of one connection. */
  state? (): S & NoPromise
  /** Called when a client has connected: returns a refusal, or nothing. */
  onConnect? (ctx: Context<S, ParamsOf<P>, F>): void | undefined | Reject
  /** Framing and handler of the client's bytes. */
  readonly client: Side<S, ParamsOf<P>, F> | StreamSide<S, ParamsOf<P>, F>
  /** Omit it and server bytes never enter the sandbox. */
  readonly server?: Side<S, ParamsOf<P>, F> | StreamSide<S, ParamsOf<P>, F>
  /** Typed facts this protocol can publish with `ctx.set`. */
  readonly fields?: F
  /**
   * Those of `fields` whose values belong to the message in whose handler they are set. To rules they are missing at
   * every other message; the log and the API show the last value. Default: a field belongs to the connection.
   */
  readonly messageFields?: readonly NoInfer<keyof F & string>[]
  /** What security events show of `fields`. Default: every value that a rule has looked at. */
  readonly security?: SecurityFields<NoInfer<keyof F & string>>
  /** Returns a goodbye for the client, given the state reached so far; no bytes means a plain close. */
  goodbye? (reason: Reason, ctx: Context<S, ParamsOf<P>, F>): Bytes | undefined
  /** A health check that monitors of type `extension` run. Without it there are none. */
  readonly probe?: Probe<Q>
  /** For user protocols whose transport is `ws` or `wss`. */
  readonly websocket?: WebSocketSpeech
  /** The connection is gone, and its line in the log is written: of the context, `count` and `log` have an effect. */
  onClose? (why: string, ctx: Context<S, ParamsOf<P>, F>): void | undefined
}

/**
 * What fields are to security events. The named ones are published while rules look at messages, also if none reads
 * them.
 */
export interface SecurityFields<Name extends string = string> {
  /** The name that a client gives itself; of type `string`. */
  readonly clientId?: Name
  /** What a message is about; of type `string`. */
  readonly topic?: Name
  /**
   * Fields that rules may read, and whose values are replaced in events: what could be a password, or a payload. One
   * that is `set` for the log too is shown.
   */
  readonly hidden?: readonly Name[]
}

/** A value that is not an object is refused when the module is loaded. */
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Declare a protocol: the module's default export. */
export const defineProtocol = <
  S = undefined,
  P extends ParamSpec = {},
  F extends FieldSpec = {},
  Q extends ParamSpec = {}
>(protocol: Protocol<S, P, F, Q>): Protocol<S, P, F, Q> => isObject(protocol) ? note(protocol) : protocol
