import type { LbSessionCounts, SessionDirectory, SessionEntry, SessionWalk, Pinning } from '@weirlb/engine'
import type { SessionQuery, WantedSession } from '../data-plane.ts'

/**
 * The sessions of a Weir, as its data planes use them: its own table, or a store of the program around it. `holder` is
 * a worker's number.
 */
export interface Sessions {
  /** Further operations of Weir's own table; undefined for a store. */
  readonly own: OwnSessions | undefined
  directory (holder: number): SessionDirectory
  /**
   * Drop what the configuration no longer allows: entries of LB vservers that do not pin, and entries that name a
   * service which is not bound.
   */
  configure (tables: readonly Pinning[]): void
  /** The holder is gone: its entries live on for the time that is configured. */
  releaseAll (holder: number): void
  list (query: SessionQuery): readonly SessionEntry[] | Promise<readonly SessionEntry[]>
  /** The same in parts, each of another turn of the event loop, so that they need not be in memory together. */
  parts (query: SessionQuery): AsyncIterable<readonly SessionEntry[]>
  delete (query: SessionQuery): number | Promise<number>
  /** Make entries, or lead those that stand to other services. Nobody holds new ones. */
  set (entries: readonly WantedSession[]): void | Promise<void>
  /** Let go of timers: nothing comes any more. */
  close (): void
}

/**
 * A table that a worker may have in its own memory while it is the only one. This process's table then follows that
 * one.
 */
export interface OwnSessions {
  readonly maxEntries: number
  /** Entries of all LB vservers. */
  readonly size: number
  counts (lbVserver: string): LbSessionCounts
  find (lbVserver: string, key: string): string | undefined
  /** Returns how many entries of one table, or of all together, could be there that are not held now. */
  room (lbVserver: string | undefined): number
  /** Begin a walk over all entries, in parts. */
  walk (): SessionWalk
  /** True: another table keeps the limits, and this one does what that one did. */
  follow (follows: boolean): void
  /** The table that is followed dropped this entry before its time. */
  evict (lbVserver: string, key: string): void
  /** The table that is followed had no room for an entry of this LB vserver. */
  leaveUnpinned (lbVserver: string): void
}
