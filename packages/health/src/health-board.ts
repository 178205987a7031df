import type { Service, ServiceHealth } from '@weirlb/model'
import { targetOf, type CertkeyContents } from '@weirlb/link'
import type { MonitorMeans } from './monitor.ts'
import { ServiceMonitors } from './service-monitors.ts'

/** The health of a service, and the result of its last failed probe while it is down or failing. */
export interface ServiceHealthStatus {
  readonly health: ServiceHealth
  readonly reason: string | undefined
}

export interface HealthBoardOptions extends MonitorMeans {
  /** Called with each new health of a service, perhaps from within `apply`. */
  readonly onHealth: (service: string, health: ServiceHealth) => void
  /** A service went down, or is up after it was down. */
  readonly onChange: (service: string, up: boolean, reason: string) => void
  /** The average time in which a service passes its probes, in milliseconds, has changed notably. */
  readonly onLatency?: (service: string, ms: number) => void
}

/** The health of all services, as their monitors see it. A service is unknown until the first verdict; one without monitors is up. */
export class HealthBoard {
  readonly #options: HealthBoardOptions
  readonly #services = new Map<string, ServiceMonitors>()

  constructor (options: HealthBoardOptions) { this.#options = options }

  /**
   * Probe exactly these services from now on; `certkeys` have the trusted bundles of their TLS. Monitors with an
   * unchanged configuration continue with their state.
   */
  apply (services: readonly Service[], certkeys: readonly CertkeyContents[]): void {
    const names = new Set(services.map(({ name }) => name))
    for (const [name, monitors] of this.#services) {
      if (names.has(name)) continue
      monitors.stop()
      this.#services.delete(name)
    }
    for (const service of services) {
      const { name } = service
      let monitors = this.#services.get(name)
      if (monitors === undefined) {
        monitors = this.#watch(name)
        this.#services.set(name, monitors)
      }
      monitors.configure(service, targetOf(service, certkeys))
    }
  }

  /** A dial to the service failed: look now, not at the next interval. */
  probeNow (service: string): void { this.#services.get(service)?.probeNow() }

  status (service: string): ServiceHealthStatus {
    const monitors = this.#services.get(service)
    return { health: monitors?.health ?? 'unknown', reason: monitors?.reason }
  }

  stop (): void { this.apply([], []) }

  #watch (service: string): ServiceMonitors {
    const { onHealth, onChange, onLatency } = this.#options
    let wasDown = false
    return new ServiceMonitors(this.#options, (health, reason) => {
      onHealth(service, health)
      if (health === 'down') {
        wasDown = true
        onChange(service, false, reason)
      } else if (health === 'up' && wasDown) {
        wasDown = false
        onChange(service, true, reason)
      }
    }, ms => { onLatency?.(service, ms) })
  }
}
