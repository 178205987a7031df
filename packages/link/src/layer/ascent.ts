import type { ByteLink, LinkError } from '../byte-link.ts'
import { nobody } from '../nobody.ts'
import type { HttpExchange } from './exchange.ts'
import type { HelloAnswer, Layer, LayerEvents, Opening, ServerLayer, UpgradeDecision, UpgradeRequest } from './layer.ts'

/** Receives the result of an ascent: one of the two calls, once, perhaps before `begin` returns. */
export interface AscentEvents<L extends Layer<About>, About> {
  /** All layers are open. The link delivers nothing before this returns. */
  onTop (ascent: Ascent<L, About>, link: ByteLink): void
  /** A layer did not open, and the connection is closed. `silent`: the peer had not sent a byte. */
  onLayerFailed (ascent: Ascent<L, About>, error: LinkError, silent: boolean): void
  /**
   * A layer is open; the ascent's layer is that one. False: the client is refused, and its connection closed without
   * another call.
   */
  onLayerOpen? (ascent: Ascent<L, About>): boolean
  /** As of a layer. */
  onRequest? (ascent: Ascent<L, About>, exchange: HttpExchange): void
  wantsHellos? (ascent: Ascent<L, About>): boolean
  onHello? (ascent: Ascent<L, About>): HelloAnswer | undefined
  onUpgrade? (ascent: Ascent<L, About>, request: UpgradeRequest): UpgradeDecision
  onServed? (ascent: Ascent<L, About>, bytesRead: number, bytesWritten: number): void
}

/** A connection on its way through layers, from the sockets upwards. */
export class Ascent<L extends Layer<About>, About> implements LayerEvents {
  readonly about: About
  #layers: readonly L[]
  readonly #events: AscentEvents<L, About>
  /** Number of open layers. */
  #open = 0
  #opening: Opening | undefined
  #over = false

  /** There is at least one layer. */
  constructor (layers: readonly L[], about: About, events: AscentEvents<L, About>) {
    this.#layers = layers
    this.about = about
    this.#events = events
  }

  /** The layer that is being opened, or failed. */
  get layer (): L { return this.#layers[this.#open]! }

  /** Put the first layer on a link. */
  begin (link: ByteLink): void { this.#put(link) }

  /** Close the connection at any stage, without a call. */
  cancel (): void {
    if (this.#over) return
    this.#over = true
    this.#opening?.cancel()
  }

  /** Close the connection, but let a client have the responses that it waits for. */
  drain (): void {
    if (this.#over) return
    if (this.#opening?.drain === undefined) this.cancel()
    else this.#opening.drain()
  }

  onOpen (link: ByteLink): void {
    if (this.#over) {
      link.abort()
      return
    }
    this.#opening = undefined
    if (this.#events.onLayerOpen?.(this) === false) {
      this.#over = true
      link.sink = nobody
      link.abort()
      return
    }
    if (++this.#open < this.#layers.length) {
      this.#put(link)
      return
    }
    this.#over = true
    this.#events.onTop(this, link)
  }

  // Only layers of listeners choose, and their ascents have such layers.
  onChosen (link: ByteLink, layers: readonly ServerLayer[]): void {
    this.#layers = [...this.#layers.slice(0, this.#open + 1), ...layers as unknown as readonly L[]]
    this.onOpen(link)
  }

  onFailed (error: LinkError, silent: boolean): void {
    if (this.#over) return
    this.#over = true
    this.#opening = undefined
    this.#events.onLayerFailed(this, error, silent)
  }

  onRequest (exchange: HttpExchange): void { if (!this.#over) this.#events.onRequest?.(this, exchange) }

  get wantsHellos (): boolean { return !this.#over && this.#events.wantsHellos?.(this) === true }

  onHello (): HelloAnswer | undefined { return this.#over ? undefined : this.#events.onHello?.(this) }

  onUpgrade (request: UpgradeRequest): UpgradeDecision {
    return this.#over ? undefined : this.#events.onUpgrade?.(this, request)
  }

  onServed (bytesRead: number, bytesWritten: number): void {
    if (this.#over) return
    this.#over = true
    this.#opening = undefined
    this.#events.onServed?.(this, bytesRead, bytesWritten)
  }

  #put (link: ByteLink): void {
    const open = this.#open
    const opening = this.#layers[open]!.open(link, this.about, this)
    // Opened at once, it is not opening any more.
    if (this.#open === open && !this.#over) this.#opening = opening
  }
}
