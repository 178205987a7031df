import type { Lane } from './lb-sessions.ts'
import type { SessionSlots } from './session-slots.ts'
import type { SlotCursor } from './slot-queues.ts'

/** Called with an entry; a held one has neither time. */
export type SessionVisit = (
  lbVserver: string,
  key: string,
  service: string,
  ttlMs: number | undefined,
  remainingMs: number | undefined
) => void

/**
 * Iterates over all entries in parts, while the table is in use: first held ones, then expiring ones, each lane in
 * its order. An unchanged entry is visited once. An entry that changes meanwhile may be visited before or after its
 * change, or not at all.
 */
export class SessionWalk {
  readonly #slots: SessionSlots
  readonly #now: () => number
  readonly #cursor: SlotCursor = { slot: -1 }
  /** The next slot to examine for a held entry. */
  #held: number
  /** Lanes that are still to be walked, the last first. */
  #lanes: Lane[] | undefined

  constructor (slots: SessionSlots, now: () => number) {
    this.#slots = slots
    this.#now = now
    // An entry that becomes held from now on changes, so it need not be visited.
    this.#held = slots.holdsAny ? 0 : slots.count
    slots.cursors.add(this.#cursor)
  }

  /** Visit entries in so many steps. Returns false at the end, which is then reached. */
  next (steps: number, visit: SessionVisit): boolean {
    const slots = this.#slots
    const now = this.#now()
    for (; this.#held < slots.count && steps > 0; steps--) this.#visit(this.#held++, true, now, visit)
    if (this.#held >= slots.count) {
      this.#lanes ??= [...slots.lbs.values()].flatMap(({ lanes }) => [...lanes.values()])
      while (steps-- > 0 && this.#reachLane()) {
        const { slot } = this.#cursor
        this.#cursor.slot = slots.next(slot)
        this.#visit(slot, false, now, visit)
      }
      if (!this.#reachLane()) this.end()
    }
    return slots.cursors.has(this.#cursor)
  }

  /** Leave it; idempotent. */
  end (): void { this.#slots.cursors.delete(this.#cursor) }

  /** False when there is no entry left in any lane. */
  #reachLane (): boolean {
    while (this.#cursor.slot < 0) {
      const lane = this.#lanes!.pop()
      if (lane === undefined) return false
      this.#cursor.slot = lane.head
    }
    return true
  }

  #visit (slot: number, held: boolean, now: number, visit: SessionVisit): void {
    const slots = this.#slots
    const queue = slots.queue(slot)
    if (queue?.held !== held || !slots.has(slot)) return
    const { lb, service } = slots.target(slot)
    if (queue.held) visit(lb.name, slots.key(slot), service, undefined, undefined)
    else if (slots.expiresAt(slot) > now)
      visit(lb.name, slots.key(slot), service, queue.ttlMs, slots.expiresAt(slot) - now)
  }
}
