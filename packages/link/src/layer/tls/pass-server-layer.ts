import type { ByteLink, LinkError, LinkSink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import { nobody } from '../../nobody.ts'
import type { RawLink } from '../../raw-link.ts'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { rawLinkOf } from '../raw-link-of.ts'
import { readHello } from './client-hello.ts'

/** Which clients pass. */
export interface PassOptions {
  /** Returns true if TLS with this server name, `''` for none, is not ended here. */
  readonly passes: (serverName: string) => boolean
  readonly timeoutMs: number
}

/** Type of the record that carries a ClientHello (RFC 8446 §5.1). */
const HANDSHAKE = 22

/** A client whose ClientHello is not whole. */
class PendingPass extends WheelTimer implements LinkSink, Opening {
  readonly #link: RawLink
  readonly #client: LayeredClient
  readonly #events: LayerEvents
  readonly #options: PassOptions
  #bytes: Uint8Array | undefined

  constructor (link: RawLink, client: LayeredClient, events: LayerEvents, options: PassOptions) {
    super()
    this.#link = link
    this.#client = client
    this.#events = events
    this.#options = options
    link.sink = this
    wheel.arm(this, options.timeoutMs)
  }

  onBytes (bytes: Uint8Array): void {
    const all = this.#bytes === undefined ? bytes : Buffer.concat([this.#bytes, bytes])
    // Another protocol of this port.
    const hello = all[0] === HANDSHAKE ? readHello(all) : undefined
    if (typeof hello === 'number') {
      this.#bytes = Buffer.from(all)
      return
    }
    this.#leave()
    const link = this.#link
    link.unread(all)
    link.peer = this.#client
    if (hello === undefined || hello.unread || !this.#options.passes(hello.serverName)) {
      this.#events.onOpen(link)
      return
    }
    if (hello.serverName !== '') this.#client.serverName = hello.serverName
    this.#client.passed = true
    this.#events.onChosen!(link, [])
  }

  onEnd (): void { this.#refuse({ kind: 'other', message: 'the client closed the connection before its TLS hello' }) }
  onDrained (): void {}

  onClosed (error: LinkError | undefined): void {
    this.#leave()
    this.#failed(error ?? { kind: 'other', message: 'the connection was closed before its TLS hello' })
  }

  override onTimeout (): void {
    this.#refuse({ kind: 'timeout', message: `no whole TLS hello within ${this.#options.timeoutMs / 1000} s, after ${this.#bytes?.length ?? 0} bytes` })
  }

  override onFault (error: unknown): void {
    this.cancel()
    throw error
  }

  cancel (): void {
    this.#leave()
    this.#link.abort()
  }

  #refuse (error: LinkError): void {
    this.#leave()
    this.#link.close()
    this.#failed(error)
  }

  #failed (error: LinkError): void { this.#events.onFailed(error, this.#bytes === undefined) }

  #leave (): void {
    wheel.cancel(this)
    this.#link.sink = nobody
  }
}

/** TLS that passes by its server name: holds the ClientHello, decides, and gives it to the layers above, or to nobody. */
export class PassServerLayer implements ServerLayer {
  readonly name = 'pass'
  readonly #options: PassOptions
  constructor (options: PassOptions) { this.#options = options }
  passes (serverName: string): boolean { return this.#options.passes(serverName) }
  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening { return new PendingPass(rawLinkOf(below), client, events, this.#options) }
}

/** Returns true if TLS with this server name would not end at these layers. */
export const passesThrough = (layers: readonly ServerLayer[], serverName: string): boolean => layers.some(layer => layer instanceof PassServerLayer && layer.passes(serverName))
