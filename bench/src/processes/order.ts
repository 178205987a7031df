interface Timed {
  readonly port: number
  readonly connections: number
  /** Before the measured part, and its length. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** What the load generator is told to do. */
export type Order =
  /** Round trips: PUBLISH of `size` bytes, PUBACK; `window` of them in flight on every connection. */
  | Timed & { readonly kind: 'messages', readonly window: number, readonly size: number }
  /** TCP connect, CONNECT, CONNACK, close; `connections` at a time, with client IDs out of `ids`. */
  | Timed & { readonly kind: 'connects', readonly ids: number }
  /** Open connections and keep them until `drop`. */
  | { readonly kind: 'idle', readonly port: number, readonly connections: number }
  | { readonly kind: 'drop' }

/** What came of a timed order. Latencies in milliseconds. */
export interface Outcome {
  readonly done: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Connects that reached another server than the same client ID before. */
  readonly moved: number
}
