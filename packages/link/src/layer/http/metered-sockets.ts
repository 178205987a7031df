import type { Socket } from 'node:net'
import type { ByteMeter } from '../../byte-meter.ts'

/** What a socket had moved when it was counted last. */
interface Counted { read: number, written: number }

/** Counts the bytes of sockets that another library reads and writes: when it is asked, and when one is closed. */
export class MeteredSockets {
  readonly #meter: ByteMeter
  readonly #sockets = new Map<Socket, Counted>()

  constructor (meter: ByteMeter) { this.#meter = meter }

  add (socket: Socket): void {
    // What its layers have moved is no part of a request.
    this.#sockets.set(socket, { read: socket.bytesRead, written: socket.bytesWritten })
    socket.once('close', () => {
      const counted = this.#sockets.get(socket)
      if (counted !== undefined) this.#count(socket, counted)
      this.#sockets.delete(socket)
    })
  }

  /** Bring the meter up to date. */
  count (): void { for (const [socket, counted] of this.#sockets) this.#count(socket, counted) }

  #count (socket: Socket, counted: Counted): void {
    const { bytesRead, bytesWritten } = socket
    // A closed socket of Node may know less than it did.
    this.#meter.read += Math.max(0, bytesRead - counted.read)
    this.#meter.written += Math.max(0, bytesWritten - counted.written)
    counted.read = Math.max(counted.read, bytesRead)
    counted.written = Math.max(counted.written, bytesWritten)
  }
}
