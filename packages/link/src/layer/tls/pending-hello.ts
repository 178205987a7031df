import type { Socket } from 'node:net'
import { readHello, type ClientHello } from './client-hello.ts'

/** The result of waiting for a hello: one of the two is called, once, unless the wait was cancelled. */
export interface HelloEvents {
  /** The hello is in the socket's buffer again, for TLS to read. `bytes`: it, and what came behind it. */
  onHello (hello: ClientHello, bytes: Uint8Array): void
  onNoHello (why: string): void
}

/**
 * Reads an accepted socket until the client's hello is known. The caller has a deadline, and closes the
 * socket.
 */
export class PendingHello {
  readonly #socket: Socket
  readonly #events: HelloEvents
  #parts: Buffer[] = []
  #have = 0
  #need = 1

  constructor (socket: Socket, events: HelloEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('readable', this.#onReadable)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onEnd)
  }

  /** Stop waiting, without a call. */
  leave (): void {
    this.#socket.off('readable', this.#onReadable)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onEnd)
    // A reset may come after this.
    this.#socket.on('error', ignore)
  }

  readonly #onReadable = (): void => {
    const bytes = this.#socket.read() as Buffer | null
    if (bytes === null) return
    this.#parts.push(bytes)
    this.#have += bytes.length
    if (this.#have < this.#need) return
    const all = this.#parts.length === 1 ? bytes : Buffer.concat(this.#parts)
    const hello = readHello(all)
    if (typeof hello === 'number') {
      this.#parts = [all]
      this.#need = hello
      return
    }
    this.leave()
    this.#socket.off('error', ignore)
    this.#socket.unshift(all)
    this.#events.onHello(hello, all)
  }

  readonly #onEnd = (): void => { this.#fail('the client closed the connection before its TLS hello') }
  readonly #onError = (error: Error): void => { this.#fail(error.message) }

  #fail (why: string): void {
    this.leave()
    this.#events.onNoHello(why)
  }
}

const ignore = (): void => {}
