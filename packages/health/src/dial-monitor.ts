import type { ProbingMonitor } from '@weirlb/model'
import {
  dial,
  type ByteLink,
  type Dial,
  type DialSink,
  type DialTarget,
  type LinkError,
  type Transport
} from '@weirlb/link'
import type { MonitorEvents, MonitorMeans } from './monitor.ts'
import { PacedMonitor } from './paced-monitor.ts'

/** Probes a server by opening a connection with its layers, and closing it. */
export class DialMonitor extends PacedMonitor implements DialSink {
  readonly #target: DialTarget
  readonly #transport: Transport
  /** What a success is, as text: `the TCP probe connected`. */
  readonly #success: string
  #dial: Dial | undefined = undefined

  constructor (
    config: ProbingMonitor,
    target: DialTarget,
    success: string,
    means: MonitorMeans,
    events: MonitorEvents
  ) {
    super(config, means, events)
    this.#target = target
    this.#transport = means.transport
    this.#success = success
  }

  protected override begin (): void { this.#dial = dial(this.#transport, this.#target, this, undefined) }

  protected override cancel (): void { this.#dial?.cancel() }

  onConnected (link: ByteLink): void {
    link.close()
    this.succeeded(this.#success)
  }

  onFailed (error: LinkError): void { this.failed(error.message) }
}
