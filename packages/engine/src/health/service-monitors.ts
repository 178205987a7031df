import type { Service } from '@weir/model'
import type { Transport } from '../link/transport.ts'
import type { Monitor } from './monitor.ts'
import { createMonitor } from './monitors.ts'

/** The monitors of one service; it is up when all of them say so. */
export class ServiceMonitors {
  up = true
  readonly #transport: Transport
  readonly #onChange: (up: boolean, reason: string) => void
  /** By what they probe and how: a monitor whose configuration stays goes on undisturbed. */
  #monitors = new Map<string, Monitor>()

  constructor (transport: Transport, onChange: (up: boolean, reason: string) => void) {
    this.#transport = transport
    this.#onChange = onChange
  }

  /** What the first monitor that is down said. */
  get reason (): string | undefined { return this.#firstDown()?.reason }

  configure ({ address, port, monitors }: Service): void {
    const next = new Map<string, Monitor>()
    for (const config of monitors) {
      const key = JSON.stringify([address, port, config])
      // Two that are equal would only say the same twice.
      if (next.has(key)) continue
      const onTransition = (up: boolean, reason: string): void => { this.#settle(up ? reason : `${address}:${port}: ${reason}`) }
      next.set(key, this.#monitors.get(key) ?? createMonitor(config, { address, port }, this.#transport, { onTransition }))
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
