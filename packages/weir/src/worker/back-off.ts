const firstMs = 100
const longestMs = 5000
const stableMs = 30_000

/**
 * How long to wait before a process is started again: 100 ms, doubling to 5 s; from the beginning after one has lived
 * for 30 s.
 */
export class BackOff {
  #next = firstMs

  /** The wait after a process that lived this long. */
  after (livedMs: number): number {
    if (livedMs >= stableMs) this.#next = firstMs
    const wait = this.#next
    this.#next = Math.min(this.#next * 2, longestMs)
    return wait
  }
}
