import { KeyArena } from './key-arena.ts'
import { KeyHash } from './key-hash.ts'
import { KeyIndex } from './key-index.ts'
import { Holder, Lane, LbSessions, type Target } from './lb-sessions.ts'
import { SlotQueues, type SlotCursor } from './slot-queues.ts'
import { CHAIN, HOLDS, SlotRows, TARGET } from './slot-rows.ts'

/** How much longer an entry may live that was restored: on a busy machine two clocks are not read at one time. */
const SLACK_MS = 1000

/**
 * The entries of a session table as data, without the rules. An entry is a slot number. Its fields are in a row and
 * its key in an arena, all outside V8's heap: some 55 bytes without the key, and no work for the garbage collector.
 *
 *   slot ──► target: LB vserver and service
 *        ──► queue:  the holder's, while it is held; else a lane of its LB vserver
 *        ──► key, found by its hash
 */
export class SessionSlots {
  readonly lbs = new Map<string, LbSessions>()
  readonly holders = new Map<number, Holder>()
  /** Entries, those of dropped targets not included. */
  size = 0
  /** Entries that connections hold, those of dropped targets included. */
  held = 0
  /** Slots of dropped targets that are not free yet. */
  dropped = 0
  readonly #hash = new KeyHash()
  /** Fields of a slot: the id of its target, the number of its first holder's holds, and its expiry. */
  readonly #rows = new SlotRows()
  readonly #index = new KeyIndex(this.#rows)
  readonly #keys = new KeyArena(this.#rows)
  readonly #queues = new SlotQueues<Holder | Lane>(this.#rows)
  /**
   * Holds of further processes by slot: a device that reconnects through another worker before its old connection is
   * gone. Never empty.
   */
  readonly #others = new Map<number, Map<number, number>>()
  readonly #targets: Target[] = []
  readonly #vacantTargets: number[] = []
  /** The first free slot, or -1. */
  #vacant = -1
  #count = 0
  #lastLb = 0
  /** The last hashed LB vserver and key. */
  #hashedLb: LbSessions | undefined
  #hashedKey = ''
  #hashed = 0
  /** Where the search for slots of dropped targets resumes. */
  #search = 0

  /** Those who walk along a lane or a holder's entries. */
  get cursors (): Set<SlotCursor> { return this.#queues.cursors }

  /** True if any entry is held. */
  get holdsAny (): boolean {
    for (const holder of this.holders.values()) if (holder.length > 0) return true
    return false
  }

  /** Slots that were ever in use are below this number. */
  get count (): number { return this.#count }

  /** Reserve space for this many entries, so that the index need not grow. Has no effect on a table with entries. */
  reserve (entries: number): void { this.#index.reserve(entries) }

  lb (name: string): LbSessions {
    let lb = this.lbs.get(name)
    if (lb === undefined) this.lbs.set(name, lb = new LbSessions(name, ++this.#lastLb))
    return lb
  }

  /** The entry with this key, or -1. */
  find (lb: LbSessions, key: string): number {
    const hash = this.#hashOf(lb, key)
    let slot = this.#index.first(hash)
    while (slot >= 0) {
      const target = this.target(slot)
      if (target.lb === lb && !target.dropped && this.#keys.equals(slot, key)) return slot
      slot = this.#index.after(slot, hash)
    }
    return -1
  }

  /** Undefined: the slot is free. */
  queue (slot: number): Holder | Lane | undefined { return this.#queues.of(slot) }
  target (slot: number): Target { return this.#targets[this.#rows.get(slot, TARGET)]! }
  /** The next slot of the same queue, or -1. */
  next (slot: number): number { return this.#queues.next(slot) }
  /** Infinity while it is held. */
  expiresAt (slot: number): number { return this.#rows.time(slot) }
  key (slot: number): string { return this.#keys.read(slot) }

  /** True when there is an entry, deleted ones not included. */
  has (slot: number): boolean { return this.#queues.of(slot) !== undefined && !this.target(slot).dropped }

  /** Make an entry whose key has none. It belongs into a queue next. */
  add (lb: LbSessions, key: string, service: string): number {
    const slot = this.#vacant >= 0 ? this.#reuse() : this.#grow()
    this.#keys.store(slot, key)
    this.#index.add(slot, this.#hashOf(lb, key))
    this.#aim(slot, lb, service)
    lb.size++
    this.size++
    return slot
  }

  remove (slot: number): void {
    this.detach(slot)
    this.#index.remove(slot)
    this.#keys.free(slot)
    const target = this.#unaim(slot)
    if (target.dropped) this.dropped--
    else {
      target.lb.size--
      this.size--
    }
    this.#rows.set(slot, CHAIN, this.#vacant)
    this.#vacant = slot
  }

  /** Remove an entry from its queue, held or not. The caller puts it into another one next. */
  detach (slot: number): void {
    this.#unqueue(slot)
    this.#others.delete(slot)
  }

  /** Make an entry name another service. */
  move (slot: number, service: string): void {
    const { lb } = this.#unaim(slot)
    this.#aim(slot, lb, service)
  }

  /** Entries that name this are there no more; `bury` frees their slots. */
  drop (target: Target): void {
    target.dropped = true
    target.lb.targets.delete(target.service)
    target.lb.size -= target.count
    this.size -= target.count
    this.dropped += target.count
  }

  /** Free slots of dropped targets in so many steps; returns how many are left. */
  bury (steps: number): number {
    // Looking at a slot costs little beside freeing one.
    let looks = steps * 8
    for (; looks > 0 && this.dropped > 0; looks--) {
      if (++this.#search >= this.#count) this.#search = 0
      if (this.#queues.of(this.#search) === undefined || !this.target(this.#search).dropped) continue
      this.remove(this.#search)
      looks -= 7
    }
    return looks >> 3
  }

  /** Add one hold to an entry. */
  hold (slot: number, holder: number): void {
    const queue = this.#queues.of(slot)
    if (queue?.held !== true) {
      this.#unqueue(slot)
      this.#rows.setTime(slot, Infinity)
      this.#holdFirst(slot, holder, 1)
    } else if (queue.number === holder) this.#rows.set(slot, HOLDS, this.#rows.get(slot, HOLDS) + 1)
    else {
      const others = this.#others.get(slot) ?? new Map<number, number>()
      this.#others.set(slot, others.set(holder, (others.get(holder) ?? 0) + 1))
    }
  }

  /** Release one hold of a holder; false if it has none. The caller puts an entry without holds into a lane next. */
  letGo (slot: number, holder: number): boolean {
    const queue = this.#queues.of(slot)
    if (queue?.held !== true) return false
    if (queue.number === holder) {
      const holds = this.#rows.get(slot, HOLDS) - 1
      this.#rows.set(slot, HOLDS, holds)
      if (holds === 0) this.letGoFirst(slot)
      return true
    }
    const others = this.#others.get(slot)
    const holds = others?.get(holder)
    if (holds === undefined) return false
    if (holds > 1) others!.set(holder, holds - 1)
    else this.#forgetOther(slot, holder)
    return true
  }

  /** Its first holder holds it no more: the next one is the first. */
  letGoFirst (slot: number): void {
    this.#unqueue(slot)
    const others = this.#others.get(slot)
    if (others === undefined) return
    const [next, holds] = others.entries().next().value!
    this.#forgetOther(slot, next)
    this.#holdFirst(slot, next, holds)
  }

  /** A holder that is not the first of any entry is gone. */
  forgetOthers (holder: number): void { for (const slot of [...this.#others.keys()]) this.#forgetOther(slot, holder) }

  /** How often all holders together hold an entry. */
  holds (slot: number): number {
    if (this.#queues.of(slot)?.held !== true) return 0
    let count = this.#rows.get(slot, HOLDS)
    const others = this.#others.get(slot)
    if (others !== undefined) for (const holds of others.values()) count += holds
    return count
  }

  /**
   * Append a released entry to a lane. It expires no earlier than the one before it, unless that would add more than
   * a second to a `restored` one: then the lane is out of order until `sort`. Returns its expiry.
   */
  expire (slot: number, ttlMs: number, expiresAt: number, restored = false): number {
    const lane = this.#lane(this.target(slot).lb, ttlMs)
    const last = lane.tail < 0 ? -Infinity : this.#rows.time(lane.tail)
    if (restored && expiresAt < last - SLACK_MS) lane.sorted = false
    const at = lane.sorted ? Math.max(expiresAt, last) : expiresAt
    this.#rows.setTime(slot, at)
    this.#queues.append(lane, slot)
    return at
  }

  /** Bring every lane into order. Those that were restored in order cost nothing: a million are one turn otherwise. */
  sort (): void {
    for (const { lanes } of this.lbs.values()) {
      for (const lane of lanes.values()) {
        if (!lane.sorted) this.#sort(lane)
        lane.sorted = true
      }
    }
  }

  #sort (lane: Lane): void {
    this.#queues.sort(lane)
    // In a lane, no entry expires before its predecessor.
    let latest = -Infinity
    for (let slot = lane.head; slot >= 0; slot = this.#queues.next(slot)) {
      latest = Math.max(latest, this.#rows.time(slot))
      this.#rows.setTime(slot, latest)
    }
  }

  /** Returns the entry of an LB vserver that was released first, or -1; it may be a dropped one. */
  oldest (lb: LbSessions): number {
    let found = -1
    let since = Infinity
    for (const { head, ttlMs } of lb.lanes.values()) {
      const freedAt = this.#rows.time(head) - ttlMs
      if (found >= 0 && freedAt >= since) continue
      found = head
      since = freedAt
    }
    return found
  }

  /** Returns the release time of an expiring entry. */
  freedAt (slot: number): number { return this.#rows.time(slot) - (this.#queues.of(slot) as Lane).ttlMs }

  closeHolder (holder: Holder): void {
    this.holders.delete(holder.number)
    this.#queues.close(holder)
  }

  /** The creator of an entry has looked it up a moment ago. */
  #hashOf (lb: LbSessions, key: string): number {
    if (lb !== this.#hashedLb || key !== this.#hashedKey) {
      this.#hashedLb = lb
      this.#hashedKey = key
      this.#hashed = this.#hash.of(lb.id, key)
    }
    return this.#hashed
  }

  #grow (): number {
    this.#rows.reach(this.#count)
    return this.#count++
  }

  #reuse (): number {
    const slot = this.#vacant
    this.#vacant = this.#rows.get(slot, CHAIN)
    return slot
  }

  #aim (slot: number, lb: LbSessions, service: string): void {
    let target = lb.targets.get(service)
    if (target === undefined) {
      target = { id: this.#vacantTargets.pop() ?? this.#targets.length, lb, service, count: 0, dropped: false }
      this.#targets[target.id] = target
      lb.targets.set(service, target)
    }
    target.count++
    this.#rows.set(slot, TARGET, target.id)
  }

  #unaim (slot: number): Target {
    const target = this.target(slot)
    if (--target.count > 0) return target
    if (!target.dropped) target.lb.targets.delete(target.service)
    this.#vacantTargets.push(target.id)
    return target
  }

  #holdFirst (slot: number, number: number, holds: number): void {
    let holder = this.holders.get(number)
    if (holder === undefined) this.holders.set(number, holder = this.#queues.open(id => new Holder(id, number)))
    this.#rows.set(slot, HOLDS, holds)
    this.target(slot).lb.held++
    this.held++
    this.#queues.append(holder, slot)
  }

  #lane (lb: LbSessions, ttlMs: number): Lane {
    let lane = lb.lanes.get(ttlMs)
    if (lane === undefined) lb.lanes.set(ttlMs, lane = this.#queues.open(id => new Lane(id, lb, ttlMs)))
    return lane
  }

  /** Holders stay when they hold nothing for a while; lanes do not. */
  #unqueue (slot: number): void {
    const queue = this.#queues.of(slot)
    if (queue === undefined) return
    this.#queues.unlink(queue, slot)
    if (queue.held) {
      this.target(slot).lb.held--
      this.held--
      return
    }
    if (queue.length > 0) return
    queue.lb.lanes.delete(queue.ttlMs)
    this.#queues.close(queue)
  }

  #forgetOther (slot: number, holder: number): void {
    const others = this.#others.get(slot)!
    if (others.delete(holder) && others.size === 0) this.#others.delete(slot)
  }
}
