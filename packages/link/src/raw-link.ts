import type { ByteLink } from './byte-link.ts'
import type { Peer } from './client-facts.ts'

/** A link on a socket, as transports make it. The lowest layer stands on one. */
export interface RawLink extends ByteLink {
  readonly local: Peer | undefined
  /**
   * Start again with another sink: `rest`, the end of the bytes that `onBytes` is delivering, is delivered to it at a
   * later turn of the loop. Earlier bytes are not counted any more.
   */
  unread (rest: Uint8Array): void
  /**
   * Write bytes that are a layer's own and not counted. What is written behind them until the end of this turn of the
   * loop leaves in one piece with them, where nothing but the link writes to its socket.
   */
  writeAhead (bytes: Uint8Array): void
}
