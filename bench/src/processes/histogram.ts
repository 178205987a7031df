const MICROSECONDS = 1_000_000

/** Latencies counted by the microsecond, up to a second. */
export class Histogram {
  readonly #counts = new Uint32Array(MICROSECONDS)
  #total = 0

  add (milliseconds: number): void {
    const microseconds = milliseconds * 1000 | 0
    this.#counts[microseconds < MICROSECONDS ? microseconds : MICROSECONDS - 1]!++
    this.#total++
  }

  /** In milliseconds; `share` from 0 to 1. */
  quantile (share: number): number {
    let left = Math.floor(this.#total * share)
    for (let i = 0; i < MICROSECONDS; i++) {
      left -= this.#counts[i]!
      if (left < 0) return i / 1000
    }
    return 0
  }
}
