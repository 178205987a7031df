import type { ResolvedService, ServiceFailure, ServiceHealth } from '@weirlb/model'
import type { Probes } from '@weirlb/engine'
import type { CertkeyContents, Transport } from '@weirlb/link'
import type { ProbeQueue } from './probe-queue.ts'

/** The server of a monitor, and the certkeys that TLS to it may need. */
export interface Probed {
  readonly service: ResolvedService
  readonly certkeys: readonly CertkeyContents[]
}

/** Everything that a monitor needs to probe. */
export interface MonitorMeans {
  readonly transport: Transport
  readonly probes: Probes
  /** Shared by all monitors. */
  readonly queue: ProbeQueue
  /**
   * Called with a fault of Weir itself: the probe is over without a result, and the next one follows. Default: a
   * warning of the process.
   */
  readonly onFault?: ((error: unknown) => void) | undefined
}

/** Report a fault of Weir itself; the report may not become another one. */
export const reportFault = ({ onFault }: Pick<MonitorMeans, 'onFault'>, error: unknown): void => {
  try {
    if (onFault === undefined) process.emitWarning(error instanceof Error ? error : String(error))
    else onFault(error)
  } catch { /* There is nowhere left to report it. */ }
}

/** Called when a monitor changes its mind. */
export interface MonitorEvents {
  /** `reason`: what the probe that decided it met. */
  onTransition (health: ServiceHealth, reason: string): void
  /** A probe has succeeded, after so many milliseconds. */
  onPassed? (ms: number): void
}

/** What the probes of another node have found of a server. */
export interface Verdict {
  readonly health: 'up' | 'down'
  readonly reason: string | undefined
  readonly last: Monitor['last']
  /** Name of the node. */
  readonly by: string
}

/** Probes one server on an interval. */
export interface Monitor {
  readonly health: ServiceHealth
  /** The reason of the last failed probe; undefined after a success. */
  readonly reason: string | undefined
  /** When the last probe ended, in milliseconds since 1970 (UTC), and how long it took; undefined before the first. */
  readonly last: { readonly time: number, readonly ms: number } | undefined
  /**
   * Clients found that the server does not serve them. Probes without waiting for the interval; has no effect during a
   * probe.
   */
  onServiceFailed (failure: ServiceFailure, message: string): void
  /** Name of the node whose probes found its health; undefined: this one. */
  readonly by?: string | undefined
  /**
   * Probe no more while another node does, and take what it finds; undefined: probe. A monitor without this finds out
   * by itself.
   */
  follow? (verdict: Verdict | undefined): void
  /** Stop probing and reporting. */
  stop (): void
}
