import { endpointText } from '@weirlb/model'
import type { ByteLink, LinkError } from '../byte-link.ts'
import { internalFault } from '../internal-fault.ts'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { Dial, DialOptions, DialSink, Transport } from '../transport.ts'
import { Ascent, type AscentEvents } from './ascent.ts'
import type { DialAbout, DialClient, DialLayer } from './layer.ts'

/** A server, and how its protocol is reached. */
export interface DialTarget extends DialOptions {
  /** From the sockets upwards; none: plain TCP. */
  readonly layers: readonly DialLayer[]
}

/**
 * Dial a server and open the layers to it, for a client or a probe. The time-out covers all of it; the sink is called
 * like that of `Transport.dial`.
 */
export const dial = (
  transport: Pick<Transport, 'dial'>,
  target: DialTarget,
  sink: DialSink,
  client: DialClient | undefined
): Dial => target.layers.length === 0 ? transport.dial(target, sink) : new LayeredDial(transport, target, sink, client)

/** A dial that ends when the last layer is open. */
class LayeredDial extends WheelTimer implements Dial, DialSink, AscentEvents<DialLayer, DialAbout> {
  readonly #target: DialTarget
  readonly #sink: DialSink
  readonly #client: DialClient | undefined
  readonly #until: number
  readonly #dial: Dial
  #ascent: Ascent<DialLayer, DialAbout> | undefined
  #over = false

  constructor (transport: Pick<Transport, 'dial'>, target: DialTarget, sink: DialSink, client: DialClient | undefined) {
    super()
    this.#target = target
    this.#sink = sink
    this.#client = client
    this.#until = wheel.now + target.timeoutMs
    this.#dial = transport.dial(target, this)
  }

  cancel (): void {
    if (this.#over) return
    this.#end()
    if (this.#ascent === undefined) this.#dial.cancel()
    else this.#ascent.cancel()
  }

  onConnected (link: ByteLink): void {
    wheel.arm(this, Math.max(0, this.#until - wheel.now))
    this.#ascent = new Ascent(this.#target.layers, { server: this.#target, client: this.#client }, this)
    this.#ascent.begin(link)
  }

  // The socket could not be connected.
  onFailed (error: LinkError): void { this.#failed(error) }
  onLayerFailed (_ascent: Ascent<DialLayer, DialAbout>, error: LinkError): void { this.#failed(error) }

  onTop (_ascent: Ascent<DialLayer, DialAbout>, link: ByteLink): void {
    this.#end()
    this.#sink.onConnected(link)
  }

  override onTimeout (): void {
    const { address, port, timeoutMs } = this.#target
    const ascent = this.#ascent!
    this.#failed({
      kind: 'timeout',
      message: `no ${ascent.layer.what} with ${endpointText(address, port)} within ${timeoutMs} ms`
    })
    ascent.cancel()
  }

  override onFault (error: unknown): void {
    this.#failed(internalFault(error))
    this.#ascent?.cancel()
  }

  #failed (error: LinkError): void {
    if (this.#over) return
    this.#end()
    this.#sink.onFailed(error)
  }

  #end (): void {
    this.#over = true
    wheel.cancel(this)
  }
}
