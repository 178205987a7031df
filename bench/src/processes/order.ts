import type { Over } from '../wire/over.ts'

/** What every load has. */
interface Target {
  readonly port: number
  /** Default: TCP. Whose certificate is shown in TLS is not looked at. */
  readonly over?: Over
  readonly connections: number
}

interface Timed extends Target {
  /** Before the measured part, and its length. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** What the load generator is told to do. */
export type Order =
  /**
   * Round trips: PUBLISH of `size` bytes in all, PUBACK; `window` of them in flight on every connection.
   * With `active`, one in flight on only so many connections at a time, each in its turn.
   */
  | Timed & { readonly kind: 'messages', readonly window: number, readonly size: number, readonly active?: number }
  /**
   * Round trips that begin when a clock says so, `perSecond` over all connections, whether earlier ones are answered or
   * not.
   */
  | Timed & { readonly kind: 'paced', readonly size: number, readonly perSecond: number }
  /**
   * TCP connect, TLS handshake or WebSocket upgrade, CONNECT, CONNACK, close; `connections` at a time, with client IDs
   * out of `ids`. `resume` the TLS session before.
   */
  | Timed & { readonly kind: 'connects', readonly ids: number, readonly resume?: boolean }
  /** HTTP requests without a body, one in flight on every connection. */
  | Timed & { readonly kind: 'requests' }
  /** Redis commands with one key; `depth` of them in each write, and the next ones when all are answered. */
  | Timed & { readonly kind: 'commands', readonly depth: number }
  /** Syslog messages of `size` bytes, one way, `perSecond` over all connections. Done is what was sent. */
  | Timed & { readonly kind: 'syslog', readonly size: number, readonly perSecond: number }
  /** Open connections and keep them until `drop`. */
  | Target & { readonly kind: 'idle' }
  | { readonly kind: 'drop' }

export type OrderOf<K extends Order['kind']> = Extract<Order, { kind: K }>

/** What came of a timed order. Latencies in milliseconds. */
export interface Outcome {
  readonly done: number
  readonly seconds: number
  /** Undefined where nothing comes back. */
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly p999: number | undefined
  /** Connects that reached another server than the same client ID before. */
  readonly moved: number
  /** TLS sessions that were resumed. */
  readonly resumed: number
}
