import { hrtime } from 'node:process'

/** Milliseconds of the clock that only goes forward, the same for all processes of the machine. */
const monotonicMs = (): number => Number(hrtime.bigint() / 1000n) / 1000

/**
 * The time of day as the clock had it when Weir began, and since then by the clock that only goes forward: expiries
 * survive it when somebody sets the clock. All processes of one Weir share it.
 */
class SteadyClock {
  /** What is added to `performance.now()`. */
  #offset = Date.now() - performance.now()

  /** Milliseconds since 1970 (UTC). */
  now (): number { return this.#offset + performance.now() }

  /** What another process has to follow to have the same time. */
  get base (): number { return this.now() - monotonicMs() }

  /** Have the time of another process of this machine. */
  follow (base: number): void { this.#offset = base + monotonicMs() - performance.now() }
}

/** The steady clock of this process. */
export const steadyClock = new SteadyClock()
