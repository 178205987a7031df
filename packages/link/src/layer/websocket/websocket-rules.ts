/** What a link on a WebSocket holds its peer to, and how it speaks. */
export interface WebSocketRules {
  /** Which messages the protocol has. `both`: we answer in the kind that came last. */
  readonly messages: 'binary' | 'text' | 'both'
  /** We are the client, and mask what we send (RFC 6455 §5.3). */
  readonly masks: boolean
  readonly maxPingsPerSecond: number
  /** Time between two pings of ours; 0: none. */
  readonly pingMs: number
}

/** Bytes of small chunks, or fragments, that one message may be cut into on average: fewer cost more to keep than what they hold. */
const LEAST_CHUNK = 1024

/**
 * Limits of `ws`. Compression is off: one byte of it could become a thousand here. Its own time for the closing handshake is a last resort behind the link's.
 * The types of the package do not have the newer ones.
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
