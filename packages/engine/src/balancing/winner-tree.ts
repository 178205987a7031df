/**
 * The least of many entries, kept as they change: a tournament whose inner nodes hold the winner of their two
 * children.
 *
 *              1: b                 an entry that changes plays again on its way to the root, and stops
 *          2: b     3: c            where neither the winner before nor the new one is its own
 *         a   b    c   d
 *
 * Entries compare by standing, then by score, then by turn, then by index. A standing of Infinity never wins.
 */
export class WinnerTree {
  #size = 1
  #winners = new Int32Array(2)
  /** Standing, score and turn of each entry, side by side: the three are read together. */
  #entries = new Float64Array(0)

  /** Begin with this many entries, none of which can win. */
  reset (count: number): void {
    this.#size = 1
    while (this.#size < count) this.#size *= 2
    this.#winners = new Int32Array(2 * this.#size).fill(-1)
    this.#entries = new Float64Array(3 * count)
  }

  /** Index of the least entry; -1: there is none. */
  get first (): number { return this.#winners[1]! }

  set (index: number, standing: number, score: number, turn: number): void {
    const winners = this.#winners
    const entries = this.#entries
    entries[3 * index] = standing
    entries[3 * index + 1] = score
    entries[3 * index + 2] = turn
    let at = this.#size + index
    let winner = standing === Infinity ? -1 : index
    while (at > 1) {
      winners[at] = winner
      const other = winners[at ^ 1]!
      // Left children have the lower indices.
      if (winner < 0 || (other >= 0 && precedes(entries, other, winner, (at & 1) === 1))) winner = other
      at >>= 1
      if (winners[at] === winner && winner !== index) return
    }
    winners[1] = winner
  }
}

/** `equal`: the result for equal entries. */
const precedes = (entries: Float64Array, a: number, b: number, equal: boolean): boolean => {
  const i = 3 * a
  const k = 3 * b
  if (entries[i] !== entries[k]) return entries[i]! < entries[k]!
  if (entries[i + 1] !== entries[k + 1]) return entries[i + 1]! < entries[k + 1]!
  if (entries[i + 2] !== entries[k + 2]) return entries[i + 2]! < entries[k + 2]!
  return equal
}
