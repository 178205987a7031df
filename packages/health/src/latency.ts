/** Weight of the latest probe. */
const ALPHA = 0.2
/** Probes before there is a result. */
const ENOUGH = 3
/** A change by less is not reported: probes of a quiet network differ by as much. */
const NOTABLE = 0.1

/** How long a server takes to pass its probes: a moving average. */
export class Latency {
  #average = 0
  #count = 0
  #reported = 0

  /**
   * Take the time of one more probe. Returns the average if that has changed notably, or is the first one; else
   * undefined.
   */
  add (ms: number): number | undefined {
    this.#count++
    this.#average += (this.#count === 1 ? 1 : ALPHA) * (ms - this.#average)
    if (this.#count < ENOUGH || Math.abs(this.#average - this.#reported) <= NOTABLE * this.#reported) return undefined
    this.#reported = this.#average
    return this.#average
  }
}
