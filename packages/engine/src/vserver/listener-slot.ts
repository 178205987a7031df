import type { LayerName } from '@weirlb/model'
import {
  Ascent,
  type AscentEvents,
  type ByteLink,
  type ClientFacts,
  type Peer,
  type HelloAnswer,
  nobody,
  type HttpExchange,
  internalFault,
  LayeredClient,
  type LinkError,
  type LinkSink,
  type Listener,
  type ListenerEvents,
  type ServerLayer,
  type UpgradeDecision,
  type UpgradeRequest
} from '@weirlb/link'

/** What becomes of clients that have connected. */
export interface Entrance {
  /** Layers on the links of new clients before they are accepted, from the sockets upwards. */
  readonly layers: readonly ServerLayer[]
  /**
   * Called with a client whose layers are complete: its link's peer has the known facts. `arrivedAt`: when it
   * connected, as `performance.now()` has it; undefined: just now.
   */
  accept (link: ByteLink, arrivedAt?: number): void
  /** The PROXY protocol's layer of a client is open: its address is known. False: it is refused. */
  identified (client: ClientFacts): boolean
  /** A layer could not be put on the link of a client, which is closed. `silent`: it had not sent a byte. */
  layerFailed (layer: LayerName, client: ClientFacts, error: LinkError, silent: boolean): void
  /** True if it looks at hellos of TLS. */
  readonly wantsHellos?: boolean
  /** Why a client is refused by its TLS hello, which is among its facts, if it is. */
  helloRefusal? (client: ClientFacts): HelloAnswer | undefined
  /** Called with an HTTP request of a client, which no extension handles. */
  request (exchange: HttpExchange): void
  /** What a client gets that asks for a WebSocket and may have none. */
  upgradeRefusal (client: ClientFacts, request: UpgradeRequest): UpgradeDecision
  /** A client that only sent HTTP requests has disconnected, `ms` after it connected. */
  served (client: ClientFacts, bytesRead: number, bytesWritten: number, ms: number): void
}

/** The receiver of a listener's clients. */
export interface Acceptor extends Entrance {
  /** What is put on a link when its client asks for TLS inside the protocol. */
  readonly tlsLayers: readonly ServerLayer[]
  /**
   * Returns the entrance for this client, for which nothing was made yet: the acceptor itself, or that for strangers;
   * undefined: it may not come in.
   */
  entranceFor (peer: Peer): Entrance | undefined
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
 * A listener and whom it serves: a revision binds its addresses before it is committed, and an address may go from one
 * vserver to another.
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
  /** Clients whose layers are being opened, and when they connected. */
  readonly #arriving = new Map<Arrival, number>()
  /** Those of them that come in elsewhere. */
  readonly #elsewhere = new Map<Arrival, Entrance>()

  /** Of the client whose link is next. */
  #entrance: Entrance | undefined

  constructor (key: string) { this.key = key }

  /** Layers of its clients' links. */
  get layers (): readonly ServerLayer[] { return this.#acceptor?.layers ?? [] }
  get tlsLayers (): readonly ServerLayer[] { return this.#acceptor?.tlsLayers ?? [] }

  onPeer (peer: Peer): boolean {
    if (this.#acceptor === undefined || this.#closed) return true
    this.#entrance = this.#acceptor.entranceFor(peer)
    return this.#entrance !== undefined
  }

  onLink (link: ByteLink): void {
    const entrance = this.#entrance
    this.#entrance = undefined
    if (this.#acceptor !== undefined && !this.#closed) {
      this.#enter(link, this.#acceptor, entrance)
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

  #enter (link: ByteLink, acceptor: Acceptor, entrance = acceptor.entranceFor(link.peer)): void {
    if (entrance === undefined) {
      // A reset leaves nothing behind here and gives no reason.
      link.sink = nobody
      link.abort()
      return
    }
    const { layers } = entrance
    if (layers.length === 0) {
      entrance.accept(link)
      return
    }
    const arrival: Arrival = new Ascent(layers, new LayeredClient(link.peer), this)
    this.#arriving.set(arrival, performance.now())
    if (entrance !== acceptor) this.#elsewhere.set(arrival, entrance)
    try { arrival.begin(link) } catch (error) {
      arrival.cancel()
      link.abort()
      if (this.#arriving.has(arrival)) this.onLayerFailed(arrival, internalFault(error), false)
    }
  }

  /** An arrival is over. Returns its entrance, which is that of the acceptor now. */
  #arrived (arrival: Arrival): Entrance {
    this.#arriving.delete(arrival)
    const entrance = this.#elsewhere.get(arrival)
    if (entrance === undefined) return this.#acceptor!
    this.#elsewhere.delete(arrival)
    return entrance
  }

  onLayerOpen (arrival: Arrival): boolean {
    if (arrival.layer.name !== 'proxy' || (this.#elsewhere.get(arrival) ?? this.#acceptor!).identified(arrival.about))
      return true
    this.#arrived(arrival)
    return false
  }

  onTop (arrival: Arrival, link: ByteLink): void {
    const arrivedAt = this.#arriving.get(arrival)
    this.#arrived(arrival).accept(link, arrivedAt)
  }

  onRequest (arrival: Arrival, exchange: HttpExchange): void { (this.#elsewhere.get(arrival) ?? this.#acceptor!).request(exchange) }

  wantsHellos (arrival: Arrival): boolean {
    return (this.#elsewhere.get(arrival) ?? this.#acceptor!).wantsHellos === true
  }

  onHello (arrival: Arrival): HelloAnswer | undefined {
    return (this.#elsewhere.get(arrival) ?? this.#acceptor!).helloRefusal?.(arrival.about)
  }

  onUpgrade (arrival: Arrival, request: UpgradeRequest): UpgradeDecision {
    return (this.#elsewhere.get(arrival) ?? this.#acceptor!).upgradeRefusal(arrival.about, request)
  }

  onServed (arrival: Arrival, bytesRead: number, bytesWritten: number): void {
    const now = performance.now()
    const arrivedAt = this.#arriving.get(arrival) ?? now
    this.#arrived(arrival).served(arrival.about, bytesRead, bytesWritten, now - arrivedAt)
  }

  onLayerFailed (arrival: Arrival, error: LinkError, silent: boolean): void {
    this.#arrived(arrival).layerFailed(arrival.layer.name, arrival.about, error, silent)
  }

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

  /** Stop listening, and serve those that another process cannot have any more; then close. */
  async end (): Promise<void> {
    await this.listener?.close()
    this.close()
  }

  /** Stop listening; clients that still wait, or have not passed the layers, are refused. Requests under way end. */
  close (): void {
    this.#closed = true
    void this.listener?.close()
    for (const { link } of this.#waiting) link.abort()
    this.#waiting = []
    // The last word about those whose requests end is for the vserver that they came to.
    for (const arrival of this.#arriving.keys()) arrival.drain()
    this.#arriving.clear()
    this.#elsewhere.clear()
  }
}
