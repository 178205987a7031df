import type { LayerName } from '@weirlb/model'
import { Ascent, type AscentEvents, type ByteLink, type ClientFacts, type HttpExchange, LayeredClient, type LinkError, type LinkSink, type Listener, type ListenerEvents, type ServerLayer } from '@weirlb/link'

/** What becomes of clients that have connected. */
export interface Entrance {
  /** Layers on the links of new clients before they are accepted, from the sockets upwards. */
  readonly layers: readonly ServerLayer[]
  /** Called with a client whose layers are complete: its link's peer has the known facts. */
  accept (link: ByteLink): void
  /** A layer could not be put on the link of a client, which is closed. `silent`: it had not sent a byte. */
  layerFailed (layer: LayerName, client: ClientFacts, error: LinkError, silent: boolean): void
  /** Called with an HTTP request of a client, which no extension handles. */
  request (exchange: HttpExchange): void
  /** A client that only sent HTTP requests has disconnected. */
  served (client: ClientFacts, bytesRead: number, bytesWritten: number): void
}

/** The receiver of a listener's clients. */
export interface Acceptor extends Entrance {
  /** What is put on a link when its client asks for TLS inside the protocol. */
  readonly tlsLayers: readonly ServerLayer[]
  /** Returns the entrance for this link's client: the acceptor itself, or that for strangers; undefined: the link was closed. */
  entranceFor (link: ByteLink): Entrance | undefined
}

type Arrival = Ascent<ServerLayer, LayeredClient>

/** Maximum clients that wait while a revision is between its two halves. */
const MAX_WAITING = 1024

/** A client that came before its revision was committed. Nothing is read from it. */
class WaitingClient implements LinkSink {
  gone = false
  onBytes (): void {}
  onEnd (): void {}
  onDrained (): void {}
  onClosed (): void { this.gone = true }
  onFault (error: unknown): void { throw error }
}

/**
 * A listener and whom it serves: a revision binds its addresses before it is committed, and an address may go from one vserver to another.
 *
 *   connected ──► (waits for the commit) ──► admitted ──► layers, if there are any ──► accepted
 */
export class ListenerSlot implements ListenerEvents, AscentEvents<ServerLayer, LayeredClient> {
  /** Address, port and kind of sockets; a later revision with the same key keeps the listener. */
  readonly key: string
  listener: Listener | undefined
  #acceptor: Acceptor | undefined
  #closed = false
  #waiting: { readonly link: ByteLink, readonly sink: WaitingClient }[] = []
  /** Clients whose layers are being opened. */
  readonly #arriving = new Set<Arrival>()
  /** Those of them that come in elsewhere. */
  readonly #elsewhere = new Map<Arrival, Entrance>()

  constructor (key: string) { this.key = key }

  /** Layers of its clients' links. */
  get layers (): readonly ServerLayer[] { return this.#acceptor?.layers ?? [] }
  get tlsLayers (): readonly ServerLayer[] { return this.#acceptor?.tlsLayers ?? [] }

  onLink (link: ByteLink): void {
    if (this.#acceptor !== undefined && !this.#closed) {
      this.#enter(link, this.#acceptor)
      return
    }
    if (this.#closed || this.#waiting.length >= MAX_WAITING) {
      link.sink = new WaitingClient()
      link.abort()
      return
    }
    const sink = new WaitingClient()
    link.sink = sink
    link.pause()
    this.#waiting.push({ link, sink })
  }

  #enter (link: ByteLink, acceptor: Acceptor): void {
    const entrance = acceptor.entranceFor(link)
    if (entrance === undefined) return
    const { layers } = entrance
    if (layers.length === 0) {
      entrance.accept(link)
      return
    }
    const arrival: Arrival = new Ascent(layers, new LayeredClient(link.peer), this)
    this.#arriving.add(arrival)
    if (entrance !== acceptor) this.#elsewhere.set(arrival, entrance)
    arrival.begin(link)
  }

  /** An arrival is over. Returns its entrance, which is that of the acceptor now. */
  #arrived (arrival: Arrival): Entrance {
    this.#arriving.delete(arrival)
    const entrance = this.#elsewhere.get(arrival)
    if (entrance === undefined) return this.#acceptor!
    this.#elsewhere.delete(arrival)
    return entrance
  }

  onTop (arrival: Arrival, link: ByteLink): void { this.#arrived(arrival).accept(link) }

  onRequest (arrival: Arrival, exchange: HttpExchange): void { (this.#elsewhere.get(arrival) ?? this.#acceptor!).request(exchange) }

  onServed (arrival: Arrival, bytesRead: number, bytesWritten: number): void { this.#arrived(arrival).served(arrival.about, bytesRead, bytesWritten) }

  onLayerFailed (arrival: Arrival, error: LinkError, silent: boolean): void { this.#arrived(arrival).layerFailed(arrival.layer.name, arrival.about, error, silent) }

  /** Give the clients to a vserver from now on. */
  serve (acceptor: Acceptor): void {
    this.#acceptor = acceptor
    const waiting = this.#waiting
    this.#waiting = []
    for (const { link, sink } of waiting) {
      if (sink.gone) continue
      this.#enter(link, acceptor)
      link.resume()
    }
  }

  /** Stop listening; clients that still wait, or have not passed the layers, are refused. Requests under way end. */
  close (): void {
    this.#closed = true
    this.listener?.close()
    for (const { link } of this.#waiting) link.abort()
    this.#waiting = []
    // The last word about those whose requests end is for the vserver that they came to.
    for (const arrival of this.#arriving) arrival.drain()
    this.#arriving.clear()
    this.#elsewhere.clear()
  }
}
