import type { Bytes } from './bytes.ts'
import { checkBytes, checkKey, checkKeys } from './check-verdict.ts'
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

/**
 * With `balance: 'per-connection'` only. `pipe`: this direction never enters the sandbox again; `tunnel`: neither does
 * the other.
 */
export type Then = 'continue' | 'pipe' | 'tunnel'

/** The message is forwarded. */
export interface Forward extends Keys {
  readonly op: 'forward'
  /** Replaces the whole message. */
  readonly bytes?: Bytes | undefined
  readonly then?: Then | undefined
  /**
   * With `balance: 'per-connection'`, in the first forwarded message: only the server that has this `session` gets the
   * client, even if it is full or drains. Without an entry for it the client is closed (`session-unknown`), and none is
   * made. For protocols whose cancel request names another connection's server.
   */
  readonly known?: true | undefined
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
/**
 * Places in a message: where each begins, and where it ends, one after the other. They are read before the next message
 * is handled: an array may be used again.
 */
export type Ranges = readonly number[] | Int32Array

/** The message for one server, from pieces of the client's message: the head, the items of its keys, and the tail. */
export interface Pieces {
  readonly head: Bytes
  /** A decimal number that stands before byte `at` of the head: `times` × the number of keys + `plus`. */
  readonly count?: { readonly at: number, readonly times: number, readonly plus: number } | undefined
  /** The bytes that belong to each key, in the order of `tokens`. */
  readonly items: Ranges
  readonly tail?: Bytes | undefined
}

/** The reply of one server to its part of a message, and which of the keys it has, by their place in `tokens`. */
export interface PartReply { readonly keys: readonly number[], readonly bytes: Bytes }

/**
 * The message concerns keys of several servers. Weir selects the server of each, and sends a message to each server,
 * in the place of this one. The replies, one per server, become one. With `replies: 'in-order'`, in
 * `client.onMessage`.
 */
export interface SplitByKeys {
  readonly op: 'split'
  /** The keys, hashed like the `token` of `forward`, or where they are in the message; at least one. */
  readonly tokens: readonly Key[] | Ranges
  readonly via?: string | undefined
  readonly to?: undefined
  /**
   * Returns the message for the server that has these keys, by their place in `tokens`; or what it consists of, which
   * is faster.
   */
  readonly part: ((keys: readonly number[]) => Bytes) | Pieces
  /**
   * Returns the reply. `undefined`: those of the servers have more than 1 MiB together, and were discarded. Or
   * `elements`, which is faster, where servers' messages are `frame.elements`: every reply is a group with an element
   * for each key, and the reply is the group of all, in the order of the keys. If a server replies something else, the
   * first such reply is the reply; if all have more bytes than 1 MiB and than a direction may
   * buffer, `tooLarge` is.
   */
  readonly gather: ((replies: readonly PartReply[] | undefined) => Bytes) | {
    readonly elements: 'in-order'
    readonly tooLarge: Bytes
  }
}

/** The reply of one service. `bytes` is undefined if it could not be reached: it has not got the message. */
export interface ServiceReply { readonly service: string, readonly bytes: Bytes | undefined }

/**
 * The message goes to every service of an LB vserver that is enabled, or to one of them by its number, and the replies
 * become one. Services are ordered by name. If one of them is out of service, none gets the message. With
 * `replies: 'in-order'`, in `client.onMessage`.
 */
export interface SplitToServices {
  readonly op: 'split'
  /** A number from 0. */
  readonly to: 'all' | number
  readonly via?: string | undefined
  /** Replaces the message. */
  readonly bytes?: Bytes | undefined
  /**
   * Returns the reply. `replies` are in the order of the services; if nothing was sent, those that are out of service
   * are there alone, and of a number that no service has there is none. `undefined`: the replies have more than 1 MiB
   * together, and were discarded. `services` are the names of all.
   */
  gather (replies: readonly ServiceReply[] | undefined, services: readonly string[]): Bytes
}

/** The message goes to several servers, in parts or as it is. */
export type Split = SplitByKeys | SplitToServices
/** The result of `onMessage`. */
export type Verdict = Forward | Drop | Reject | Split

const FORWARD: Forward = Object.freeze({ op: 'forward' })
const DROP: Drop = Object.freeze({ op: 'drop' })

/** Pass the message on. */
export const forward = (o?: Omit<Forward, 'op'>): Forward => {
  if (o === undefined) return sites.on ? note({ op: 'forward' }) : FORWARD
  checkKeys('forward', o)
  if (o.match !== undefined) checkKey('forward({ match })', o.match)
  if (o.bytes !== undefined) checkBytes('forward({ bytes })', o.bytes)
  return sites.on ? note({ op: 'forward', ...o }) : { op: 'forward', ...o }
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
  if (reply !== undefined) checkBytes('reject(why, reply)', reply)
  const verdict: Reject = { op: 'reject', why, reply }
  return sites.on ? note(verdict) : verdict
}
/** Send the message to several servers: to those of its keys, or to all. */
export const split = (o: Omit<SplitByKeys, 'op'> | Omit<SplitToServices, 'op'>): Split => {
  const verdict: Split = { op: 'split', ...o }
  return sites.on ? note(verdict) : verdict
}
