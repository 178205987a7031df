import { ownThread } from './cpu-clock.ts'

/** Minimum time between two checks, in ms. */
const EVERY_MS = 100
/** Busy time of the event loop that a check needs, in ms; with less it means nothing. */
const ENOUGH_MS = 20
/** Share of that time in which the thread had a processor, below which there are too few of them. */
const SHARE = 0.75
/** How long what was seen holds, in ms. */
const HOLDS_MS = 5000
/**
 * How much longer anything may take by the clock meanwhile, in ms. measured: a thread waited for 170 ms at once beside
 * twelve busy processes on two cores, 580 beside 28.
 */
const PATIENCE_MS = 1000

/**
 * Detects whether this process gets the CPU time that it needs. While it does not, wall-clock time says little about
 * a guest.
 */
export class CpuShortage {
  #loop = performance.eventLoopUtilization()
  #cpuMs = ownThread()
  #next = 0
  #until = 0

  /** How much longer than usual something may take by the clock; `now`: as `performance.now()` has it. */
  patienceMs (now: number): number {
    if (now >= this.#next) this.#look(now)
    return now < this.#until ? PATIENCE_MS : 0
  }

  /** A guest was seen to wait for a processor. */
  seen (): void { this.#until = performance.now() + HOLDS_MS }

  #look (now: number): void {
    this.#next = now + EVERY_MS
    const { active } = performance.eventLoopUtilization(this.#loop)
    if (active < ENOUGH_MS) return
    const cpuMs = ownThread()
    if (cpuMs - this.#cpuMs < SHARE * active) this.seen()
    this.#loop = performance.eventLoopUtilization()
    this.#cpuMs = cpuMs
  }
}
