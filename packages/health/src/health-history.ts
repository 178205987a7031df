import type { ServiceHealth } from '@weirlb/model'

/** Changes that are kept of each service. */
const MAX_CHANGES = 50

/** A change of a service's health. */
export interface HealthChange {
  /** Milliseconds since 1970 (UTC). */
  readonly time: number
  readonly from: KnownHealth
  readonly to: KnownHealth
  /** How long the health before has lasted, in milliseconds. */
  readonly lastedMs: number
  readonly reason: string
}

/** Health as people are shown it: a service that is failing has no verdict yet. */
export type KnownHealth = Exclude<ServiceHealth, 'failing'>

/** Returns the health as people are shown it. */
export const knownHealth = (health: ServiceHealth): KnownHealth => health === 'failing' ? 'unknown' : health

/** The last changes of one service's health. */
export class HealthHistory {
  health: KnownHealth = 'unknown'
  /** Since when, in milliseconds since 1970 (UTC). */
  since = Date.now()
  readonly changes: HealthChange[] = []
  #at = performance.now()

  /** Returns the change; undefined where people are shown none. `now`: as `performance.now()` has it. */
  add (health: ServiceHealth, reason: string, now: number): HealthChange | undefined {
    const to = knownHealth(health)
    if (to === this.health) return undefined
    const change: HealthChange = {
      time: Date.now(),
      from: this.health,
      to,
      lastedMs: Math.round(now - this.#at),
      reason
    }
    if (this.changes.length === MAX_CHANGES) this.changes.shift()
    this.changes.push(change)
    this.health = to
    this.since = change.time
    this.#at = now
    return change
  }
}
