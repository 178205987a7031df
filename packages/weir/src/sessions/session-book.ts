import { setImmediate as turn } from 'node:timers/promises'
import {
  DEFAULT_MAX_SESSIONS,
  RESTORED,
  SessionTable,
  textToKey,
  type Claim,
  type LbSessionCounts,
  type SessionDirectory,
  type SessionEntry,
  type SessionJournal,
  type SessionWalk,
  type TableClaim,
  type Pinning
} from '@weirlb/engine'
import type { SessionQuery, WantedSession } from '../data-plane.ts'
import type { SessionRecordSink } from '../storage/session-records.ts'
import type { OwnSessions, Sessions } from './sessions.ts'

/** How often a table that has entries is tidied. */
const TIDY_MS = 1000
/** Entries that are tidied in one turn of the event loop: clients wait meanwhile. */
const TIDY_STEPS = 250
/** Holder of entries while they are set. */
export const SETTER = -3
/** Entries examined per turn for a list. */
const LIST_STEPS = 2000

export interface SessionBookOptions {
  /** Maximum entries of all LB vservers together. Default: 5 million. */
  readonly maxEntries?: number | undefined
  /** Milliseconds on a steady clock. */
  readonly now?: (() => number) | undefined
}

/** The session table of a Weir, with its configuration; `holder` is a worker's number. */
export class SessionBook implements Sessions, OwnSessions, SessionRecordSink {
  readonly own = this
  readonly maxEntries: number
  readonly #table: SessionTable
  readonly #now: () => number
  /** Time to live by LB vserver; one that does not pin has none. */
  #ttls: ReadonlyMap<string, number> = new Map()
  /** When the process that wrote what was restored lived last, on this clock. */
  #aliveAt: number | undefined
  /** Restored held entries are released at the next configuration, which has their lifetimes. */
  #releasesRestored = false
  #journal: SessionJournal | undefined
  #follower: SessionJournal | undefined
  #timer: NodeJS.Timeout | undefined
  #tidying = false
  #closed = false

  constructor ({ maxEntries = DEFAULT_MAX_SESSIONS, now = () => performance.now() }: SessionBookOptions = {}) {
    this.maxEntries = maxEntries
    this.#now = now
    this.#table = new SessionTable({ maxEntries, now })
  }

  get size (): number { return this.#table.size }
  /** True if any entry is held. */
  get holdsAny (): boolean { return this.#table.holdsAny }
  counts (lbVserver: string): LbSessionCounts { return this.#table.counts(lbVserver) }

  /** Set the receiver of every change that a restart must know. */
  set journal (journal: SessionJournal | undefined) {
    this.#journal = journal
    this.#table.journal = both(journal, this.#follower)
  }

  /** Set a second receiver of every change. */
  set follower (follower: SessionJournal) {
    this.#follower = follower
    this.#table.journal = both(this.#journal, follower)
  }

  configure (tables: readonly Pinning[]): void {
    const pinning = new Map(
      tables.map(({ name, persistence, services }) => [name, {
        ...persistence,
        services: new Set(services.map(each => each.name))
      }])
    )
    this.#ttls = new Map([...pinning].map(([name, { timeoutSeconds }]) => [name, timeoutSeconds * 1000]))
    this.#table.retain((lbVserver, service) => pinning.get(lbVserver)?.services.has(service) === true)
    this.#table.limit(new Map([...pinning].map(([name, { maxEntries }]) => [name, maxEntries])))
    if (this.#releasesRestored) this.#table.releaseAll(RESTORED, lbVserver => this.#ttls.get(lbVserver), this.#aliveAt)
    this.#releasesRestored = false
    this.#tidyNow()
  }

  /** The table as an engine in this process uses it. */
  directory (holder: number): SessionDirectory {
    return {
      claim: (claim, sink) => {
        const { service, hit } = this.claim(claim, holder)
        sink.onClaimed(service, hit)
      },
      find: (lbVserver, key, sink) => { sink.onFound(this.find(lbVserver, key)) },
      pin: (lbVserver, key, service) => { this.pin(lbVserver, key, service, holder) },
      release: (lbVserver, key, ttlMs) => { this.release(lbVserver, key, ttlMs, holder) }
    }
  }

  claim (claim: Claim, holder: number): TableClaim {
    return this.#table.claim(claim, holder)
  }
  find (lbVserver: string, key: string): string | undefined {
    return this.#table.find(lbVserver, key)
  }
  holds (lbVserver: string, key: string): boolean {
    return this.#table.holds(lbVserver, key)
  }
  pin (lbVserver: string, key: string, service: string, holder: number): boolean {
    return this.#table.pin(lbVserver, key, service, holder)
  }

  release (lbVserver: string, key: string, ttlMs: number, holder: number): void {
    this.#table.release(lbVserver, key, ttlMs, holder)
    if (this.#timer === undefined) this.#tidyLater()
  }

  releaseAll (holder: number): void {
    this.#table.releaseAll(holder, lbVserver => this.#ttls.get(lbVserver))
    this.#tidyNow()
  }

  /** List entries. However many there are, each turn of the event loop is short. */
  async list (query: SessionQuery): Promise<SessionEntry[]> {
    const entries: SessionEntry[] = []
    for await (const part of this.parts(query)) for (const entry of part) entries.push(entry)
    return entries
  }

  async * parts (query: SessionQuery): AsyncGenerator<readonly SessionEntry[], void, void> {
    let first = true
    for (const part of this.#table.listing(storedQuery(query), LIST_STEPS)) {
      if (!first) await turn()
      first = false
      yield part
    }
  }

  delete (query: SessionQuery): number {
    const deleted = this.#table.delete(storedQuery(query))
    this.#tidyNow()
    return deleted
  }

  set (entries: readonly WantedSession[]): void {
    for (const { table, key, service, ttlMs } of entries) {
      // Without room nothing was held.
      if (this.pin(table, key, service, SETTER)) this.release(table, key, ttlMs, SETTER)
    }
  }

  room (lbVserver: string | undefined): number { return this.#table.room(lbVserver) }

  walk (): SessionWalk { return this.#table.walk() }

  follow (follows: boolean): void {
    this.#table.follows = follows
    this.#tidyNow()
  }

  evict (lbVserver: string, key: string): void { this.#table.evict(lbVserver, key) }
  leaveUnpinned (lbVserver: string): void { this.#table.leaveUnpinned(lbVserver) }

  // Stored entries, in the order of their records; `restored` follows.
  onStart (entries: number): void {
    this.#table.reserve(entries)
  }
  onHeld (lbVserver: string, key: string, service: string): void {
    this.#table.restore(lbVserver, key, service, 0, undefined)
  }
  onFreed (lbVserver: string, key: string, service: string, ttlMs: number, expiresAt: number): void {
    // No entry has more time left than it had at first, whatever clock that was read from.
    this.#table.restore(lbVserver, key, service, ttlMs, Math.min(expiresAt - Date.now(), ttlMs))
  }

  onRemoved (lbVserver: string, key: string): void {
    this.#table.restoreRemoved(lbVserver, key)
  }
  onDropped (lbVserver: string, service: string): void {
    this.#table.drop(lbVserver, service)
  }
  onAlive (time: number): void {
    this.#aliveAt = Math.max(this.#aliveAt ?? -Infinity, this.#now() - Math.max(0, Date.now() - time))
  }

  /**
   * All entries are restored. A held one is released at the next `configure`, as of `slackMs` after the last time the
   * process is known to have lived.
   */
  restored (slackMs = 0): void {
    const now = this.#now()
    this.#aliveAt = Math.min(now, (this.#aliveAt ?? now) + slackMs)
    this.#releasesRestored = true
    this.#table.restored()
    this.#tidyNow()
  }

  close (): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #tidyLater (): void {
    if (!this.#closed) this.#timer = setTimeout(this.#tidy, TIDY_MS).unref()
  }

  /** In turns of the event loop of its own. */
  #tidyNow (): void {
    if (this.#tidying || this.#closed) return
    clearTimeout(this.#timer)
    this.#tidying = true
    setImmediate(this.#tidy).unref()
  }

  readonly #tidy = (): void => {
    this.#timer = undefined
    this.#tidying = !this.#closed && this.#table.tidy(TIDY_STEPS)
    if (this.#tidying) setImmediate(this.#tidy).unref()
    else if (this.#table.size > 0) this.#tidyLater()
  }
}

/** Keys come from people as text and are stored as byte strings. */
export const storedQuery = ({ lbVserver, key, limit }: SessionQuery): SessionQuery => ({
  lbVserver,
  limit,
  key: key === undefined ? undefined : textToKey(key)
})

const both = (one: SessionJournal | undefined, two: SessionJournal | undefined): SessionJournal | undefined => one === undefined || two === undefined ? one ?? two : {
  onHeld (...args) { one.onHeld(...args); two.onHeld(...args) },
  onFreed (...args) { one.onFreed(...args); two.onFreed(...args) },
  onRemoved (...args) { one.onRemoved(...args); two.onRemoved(...args) },
  onEvicted (...args) { one.onEvicted(...args); two.onEvicted(...args) },
  onDropped (...args) { one.onDropped(...args); two.onDropped(...args) }
}
