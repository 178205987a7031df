/**
 * The stream towards one peer, as the sender of originated bytes sees it: an extension's replies, a goodbye. Each
 * peer of a connection has one. Another peer's bytes are forwarded in the same stream; originated bytes are sent
 * between two of its messages, never inside one.
 *
 *   own(bytes) ──► between two messages, and its turn ──────────► queued at the link
 *        └───────► waits ──(the message ends, the turn comes)──────────┘
 */
export interface Outlet {
  /** Originated bytes wait for the end of a message, or for their turn. */
  readonly waits: boolean
  /** True if message boundaries of the stream are known. If not, no originated bytes may follow another peer's. */
  readonly knowsBoundaries: boolean
  /** True if this peer's last message has been sent in full: no originated bytes may follow. */
  readonly saidLast: boolean
  /** Queue originated bytes. */
  own (bytes: Uint8Array): void
  /** Queue the goodbye: nothing follows it. */
  goodbye (bytes: Uint8Array): void
  /**
   * Wait for the end of the message that is being sent: whoever waits for originated bytes is called then. False: none
   * is being sent.
   */
  awaitBoundary (): boolean
}
