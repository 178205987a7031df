import type { Bytes } from './bytes.ts'
import { note, sites } from './site.ts'

/** A key: text (encoded as UTF-8) or bytes, of any length. An empty key is no key. */
export type Key = string | Bytes

/** The keys that select the server; never servers. */
export interface Keys {
  /** Hashed by the `token` balancing method (NetScaler USER_TOKEN). */
  readonly token?: Key | undefined
  /** Looked up by `user-session` persistence (NetScaler USERSESSION). */
  readonly session?: Key | undefined
  /** Name of an LB vserver that the operator bound to this user vserver. */
  readonly via?: string | undefined
}

/** With `balance: 'per-connection'` only. `pipe`: this direction never enters the sandbox again; `tunnel`: neither does the other. */
export type Then = 'continue' | 'pipe' | 'tunnel'

/** The message is forwarded. */
export interface Forward extends Keys {
  readonly op: 'forward'
  /** Replaces the whole message. */
  readonly bytes?: Bytes | undefined
  readonly then?: Then | undefined
  /**
   * With `replies: 'in-order'`. In `client.onMessage`: the number of the server's messages that reply to this one, 0
   * to 65535. Default 1; 0 where the protocol has no reply. In `server.onMessage`: 0 for a message that replies to
   * nothing; it is forwarded between two replies.
   */
  readonly replies?: number | undefined
  /**
   * With `replies: 'matched'`: the key of the request. In `client.onMessage`: a reply with the same key is expected;
   * without a key, no reply. In `server.onMessage`: the request that this message answers. A reply to no request is
   * dropped, and a message without a key is forwarded.
   */
  readonly match?: Key | undefined
  /**
   * With `replies: 'in-order'`, in `client.onMessage`: so many messages of the server come before the replies, and are
   * discarded without inspection. Default 0.
   */
  readonly swallow?: number | undefined
  /**
   * With `replies: 'in-order'`, in `client.onMessage`. `true`: from now on the server has state of this client. Weir
   * keeps the link while it is idle, and closes the client when the link is lost. `false`: no longer.
   */
  readonly keep?: boolean | undefined
  /**
   * With `replies: 'in-order'`, in `client.onMessage`, for servers whose unsolicited messages look like replies.
   * `true`: from now on this server sends such messages. Those beyond its outstanding replies are forwarded after
   * those of other servers, instead of ending the connection, and its link is kept. Later requests to this server
   * must not need to be told from them.
   */
  readonly unasked?: true | undefined
}
/** The message is discarded: `drop()`. */
export interface Drop { readonly op: 'drop', readonly n?: never }
/** The next `n` bytes of a stream are discarded, arrived or not: `drop(n)`. */
export interface DropBytes { readonly op: 'drop', readonly n: number }
/** Close the connection, after `reply` if there is one. */
export interface Reject { readonly op: 'reject', readonly why: string, readonly reply?: Bytes | undefined }
/** The reply of one server to its part of a message, and which of the keys it has, by their place in `tokens`. */
export interface PartReply { readonly keys: readonly number[], readonly bytes: Bytes }

/**
 * The message concerns keys of several servers. Weir selects the server of each, asks for one message per server, and
 * sends them in the place of this one. The replies, one per server, become one. With `replies: 'in-order'`, in
 * `client.onMessage`.
 */
export interface Split {
  readonly op: 'split'
  /** The keys, hashed like the `token` of `forward`; at least one. */
  readonly tokens: readonly Key[]
  readonly via?: string | undefined
  /** Returns the message for the server that has these keys, by their place in `tokens`. */
  part (keys: readonly number[]): Bytes
  /** Returns the reply. `undefined`: those of the servers have more than 1 MiB together, and were discarded. */
  gather (replies: readonly PartReply[] | undefined): Bytes
}
/** The result of `onMessage`. */
export type Verdict = Forward | Drop | Reject | Split

const FORWARD: Forward = Object.freeze({ op: 'forward' })
const DROP: Drop = Object.freeze({ op: 'drop' })

/** Pass the message on. */
export const forward = (o?: Omit<Forward, 'op'>): Forward => {
  if (sites.on) return note({ op: 'forward', ...o })
  return o === undefined ? FORWARD : { op: 'forward', ...o }
}
/** Swallow the message that is handled; of a stream, the next `n` bytes, also those that have not arrived. */
export const drop: {
  (): Drop
  (n: number): DropBytes
} = ((n?: number): Drop | DropBytes => {
  if (n !== undefined) return sites.on ? note({ op: 'drop', n }) : { op: 'drop', n }
  return sites.on ? note({ op: 'drop' }) : DROP
}) as never
/** End the connection as `rejected`; `why` goes to the log, `reply` to the client. */
export const reject = (why: string, reply?: Bytes): Reject => {
  const verdict: Reject = { op: 'reject', why, reply }
  return sites.on ? note(verdict) : verdict
}
/** Split the message over the servers of its keys. */
export const split = (o: Omit<Split, 'op'>): Split => {
  const verdict: Split = { op: 'split', ...o }
  return sites.on ? note(verdict) : verdict
}
