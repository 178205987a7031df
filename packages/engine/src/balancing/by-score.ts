/** Lists up to this long are sorted by insertion; longer ones by the engine's own numeric sort. */
const SHORT = 24
/** More than the services of one LB vserver can be. */
const MAX_COUNT = 4096
const [LOW, HIGH] = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? [0, 1] as const : [1, 0] as const

/**
 * Orders indices by a score each, without allocating: lowest first, and of equal ones the first at or after `from`,
 * cyclically.
 *
 * Measured with 200 scores: sorting the indices with a comparator takes 40 µs, a typed array's own sort of plain
 * numbers a third. So a long list packs each score with its rank into one whole number. The bits of non-negative
 * floats order like integers; the upper 41 precede 12 bits of rank.
 */
export class ByScore {
  #scores = new Float64Array(0)
  #words = new Uint32Array(0)
  #packed = new Float64Array(0)

  /** The scores to fill in for this many candidates; none may be negative or NaN. */
  scores (count: number): Float64Array {
    if (this.#scores.length !== count) {
      if (count > MAX_COUNT) throw new RangeError(`${count} candidates; at most ${MAX_COUNT}`)
      this.#scores = new Float64Array(count)
      this.#words = new Uint32Array(this.#scores.buffer)
      this.#packed = new Float64Array(count > SHORT ? count : 0)
    }
    return this.#scores
  }

  /** Write the indices into `order`. */
  write (order: number[], from: number): void {
    const count = this.#scores.length
    // measured: setting it to what it is takes as long as ordering four.
    if (order.length !== count) order.length = count
    if (count > SHORT) this.#writeLong(order, from)
    else this.#writeShort(order, from)
  }

  #writeShort (order: number[], from: number): void {
    const scores = this.#scores
    const count = scores.length
    for (let rank = 0; rank < count; rank++) {
      const index = rank + from < count ? rank + from : rank + from - count
      const score = scores[index]!
      let at = rank
      while (at > 0 && scores[order[at - 1]!]! > score) {
        order[at] = order[at - 1]!
        at--
      }
      order[at] = index
    }
  }

  #writeLong (order: number[], from: number): void {
    const words = this.#words
    const packed = this.#packed
    const count = packed.length
    for (let index = 0; index < count; index++) {
      const rank = index < from ? index - from + count : index - from
      packed[index] = (words[2 * index + HIGH]! * 512 + (words[2 * index + LOW]! >>> 23)) * MAX_COUNT + rank
    }
    packed.sort()
    for (let i = 0; i < count; i++) {
      const index = packed[i]! % MAX_COUNT + from
      order[i] = index < count ? index : index - count
    }
  }
}
