import type { Socket } from 'node:net'
import type { ClientFacts } from '../client-facts.ts'
import { watchForLostWrites } from './lost-tls-write.ts'
import { NodeLink } from './node-link.ts'
import { resetSocket } from '../reset-socket.ts'
import { giveAway, guardWrites, ownData } from './socket-owner.ts'

/**
 * A link on a socket that is read through Node's streams: a TLS socket, or a plain one on which layers can be put that
 * Node makes.
 */
export class StreamLink extends NodeLink {
  readonly #socket: Socket
  readonly #raw: Socket
  #started = false
  #givenAway = false
  /** Made within the end of a TLS handshake, and that call of OpenSSL's has not returned. */
  #withinHandshake: boolean

  /** `raw` is the plain socket underneath, or the same. */
  constructor (socket: Socket, raw: Socket, peer: ClientFacts) {
    super(socket, peer)
    this.#socket = socket
    this.#raw = raw
    this.#withinHandshake = socket !== raw
    if (socket === raw) return
    guardWrites(socket)
    watchForLostWrites(socket)
    setImmediate(handshakeReturned, this)
  }

  /** The call that ended the handshake has returned. */
  handshakeReturned (): void { this.#withinHandshake = false }

  /**
   * Receive the socket's events, and deliver from the next turn of the loop on. Not earlier: a socket that TLS takes
   * at once has none of our listeners.
   */
  start (): void {
    if (this.#givenAway) return
    this.#started = true
    this.own()
    ownData(this.#socket)
  }

  /**
   * Pass the socket, with all undelivered bytes, to one of Node's own streams. The link is over and reports nothing
   * more.
   */
  takeSocket (): Socket {
    this.#givenAway = true
    const unread = this.retire()
    if (this.#started) giveAway(this.#socket)
    if (unread !== undefined) this.#socket.unshift(unread)
    return this.#socket
  }

  protected override get raw (): Socket { return this.#raw }

  // The layers that stand on such a socket write to the system's socket, past Node's queue.
  protected override gather (): void {}

  protected override stopReading (): void { this.#socket.pause() }

  protected override startReading (): void { this.#socket.resume() }

  // Node reads on into the stream when it is paused, and leaves there what it has when the connection is reset.
  protected override takeRest (): Uint8Array | null { return this.#socket.read() as Buffer | null }

  // A TLSSocket cannot reset itself: it refuses handles that are not plain TCP.
  protected override reset (): void {
    // Measured with Node 24.21: the process crashes when the raw socket is taken from below a handshake, also in a
    // microtask.
    if (!this.#withinHandshake) resetSocket(this.#raw, this.#socket)
    this.#socket.destroy()
  }
}

const handshakeReturned = (link: StreamLink): void => { link.handshakeReturned() }
