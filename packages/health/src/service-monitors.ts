import { endpointText, type Service } from '@weirlb/model'
import type { TlsClientOptions } from '@weirlb/link'
import type { Monitor, MonitorMeans } from './monitor.ts'
import { createMonitor, identityOf } from './monitors.ts'

/** The monitors of one service; it is up when all of them say so. */
export class ServiceMonitors {
  up = true
  readonly #means: MonitorMeans
  readonly #onChange: (up: boolean, reason: string) => void
  /** By what they probe and how: a monitor whose configuration stays goes on undisturbed. */
  #monitors = new Map<string, Monitor>()

  constructor (means: MonitorMeans, onChange: (up: boolean, reason: string) => void) {
    this.#means = means
    this.#onChange = onChange
  }

  /** What the first monitor that is down said. */
  get reason (): string | undefined { return this.#firstDown()?.reason }

  /** `tls`: how the service's protocol is reached. */
  configure ({ address, port, monitors }: Service, tls: TlsClientOptions | undefined): void {
    const next = new Map<string, Monitor>()
    for (const config of monitors) {
      const target = { address, port, tls }
      const key = identityOf(config, target)
      // Two that are equal would only say the same twice.
      if (next.has(key)) continue
      const onTransition = (up: boolean, reason: string): void => { this.#settle(up ? reason : `${endpointText(address, port)}: ${reason}`) }
      next.set(key, this.#monitors.get(key) ?? createMonitor(config, target, this.#means, { onTransition }))
    }
    for (const [key, monitor] of this.#monitors) if (!next.has(key)) monitor.stop()
    this.#monitors = next
    this.#settle('the monitors that were down were changed')
  }

  probeNow (): void { for (const monitor of this.#monitors.values()) monitor.probeNow() }
  stop (): void { for (const monitor of this.#monitors.values()) monitor.stop() }

  #firstDown (): Monitor | undefined {
    for (const monitor of this.#monitors.values()) if (!monitor.up) return monitor
    return undefined
  }

  #settle (reason: string): void {
    const up = this.#firstDown() === undefined
    if (up === this.up) return
    this.up = up
    this.#onChange(up, reason)
  }
}
