import type { Monitor as MonitorConfig } from '@weir/model'
import type { ByteLink, LinkError } from '../link/byte-link.ts'
import type { Dial, DialSink, Transport } from '../link/transport.ts'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { Monitor, MonitorEvents, MonitorTarget } from './monitor.ts'

/** Intervals vary by this part either way, so that many monitors do not beat in step. */
const JITTER = 0.1
/** The first probes of many services are spread over at most this. */
const SPREAD_MS = 1000

/** Probes a server by opening a TCP connection and closing it. */
export class TcpMonitor extends WheelTimer implements Monitor, DialSink {
  up = true
  reason: string | undefined = undefined
  readonly #config: Extract<MonitorConfig, { type: 'tcp' }>
  readonly #target: MonitorTarget
  readonly #transport: Transport
  readonly #events: MonitorEvents
  #dial: Dial | undefined = undefined
  #failures = 0
  #successes = 0
  #stopped = false

  constructor (config: Extract<MonitorConfig, { type: 'tcp' }>, target: MonitorTarget, transport: Transport, events: MonitorEvents) {
    super()
    this.#config = config
    this.#target = target
    this.#transport = transport
    this.#events = events
    wheel.arm(this, Math.random() * Math.min(SPREAD_MS, this.#intervalMs))
  }

  get #intervalMs (): number { return this.#config.intervalSeconds * 1000 }

  probeNow (): void {
    if (this.#stopped || this.#dial !== undefined) return
    wheel.cancel(this)
    this.#probe()
  }

  stop (): void {
    this.#stopped = true
    wheel.cancel(this)
    this.#dial?.cancel()
    this.#dial = undefined
  }

  override onTimeout (): void { this.#probe() }

  onConnected (link: ByteLink): void {
    link.close()
    this.#failures = 0
    this.#successes++
    this.reason = undefined
    this.#answered(true, this.#successes >= this.#config.upAfter, 'the TCP probe connected')
  }

  onFailed (error: LinkError): void {
    this.#successes = 0
    this.#failures++
    this.reason = error.message
    this.#answered(false, this.#failures >= this.#config.downAfter, error.message)
  }

  #probe (): void {
    const { address, port } = this.#target
    this.#dial = this.#transport.dial({ address, port, timeoutMs: this.#config.timeoutSeconds * 1000, tls: undefined }, this)
  }

  #answered (up: boolean, enough: boolean, reason: string): void {
    this.#dial = undefined
    wheel.arm(this, this.#intervalMs * (1 - JITTER + 2 * JITTER * Math.random()))
    if (up === this.up || !enough) return
    this.up = up
    this.#events.onTransition(up, reason)
  }
}
