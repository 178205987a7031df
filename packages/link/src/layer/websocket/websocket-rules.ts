/** The rules of a WebSocket link for its peer, and for itself. */
export interface WebSocketRules {
  /** The protocol's message kinds. `both`: we send the kind that was received last. */
  readonly messages: 'binary' | 'text' | 'both'
  /** We are the client, and mask what we send (RFC 6455 §5.3). */
  readonly masks: boolean
  readonly maxPingsPerSecond: number
  /** Interval of our pings; 0: none. */
  readonly pingMs: number
}

/** Minimum average bytes per chunk or fragment of one message: smaller ones cost more memory than they hold. */
const LEAST_CHUNK = 1024

/**
 * Limits of `ws`. Compression is off: one compressed byte could become a thousand here. Its own time for the closing
 * handshake is a last resort behind the link's. The package's types lack the newer options.
 */
export const wsLimits = (maxMessageBytes: number, maxFragments: number, maxPings: number): object => ({
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
  maxFragments,
  maxBufferedChunks: Math.max(LEAST_CHUNK, Math.ceil(maxMessageBytes / LEAST_CHUNK)),
  // One more than we take: `ws` would end the client without a word.
  maxPendingAutoPongs: maxPings + 1,
  closeTimeout: 60_000
})
