import type { Claim, SessionEntry } from '@weirlb/engine'

/** The result of a claim. */
export interface Claimed {
  readonly service: string
  /** An entry stood, and it decided. */
  readonly hit: boolean
}

/** Entries of one LB vserver, or of one key, or all; keys as they are stored. */
export interface StoreQuery {
  readonly lbVserver?: string | undefined
  readonly key?: string | undefined
  readonly limit?: number | undefined
}

/**
 * An embedding program's own store of sessions. It is used in the process that called `createWeir`, with any number
 * of workers.
 *
 *   claim, pin ──► held (cannot expire) ──release of the last hold──► expiring, for ttlMs ──► gone
 *                    ▲────────────── claim, pin ──────────────────────────┘
 *
 * - An entry is identified by LB vserver and key together. Keys are byte strings, one character per byte (latin1),
 *   with any byte.
 * - A holder is a number: a worker process, never reused in the life of a Weir. It may hold an entry many times, once
 *   for each connection, and several holders may hold one entry. Entries restored from a storage after a restart have
 *   no holder.
 * - `claim` is atomic: two simultaneous claims of one key must not create two different entries.
 * - Calls for one key take effect in their order, also if they return promises.
 * - If a claim or a lookup throws, rejects or takes 5 seconds, it is logged, and its client gets the service proposed
 *   by the balancing method, unpinned.
 */
export interface SessionStore {
  /**
   * Find the entry, or make it with `proposal`, and hold it. An entry whose service is in `unavailable` is given the
   * proposal, which is no hit.
   */
  claim (claim: Claim, holder: number): Claimed | Promise<Claimed>
  /** Returns the service of the entry, or undefined; nothing is created, held or changed. */
  find (lbVserver: string, key: string): string | undefined | Promise<string | undefined>
  /** Make the entry name this service, whatever stood there, and hold it. */
  pin (lbVserver: string, key: string, service: string, holder: number): void | Promise<void>
  /**
   * Release one hold; after the last one the entry lives `ttlMs` more, 0 means not at all. Without a hold of this
   * holder there is no effect.
   */
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void | Promise<void>
  /** The holder is gone: release all its holds. */
  releaseAll (holder: number, ttlMs: (lbVserver: string) => number): void | Promise<void>
  /** The configuration has changed: drop every entry, held or not, whose service is not allowed in its LB vserver. */
  retain (allowed: (lbVserver: string, service: string) => boolean): void | Promise<void>
  /** Entries that are alive. */
  list (query: StoreQuery): readonly SessionEntry[] | Promise<readonly SessionEntry[]>
  /**
   * Delete entries, held ones too; returns the number. Their connections continue, and later release entries that no
   * longer exist.
   */
  delete (query: StoreQuery): number | Promise<number>
}
