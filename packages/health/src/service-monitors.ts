import { createHash } from 'node:crypto'
import { endpointText, equal, type ServiceFailure, type ServiceHealth, type ServiceMonitor } from '@weirlb/model'
import { type Monitor, type MonitorMeans, type Probed, reportFault, type Verdict } from './monitor.ts'
import { Latency } from './latency.ts'
import { createMonitor, identityOf, targetFor } from './monitors.ts'

/** One monitor of a service, as people are shown it. */
export interface MonitorStatus {
  /** Undefined for one whose settings stand where it is used. */
  readonly name: string | undefined
  readonly type: ServiceMonitor['config']['type']
  readonly weight: number
  readonly health: ServiceHealth
  readonly reason: string | undefined
  readonly last: Monitor['last']
  /** Name of the node whose probes found it; undefined: this one. */
  readonly by?: string | undefined
}

/** What one monitor's own probes have found. */
export interface Finding {
  /** The same on every node that probes the same server in the same way. */
  readonly id: string
  readonly health: 'up' | 'down'
  readonly reason: string | undefined
  readonly last: Monitor['last']
}

/** A monitor at work. */
interface Member extends ServiceMonitor { readonly id: string, readonly monitor: Monitor }

/** What one service is probed with, and what it is. */
export interface Wanted extends Probed { readonly monitors: readonly ServiceMonitor[] }

/** The same list, entry by entry. */
const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])

const sameWish = (a: Wanted, b: Wanted): boolean =>
  (a.service === b.service || equal(a.service, b.service)) && sameItems(a.certkeys, b.certkeys) &&
  a.monitors.length === b.monitors.length && a.monitors.every(({ name, weight, config }, i) =>
    name === b.monitors[i]!.name && weight === b.monitors[i]!.weight && config === b.monitors[i]!.config
  )

/** The monitors of one service. Without a threshold it is down if one of them is down, and up if all are up. */
export class ServiceMonitors {
  health: ServiceHealth = 'unknown'
  readonly #means: MonitorMeans
  readonly #onChange: (health: ServiceHealth, reason: string) => void
  /** By target and kind: a monitor with an unchanged configuration continues undisturbed. */
  #members = new Map<string, Member>()
  #wanted: Wanted | undefined
  #target = ''
  #threshold = 0
  readonly #onLatency: (ms: number) => void
  #latency = new Latency()
  /** What another node has found, by `id`; undefined: this node probes. */
  #verdicts: ReadonlyMap<string, Verdict> | undefined

  /** `onLatency`: called when the average time of its probes has changed notably. */
  constructor (
    means: MonitorMeans,
    onChange: (health: ServiceHealth, reason: string) => void,
    onLatency: (ms: number) => void
  ) {
    this.#onLatency = onLatency
    this.#means = means
    this.#onChange = onChange
  }

  /** The reason of the first monitor that is down, or else of the first that is failing. */
  get reason (): string | undefined {
    const member = this.#first('down') ?? this.#first('failing')
    return member?.monitor.reason === undefined ? undefined : ofMonitor(member.name, member.monitor.reason)
  }

  get monitors (): MonitorStatus[] {
    return Array.from(
      this.#members.values(),
      ({ name, weight, config: { type }, monitor: { health, reason, last, by } }) => ({
        name,
        type,
        weight,
        health,
        reason,
        last,
        by
      })
    )
  }

  /** What its own probes have found. */
  get findings (): Finding[] {
    const findings: Finding[] = []
    for (const { id, monitor: { health, reason, last, by, follow } } of this.#members.values()) {
      if (follow !== undefined && by === undefined && (health === 'up' || health === 'down'))
        findings.push({ id, health, reason, last })
    }
    return findings
  }

  /** Take what another node has found, by `id`; a monitor that it has not found out about probes. Undefined: probe. */
  follow (verdicts: ReadonlyMap<string, Verdict> | undefined): void {
    this.#verdicts = verdicts
    for (const { id, monitor } of this.#members.values()) monitor.follow?.(verdicts?.get(id))
  }

  /** Probe with these monitors from now on. */
  configure (wanted: Wanted): void {
    if (this.#wanted !== undefined && sameWish(this.#wanted, wanted)) return
    this.#wanted = wanted
    const { address, port, monitorThreshold } = wanted.service
    const where = endpointText(address, port)
    const next = new Map<string, Member>()
    for (const each of wanted.monitors) {
      const { name, config } = each
      const target = targetFor(config, wanted)
      const key = identityOf(config, target)
      // Of two equal monitors one is enough.
      if (next.has(key)) continue
      const onTransition = (health: ServiceHealth, reason: string): void => {
        this.#settle(health === 'up' ? reason : `${where}: ${ofMonitor(name, reason)}`)
      }
      const before = this.#members.get(key)
      next.set(key, {
        ...each,
        id: before?.id ?? idOf(key),
        monitor: before?.monitor ??
          createMonitor(config, target, this.#means, { onTransition, onPassed: this.#onPassed })
      })
    }
    for (const [key, { monitor }] of this.#members) if (!next.has(key)) monitor.stop()
    this.#members = next
    if (this.#verdicts !== undefined) this.follow(this.#verdicts)
    this.#threshold = monitorThreshold
    // The state of another server's monitors does not apply.
    const known = where === this.#target
    if (!known) this.#latency = new Latency()
    this.#target = where
    this.#settle(next.size === 0 ? 'it has no monitors' : 'the monitors that were down were changed', known)
  }

  readonly #onPassed = (ms: number): void => {
    const average = this.#latency.add(ms)
    if (average === undefined) return
    try { this.#onLatency(average) } catch (error) { reportFault(this.#means, error) }
  }

  onServiceFailed (failure: ServiceFailure, message: string): void {
    for (const { monitor } of this.#members.values()) monitor.onServiceFailed(failure, message)
  }
  stop (): void {
    for (const { monitor } of this.#members.values()) monitor.stop()
  }

  #first (health: ServiceHealth): Member | undefined {
    for (const member of this.#members.values()) if (member.monitor.health === health) return member
    return undefined
  }

  /** Sum of the weights of monitors that are, or are not, in a state. */
  #weigh (is: (health: ServiceHealth) => boolean): number {
    let sum = 0
    for (const { monitor, weight } of this.#members.values()) if (is(monitor.health)) sum += weight
    return sum
  }

  /** `known`: the previous health concerned this server. */
  #combined (known: boolean): ServiceHealth {
    const threshold = this.#threshold
    if (threshold === 0 ? this.#first('down') !== undefined : this.#weigh(health => health !== 'down') < threshold)
      return 'down'
    const failing = this.#first('failing') !== undefined
    if (
      threshold === 0
        ? !failing && this.#first('unknown') === undefined
        : this.#weigh(health => health === 'up') >= threshold
    ) return 'up'
    // A monitor that is new takes nothing away from a service that is up.
    return known && this.health === 'up' ? 'up' : failing ? 'failing' : 'unknown'
  }

  #settle (reason: string, known = true): void {
    const health = this.#combined(known)
    if (health === this.health) return
    this.health = health
    // A monitor is not to stop for what its news leads to.
    try { this.#onChange(health, reason) } catch (error) { reportFault(this.#means, error) }
  }
}

/** Certificates are in the key, which may be long. */
const idOf = (key: string): string => createHash('sha1').update(key).digest('base64url').slice(0, 16)

const ofMonitor = (name: string | undefined, reason: string): string =>
  name === undefined ? reason : `monitor '${name}': ${reason}`
