// Imported: the global is a getter, which each call would call.
import { performance } from 'node:perf_hooks'
import { sliceOf, type Cut } from '@weirlb/sdk/abi'
import type { CpuClock } from './cpu-clock.ts'
import type { CpuShortage } from './cpu-shortage.ts'

/** Time-outs end together at multiples of this, so a call may run this much longer than its limit. */
const GRID_MS = 50
/** The same for functions: they have shorter limits, and are called less often than messages come. */
export const FUNCTION_GRID_MS = 10
/** Maximum age of the CPU figure at the start of a call: reading it takes a microsecond or two. */
const STALE_MS = 10
/**
 * Share of the CPU time that it may take which a call must have had to be blamed: clearly more than what a run may
 * spend before its last message.
 */
const BLAMED = 0.4

/**
 * The time limit of each call into a guest. The limit is CPU time, but isolated-vm can only stop by the clock. So a
 * call is stopped when its CPU time would be used up, or up to a second later while the machine has too little CPU
 * for all. The CPU time of a stopped call decides whether the extension is to blame.
 */
export class CallTime {
  #limitMs = 0
  /** How long a run may start further requests, in ms. */
  sliceMs = 0
  /** When the call in flight will have been stopped, as `performance.now()`. */
  endsAt = 0
  readonly #clock: CpuClock
  readonly #shortage: CpuShortage
  readonly #gridMs: number
  #beganAt = 0
  #cpuAt = -Infinity
  #cpuMs = 0

  constructor (clock: CpuClock, limitMs: number, shortage: CpuShortage, gridMs = GRID_MS) {
    this.#gridMs = gridMs
    this.#clock = clock
    this.limitMs = limitMs
    this.#shortage = shortage
  }

  /** Maximum CPU time of a request, in ms. */
  get limitMs (): number { return this.#limitMs }
  set limitMs (ms: number) {
    this.#limitMs = ms
    this.sliceMs = sliceOf(ms)
  }

  /**
   * A call begins: the time-out to give it, in ms. It is stretched to end on a coarse grid.
   *
   * isolated-vm keeps the timer of a call that has returned in its queue until it is due, and its timer thread wakes
   * for each: thousands of times a second under load. Timers that are due together cost one wake. measured, 256-byte
   * messages: every message inspected went from 0.72 to 0.88 of a plain proxy.
   */
  begin (): number {
    const now = performance.now()
    this.#beganAt = now
    if (now - this.#cpuAt > STALE_MS) {
      this.#cpuAt = now
      this.#cpuMs = this.#clock()
    }
    const limitMs = this.#limitMs + this.patienceMs(now)
    this.endsAt = Math.ceil((now + limitMs) / this.#gridMs) * this.#gridMs
    return Math.ceil(this.endsAt - now)
  }

  /** How much longer something may take by the clock now. */
  patienceMs (now: number): number { return this.#shortage.patienceMs(now) }

  /** The call was stopped; `stack`: where. */
  cut (stack: string): Cut {
    const wallMs = performance.now() - this.#beganAt
    const cpuMs = Math.min(wallMs, this.#clock() - this.#cpuMs)
    const starved = cpuMs < BLAMED * this.#limitMs
    if (starved) this.#shortage.seen()
    const message = starved
      ? `the machine was too busy: it ran for ${Math.round(wallMs)} ms and had ${Math.round(cpuMs)} ms of CPU time`
      : 'it ran longer than its limit (batchTimeoutMs)'
    const at = stack.indexOf('\n')
    return { message: at < 0 ? message : message + stack.slice(at), cpuMs, wallMs, starved }
  }
}
