import { COUNT_WORDS, Count, MAX_COUNTS, MAX_MESSAGE_COUNTS } from '../abi/layout.ts'
import type { Outbox } from './outbox.ts'

/** Longest name of a counter, in UTF-16 units. */
const MAX_NAME = 128
const LOW = 0x80000000

/** One counter in one batch. */
class Total {
  readonly name: string
  /** Where the outbox has the name. */
  readonly offset: number
  readonly length: number
  /** Sum over completed messages. */
  sum: number
  /** Sum of the current message: added when it completes, discarded when it throws. */
  pending = 0

  constructor (name: string, offset: number, length: number, sum: number) {
    this.name = name
    this.offset = offset
    this.length = length
    this.sum = sum
  }
}

/** Counters of a batch, summed here so that a counter's name is written once per batch and not once per message. */
export class Tally {
  readonly #control: Int32Array
  readonly #outbox: Outbox
  readonly #totals = new Map<string, Total>()
  readonly #touched: Total[] = []
  /**
   * Names that the current message was the first to use in this batch: it has paid for them, and refunds them when it
   * throws.
   */
  #fresh = 0

  constructor (control: Int32Array, outbox: Outbox) {
    this.#control = control
    this.#outbox = outbox
  }

  /**
   * Begin a run; `cut`: the previous one was stopped, and the host has not received its counters, with names of up to
   * `budget` bytes.
   */
  begin (cut: boolean, budget: number): void {
    // To clear or to walk an empty map makes objects: a crossing that counts nothing is not to pay for it.
    if (this.#totals.size === 0) return
    if (!cut) {
      this.#totals.clear()
      return
    }
    this.rollback()
    const before = [...this.#totals.values()]
    this.#totals.clear()
    for (const { name, sum } of before)
      if (this.#outbox.again(name, budget)) this.#totals.set(
          name,
          new Total(name, this.#outbox.offset, this.#outbox.length, sum)
        )
  }

  /** False when the names of one message more might not fit. */
  hasRoom (): boolean { return this.#totals.size + MAX_MESSAGE_COUNTS <= MAX_COUNTS }

  add (name: string, by: number): void {
    let total = this.#totals.get(name)
    if (total === undefined) {
      if (name.length > MAX_NAME)
        throw new RangeError(
          `count('${name.slice(0, MAX_NAME)}…'): the name of a counter has at most ${MAX_NAME} characters`
        )
      if (this.#fresh >= MAX_MESSAGE_COUNTS)
        throw new RangeError(`one message counts with more than ${MAX_MESSAGE_COUNTS} new names`)
      this.#outbox.put(name, 'count(metric)')
      total = new Total(name, this.#outbox.offset, this.#outbox.length, 0)
      this.#totals.set(name, total)
      this.#fresh++
    }
    if (total.pending === 0) this.#touched.push(total)
    total.pending += by
  }

  /** The message completed. */
  commit (): void {
    const touched = this.#touched
    // measured: V8 sets a length by a call out of its code, of 0.1 µs; a message that counts nothing is not to pay for
    // it.
    if (touched.length === 0) return
    for (let i = 0; i < touched.length; i++) {
      const total = touched[i]!
      total.sum += total.pending
      total.pending = 0
    }
    touched.length = 0
    this.#fresh = 0
  }

  /** The message threw: it has counted nothing. */
  rollback (): void {
    for (const total of this.#touched) total.pending = 0
    this.#touched.length = 0
    if (this.#fresh === 0) return
    // A map keeps the order of its names: the last ones are this message's.
    for (const name of [...this.#totals.keys()].slice(-this.#fresh)) this.#totals.delete(name)
    this.#fresh = 0
  }

  /** Leave the totals at word `at` for the host. */
  write (at: number): void {
    const control = this.#control
    control[at] = this.#totals.size
    if (this.#totals.size === 0) return
    let record = at + 1
    for (const total of this.#totals.values()) {
      control[record + Count.offset] = total.offset
      control[record + Count.length] = total.length
      control[record + Count.low] = total.sum % LOW
      control[record + Count.high] = Math.floor(total.sum / LOW)
      record += COUNT_WORDS
    }
  }
}
