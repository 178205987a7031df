import type { ClientCertificate } from './client-certificate.ts'
import type { Bytes } from './bytes.ts'
import type { Reader } from './reader.ts'
import type { Key } from './verdict.ts'

/**
 * One frame, whole or its first `peek` bytes. Valid during the handler's call only: take copies of what must outlive
 * it.
 */
export interface Message {
  /** A view of the frame. */
  readonly bytes: Bytes
  /** True length of the frame, which may be more than `bytes.length` on a side that declares `peek`. */
  readonly length: number
  /** A cursor over the bytes. */
  reader (): Reader
  /** The bytes as UTF-8 text. */
  text (): string
}

/** Where a client comes from. */
export interface ClientInfo {
  /** IP address, of version 6 without brackets. */
  readonly address: string
  /** TCP port. */
  readonly port: number
  /** Name requested in the client's TLS handshake (SNI, RFC 6066 §3); undefined without one, and without TLS. */
  readonly serverName: string | undefined
  /** Application protocol that was agreed in the handshake (ALPN, RFC 7301). */
  readonly alpn: string | undefined
  /** Its verified certificate, if the user vserver requests one; never an unverified one. */
  readonly certificate: ClientCertificate | undefined
  /** Identity of the pre-shared key with which it has proven itself. */
  readonly psk: string | undefined
  /** Version of TLS with the client, `TLSv1.3`; undefined without TLS. */
  readonly tlsVersion: string | undefined
  /**
   * Facts about the client from a balancer in front (PROXY protocol); undefined without one. `address` and `port` are
   * the client's.
   */
  readonly proxied: ProxiedInfo | undefined
  /** The client's WebSocket request; undefined on other transports. */
  readonly http: HttpRequest | undefined
}

/** A client's HTTP request for a WebSocket. */
export interface HttpRequest {
  /** Path and query: `/mqtt?token=1`. */
  readonly path: string
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Sub-protocol that the handshake selected. */
  readonly subprotocol: string | undefined
}

/** The facts in a header of the PROXY protocol, apart from the client's address. */
export interface ProxiedInfo {
  /** The balancer that sent the header. */
  readonly by: { readonly address: string, readonly port: number }
  readonly version: 1 | 2
  /** Application protocol of the client's TLS (ALPN). */
  readonly alpn?: string | undefined
  /** Host name that the client requested (SNI). */
  readonly authority?: string | undefined
  /** The sender's ID of the connection, in hex. */
  readonly uniqueId?: string | undefined
  /** TLS between the client and the balancer. */
  readonly tls?: {
    /** The client has shown a certificate. */
    readonly certificate: boolean
    /** The balancer has verified it. */
    readonly verified: boolean
    /** `TLSv1.3`. */
    readonly version?: string | undefined
    /** Common name of the client's certificate, whether or not it was verified. */
    readonly commonName?: string | undefined
    readonly cipher?: string | undefined
    readonly signatureAlgorithm?: string | undefined
    readonly keyAlgorithm?: string | undefined
  } | undefined
}

/**
 * Type of a field; `strings` is a list of texts, `map` has lists of texts by name (to rules names are in lower case),
 * and `secret` ones never reach a log, a metric, the API or a rule.
 */
export type FieldType = 'string' | 'int' | 'bool' | 'secret' | 'strings' | 'map'

/** The fields that a protocol declares: `{ user: 'string', password: 'secret', level: 'int' }`. */
export type FieldSpec = Readonly<Record<string, FieldType>>

/** Type of a field's value; that of an `int` is a whole number. */
export type FieldValue<T extends FieldType> = T extends 'int' ? number :
  T extends 'bool' ? boolean : T extends 'strings' ? readonly string[] :
  T extends 'map' ? Readonly<Record<string, readonly string[]>> :
  string

/**
 * State and effects of a handler. Effects are recorded, and the host applies them with the verdict, in call order.
 * Valid only during the handler's call.
 */
export interface Context<S = unknown, P = unknown, F extends FieldSpec = FieldSpec> {
  /** Whatever `state()` made for this connection. */
  readonly state: S
  /** The parameters of the user vserver, with their defaults. */
  readonly params: P
  /** The client of the connection that is handled. */
  readonly client: ClientInfo
  /** Name of the user vserver. */
  readonly vserver: string
  /** True once bytes of a server have gone to the client. */
  readonly answered: boolean
  /** Queue bytes to the client. */
  reply (bytes: Bytes): void
  /**
   * Queue bytes to the server. With `balance: 'per-message'` in handlers of server messages only: to the server that
   * sent the message.
   */
  send (bytes: Bytes): void
  /**
   * Set the prelude of this client: bytes that every server gets before the client's first message there. Connected
   * servers get it between two messages. Empty bytes end the prelude of later links.
   * A server must reply with exactly one message, which is discarded: no handler and no client sees it. Available
   * with `balance: 'per-message'` and `replies: 'in-order'`, in `onConnect` and handlers of client messages, for
   * state that each server link needs (`HELLO 3` of Redis).
   */
  prelude (bytes: Bytes): void
  /**
   * True if TLS can be started with this client: the protocol declares `startTls`, the user vserver has a certificate,
   * and the client has no TLS yet.
   */
  readonly mayStartTls: boolean
  /**
   * Start TLS with the client. Its message asked for it, and is dropped: return `drop()`. `answer`: the last bytes
   * that the client gets without TLS. Its next bytes are the handshake. Once that is done, framing begins afresh, and
   * `client` has the facts of TLS. In `client.onMessage` only, and before the first message is forwarded. A client that
   * has sent bytes behind its message is closed (`clear-after-start-tls`).
   */
  startTls (tls: { readonly answer: Bytes }): void
  /**
   * Pin this connection's server (with `balance: 'per-message'`: the server whose message is handled) under this key (a
   * server may assign the key: MQTT 5 Assigned Client Identifier). `beside`, with `balance: 'per-connection'`: a
   * further key. The connection keeps its session, and holds at most 16 such keys until it ends.
   */
  pin (key: Key, options?: { readonly beside?: boolean }): void
  /** Close after this much silence from the client, in seconds; 0 is never. */
  idleTimeout (seconds: number): void
  /**
   * Report that this connection's server (with `balance: 'per-message'`: the server whose message is handled) refused
   * the client for a reason of its own, as a broker at its limit does: monitors of type `passive` count it. Not for
   * refusals that are about the client, such as a wrong password. `why` is for people, at most 200 characters.
   */
  serverRefused (why: string): void
  /**
   * Publish a field that the protocol declares in `fields`: log, API, metrics, rules. `shown: false`: for rules alone.
   */
  set<K extends keyof F & string> (field: K, value: FieldValue<F[K]>, options?: { readonly shown?: boolean }): void
  /**
   * In `onConnect` and `client.onMessage`, for a protocol that declares `client.keys`: inspect every later message of
   * this client (true), or again only those that the keys do not decide (false). For states in which a message with a
   * declared key means something else, such as a transaction.
   */
  inspectAll (on: boolean): void
  /**
   * True if rules of the user vserver look at every message of the client. A tunnel would hide them: inspect on, and
   * refuse what cannot be read.
   */
  readonly ruled: boolean
  /** True if rate limits of the user vserver may block messages of the client: they may have a refusal of their own. */
  readonly limited: boolean
  /**
   * True if of the rules that look at messages all are managed checks: a message that cannot be read may pass, for
   * they have said what to do with one.
   */
  readonly tolerant: boolean
  /** Returns true if rules of the user vserver read this field. Others need not be published for them. */
  wants (field: keyof F & string): boolean
  /**
   * In `client.onMessage`: what the client gets if a rule blocks this message. The message is dropped then, and the
   * connection stays; no bytes send nothing. Without it, a rule that blocks ends the connection, with the goodbye for
   * `rule`; so it does at a split message, and at one with `then`. Nothing else that the handler would send is sent.
   * `by`: who blocks; default: rules, and rate limits for which there is no other.
   */
  refusal (bytes: Bytes, by?: 'rule' | 'rate-limit'): void
  /**
   * The message that is handled costs this much to serve, a whole number from 0: rate limits that count `cost` count
   * it. Calls add up. A message without one costs 1.
   */
  cost (amount: number): void
  /** Add to a counter of this extension. */
  count (metric: string, by?: number): void
  /** Write a line to Weir's log, with the connection's id and client. */
  log (level: LogLevel, text: string): void
}

/** Levels that an extension logs at. */
export type LogLevel = 'debug' | 'info' | 'warn'
