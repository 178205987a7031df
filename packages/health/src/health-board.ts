import { monitorsOf, type Monitored, type ServiceFailure, type ServiceHealth } from '@weirlb/model'
import type { CertkeyContents } from '@weirlb/link'
import { HealthHistory, type HealthChange, type KnownHealth } from './health-history.ts'
import type { MonitorMeans, Verdict } from './monitor.ts'
import { ProbeQueue } from './probe-queue.ts'
import { ServiceMonitors, type Finding, type MonitorStatus } from './service-monitors.ts'

/** The health of a service, and the result of its last failed probe while it is down or failing. */
export interface ServiceHealthStatus {
  readonly health: ServiceHealth
  readonly reason: string | undefined
}

/** Everything that is known of a service's health. */
export interface ServiceHealthDetail extends ServiceHealthStatus {
  /** Since when, in milliseconds since 1970 (UTC). */
  readonly since: number
  readonly monitors: readonly MonitorStatus[]
  /** The last changes, the oldest first. */
  readonly changes: readonly HealthChange[]
}

export interface HealthBoardOptions extends Omit<MonitorMeans, 'queue'> {
  /** Called with each new health of a service, perhaps from within `apply`. */
  readonly onHealth: (service: string, health: ServiceHealth) => void
  /** A service went down, or is up after it was down. `lastedMs`: how long it was up or unknown before, or down. */
  readonly onChange: (service: string, up: boolean, reason: string, lastedMs: number) => void
  /** The average time in which a service passes its probes, in milliseconds, has changed notably. */
  readonly onLatency?: (service: string, ms: number) => void
}

/** A service on the board. */
interface Watched {
  readonly monitors: ServiceMonitors
  readonly history: HealthHistory
}

/**
 * The health of all services, as their monitors see it. A service is unknown until the first verdict; one without
 * monitors is up.
 */
export class HealthBoard {
  readonly #options: HealthBoardOptions
  readonly #queue = new ProbeQueue()
  readonly #services = new Map<string, Watched>()

  constructor (options: HealthBoardOptions) { this.#options = options }

  /**
   * Probe exactly these services from now on; `certkeys` have the trusted bundles of their TLS. Monitors with an
   * unchanged configuration continue with their state.
   */
  apply (config: Monitored, certkeys: readonly CertkeyContents[]): void {
    const all = monitorsOf(config)
    for (const [name, { monitors }] of this.#services) {
      if (all.has(name)) continue
      monitors.stop()
      this.#services.delete(name)
    }
    for (const service of config.services) {
      const { name } = service
      let watched = this.#services.get(name)
      if (watched === undefined) {
        watched = this.#watch(name)
        this.#services.set(name, watched)
      }
      watched.monitors.configure({ service, certkeys, monitors: all.get(name)! })
    }
  }

  /** Clients found that the service does not serve them: look now, not at the next interval. */
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void {
    this.#services.get(service)?.monitors.onServiceFailed(failure, message)
  }

  status (service: string): ServiceHealthStatus {
    const monitors = this.#services.get(service)?.monitors
    return { health: monitors?.health ?? 'unknown', reason: monitors?.reason }
  }

  /** The services that are probed. */
  get services (): IterableIterator<string> { return this.#services.keys() }

  /** What this node's own probes have found of a service. */
  findings (service: string): readonly Finding[] { return this.#services.get(service)?.monitors.findings ?? [] }

  /** Take what another node has found of a service, in place of probing; undefined: probe. */
  follow (service: string, verdicts: ReadonlyMap<string, Verdict> | undefined): void {
    this.#services.get(service)?.monitors.follow(verdicts)
  }

  /** Probes that run now. */
  get probing (): number { return this.#queue.running }

  /** Returns undefined for a service that is not probed. */
  detail (service: string): ServiceHealthDetail | undefined {
    const watched = this.#services.get(service)
    if (watched === undefined) return undefined
    const { monitors, history } = watched
    return {
      health: monitors.health,
      reason: monitors.reason,
      since: history.since,
      monitors: monitors.monitors,
      changes: [...history.changes]
    }
  }

  stop (): void { this.apply({ monitors: [], services: [], lbVservers: [] }, []) }

  #watch (service: string): Watched {
    const { transport, probes, onHealth, onChange, onLatency, onFault } = this.#options
    const history = new HealthHistory()
    let reported: KnownHealth = 'unknown'
    let since = performance.now()
    const monitors = new ServiceMonitors({ transport, probes, queue: this.#queue, onFault }, (health, reason) => {
      // One reading of the clock, so that history, event and log tell the same duration.
      const now = performance.now()
      history.add(health, reason, now)
      onHealth(service, health)
      if (health === 'down' || (health === 'up' && reported === 'down')) {
        const lastedMs = Math.round(now - since)
        reported = health
        since = now
        onChange(service, health === 'up', reason, lastedMs)
      }
    }, ms => { onLatency?.(service, ms) })
    return { monitors, history }
  }
}
