import type { Socket } from 'node:net'
import type { Peer } from '../client-facts.ts'
import { NodeLink } from './node-link.ts'

/** A link on a plain socket that reads into the shared buffer. */
export class TcpLink extends NodeLink {
  readonly #socket: Socket

  constructor (socket: Socket, peer: Peer) {
    super(socket, peer)
    this.#socket = socket
    this.own()
  }

  protected override get raw (): Socket { return this.#socket }

  protected override gather (): void {
    this.#socket.cork()
    process.nextTick(uncork, this.#socket)
  }

  protected override stopReading (): void { this.#socket.pause() }

  // Not resume(): it reads once more at the next turn of the loop, even when the socket was paused again in between.
  protected override startReading (): void { this.#socket.read(0) }

  // A paused socket is not read at all.
  protected override takeRest (): null { return null }

  protected override reset (): void { this.#socket.resetAndDestroy() }
}

const uncork = (socket: Socket): void => { socket.uncork() }
