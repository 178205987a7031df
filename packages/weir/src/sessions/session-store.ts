import type { Claim, SessionEntry } from '@weirlb/engine'

/** What a claim became. */
export interface Claimed {
  readonly service: string
  /** An entry stood, and it decided. */
  readonly hit: boolean
}

/** Entries of one LB vserver, or of one key, or all; keys as they are stored. */
export interface StoreQuery { readonly lbVserver?: string | undefined, readonly key?: string | undefined, readonly limit?: number | undefined }

/**
 * Where a program around Weir keeps sessions itself. It is used in the process that called `createWeir`, whatever number of workers there are.
 *
 *   claim, pin ──► held (cannot expire) ──release of the last hold──► expiring, for ttlMs ──► gone
 *                    ▲────────────── claim, pin ──────────────────────────┘
 *
 * - An entry is found by LB vserver and key together. Keys are byte strings, one character a byte (latin1); they may have any byte in them.
 * - A holder is a number: a worker process, never used twice in the life of a Weir. It may hold an entry many times, once for each connection, and several holders
 *   may hold one entry. What comes back from a storage after a restart is held by nobody.
 * - `claim` is one step: two claims of one key, at the same time, must not make two different entries.
 * - Calls for one key take effect in the order in which they are made, also where they answer promises.
 * - A claim or a look that throws, rejects or takes 5 seconds is logged, and its client gets the service that the balancing method proposed, unpinned.
 */
export interface SessionStore {
  /** Find the entry, or make it with `proposal`, and hold it. An entry whose service is in `unavailable` is given the proposal, which is no hit. */
  claim (claim: Claim, holder: number): Claimed | Promise<Claimed>
  /** The service that the entry names, or undefined; nothing is made, held or changed. */
  find (lbVserver: string, key: string): string | undefined | Promise<string | undefined>
  /** Make the entry name this service, whatever stood there, and hold it. */
  pin (lbVserver: string, key: string, service: string, holder: number): void | Promise<void>
  /** Let go of one hold; after the last one the entry lives `ttlMs` more, 0 is not at all. What this holder does not hold is left as it is. */
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void | Promise<void>
  /** The holder is gone: let go of all its holds. */
  releaseAll (holder: number, ttlMs: (lbVserver: string) => number): void | Promise<void>
  /** The configuration has changed: drop every entry, held or not, whose service is not allowed in its LB vserver. */
  retain (allowed: (lbVserver: string, service: string) => boolean): void | Promise<void>
  /** Entries that are alive. */
  list (query: StoreQuery): readonly SessionEntry[] | Promise<readonly SessionEntry[]>
  /** Delete entries, held ones too; answers how many. Their connections live on, and release what is no longer there. */
  delete (query: StoreQuery): number | Promise<number>
}
