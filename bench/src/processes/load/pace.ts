/** A schedule of evenly spaced moments: says how many are due, and when each was. */
export class Pace {
  readonly #from: number
  readonly #everyMs: number
  #next = 0

  constructor (from: number, perSecond: number) {
    this.#from = from
    this.#everyMs = 1000 / perSecond
  }

  /** The moment that is due next, if its time has come; it is then taken. */
  take (now: number): number | undefined {
    const at = this.#from + this.#next * this.#everyMs
    if (at > now) return undefined
    this.#next++
    return at
  }
}
