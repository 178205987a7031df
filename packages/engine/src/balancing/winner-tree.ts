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
  #standings = new Float64Array(0)
  #scores = new Float64Array(0)
  #turns = new Float64Array(0)

  /** Begin with this many entries, none of which can win. */
  reset (count: number): void {
    this.#size = 1
    while (this.#size < count) this.#size *= 2
    this.#winners = new Int32Array(2 * this.#size).fill(-1)
    this.#standings = new Float64Array(count).fill(Infinity)
    this.#scores = new Float64Array(count)
    this.#turns = new Float64Array(count)
  }

  /** Index of the least entry; -1: there is none. */
  get first (): number { return this.#winners[1]! }

  set (index: number, standing: number, score: number, turn: number): void {
    this.#standings[index] = standing
    this.#scores[index] = score
    this.#turns[index] = turn
    const winners = this.#winners
    let at = this.#size + index
    winners[at] = standing === Infinity ? -1 : index
    for (at >>= 1; at >= 1; at >>= 1) {
      const before = winners[at]!
      const winner = this.#better(winners[2 * at]!, winners[2 * at + 1]!)
      winners[at] = winner
      if (before === winner && winner !== index) return
    }
  }

  #better (a: number, b: number): number {
    if (a < 0) return b
    if (b < 0) return a
    const standing = this.#standings[a]! - this.#standings[b]!
    if (standing !== 0) return standing < 0 ? a : b
    const score = this.#scores[a]! - this.#scores[b]!
    if (score !== 0) return score < 0 ? a : b
    // Left children have the lower indices.
    return this.#turns[a]! <= this.#turns[b]! ? a : b
  }
}
