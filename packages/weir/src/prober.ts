import type { Monitored, ServiceFailure, ServiceHealth } from '@weirlb/model'
import type { Finding, ServiceHealthDetail, Verdict } from '@weirlb/health'
import type { CertkeyContents } from '@weirlb/link'

/** The health of a service. */
export interface ServiceStatus {
  readonly health: ServiceHealth
  /** Result of the last failed probe, while the service is down or failing. */
  readonly reason?: string | undefined
}

/** Probes services for other nodes, or takes what they have found. */
export interface SharedProber {
  /** Names of the services that are probed. */
  readonly services: Iterable<string>
  /** What own probes have found. */
  findings (service: string): readonly Finding[]
  /** Take what another node has found, by the monitor's `id`, in place of probing; undefined: probe. */
  follow (service: string, verdicts: ReadonlyMap<string, Verdict> | undefined): void
}

/** Probes the services and keeps their health. */
export interface Prober {
  /** Probe these services from now on, and no others; `certkeys` hold the bundles that TLS to them trusts. */
  apply (config: Monitored, certkeys: readonly CertkeyContents[]): void
  /** Clients found that a service does not serve them: look now, not at the next interval. */
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  status (service: string): ServiceStatus
  /** Returns undefined for a service that is not probed. */
  detail (service: string): ServiceHealthDetail | undefined
  stop (): void
}
