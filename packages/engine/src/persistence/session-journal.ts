/**
 * Called with every change of a session table that a restart must know: the whole new state of an entry, so the last
 * call for a key wins. Passing time, and one hold more or less, are no changes. Keys are in stored form.
 */
export interface SessionJournal {
  /** The entry has this service, and is held. */
  onHeld (lbVserver: string, key: string, service: string): void
  /** The entry is no longer held: it was released for `ttlMs`, and has this many milliseconds left. */
  onFreed (lbVserver: string, key: string, service: string, ttlMs: number, remainingMs: number): void
  /** It was deleted, or its last holder gave it no time to live. */
  onRemoved (lbVserver: string, key: string): void
  /** It had to go before its time: the table was full. */
  onEvicted (lbVserver: string, key: string): void
  /** All entries of the LB vserver that name this service are gone. */
  onDropped (lbVserver: string, service: string): void
}
