import { NEXT, PREVIOUS, QUEUE, type SlotRows } from './slot-rows.ts'

/** Slots in the order in which they came. */
export class SlotQueue {
  /** Index in `SlotQueues`. */
  readonly id: number
  /** First and last slot; -1 when there is none. */
  head = -1
  tail = -1
  length = 0

  constructor (id: number) { this.id = id }
}

/**
 * Maximum slots of a queue that is sorted, and maximum distinct time steps: both together fit into the 53 bits of a
 * number.
 */
const PLACES = 2 ** 26
const TIME_STEPS = 2 ** 26

/** A position in a queue: the next slot, or -1. It moves on when its slot is removed. */
export interface SlotCursor { slot: number }

/** Queues of slots, doubly linked; a slot is in at most one of them. */
export class SlotQueues<Q extends SlotQueue> {
  readonly #queues: (Q | undefined)[] = []
  readonly #vacant: number[] = []
  readonly cursors = new Set<SlotCursor>()
  /** The queue's id + 1, 0 where there is none; the slots after it and before it, or -1. */
  readonly #rows: SlotRows

  constructor (rows: SlotRows) { this.#rows = rows }

  /** Take in a queue that `make` makes with this id. */
  open<T extends Q> (make: (id: number) => T): T {
    const queue = make(this.#vacant.pop() ?? this.#queues.length)
    this.#queues[queue.id] = queue
    return queue
  }

  /** Let go of an empty queue. */
  close (queue: Q): void {
    this.#queues[queue.id] = undefined
    this.#vacant.push(queue.id)
  }

  of (slot: number): Q | undefined { return this.#queues[this.#rows.get(slot, QUEUE) - 1] }
  next (slot: number): number { return this.#rows.get(slot, NEXT) }

  append (queue: Q, slot: number): void {
    this.#rows.set(slot, QUEUE, queue.id + 1)
    this.#rows.set(slot, NEXT, -1)
    this.#rows.set(slot, PREVIOUS, queue.tail)
    if (queue.tail < 0) queue.head = slot
    else this.#rows.set(queue.tail, NEXT, slot)
    queue.tail = slot
    queue.length++
  }

  unlink (queue: Q, slot: number): void {
    const next = this.#rows.get(slot, NEXT)
    const previous = this.#rows.get(slot, PREVIOUS)
    if (previous < 0) queue.head = next
    else this.#rows.set(previous, NEXT, next)
    if (next < 0) queue.tail = previous
    else this.#rows.set(next, PREVIOUS, previous)
    this.#rows.set(slot, QUEUE, 0)
    queue.length--
    if (this.cursors.size > 0) for (const cursor of this.cursors) if (cursor.slot === slot) cursor.slot = next
  }

  /** Put the slots of a queue in the order of their times. */
  sort (queue: Q): void {
    const slots = new Int32Array(queue.length)
    let earliest = Infinity
    let latest = -Infinity
    for (let slot = queue.head, at = 0; slot >= 0; slot = this.#rows.get(slot, NEXT)) {
      const time = this.#rows.time(slot)
      earliest = Math.min(earliest, time)
      latest = Math.max(latest, time)
      slots[at++] = slot
    }
    // Time and place in one number: without a function that compares, a million are sorted ten times faster. Times
    // closer together than one in 2^26 of all stay as they come.
    const perStep = (latest - earliest) / TIME_STEPS
    const ranks = Float64Array.from(
      slots,
      (slot, at) => Math.floor((this.#rows.time(slot) - earliest) / perStep) * PLACES + at
    ).sort()
    queue.head = queue.tail = -1
    queue.length = 0
    for (const rank of ranks) this.append(queue, slots[rank % PLACES]!)
  }
}
