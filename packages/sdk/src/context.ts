import type { Bytes } from './bytes.ts'
import type { Reader } from './reader.ts'
import type { Key } from './verdict.ts'

/** One frame, whole or its first `peek` bytes. Valid during the handler's call only: take copies of what must outlive it. */
export interface Message {
  readonly bytes: Bytes
  /** True length of the frame, which may be more than `bytes.length` on a side that declares `peek`. */
  readonly length: number
  reader (): Reader
  /** The bytes as UTF-8 text. */
  text (): string
}

/** Where a client comes from. */
export interface ClientInfo {
  readonly address: string
  readonly port: number
  /** Name requested in the client's TLS handshake (SNI, RFC 6066 §3); undefined without one, and without TLS. */
  readonly serverName: string | undefined
}

/**
 * State and effects of a handler. Effects are recorded, and the host applies them with the verdict, in call order.
 * Valid only during the handler's call.
 */
export interface Ctx<S, P> {
  /** Whatever `state()` made for this connection. */
  readonly state: S
  readonly params: P
  readonly client: ClientInfo
  /** Name of the user vserver. */
  readonly vserver: string
  /** True once bytes of a server have gone to the client. */
  readonly answered: boolean
  /** Queue bytes to the client. */
  reply (bytes: Bytes): void
  /** Queue bytes to the server. With `balance: 'per-message'` in handlers of server messages only: to the server that sent the message. */
  send (bytes: Bytes): void
  /**
   * Set the greeting of this client: bytes that every server gets before the client's first message there. Connected
   * servers get it between two messages. Empty bytes end the greeting of later links.
   * A server must reply with exactly one message, which is discarded: no handler and no client sees it. Available
   * with `balance: 'per-message'` and `replies: 'in-order'`, in `onConnect` and handlers of client messages, for
   * state that each server link needs (`HELLO 3` of Redis).
   */
  greet (bytes: Bytes): void
  /** Pin this connection's server (with `balance: 'per-message'`: the server whose message is handled) under this key (a server may assign the key: MQTT 5 Assigned Client Identifier). */
  session (key: Key): void
  /** Close after this much silence from the client, in seconds; 0 is never. */
  idleTimeout (seconds: number): void
  /** Publish a declared field: log, API, metrics. */
  set (field: string, value: string | number | boolean): void
  /** Add to a counter of this extension. */
  count (metric: string, by?: number): void
  log (level: LogLevel, text: string): void
}

export type LogLevel = 'debug' | 'info' | 'warn'
