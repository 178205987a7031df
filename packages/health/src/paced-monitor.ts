import type { Monitor as MonitorConfig, ServiceHealth } from '@weirlb/model'
import { wheel, WheelTimer } from '@weirlb/link'
import type { Monitor, MonitorEvents } from './monitor.ts'

/** Intervals vary by this part either way, so that many monitors do not beat in step. */
const JITTER = 0.1
/** The first probes of many services are spread over at most this. */
const SPREAD_MS = 1000

/** How often to probe, and what it takes to change one's mind. */
export type Pace = Pick<MonitorConfig, 'intervalSeconds' | 'downAfter' | 'upAfter'>

/** Probes repeatedly, one probe at a time, and counts the results. Subclasses define a probe. */
export abstract class PacedMonitor extends WheelTimer implements Monitor {
  health: ServiceHealth = 'unknown'
  reason: string | undefined = undefined
  readonly #pace: Pace
  readonly #events: MonitorEvents
  #probing = false
  #begunAt = 0
  #failures = 0
  #successes = 0
  #stopped = false

  constructor (pace: Pace, events: MonitorEvents) {
    super()
    this.#pace = pace
    this.#events = events
    wheel.arm(this, Math.random() * Math.min(SPREAD_MS, this.#intervalMs))
  }

  get #intervalMs (): number { return this.#pace.intervalSeconds * 1000 }

  /** Probe once. One of `succeeded`, `failed` and `undecided` is called when it is over. */
  protected abstract begin (): void
  /** Give up the probe that is under way: nothing is called for it any more. */
  protected abstract cancel (): void

  probeNow (): void {
    if (this.#stopped || this.#probing) return
    wheel.cancel(this)
    this.onTimeout()
  }

  stop (): void {
    this.#stopped = true
    wheel.cancel(this)
    if (this.#probing) this.cancel()
  }

  override onTimeout (): void {
    this.#probing = true
    this.#begunAt = performance.now()
    try {
      this.begin()
    } catch (error) {
      this.failed((error as Error).message)
    }
  }

  protected succeeded (reason: string): void {
    this.#failures = 0
    this.#successes++
    this.reason = undefined
    this.#events.onPassed?.(performance.now() - this.#begunAt)
    // Only a server that was down has to prove that it stays up.
    this.#ended(this.health !== 'down' || this.#successes >= this.#pace.upAfter ? 'up' : 'down', reason)
  }

  protected failed (reason: string): void {
    this.#successes = 0
    this.#failures++
    this.reason = reason
    this.#ended(this.#failures >= this.#pace.downAfter ? 'down' : this.health === 'unknown' ? 'failing' : this.health, reason)
  }

  /** The probe has no result for the server. */
  protected undecided (): void { this.#ended(this.health, '') }

  #ended (health: ServiceHealth, reason: string): void {
    this.#probing = false
    wheel.arm(this, this.#intervalMs * (1 - JITTER + 2 * JITTER * Math.random()))
    if (health === this.health) return
    this.health = health
    this.#events.onTransition(health, reason)
  }
}
