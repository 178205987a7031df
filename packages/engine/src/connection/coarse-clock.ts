const TICK_MS = 1000

/**
 * The time to a second, for what happens too often to ask for the exact one: it costs the path of bytes one load. It
 * runs while somebody holds it, and never keeps the process alive.
 */
class CoarseClock {
  /** Milliseconds since 1970 (UTC), at most a second late while it is held. */
  now = Date.now()
  #holders = 0
  #interval: NodeJS.Timeout | undefined

  /** Let it run until `release` is called as often. */
  hold (): void {
    if (this.#holders++ > 0) return
    this.now = Date.now()
    this.#interval = setInterval(() => { this.now = Date.now() }, TICK_MS).unref()
  }

  release (): void {
    if (--this.#holders > 0) return
    clearInterval(this.#interval)
  }
}

/** The clock of this process. */
export const coarseClock = new CoarseClock()
