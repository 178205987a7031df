import { monitorEventLoopDelay } from 'node:perf_hooks'

/** The longest turn of an event loop. */
export interface LongestTurn {
  /** By the clock, in ms: what others of the loop waited for, also while another process had the processor. */
  readonly delayMs: number
  /** Processor time of the loop's thread within one turn, in ms: what is left of it on a machine that is not busy. */
  readonly cpuMs: number
}

/** Watches the event loop of this thread; `take` returns the longest turn since the last time. */
export class TurnWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: 1 })
  #last = 0
  #cpuMs = 0

  constructor () {
    this.#delay.enable()
    // Timers that are due fire once a turn.
    setInterval(this.#look, 1).unref()
  }

  take (): LongestTurn {
    this.#look()
    const longest = { delayMs: this.#delay.max / 1e6, cpuMs: this.#cpuMs }
    this.#delay.reset()
    this.#cpuMs = 0
    return longest
  }

  readonly #look = (): void => {
    const { user, system } = process.threadCpuUsage()
    const now = (user + system) / 1000
    this.#cpuMs = Math.max(this.#cpuMs, now - this.#last)
    this.#last = now
  }
}
