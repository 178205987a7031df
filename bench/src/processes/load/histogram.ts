const SECOND_US = 1_000_000
const LONGEST_MS = 60_000

/** Latencies counted by the microsecond up to a second, by the millisecond up to a minute. */
export class Histogram {
  readonly #fine = new Uint32Array(SECOND_US)
  readonly #coarse = new Uint32Array(LONGEST_MS + 1)
  #total = 0

  add (milliseconds: number): void {
    const microseconds = milliseconds * 1000 | 0
    if (microseconds < SECOND_US) this.#fine[microseconds]!++
    else this.#coarse[Math.min(milliseconds | 0, LONGEST_MS)]!++
    this.#total++
  }

  /** In milliseconds; `share` from 0 to 1. Undefined when nothing was added. */
  quantile (share: number): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.min(Math.floor(this.#total * share), this.#total - 1)
    for (let i = 0; i < SECOND_US; i++) {
      left -= this.#fine[i]!
      if (left < 0) return i / 1000
    }
    for (let i = 0; i <= LONGEST_MS; i++) {
      left -= this.#coarse[i]!
      if (left < 0) return i
    }
    return undefined
  }
}
