import type { Service, ServiceHealth } from '@weirlb/model'
import { ByteMeter, type DialTarget, HttpOrigin, type Transport } from '@weirlb/link'
import type { ServiceStats } from '../stats/stats.ts'

/** After a failed dial a service is taken only when nothing else can be, for this long. */
const SUSPECT_MS = 2000

/** Why a service may not be given a new client. */
export type Refusal = 'removed' | 'disabled' | 'draining' | 'down' | 'full'

/** One process's state of a server. */
export class ServiceRuntime {
  readonly name: string
  /** Its counters, except for bytes. */
  readonly stats: ServiceStats
  /** Counts the bytes of all links to it. */
  readonly meter = new ByteMeter()
  config: Service
  /** How it is reached. */
  target: DialTarget
  /** The monitors' word; without monitors there is nothing that could speak against it. */
  health: ServiceHealth
  /** Connections open or being opened. */
  active = 0
  /** Clients that get it unless their session decides otherwise. */
  proposed = 0
  /** Messages that it owes for requests it was sent, where requests are balanced one by one. */
  outstanding = 0
  removed = false
  /** Average time in which it passes its probes; undefined: not known. */
  latencyMs: number | undefined
  #suspectUntil = 0
  #origin: HttpOrigin | undefined

  constructor (config: Service, target: DialTarget, stats: ServiceStats) {
    this.name = config.name
    this.config = config
    this.health = config.monitors.length === 0 ? 'up' : 'unknown'
    this.stats = stats
    this.target = target
  }

  configure (config: Service, target: DialTarget): void {
    if (this.#origin !== undefined && JSON.stringify(target) !== JSON.stringify(this.target)) this.closeOrigin()
    if (config.address !== this.config.address || config.port !== this.config.port) this.latencyMs = undefined
    this.config = config
    this.target = target
  }

  /** Its connections for HTTP requests. */
  origin (transport: Transport): HttpOrigin { return this.#origin ??= new HttpOrigin(transport, this.target) }

  /** Requests that are under way end; later ones have connections of their own. */
  closeOrigin (): void {
    this.#origin?.close()
    this.#origin = undefined
  }

  /** Why it may not be given a new client; undefined when it may. */
  get refusal (): Refusal | undefined {
    const refusal = this.refusalApartFromHealth
    return this.health === 'down' && (refusal === undefined || refusal === 'full') ? 'down' : refusal
  }

  /** The same where the monitors' word does not count. */
  get refusalApartFromHealth (): Refusal | undefined {
    if (this.removed) return 'removed'
    if (this.config.state !== 'enabled') return this.config.state
    return this.full ? 'full' : undefined
  }

  get full (): boolean { return this.config.maxClients > 0 && this.active >= this.config.maxClients }

  /** A dial failed, and none has succeeded since: `isSuspect` may be true. */
  get maySuspect (): boolean { return this.#suspectUntil > 0 }

  /** A dial failed not long ago. */
  isSuspect (nowMs: number): boolean { return nowMs < this.#suspectUntil }

  dialFailed (nowMs: number): void {
    this.stats.dialFailures++
    this.#suspectUntil = nowMs + SUSPECT_MS
  }

  dialSucceeded (): void { this.#suspectUntil = 0 }

  /** Its statistics now: a copy. */
  snapshot (): ServiceStats { return { ...this.stats, bytesIn: this.meter.written, bytesOut: this.meter.read } }
}
