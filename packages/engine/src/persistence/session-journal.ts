/**
 * Called with every change of a session table that a restart has to know: what an entry is now, so that the last word
 * on a key is enough. That time passes, and that an entry is held once more or once less, is no change. Keys are in
 * stored form.
 */
export interface SessionJournal {
  /** The entry names this service, and is held. */
  onHeld (lbVserver: string, key: string, service: string): void
  /** Nobody holds it: it was let go for `ttlMs`, and has so many milliseconds left. */
  onFreed (lbVserver: string, key: string, service: string, ttlMs: number, remainingMs: number): void
  /** It was deleted, or its last holder gave it no time to live. */
  onRemoved (lbVserver: string, key: string): void
  /** It had to go before its time: the table was full. */
  onEvicted (lbVserver: string, key: string): void
  /** All entries of the LB vserver that name this service are gone. */
  onDropped (lbVserver: string, service: string): void
}
