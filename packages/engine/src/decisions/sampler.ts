const SECOND_MS = 1000

/**
 * Chooses which decisions of one control are reported. In each second: the first 10, then one of 10 up to 100, one of
 * 100 up to 1,000, and so on: 9 for each further power of ten. Each one that is reported states how many it stands for.
 * With another number than 10, `all`, it is as many at first: 1 makes it the first, the 10th, the 100th and so on.
 */
export class Sampler {
  readonly #all: number
  #since = -Infinity
  #inSecond = 0
  #until: number
  #interval = 1
  #unreported = 0

  constructor (all = 10) {
    this.#all = all
    this.#until = all
  }

  /** Counts a decision at this time, in milliseconds. Returns how many its report stands for; 0: it is not reported. */
  take (now: number): number {
    if (now - this.#since >= SECOND_MS || now < this.#since) {
      this.#since = now
      this.#inSecond = 0
      this.#until = this.#all
      this.#interval = 1
    }
    const count = ++this.#inSecond
    if (count > this.#until) {
      this.#until *= 10
      this.#interval *= 10
    }
    const weight = ++this.#unreported
    if (count % this.#interval !== 0) return 0
    this.#unreported = 0
    return weight
  }

  /** The report was not taken: the next one stands for these too. */
  giveBack (weight: number): void { this.#unreported += weight }
}
