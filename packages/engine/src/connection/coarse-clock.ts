const TICK_MS = 1000

/**
 * The time to a second, for what happens too often to ask for the exact one: it costs the path of bytes one load. It
 * runs while somebody holds it, and never keeps the process alive.
 */
class CoarseClock {
  /** As `performance.now()` has it, at most a second late while it is held. */
  now = performance.now()
  #holders = 0
  #interval: NodeJS.Timeout | undefined

  /** Let it run until `release` is called as often. */
  hold (): void {
    if (this.#holders++ > 0) return
    this.now = performance.now()
    this.#interval = setInterval(() => { this.now = performance.now() }, TICK_MS).unref()
  }

  release (): void {
    if (--this.#holders > 0) return
    clearInterval(this.#interval)
  }
}

/** The clock of this process. */
export const coarseClock = new CoarseClock()
