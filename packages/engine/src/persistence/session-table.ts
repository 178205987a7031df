import type { LbSessionCounts, LbSessions } from './lb-sessions.ts'
import { entryLeads, type Claim, type SessionEntry, type TableClaim } from './session-directory.ts'
import type { SessionJournal } from './session-journal.ts'
import { sessionListing, type SessionTableQuery } from './session-listing.ts'
import { SessionSlots } from './session-slots.ts'
import { SessionWalk } from './session-walk.ts'

export interface SessionTableOptions {
  /** Most entries of all LB vservers together. Default: 5 million. */
  readonly maxEntries?: number | undefined
  /** Milliseconds on a steady clock. */
  readonly now?: (() => number) | undefined
}

/** Most entries of all LB vservers when nobody says. */
export const DEFAULT_MAX_SESSIONS = 5_000_000
/** Holds what was restored as held, until `releaseAll`. */
export const RESTORED = -2
/** What a persistence lasts when nobody says; the same as in the configuration. */
const DEFAULT_TTL_MS = 120_000
/** Most entries that a call looks at besides its own, so that no call pays for a million: the rest is for `tidy`. */
const SOME = 16
/** Most entries that are put in order at once. */
const MANY = 1000

const NO_COUNTS: LbSessionCounts = { size: 0, evicted: 0, unpinned: 0 }

interface Leaving { readonly at: number, readonly ttlOf: (lbVserver: string) => number | undefined }

/**
 * The session table: by LB vserver and key, the service, and who holds the entry how often. A holder is a process; when
 * it dies, `releaseAll` lets go for it.
 *
 *   claim, pin ──► held (cannot expire) ──release of the last hold──► expiring ──► gone
 *                    ▲────────────── claim, pin ──────────────────────────┘
 *
 * A table that is full drops the entry that was let go first. No call does work for more than a few entries besides its
 * own; whoever has a table calls `tidy` from time to time.
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
  /** Holders that are gone, with entries that are still to be let go. */
  readonly #leaving = new Map<number, Leaving>()

  constructor ({ maxEntries = DEFAULT_MAX_SESSIONS, now = () => performance.now() }: SessionTableOptions = {}) {
    this.#maxEntries = maxEntries
    this.#now = now
  }

  /** Entries, held and expiring; some that expired a moment ago may be among them. */
  get size (): number { return this.#slots.size }

  /** True when any entry is held. */
  get holdsAny (): boolean {
    for (const holder of this.#slots.holders.values()) if (holder.length > 0) return true
    return false
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

  /** Pin a key to a service whatever stood there, and hold it. False: there was no entry, and no room for one. */
  pin (lbVserver: string, key: string, service: string, holder: number): boolean {
    const lb = this.#lb(lbVserver)
    const slot = this.#live(lb, key)
    if (slot < 0) return this.#make(lb, key, service, holder)
    this.#hold(slot, key, service, holder)
    return true
  }

  /**
   * Let go of one hold; after the last the entry lives for `ttlMs`. Nothing happens when the holder does not hold it
   * (the entry was deleted meanwhile).
   */
  release (lbVserver: string, key: string, ttlMs: number, holder: number): void {
    const lb = this.#lb(lbVserver)
    lb.ttlMs = ttlMs
    const slot = this.#slots.find(lb, key)
    if (slot >= 0 && this.#slots.letGo(slot, holder) && this.#slots.queue(slot) === undefined) this.#freed(slot, ttlMs, this.#now())
  }

  /**
   * The holder is gone and can name no times: its entries live on for what `ttlOf` answers for their LB vserver, or
   * else for what its last release named, or else for the configuration's default, from `at` on. Many are let go at
   * once, the rest by `tidy`.
   */
  releaseAll (holder: number, ttlOf: (lbVserver: string) => number | undefined = () => undefined, at = this.#now()): void {
    this.#slots.forgetOthers(holder)
    if (!this.#slots.holders.has(holder)) return
    this.#leaving.set(holder, { at, ttlOf })
    this.#leave(MANY)
  }

  list (query: SessionTableQuery = {}): SessionEntry[] { return [...this.listing(query, Infinity)].flat() }

  /** The same in parts, while the table is used; for each part so many entries are looked at, at most. */
  listing (query: SessionTableQuery, steps: number): Iterable<SessionEntry[]> { return sessionListing(this.#slots, this.#now, query, steps) }

  /** Delete entries, held ones too: their connections live on, and the next claim chooses anew. Returns how many. */
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

  /** Delete the entries of an LB vserver that name a service. */
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
   * Most entries by LB vserver, from now on; one that is not named has no limit of its own. What is too much goes by
   * and by, the oldest first.
   */
  limit (limits: ReadonlyMap<string, number>): void {
    this.#limits.clear()
    for (const [name, limit] of limits) this.#limits.set(name, limit)
    for (const lb of this.#slots.lbs.values()) {
      lb.limit = limits.get(lb.name) ?? Infinity
      // Another LB vserver of its name is not to have its counts.
      if (lb.isEmpty && !limits.has(lb.name)) this.#slots.lbs.delete(lb.name)
    }
  }

  /** Delete the entry that the table which is followed has evicted. */
  evict (lbVserver: string, key: string): void {
    const lb = this.#lb(lbVserver)
    const slot = this.#slots.find(lb, key)
    if (slot >= 0) this.#evict(slot)
  }

  /** The table which is followed had no room for an entry. */
  leaveUnpinned (lbVserver: string): void { this.#lb(lbVserver).unpinned++ }

  /**
   * Do some of what can wait: let go of what dead holders held; free what is over, too much or deleted. Returns true
   * when there is more.
   */
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

  /** About so many entries are to be restored. */
  reserve (entries: number): void { this.#slots.reserve(Math.min(entries, this.#maxEntries)) }

  /**
   * Set an entry as it was, whatever stood there; limits do not count. Without a time that it has left it is held by
   * `RESTORED`, which is to be released. A time to live of Infinity: its age is not known, and it goes before all
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

  /** Remove an entry that was gone again. */
  restoreRemoved (lbVserver: string, key: string): void {
    const slot = this.#slots.find(this.#lb(lbVserver), key)
    if (slot >= 0) this.#slots.remove(slot)
  }

  /** All that there was is restored. */
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

  /** Call `look` with entries that match until it returns false. It may delete the one that it is given. */
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

  /** Make an entry and hold it. False when there is no room. */
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
    // More deleted entries are on their way out than one call can see off: their room counts as free.
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
    // One that is over, and that nobody has looked at since, makes room by itself.
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

  /** Nobody holds the entry any more: it lives for `ttlMs` from `at` on. */
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
