/**
 * The stream towards one peer, as whoever has bytes of our own for it sees it: an extension's replies, a goodbye. Each peer of a connection has one.
 * What another peer sent is passed on in the same stream; our own bytes stand between two of its messages, never inside one.
 *
 *   own(bytes) ──► between two messages, and its turn ──────────► queued at the link
 *        └───────► waits ──(the message ends, the turn comes)──────────┘
 */
export interface Outlet {
  /** Bytes of our own wait for the end of a message, or for their turn. */
  readonly waits: boolean
  /** It is known where the stream stands between two messages. Where it is not, nothing of ours may follow what another peer sent. */
  readonly knowsBoundaries: boolean
  /** The last message that this peer is to get has gone out, all of it: nothing of ours may follow. */
  readonly saidLast: boolean
  /** Queue bytes of our own. */
  own (bytes: Uint8Array): void
  /** Queue the goodbye: nothing follows it. */
  goodbye (bytes: Uint8Array): void
}
