import type { Service, ServiceHealth } from '@weirlb/model'
import type { CertkeyContents } from '@weirlb/link'

/** What is known of a service's health. */
export interface ServiceStatus {
  readonly health: ServiceHealth
  /** What the last failed probe met, where it is down or failing. */
  readonly reason?: string | undefined
}

/** Who probes the services and knows which are up. */
export interface Prober {
  /** Probe these services from now on, and no others; `certkeys` hold the bundles that TLS to them trusts. */
  apply (services: readonly Service[], certkeys: readonly CertkeyContents[]): void
  /** A dial failed: look now, not at the next interval. */
  probeNow (service: string): void
  status (service: string): ServiceStatus
  stop (): void
}
