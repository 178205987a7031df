import type { LbSessionCounts, LbSessions } from './lb-sessions.ts'
import { entryLeads, type Claim, type SessionEntry, type TableClaim } from './session-directory.ts'
import type { SessionJournal } from './session-journal.ts'
import { sessionListing, type SessionTableQuery } from './session-listing.ts'
import { SessionSlots } from './session-slots.ts'
import { SessionWalk } from './session-walk.ts'

export interface SessionTableOptions {
  /** Maximum entries of all LB vservers together. Default: 5 million. */
  readonly maxEntries?: number | undefined
  /** Milliseconds on a steady clock. */
  readonly now?: (() => number) | undefined
}

/** Default maximum of entries of all LB vservers. */
export const DEFAULT_MAX_SESSIONS = 5_000_000
/** Holder of restored held entries, until `releaseAll`. */
export const RESTORED = -2
/** Default lifetime of an entry; the same as in the configuration. */
const DEFAULT_TTL_MS = 120_000
/** Maximum entries that a call examines besides its own, so that no call pays for a million: `tidy` does the rest. */
const SOME = 16
/** Maximum entries that are sorted at once. */
const MANY = 1000

const NO_COUNTS: LbSessionCounts = { size: 0, evicted: 0, unpinned: 0 }

interface Leaving { readonly at: number, readonly ttlOf: (lbVserver: string) => number | undefined }

/**
 * The session table: by LB vserver and key, the service, and the number of holds of each holder. A holder is a
 * process; when it dies, `releaseAll` releases its holds.
 *
 *   claim, pin ──► held (cannot expire) ──release of the last hold──► expiring ──► gone
 *                    ▲────────────── claim, pin ──────────────────────────┘
 *
 * A full table drops the entry that was released first. No call works on more than a few entries besides its own; the
 * owner of a table calls `tidy` from time to time.
 */
export class SessionTable {
  /** Called with changes from when it is set. */
  journal: SessionJournal | undefined
  /**
   * True while the table follows another one that keeps the limits: then it evicts what that one does, and nothing
   * else.
   */
  follows = false
  readonly #maxEntries: number
  readonly #now: () => number
  readonly #slots = new SessionSlots()
  readonly #limits = new Map<string, number>()
  /** Dead holders with entries that are still to be released. */
  readonly #leaving = new Map<number, Leaving>()

  constructor ({ maxEntries = DEFAULT_MAX_SESSIONS, now = () => performance.now() }: SessionTableOptions = {}) {
    this.#maxEntries = maxEntries
    this.#now = now
  }

  /** Entries, held and expiring, perhaps with some that expired a moment ago. */
  get size (): number { return this.#slots.size }

  /** True if any entry is held. */
  get holdsAny (): boolean { return this.#slots.holdsAny }

  /** Returns how many entries of one table, or of all together, could be there that are not held now. */
  room (lbVserver: string | undefined): number {
    if (lbVserver === undefined) return Math.max(0, this.#maxEntries - this.#slots.held)
    return Math.max(0, (this.#limits.get(lbVserver) ?? Infinity) - (this.#slots.lbs.get(lbVserver)?.held ?? 0))
  }

  counts (lbVserver: string): LbSessionCounts { return this.#slots.lbs.get(lbVserver) ?? NO_COUNTS }

  /**
   * Find the entry, or make it with the proposal, and hold it. An entry whose service cannot be taken is given the
   * proposal.
   */
  claim ({ lbVserver, key, proposal, unavailable }: Claim, holder: number): TableClaim {
    const lb = this.#lb(lbVserver)
    const slot = this.#live(lb, key)
    if (slot < 0) return { service: proposal, hit: false, pinned: this.#make(lb, key, proposal, holder) }
    const { service } = this.#slots.target(slot)
    const hit = entryLeads(service, unavailable)
    this.#hold(slot, key, hit ? service : proposal, holder)
    return { service: hit ? service : proposal, hit, pinned: true }
  }

  /** The service that an entry names now. */
  find (lbVserver: string, key: string): string | undefined {
    const lb = this.#slots.lbs.get(lbVserver)
    const slot = lb === undefined ? -1 : this.#live(lb, key)
    return slot < 0 ? undefined : this.#slots.target(slot).service
  }

  /** True if there is an entry, and a connection holds it. */
  holds (lbVserver: string, key: string): boolean {
    const lb = this.#slots.lbs.get(lbVserver)
    const slot = lb === undefined ? -1 : this.#slots.find(lb, key)
    return slot >= 0 && this.#slots.queue(slot)?.held === true
  }

  /**
   * Pin a key to a service, replacing an existing entry, and hold it. False: there was no entry, and no room for one.
   */
  pin (lbVserver: string, key: string, service: string, holder: number): boolean {
    const lb = this.#lb(lbVserver)
    const slot = this.#live(lb, key)
    if (slot < 0) return this.#make(lb, key, service, holder)
    this.#hold(slot, key, service, holder)
    return true
  }

  /** Release one hold; after the last the entry lives for `ttlMs`. No effect without a hold (the entry was deleted). */
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void {
    const lb = this.#lb(lbVserver)
    lb.ttlMs = ttlMs
    const slot = this.#slots.find(lb, key)
    if (slot >= 0 && this.#slots.letGo(slot, holder) && this.#slots.queue(slot) === undefined)
      this.#freed(slot, ttlMs, this.#now())
  }

  /**
   * The holder is dead and can name no times. From `at` on, its entries live for the result of `ttlOf` for their LB
   * vserver; else for the time of its last release; else for the configuration's default. Some are released at once,
   * the rest by `tidy`.
   */
  releaseAll (
    holder: number,
    ttlOf: (lbVserver: string) => number | undefined = () => undefined,
    at = this.#now()
  ): void {
    this.#slots.forgetOthers(holder)
    if (!this.#slots.holders.has(holder)) return
    this.#leaving.set(holder, { at, ttlOf })
    this.#leave(MANY)
  }

  list (query: SessionTableQuery = {}): SessionEntry[] { return [...this.listing(query, Infinity)].flat() }

  /** The same in parts, while the table is in use; each part examines at most `steps` entries. */
  listing (query: SessionTableQuery, steps: number): Iterable<SessionEntry[]> {
    return sessionListing(this.#slots, this.#now, query, steps)
  }

  /**
   * Delete entries, held ones too: their connections continue, and the next claim chooses again. Returns the number.
   */
  delete ({ lbVserver, key, limit }: SessionTableQuery = {}): number {
    const now = this.#now()
    let deleted = 0
    if (key === undefined && limit === undefined) {
      for (const lb of this.#slots.lbs.values()) {
        if (lbVserver !== undefined && lb.name !== lbVserver) continue
        this.#expire(lb, now, MANY)
        deleted += lb.size
        for (const { service } of lb.targets.values()) this.drop(lb.name, service)
      }
      return deleted
    }
    this.#some(lbVserver, key, now, slot => {
      if (deleted >= (limit ?? Infinity)) return false
      deleted++
      this.#delete(slot)
      return true
    })
    return deleted
  }

  /** Delete the entries of an LB vserver with this service. */
  drop (lbVserver: string, service: string): void {
    const target = this.#slots.lbs.get(lbVserver)?.targets.get(service)
    if (target === undefined) return
    this.#slots.drop(target)
    this.journal?.onDropped(lbVserver, service)
  }

  /** Drop every entry, held or not, whose service is not allowed in its LB vserver. */
  retain (allowed: (lbVserver: string, service: string) => boolean): void {
    for (const { name, targets } of this.#slots.lbs.values()) {
      for (const { service } of targets.values()) if (!allowed(name, service)) this.drop(name, service)
    }
  }

  /**
   * Set the maximum entries by LB vserver; one without an entry has no limit of its own. Excess entries are removed
   * gradually, the oldest first.
   */
  limit (limits: ReadonlyMap<string, number>): void {
    this.#limits.clear()
    for (const [name, limit] of limits) this.#limits.set(name, limit)
    for (const lb of this.#slots.lbs.values()) {
      lb.limit = limits.get(lb.name) ?? Infinity
      // Another LB vserver of this name must not inherit its counts.
      if (lb.isEmpty && !limits.has(lb.name)) this.#slots.lbs.delete(lb.name)
    }
  }

  /** Delete the entry that the followed table has evicted. */
  evict (lbVserver: string, key: string): void {
    const lb = this.#lb(lbVserver)
    const slot = this.#slots.find(lb, key)
    if (slot >= 0) this.#evict(slot)
  }

  /** The followed table had no room for an entry. */
  leaveUnpinned (lbVserver: string): void { this.#lb(lbVserver).unpinned++ }

  /** Do deferred work: release dead holders' holds; free expired, excess or deleted entries. True if there is more. */
  tidy (steps = MANY): boolean {
    const now = this.#now()
    let left = this.#leave(steps)
    for (const lb of this.#slots.lbs.values()) {
      left -= this.#expire(lb, now, left)
      while (left > 0 && !this.follows && lb.size > lb.limit && this.#evictFrom(lb)) left--
    }
    while (left > 0 && !this.follows && this.size > this.#maxEntries && this.#evictAny()) left--
    return this.#slots.bury(left) <= 0 || this.#slots.dropped > 0
  }

  /** Begin a walk over all entries, in parts. */
  walk (): SessionWalk { return new SessionWalk(this.#slots, this.#now) }

  /** About this many entries will be restored. */
  reserve (entries: number): void { this.#slots.reserve(Math.min(entries, this.#maxEntries)) }

  /**
   * Restore an entry, replacing an existing one; limits do not apply. Without a remaining time it is held by
   * `RESTORED`, to be released later. A lifetime of Infinity: its age is unknown, and it is evicted before all
   * others. `restored` follows the last entry.
   */
  restore (lbVserver: string, key: string, service: string, ttlMs: number, remainingMs: number | undefined): void {
    const lb = this.#lb(lbVserver)
    let slot = this.#slots.find(lb, key)
    if (remainingMs !== undefined && remainingMs <= 0) {
      if (slot >= 0) this.#slots.remove(slot)
      return
    }
    if (slot < 0) slot = this.#slots.add(lb, key, service)
    else {
      this.#slots.detach(slot)
      this.#slots.move(slot, service)
    }
    if (remainingMs === undefined) this.#slots.hold(slot, RESTORED)
    else this.#slots.expire(slot, ttlMs, this.#now() + remainingMs, true)
  }

  /** Remove an entry that was deleted again. */
  restoreRemoved (lbVserver: string, key: string): void {
    const slot = this.#slots.find(this.#lb(lbVserver), key)
    if (slot >= 0) this.#slots.remove(slot)
  }

  /** All entries are restored. */
  restored (): void { this.#slots.sort() }

  #lb (name: string): LbSessions {
    const known = this.#slots.lbs.get(name)
    if (known !== undefined) return known
    const lb = this.#slots.lb(name)
    lb.limit = this.#limits.get(name) ?? Infinity
    return lb
  }

  #live (lb: LbSessions, key: string): number {
    const now = this.#now()
    this.#expire(lb, now, SOME)
    const slot = this.#slots.find(lb, key)
    if (slot < 0 || !this.#isOver(slot, now)) return slot
    this.#slots.remove(slot)
    return -1
  }

  #isOver (slot: number, now: number): boolean { return this.#slots.expiresAt(slot) <= now }

  /** Call `look` with matching entries until it returns false. It may delete the given entry. */
  #some (lbVserver: string | undefined, key: string | undefined, now: number, look: (slot: number) => boolean): void {
    const { lbs, count } = this.#slots
    const only = lbVserver === undefined ? undefined : lbs.get(lbVserver)
    if (lbVserver !== undefined && only === undefined) return
    if (key !== undefined) {
      for (const lb of only === undefined ? lbs.values() : [only]) {
        const slot = this.#slots.find(lb, key)
        if (slot >= 0 && !this.#isOver(slot, now) && !look(slot)) return
      }
      return
    }
    for (let slot = 0; slot < count; slot++) {
      if (!this.#slots.has(slot) || this.#isOver(slot, now)) continue
      if ((only === undefined || this.#slots.target(slot).lb === only) && !look(slot)) return
    }
  }

  /** Create an entry and hold it. False if there is no room. */
  #make (lb: LbSessions, key: string, service: string, holder: number): boolean {
    if (!this.#makeRoom(lb)) {
      lb.unpinned++
      return false
    }
    this.#slots.hold(this.#slots.add(lb, key, service), holder)
    this.journal?.onHeld(lb.name, key, service)
    return true
  }

  #makeRoom (lb: LbSessions): boolean {
    if (this.follows) return true
    if (lb.size >= lb.limit && !this.#evictFrom(lb)) return false
    return this.size < this.#maxEntries || this.#evictAny()
  }

  #evictFrom (lb: LbSessions): boolean {
    for (let looks = SOME; looks > 0; looks--) {
      const slot = this.#slots.oldest(lb)
      if (slot < 0) return false
      if (this.#slots.has(slot)) {
        this.#evict(slot)
        return true
      }
      this.#slots.remove(slot)
    }
    // More deleted entries wait than one call can free: their room counts as free.
    return true
  }

  #evictAny (): boolean {
    let found: LbSessions | undefined
    let since = Infinity
    for (const lb of this.#slots.lbs.values()) {
      const slot = this.#slots.oldest(lb)
      const freedAt = slot < 0 ? Infinity : this.#slots.freedAt(slot)
      if (freedAt >= since) continue
      found = lb
      since = freedAt
    }
    return found !== undefined && this.#evictFrom(found)
  }

  #evict (slot: number): void {
    const { lb } = this.#slots.target(slot)
    // An expired entry that has not been examined since makes room by itself.
    if (!this.#isOver(slot, this.#now())) {
      lb.evicted++
      this.journal?.onEvicted(lb.name, this.#slots.key(slot))
    }
    this.#slots.remove(slot)
  }

  #hold (slot: number, key: string, service: string, holder: number): void {
    const { lb, service: before } = this.#slots.target(slot)
    const held = this.#slots.queue(slot)!.held
    if (service !== before) this.#slots.move(slot, service)
    this.#slots.hold(slot, holder)
    if (!held || service !== before) this.journal?.onHeld(lb.name, key, service)
  }

  /** The entry has no holds any more: it lives for `ttlMs` from `at` on. */
  #freed (slot: number, ttlMs: number, at: number): void {
    const { lb, service, dropped } = this.#slots.target(slot)
    if (dropped) this.#slots.remove(slot)
    else if (ttlMs <= 0) this.#delete(slot)
    else {
      const expiresAt = this.#slots.expire(slot, ttlMs, at + ttlMs)
      this.journal?.onFreed(lb.name, this.#slots.key(slot), service, ttlMs, expiresAt - this.#now())
    }
  }

  /** Let go of entries of dead holders; returns how many of the steps are left. */
  #leave (steps: number): number {
    const slots = this.#slots
    for (const [number, { at, ttlOf }] of this.#leaving) {
      const holder = slots.holders.get(number)!
      for (let slot = holder.head; slot >= 0; slot = holder.head) {
        if (steps-- <= 0) return 0
        slots.letGoFirst(slot)
        if (slots.queue(slot) !== undefined) continue
        const { lb } = slots.target(slot)
        this.#freed(slot, ttlOf(lb.name) ?? lb.ttlMs ?? DEFAULT_TTL_MS, at)
      }
      this.#leaving.delete(number)
      slots.closeHolder(holder)
    }
    return steps
  }

  /** Free entries of an LB vserver that are over, so many at most; returns how many. */
  #expire (lb: LbSessions, now: number, most: number): number {
    let freed = 0
    for (const lane of lb.lanes.values()) {
      for (; freed < most && lane.head >= 0 && this.#isOver(lane.head, now); freed++) this.#slots.remove(lane.head)
    }
    return freed
  }

  #delete (slot: number): void {
    this.journal?.onRemoved(this.#slots.target(slot).lb.name, this.#slots.key(slot))
    this.#slots.remove(slot)
  }
}
