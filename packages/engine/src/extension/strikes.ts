const WINDOW_MS = 60_000
const OUT = 5
const DELAYS_MS = [0, 50, 100, 200] as const

/** Counts a guest's failures: five within a minute and the extension is out until the minute is over. */
export class Strikes {
  readonly #now: () => number
  #times: number[] = []

  constructor (now: () => number = () => performance.now()) { this.#now = now }

  /** Note a failure; true when the extension is out. */
  add (): boolean {
    const now = this.#now()
    this.#times = this.#times.filter(t => now - t < WINDOW_MS)
    this.#times.push(now)
    return this.#times.length >= OUT
  }

  /** How long to wait before the next load. */
  delayMs (): number {
    const failures = this.#times.length
    if (failures >= OUT) return Math.max(0, WINDOW_MS - (this.#now() - this.#times[0]!))
    return DELAYS_MS[failures - 1] ?? 0
  }
}
