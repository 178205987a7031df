import type { ServiceHealth } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import type { DialTarget, Transport } from '@weirlb/link'

/** The target of a monitor: a server, and how its protocol is reached. */
export type MonitorTarget = Pick<DialTarget, 'address' | 'port' | 'nodeSockets' | 'layers'>

/** Everything that a monitor needs to probe. */
export interface MonitorMeans { readonly transport: Transport, readonly probes: Probes }

/** Called when a monitor changes its mind. */
export interface MonitorEvents {
  /** `reason`: what the probe that decided it met. */
  onTransition (health: ServiceHealth, reason: string): void
  /** A probe has succeeded, after so many milliseconds. */
  onPassed? (ms: number): void
}

/** Probes one server on an interval. */
export interface Monitor {
  readonly health: ServiceHealth
  /** The reason of the last failed probe; undefined after a success. */
  readonly reason: string | undefined
  /** Probe without waiting for the interval, because a dial has failed. Has no effect during a probe. */
  probeNow (): void
  /** Stop probing and reporting. */
  stop (): void
}
