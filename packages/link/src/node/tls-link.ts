import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Peer } from '../byte-link.ts'
import { NodeLink } from './node-link.ts'
import { guardWrites, ownData } from './socket-owner.ts'

/** A link on a TLS socket whose handshake is over. */
export class TlsLink extends NodeLink {
  readonly #socket: TLSSocket
  readonly #raw: Socket

  /** `raw` is the plain socket underneath. */
  constructor (socket: TLSSocket, raw: Socket, peer: Peer) {
    super(socket, peer)
    this.#socket = socket
    this.#raw = raw
    guardWrites(socket)
    ownData(socket)
  }

  protected override get raw (): Socket { return this.#raw }

  protected override stopReading (): void { this.#socket.pause() }

  protected override startReading (): void { this.#socket.resume() }

  // Node reads on into the stream when it is paused, and leaves there what it has when the connection is reset.
  protected override takeRest (): Uint8Array | null { return this.#socket.read() as Buffer | null }

  // A TLSSocket cannot reset itself: it refuses handles that are not plain TCP.
  protected override reset (): void {
    this.#raw.resetAndDestroy()
    this.#socket.destroy()
  }
}
