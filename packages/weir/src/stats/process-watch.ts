import { emptyHistogram, observe, statFields, type ProcessFigures } from '@weirlb/engine'

/**
 * How often the delay of the event loop is measured. An idle process wakes up for it, which was measured to cost 50 to
 * 100 µs.
 */
const EVERY_MS = 100
/** A longer delay counts as one of this length: the process was stopped, or the machine slept. */
const MAX_MS = 60_000

const { bounds } = statFields.workers.loopDelayMs

/**
 * Counts the delay of this process's event loop, from `start` to `stop`; it never keeps the process alive.
 *
 * Not `monitorEventLoopDelay` of node:perf_hooks: it gives quantiles since its start, which cannot be added up over
 * processes, and no counts.
 */
export class ProcessWatch implements ProcessFigures {
  readonly name: string
  readonly #delays = emptyHistogram(bounds)
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0

  /** `name`: its name among the workers. */
  constructor (name: string) { this.name = name }

  start (): void {
    this.#dueAt = performance.now() + EVERY_MS
    this.#timer ??= setInterval(this.#onTimer, EVERY_MS).unref()
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  figures (): ReturnType<ProcessFigures['figures']> {
    const { user, system } = process.cpuUsage()
    return {
      cpuMs: (user + system) / 1000,
      residentBytes: process.memoryUsage.rss(),
      loopBusyMs: performance.eventLoopUtilization().active,
      loopDelayMs: [...this.#delays]
    }
  }

  readonly #onTimer = (): void => {
    const now = performance.now()
    // Timers that would have been due during the delay would have been late, too.
    for (let late = Math.min(now - this.#dueAt, MAX_MS); ; late -= EVERY_MS) {
      observe(this.#delays, bounds, Math.max(0, late))
      if (late < EVERY_MS) break
    }
    this.#dueAt = now + EVERY_MS
  }
}
