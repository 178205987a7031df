import type { ProbingMonitor, ServiceHealth } from '@weirlb/model'
import { wheel, WheelTimer } from '@weirlb/link'
import { type Monitor, type MonitorEvents, type MonitorMeans, reportFault, type Verdict } from './monitor.ts'
import type { ProbeQueue, Queued } from './probe-queue.ts'

/** Time between two probes that clients' failures cause. */
const LEAST_REST_MS = 100

/** How often to probe, and what it takes to change one's mind. */
export type Pace = Pick<
  ProbingMonitor,
  'intervalSeconds' | 'jitter' | 'retries' | 'downAfter' | 'upAfter' | 'downSeconds' | 'reverse'
>

/**
 * Probes repeatedly, one probe at a time, and counts the results. Subclasses define a probe.
 *
 *   resting ──interval──► queued ──► probing ──► resting
 *                                      └─► probing   a failed probe that is repeated
 *
 * While another node probes, it rests. Once that one has changed its mind, or clients have found a failure, it probes.
 * If its probe agrees with the other's verdict, it takes that and rests again; otherwise it goes by its own until both
 * agree.
 */
export abstract class PacedMonitor extends WheelTimer implements Monitor, Queued {
  health: ServiceHealth = 'unknown'
  reason: string | undefined = undefined
  last: Monitor['last'] = undefined
  by: string | undefined = undefined
  readonly #pace: Pace
  readonly #means: MonitorMeans
  readonly #queue: ProbeQueue
  readonly #events: MonitorEvents
  #state: 'resting' | 'queued' | 'probing' | 'stopped' = 'resting'
  #begunAt = 0
  #endedAt = -Infinity
  /** The next probe is sooner than the interval. */
  #hurried = false
  /** What the node that probes for all has found; undefined: this one does. */
  #told: Verdict | undefined
  /** Its own probe has not agreed with that yet. */
  #doubts = false
  /** Result of the probe that has ended; undefined: it had none. */
  #result: 'up' | 'down' | undefined
  #repeats = 0
  #failures = 0
  #successes = 0

  constructor (pace: Pace, means: MonitorMeans, events: MonitorEvents) {
    const { queue } = means
    super()
    this.#means = means
    this.#pace = pace
    this.#queue = queue
    this.#events = events
    queue.join()
    wheel.arm(this, Math.random() * queue.spreadMs(pace.intervalSeconds * 1000))
  }

  /** Probe once. One of `succeeded`, `failed` and `undecided` is called when it is over. */
  protected abstract begin (): void
  /** Give up the probe that is under way: nothing is called for it any more. */
  protected abstract cancel (): void

  follow (verdict: Verdict | undefined): void {
    this.#told = verdict
    if (verdict === undefined) {
      this.by = undefined
      this.#doubts = false
    }
    if (this.#state !== 'resting') return
    if (verdict !== undefined) this.#heed(verdict)
    else if (!this.armed) {
      wheel.arm(this, Math.random() * this.#queue.spreadMs(this.#pace.intervalSeconds * 1000))
    }
  }

  #heed (told: Verdict): void {
    const known = this.health === 'up' || this.health === 'down'
    if (known && this.health !== told.health) {
      this.onServiceFailed()
      return
    }
    if (this.#doubts) return
    wheel.cancel(this)
    this.#hurried = false
    this.#failures = 0
    this.#successes = 0
    this.by = told.by
    this.reason = told.reason
    this.last = told.last
    if (known) return
    this.health = told.health
    this.#events.onTransition(told.health, told.reason ?? `node '${told.by}' has found it up`)
  }

  onServiceFailed (): void {
    if (this.#state !== 'resting' || this.#hurried) return
    const rested = performance.now() - this.#endedAt
    if (rested >= LEAST_REST_MS) {
      wheel.cancel(this)
      this.onTimeout()
      return
    }
    // A server that refuses thousands of clients a second is not probed as often.
    this.#hurried = true
    wheel.arm(this, LEAST_REST_MS - rested)
  }

  stop (): void {
    if (this.#state === 'stopped') return
    const probing = this.#state === 'probing'
    this.#state = 'stopped'
    wheel.cancel(this)
    this.#queue.leave()
    if (!probing) return
    this.cancel()
    this.#queue.done()
  }

  override onTimeout (): void {
    this.#hurried = false
    this.#state = 'queued'
    this.#queue.ask(this)
  }

  override onFault (error: unknown): void {
    reportFault(this.#means, error)
    if (this.#state === 'resting' && !this.armed) wheel.arm(this, this.#pace.intervalSeconds * 1000)
  }

  onTurn (): boolean {
    if (this.#state !== 'queued') return false
    this.#state = 'probing'
    this.#repeats = this.#pace.retries
    this.#begin()
    return true
  }

  #begin (): void {
    this.#begunAt = performance.now()
    try {
      this.begin()
    } catch (error) {
      this.failed((error as Error).message)
    }
  }

  protected succeeded (reason: string): void {
    if (this.#pace.reverse) this.#failed(`${reason}, and the monitor is reversed`)
    else this.#succeeded(reason)
  }

  protected failed (reason: string): void {
    if (this.#pace.reverse) this.#succeeded(`${reason}, and the monitor is reversed`)
    else this.#failed(reason)
  }

  /** Weir itself failed: that says nothing about the server. */
  protected faulted (error: unknown): void {
    reportFault(this.#means, error)
    this.undecided()
  }

  /** The probe has no result for the server. */
  protected undecided (): void {
    this.#result = undefined
    if (this.#state === 'probing') this.#ended(this.health, '')
  }

  #succeeded (reason: string): void {
    if (this.#state !== 'probing') return
    this.#failures = 0
    this.#successes++
    this.#result = 'up'
    this.reason = undefined
    if (!this.#pace.reverse) this.#events.onPassed?.(performance.now() - this.#begunAt)
    // Only a server that was down has to prove that it stays up.
    this.#ended(this.health !== 'down' || this.#successes >= this.#pace.upAfter ? 'up' : 'down', reason)
  }

  #failed (reason: string): void {
    if (this.#state !== 'probing') return
    if (this.#repeats > 0) {
      this.#repeats--
      this.#begin()
      return
    }
    this.#successes = 0
    this.#failures++
    this.#result = 'down'
    this.reason = reason
    this.#ended(
      this.#failures >= this.#pace.downAfter ? 'down' : this.health === 'unknown' ? 'failing' : this.health,
      reason
    )
  }

  #ended (own: ServiceHealth, reason: string): void {
    const told = this.#told
    const agrees = told !== undefined && told.health === this.#result
    const health = agrees ? told.health : own
    const { intervalSeconds, downSeconds, jitter } = this.#pace
    this.last = { time: Date.now(), ms: performance.now() - this.#begunAt }
    this.#state = 'resting'
    this.#endedAt = performance.now()
    const seconds = health === 'down' ? downSeconds ?? intervalSeconds : intervalSeconds
    this.by = agrees ? told.by : undefined
    this.#doubts = told !== undefined && !agrees
    if (!agrees) wheel.arm(this, seconds * 1000 * (1 - jitter + 2 * jitter * Math.random()))
    this.#queue.done()
    if (health === this.health) return
    this.health = health
    this.#events.onTransition(health, reason)
  }
}
