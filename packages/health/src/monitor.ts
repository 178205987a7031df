import type { ServiceHealth } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import type { DialTarget, Transport } from '@weirlb/link'

/** What a monitor probes: a server, and how its protocol is reached. */
export type MonitorTarget = Pick<DialTarget, 'address' | 'port' | 'nodeSockets' | 'layers'>

/** What monitors probe with. */
export interface MonitorMeans { readonly transport: Transport, readonly probes: Probes }

/** Called when a monitor changes its mind. */
export interface MonitorEvents {
  /** `reason`: what the probe that decided it met. */
  onTransition (health: ServiceHealth, reason: string): void
}

/** Probes one server on an interval. */
export interface Monitor {
  readonly health: ServiceHealth
  /** What the last failed probe said; undefined after a success. */
  readonly reason: string | undefined
  /** Do not wait for the interval: somebody's dial has failed. Nothing happens while a probe is under way. */
  probeNow (): void
  /** Stop probing; nothing is told any more. */
  stop (): void
}
