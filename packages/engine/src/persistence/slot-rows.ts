/** Fields of a row: what the parts of a session table keep of a slot. */
export const HASH = 0
/** Next slot of the same bucket + 1, of the key index; of a free slot the next free one. */
export const CHAIN = 1
export const ADDRESS = 2
export const QUEUE = 3
export const NEXT = 4
export const PREVIOUS = 5
export const TARGET = 6
export const HOLDS = 7

const FIELDS = 10
/** Position of the time, counted in times. */
const TIME = 4
const TIMES = FIELDS / 2
const SHIFT = 12
const ROWS = 1 << SHIFT
const MASK = ROWS - 1

interface Page { readonly ints: Int32Array, readonly times: Float64Array }

/**
 * Rows of eight 32-bit integers and one time, by slot:
 *
 *     | hash | chain | address | queue | next | previous | target | holds | time, f64 |      40 bytes
 *
 * All fields of a slot are adjacent, because entries are accessed at random: the first access to their memory is the
 * main cost. Rows come in pages, so a table of millions grows by allocating one page and copying nothing. Pages are
 * outside V8's heap and cost its collector nothing.
 */
export class SlotRows {
  readonly #pages: Page[] = []

  get (slot: number, field: number): number {
    return this.#pages[slot >>> SHIFT]!.ints[(slot & MASK) * FIELDS + field]!
  }
  set (slot: number, field: number, value: number): void {
    this.#pages[slot >>> SHIFT]!.ints[(slot & MASK) * FIELDS + field] = value
  }
  time (slot: number): number {
    return this.#pages[slot >>> SHIFT]!.times[(slot & MASK) * TIMES + TIME]!
  }
  setTime (slot: number, value: number): void {
    this.#pages[slot >>> SHIFT]!.times[(slot & MASK) * TIMES + TIME] = value
  }

  /** Make room for a slot; what is new is 0. */
  reach (slot: number): void {
    while (this.#pages.length * ROWS <= slot) {
      const ints = new Int32Array(ROWS * FIELDS)
      this.#pages.push({ ints, times: new Float64Array(ints.buffer) })
    }
  }
}
