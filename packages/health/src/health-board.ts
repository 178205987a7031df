import type { Certkey, Service } from '@weirlb/model'
import { tlsClientOptions } from '@weirlb/link'
import type { MonitorMeans } from './monitor.ts'
import { ServiceMonitors } from './service-monitors.ts'

/** What is known of a service's health. */
export interface ServiceHealthStatus {
  readonly up: boolean
  /** Why it is down: what the last failed probe said. */
  readonly reason: string | undefined
}

export interface HealthBoardOptions extends MonitorMeans {
  /** A service went down or came back. May be called from within `apply`. */
  readonly onChange: (service: string, up: boolean, reason: string) => void
}

/** The health of all services, as their monitors see it. A service is up until a monitor proves it down; one without monitors, or unknown, is up. */
export class HealthBoard {
  readonly #options: HealthBoardOptions
  readonly #services = new Map<string, ServiceMonitors>()

  constructor (options: HealthBoardOptions) { this.#options = options }

  /** Probe these services from now on, and no others; `certkeys` hold the bundles that TLS to them trusts. Monitors whose configuration did not change go on and keep what they know. */
  apply (services: readonly Service[], certkeys: readonly Certkey[]): void {
    const names = new Set(services.map(({ name }) => name))
    for (const [name, monitors] of this.#services) {
      if (names.has(name)) continue
      monitors.stop()
      this.#services.delete(name)
    }
    const { onChange } = this.#options
    for (const service of services) {
      const { name } = service
      let monitors = this.#services.get(name)
      if (monitors === undefined) {
        monitors = new ServiceMonitors(this.#options, (up, reason) => { onChange(name, up, reason) })
        this.#services.set(name, monitors)
      }
      monitors.configure(service, tlsClientOptions(service, certkeys))
    }
  }

  /** A dial to the service failed: look now, not at the next interval. */
  probeNow (service: string): void { this.#services.get(service)?.probeNow() }

  status (service: string): ServiceHealthStatus {
    const monitors = this.#services.get(service)
    return { up: monitors?.up ?? true, reason: monitors?.reason }
  }

  stop (): void { this.apply([], []) }
}
