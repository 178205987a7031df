import type { Monitor as MonitorConfig } from '@weirlb/model'
import type { ByteLink, LinkError, Dial, DialSink } from '@weirlb/link'
import type { MonitorEvents, MonitorMeans, MonitorTarget } from './monitor.ts'
import { PacedMonitor } from './paced-monitor.ts'

/** Probes a server by opening a TCP connection and closing it. */
export class TcpMonitor extends PacedMonitor implements DialSink {
  readonly #timeoutMs: number
  readonly #target: MonitorTarget
  readonly #means: MonitorMeans
  #dial: Dial | undefined = undefined

  constructor (config: Extract<MonitorConfig, { type: 'tcp' }>, target: MonitorTarget, means: MonitorMeans, events: MonitorEvents) {
    super(config, events)
    this.#timeoutMs = config.timeoutSeconds * 1000
    this.#target = target
    this.#means = means
  }

  protected override begin (): void {
    const { address, port } = this.#target
    this.#dial = this.#means.transport.dial({ address, port, timeoutMs: this.#timeoutMs }, this)
  }

  protected override cancel (): void { this.#dial?.cancel() }

  onConnected (link: ByteLink): void {
    link.close()
    this.succeeded('the TCP probe connected')
  }

  onFailed (error: LinkError): void { this.failed(error.message) }
}
