import type { Bytes } from './bytes.ts'
import type { Ctx, Message } from './context.ts'
import type { ByteRange, ClosingFrames, Framing, Match, PeekByFirstByte } from './framing.ts'
import type { ParamIssue, ParamsOf, ParamSpec } from './params.ts'
import { note } from './site.ts'
import type { StreamVerdict } from './stream-verdict.ts'
import type { Reject, Verdict } from './verdict.ts'

/** Nobody waits for a promise. */
type NoPromise = { readonly then?: never } | null | undefined

/** One direction: how it is cut, which frames are seen, and what is answered. */
export interface Side<S, P> {
  readonly framing: Framing
  /**
   * Of the client side: what the first byte of a client may be. A client that begins with another is closed at once (`rejected`), instead of being waited for until
   * its first message is whole. MQTT: `begins: [{ from: 0x10, to: 0x1f }]`. Default: any.
   */
  readonly begins?: readonly ByteRange[]
  /**
   * With `balance: 'per-connection'`: frames behind which this side says nothing more. Nothing of ours follows one to the other side, whether this side is inspected or
   * tunnelled: no `ctx.reply` or `ctx.send`, no reply of a `reject`, no goodbye. Server side of MQTT: `closes: [{ from: 0xe0, to: 0xef }]`. Default: none.
   */
  readonly closes?: readonly ClosingFrames[]
  /** Frames that do not match are forwarded without entering the sandbox. */
  readonly only?: Match
  /** Copy at most this many bytes of each frame into the sandbox; may depend on its first byte. Default: the whole frame. */
  readonly peek?: number | PeekByFirstByte
  onMessage? (message: Message, ctx: Ctx<S, P>): Verdict
  readonly onData?: never
}

/** One direction that the author cuts: for what no framing describes, or for units whose body nobody needs to hold. */
export interface StreamSide<S, P> {
  /** As of a side that is cut in messages. */
  readonly begins?: readonly ByteRange[]
  /**
   * Judge the bytes that are here and undecided, of which there is at least one. `end`: the stream ends with them, and no more will come.
   * Called again, within the same crossing, while the verdict leaves bytes of the chunk undecided. The chunk is valid during the call only.
   */
  onData (chunk: Bytes, end: boolean, ctx: Ctx<S, P>): StreamVerdict
  readonly framing?: never
  readonly closes?: never
  readonly only?: never
  readonly peek?: never
  readonly onMessage?: never
}

/** Why the host is about to end a connection. */
export type Reason =
  | 'no-service' | 'dial-failed' | 'service-down' | 'draining' | 'shutdown' | 'limit'
  | 'killed' | 'protocol-error' | 'idle' | 'extension-error'

/** Type of a field; `secret` ones never reach a log, a metric or the API. */
export type FieldType = 'string' | 'int' | 'bool' | 'secret'

/**
 * A health check in the protocol's own words, run by monitors of type `extension`: bytes to send, and what the first answer means. It runs beside the connections
 * of clients, in a guest of its own; between the two calls nothing is kept.
 */
export interface Probe {
  /** What a server is told first, on a connection of its own; no bytes when it speaks first. */
  send (): Bytes
  /** What the first message of the server means: all of it, or its first 64 KiB with the true length. Throwing means down. */
  judge (answer: Message): Judgement
  /** How the answer is cut. Default: as the `server` side is. */
  readonly framing?: Framing
}

/** Whether a server is up; a text says why it is not. */
export type Judgement = 'up' | 'down' | { readonly down: string }

export interface Protocol<S = undefined, P extends ParamSpec = {}> {
  readonly name: string
  /** Version of this API. */
  readonly api: 1
  /** `per-connection`: the first forwarded message chooses the server for the connection's life. `per-message`: every message chooses its own. */
  readonly balance: 'per-connection' | 'per-message'
  /**
   * With `balance: 'per-message'`: how server messages find their way back to the one client. `none` (the default): servers say nothing, and what they say is
   * thrown away. `as-they-come`: whole, in the order in which they begin. `in-order`: each request has its replies, in the order of the requests.
   * All but `none` need a `server` side, whose framing tells messages apart.
   */
  readonly replies?: 'none' | 'as-they-come' | 'in-order'
  /**
   * With `balance: 'per-connection'`: what another service may be sent when a server closes a connection before its first byte, as one does that is killed.
   * `first-message`: the client's first message, as long as nothing was sent behind it; for protocols that begin with a login, which does no harm twice. Default: nothing.
   */
  readonly resend?: 'first-message'
  readonly params?: P
  /**
   * What is wrong with parameters whose types and ranges hold: called when an operator gives them, before any connection sees them. An empty list: nothing.
   * It may be called in a guest of its own; nothing that it leaves in module variables is there later.
   */
  checkParams? (params: ParamsOf<P>): readonly ParamIssue[]
  /** Makes the state of one connection. */
  state? (): S & NoPromise
  onConnect? (ctx: Ctx<S, ParamsOf<P>>): undefined | Reject
  readonly client: Side<S, ParamsOf<P>> | StreamSide<S, ParamsOf<P>>
  /** Omit it and server bytes never enter the sandbox. */
  readonly server?: Side<S, ParamsOf<P>> | StreamSide<S, ParamsOf<P>>
  /** Typed facts this protocol can publish with `ctx.set`. */
  readonly fields?: Readonly<Record<string, FieldType>>
  /** Last words to the client. Called with the state reached so far; no bytes means a plain close. */
  goodbye? (reason: Reason, ctx: Ctx<S, ParamsOf<P>>): Bytes | undefined
  readonly probe?: Probe
  /** The connection is gone, and its line in the log is written: of the context, `count` and `log` have an effect. */
  onClose? (why: string, ctx: Ctx<S, ParamsOf<P>>): void | undefined
}

/** What is no object is refused when the module is loaded. */
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Declare a protocol: the module's default export. */
export const defineProtocol = <S = undefined, P extends ParamSpec = {}>(protocol: Protocol<S, P>): Protocol<S, P> => isObject(protocol) ? note(protocol) : protocol
