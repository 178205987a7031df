import { SlotQueue } from './slot-queues.ts'

/**
 * The service of some entries of one LB vserver. Once it is dropped, its entries no longer exist, whether or not
 * their slots are free yet.
 */
export interface Target {
  readonly id: number
  readonly lb: LbSessions
  readonly service: string
  /** Slots that name it. */
  count: number
  dropped: boolean
}

/** Entries that one process holds and that cannot expire. */
export class Holder extends SlotQueue {
  readonly held = true
  readonly number: number

  constructor (id: number, number: number) {
    super(id)
    this.number = number
  }
}

/** Released entries of one LB vserver with the same lifetime: the oldest, which is the first to expire, comes first. */
export class Lane extends SlotQueue {
  readonly held = false
  readonly lb: LbSessions
  readonly ttlMs: number
  /** False while entries are restored, in no order. */
  sorted = true

  constructor (id: number, lb: LbSessions, ttlMs: number) {
    super(id)
    this.lb = lb
    this.ttlMs = ttlMs
  }
}

/** A table's counters of one LB vserver. */
export interface LbSessionCounts {
  /** Entries, held and expiring, perhaps with some that expired a moment ago. */
  readonly size: number
  /** Entries that had to go before their time, for others. */
  readonly evicted: number
  /** Clients whose key got no entry: connections held all that fit. */
  readonly unpinned: number
}

/** A table's state of one LB vserver. */
export class LbSessions implements LbSessionCounts {
  readonly name: string
  /** Part of the hash of its keys. */
  readonly id: number
  readonly targets = new Map<string, Target>()
  readonly lanes = new Map<number, Lane>()
  /** Maximum entries. */
  limit = Infinity
  /** Those of dropped targets not included. */
  size = 0
  /** Entries that connections hold, those of dropped targets included. */
  held = 0
  evicted = 0
  unpinned = 0
  /** Time to live that the last release named: for entries whose holder dies without a word. */
  ttlMs: number | undefined

  constructor (name: string, id: number) {
    this.name = name
    this.id = id
  }

  get isEmpty (): boolean { return this.targets.size === 0 && this.lanes.size === 0 }
}
