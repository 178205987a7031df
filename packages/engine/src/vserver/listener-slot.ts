import type { ByteLink, KeepAlive, LinkSink, Listener, ListenerEvents, TlsServerOptions } from '@weirlb/link'

/** Who takes the clients of a listener. */
export interface Acceptor {
  accept (link: ByteLink): void
  handshakeFailed (address: string, message: string, silent: boolean): void
}

/** Most clients that wait while a revision is between its two halves. */
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

/** A listener and whom it serves: a revision binds its addresses before it is committed, and an address may go from one vserver to another. */
export class ListenerSlot implements ListenerEvents {
  /** Address, port and transport; a later revision with the same key keeps the listener. */
  readonly key: string
  listener: Listener | undefined
  #acceptor: Acceptor | undefined
  #closed = false
  #waiting: { readonly link: ByteLink, readonly sink: WaitingClient }[] = []

  constructor (key: string) { this.key = key }

  onLink (link: ByteLink): void {
    // A handshake may end after its listener was closed.
    if (this.#closed) {
      link.sink = new WaitingClient()
      link.abort()
      return
    }
    if (this.#acceptor !== undefined) {
      this.#acceptor.accept(link)
      return
    }
    if (this.#waiting.length >= MAX_WAITING) {
      link.sink = new WaitingClient()
      link.abort()
      return
    }
    const sink = new WaitingClient()
    link.sink = sink
    link.pause()
    this.#waiting.push({ link, sink })
  }

  onHandshakeFailed (address: string, message: string, silent: boolean): void { this.#acceptor?.handshakeFailed(address, message, silent) }

  /** How clients to come are served. */
  configure (keepAlive: KeepAlive, tls: TlsServerOptions | undefined): void {
    this.listener!.setKeepAlive(keepAlive)
    if (tls !== undefined) this.listener!.setTls(tls)
  }

  /** Give the clients to a vserver from now on. */
  serve (acceptor: Acceptor): void {
    this.#acceptor = acceptor
    const waiting = this.#waiting
    this.#waiting = []
    for (const { link, sink } of waiting) {
      if (sink.gone) continue
      acceptor.accept(link)
      link.resume()
    }
  }

  /** Stop listening; whoever still waits is turned away. */
  close (): void {
    this.#closed = true
    this.listener?.close()
    for (const { link } of this.#waiting) link.abort()
    this.#waiting = []
  }
}
