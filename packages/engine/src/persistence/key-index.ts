import { Int32Column } from './column.ts'
import { CHAIN, HASH, type SlotRows } from './slot-rows.ts'

/** Buckets at first. */
const FIRST = 256

/**
 * Which slots may have a key: a hash table with chains that grows by one bucket at a time (linear hashing, Litwin
 * 1980), so that no single insert rebuilds it. A chain has about one slot.
 *
 *     buckets  0 … split-1 │ split … 2^n-1 │ 2^n … 2^n+split-1      `split` is the next one to share its slots with a
 * new bucket
 */
export class KeyIndex {
  readonly #buckets = new Int32Column()
  readonly #rows: SlotRows
  #count = FIRST
  /** Buckets when this doubling began, less 1. */
  #mask = FIRST - 1
  #size = 0

  constructor (rows: SlotRows) {
    this.#rows = rows
    this.#buckets.reach(FIRST - 1)
  }

  /** Have buckets for so many slots from the start; nothing happens when there are any. */
  reserve (slots: number): void {
    if (this.#size > 0 || slots <= this.#count) return
    this.#mask = 2 ** Math.ceil(Math.log2(slots)) - 1
    this.#count = this.#mask + 1
    this.#buckets.reach(this.#mask)
  }

  /** The first slot with this hash, or -1. */
  first (hash: number): number { return this.#from(this.#buckets.get(this.#bucketOf(hash)) - 1, hash) }

  /** The next one after `slot`, or -1. */
  after (slot: number, hash: number): number { return this.#from(this.#rows.get(slot, CHAIN) - 1, hash) }

  add (slot: number, hash: number): void {
    this.#rows.set(slot, HASH, hash)
    this.#push(this.#bucketOf(hash), slot)
    if (++this.#size > this.#count) this.#split()
  }

  remove (slot: number): void {
    const bucket = this.#bucketOf(this.#rows.get(slot, HASH))
    const rest = this.#rows.get(slot, CHAIN)
    this.#size--
    let at = this.#buckets.get(bucket) - 1
    if (at === slot) {
      this.#buckets.set(bucket, rest)
      return
    }
    for (let next = this.#rows.get(at, CHAIN) - 1; next !== slot; next = this.#rows.get(at, CHAIN) - 1) at = next
    this.#rows.set(at, CHAIN, rest)
  }

  #from (slot: number, hash: number): number {
    while (slot >= 0 && this.#rows.get(slot, HASH) !== hash) slot = this.#rows.get(slot, CHAIN) - 1
    return slot
  }

  #bucketOf (hash: number): number {
    const bucket = hash & (this.#mask << 1 | 1)
    return bucket < this.#count ? bucket : hash & this.#mask
  }

  #push (bucket: number, slot: number): void {
    this.#rows.set(slot, CHAIN, this.#buckets.get(bucket))
    this.#buckets.set(bucket, slot + 1)
  }

  #split (): void {
    const from = this.#count - this.#mask - 1
    this.#buckets.reach(this.#count)
    this.#count++
    let slot = this.#buckets.get(from) - 1
    this.#buckets.set(from, 0)
    while (slot >= 0) {
      const next = this.#rows.get(slot, CHAIN) - 1
      this.#push(this.#bucketOf(this.#rows.get(slot, HASH)), slot)
      slot = next
    }
    if (this.#count === (this.#mask + 1) * 2) this.#mask = this.#mask << 1 | 1
  }
}
