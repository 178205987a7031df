/** Time whose share may be caught up with, after a pause of the process. */
const CATCH_UP_S = 0.5

/** How many clients may be told now, at a steady rate. */
export class Pace {
  readonly #rate: number
  readonly #most: number
  #saved = 0
  #at: number

  /** `ratePerSecond`: clients a second; `nowMs`: of a steady clock. */
  constructor (ratePerSecond: number, nowMs: number) {
    this.#rate = ratePerSecond
    this.#most = Math.max(1, ratePerSecond * CATCH_UP_S)
    this.#at = nowMs
  }

  /** Returns how many there are since the last call: a whole number, whose rest is kept. */
  take (nowMs: number): number {
    this.#saved = Math.min(this.#most, this.#saved + Math.max(0, nowMs - this.#at) / 1000 * this.#rate)
    this.#at = nowMs
    const count = Math.floor(this.#saved)
    this.#saved -= count
    return count
  }

  /** So many were taken and not used. */
  giveBack (count: number): void { this.#saved = Math.min(this.#most, this.#saved + count) }

  /** The time until now does not count. */
  skipTo (nowMs: number): void { this.#at = nowMs }
}
