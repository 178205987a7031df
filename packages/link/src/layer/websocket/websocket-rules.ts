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

/**
 * Reads that an unfinished message may have arrived in: any number for small messages, and for larger ones as many as
 * reads of 64 bytes. Each costs 300 bytes. A small segment size or small TLS records are no fault of a client.
 */
const readsOf = (messageBytes: number): number => Math.max(16 * 1024, Math.ceil(messageBytes / 64)) + 64

/**
 * Limits of `ws`. Compression is off: one compressed byte could become a thousand here. Its own time for the closing
 * handshake is a last resort behind the link's. The package's types lack the newer options.
 */
export const wsLimits = (maxMessageBytes: number, maxFragments: number, maxPings: number): object => ({
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
  maxFragments,
  maxBufferedChunks: readsOf(maxMessageBytes),
  // One more than we take: `ws` would end the client without a word.
  maxPendingAutoPongs: maxPings + 1,
  closeTimeout: 60_000
})
