import { endpointText, type Service, type ServiceHealth } from '@weirlb/model'
import type { Monitor, MonitorMeans, MonitorTarget } from './monitor.ts'
import { Latency } from './latency.ts'
import { createMonitor, identityOf } from './monitors.ts'

/** The monitors of one service. It is down if one of them is down, and up if all are up. */
export class ServiceMonitors {
  health: ServiceHealth = 'unknown'
  readonly #means: MonitorMeans
  readonly #onChange: (health: ServiceHealth, reason: string) => void
  /** By target and kind: a monitor with an unchanged configuration continues undisturbed. */
  #monitors = new Map<string, Monitor>()
  #target = ''
  readonly #onLatency: (ms: number) => void
  #latency = new Latency()

  /** `onLatency`: called when the average time of its probes has changed notably. */
  constructor (means: MonitorMeans, onChange: (health: ServiceHealth, reason: string) => void, onLatency: (ms: number) => void) {
    this.#onLatency = onLatency
    this.#means = means
    this.#onChange = onChange
  }

  /** The reason of the first monitor that is down, or else of the first that is failing. */
  get reason (): string | undefined { return (this.#first('down') ?? this.#first('failing'))?.reason }

  /** `target`: how the service is reached. */
  configure ({ address, port, monitors }: Service, target: MonitorTarget): void {
    const where = endpointText(address, port)
    const next = new Map<string, Monitor>()
    for (const config of monitors) {
      const key = identityOf(config, target)
      // Of two equal monitors one is enough.
      if (next.has(key)) continue
      const onTransition = (health: ServiceHealth, reason: string): void => { this.#settle(health === 'up' ? reason : `${where}: ${reason}`) }
      next.set(key, this.#monitors.get(key) ?? createMonitor(config, target, this.#means, { onTransition, onPassed: this.#onPassed }))
    }
    for (const [key, monitor] of this.#monitors) if (!next.has(key)) monitor.stop()
    this.#monitors = next
    // The state of another server's monitors does not apply.
    const known = where === this.#target
    if (!known) this.#latency = new Latency()
    this.#target = where
    this.#settle('the monitors that were down were changed', known)
  }

  readonly #onPassed = (ms: number): void => {
    const average = this.#latency.add(ms)
    if (average !== undefined) this.#onLatency(average)
  }

  probeNow (): void { for (const monitor of this.#monitors.values()) monitor.probeNow() }
  stop (): void { for (const monitor of this.#monitors.values()) monitor.stop() }

  #first (health: ServiceHealth): Monitor | undefined {
    for (const monitor of this.#monitors.values()) if (monitor.health === health) return monitor
    return undefined
  }

  /** `known`: the previous health concerned this server. */
  #combined (known: boolean): ServiceHealth {
    if (this.#first('down') !== undefined) return 'down'
    const failing = this.#first('failing') !== undefined
    if (!failing && this.#first('unknown') === undefined) return 'up'
    // A monitor that is new takes nothing away from a service that is up.
    return known && this.health === 'up' ? 'up' : failing ? 'failing' : 'unknown'
  }

  #settle (reason: string, known = true): void {
    const health = this.#combined(known)
    if (health === this.health) return
    this.health = health
    this.#onChange(health, reason)
  }
}
