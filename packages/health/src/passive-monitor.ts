import type { Monitor as MonitorConfig, ServiceFailure, ServiceHealth } from '@weirlb/model'
import { wheel, WheelTimer } from '@weirlb/link'
import type { Monitor, MonitorEvents } from './monitor.ts'

type Config = Extract<MonitorConfig, { type: 'passive' }>

/**
 * Counts what clients find of a service, and probes nothing.
 *
 *   up ──`failures` within the window──► down ──`downSeconds`──► up on trial ──the window──► up
 *                                          ▲                          │
 *                                          └────── one failure ───────┘
 */
export class PassiveMonitor extends WheelTimer implements Monitor {
  health: ServiceHealth = 'up'
  reason: string | undefined = undefined
  readonly last = undefined
  readonly #config: Config
  readonly #events: MonitorEvents
  /** Times of the latest failures, in a ring. */
  readonly #times: Float64Array
  #next = 0
  #trialUntil = 0

  constructor (config: Config, events: MonitorEvents) {
    super()
    this.#config = config
    this.#events = events
    this.#times = new Float64Array(config.failures).fill(-Infinity)
  }

  onServiceFailed (failure: ServiceFailure, message: string): void {
    const { counts, failures, windowSeconds, downSeconds } = this.#config
    if (this.health === 'down' || !counts.includes(failure)) return
    const now = performance.now()
    this.#times[this.#next] = now
    this.#next = (this.#next + 1) % failures
    // The oldest of so many is the one that the next one replaces.
    const enough = now - this.#times[this.#next]! <= windowSeconds * 1000
    if (!enough && now >= this.#trialUntil) return
    const what = enough
      ? `${failures} ${failures === 1 ? 'failure' : `failures within ${windowSeconds} s`} of clients`
      : 'a client failed again'
    this.#times.fill(-Infinity)
    wheel.arm(this, downSeconds * 1000)
    this.#become('down', `${what}, ${failures === 1 || !enough ? '' : 'the last '}${failure}: ${message}`)
  }

  override onTimeout (): void {
    this.#trialUntil = performance.now() + this.#config.windowSeconds * 1000
    this.#become('up', `it was down for ${this.#config.downSeconds} s, and is tried again`)
  }

  stop (): void { wheel.cancel(this) }

  #become (health: ServiceHealth, reason: string): void {
    this.health = health
    this.reason = health === 'down' ? reason : undefined
    this.#events.onTransition(health, reason)
  }
}
