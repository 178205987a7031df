import type { Socket } from 'node:net'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import { serverNameIn } from './client-hello.ts'

const TIMEOUT_MS = 10_000

/** What becomes of a client whose hello is waited for: one of the two is called, once. */
export interface HelloEvents {
  /** The hello is in the socket's buffer again, for TLS to read. */
  onHello (socket: Socket, serverName: string): void
  /** The socket is destroyed. */
  onNoHello (socket: Socket, why: string): void
}

/** An accepted socket that nobody reads but this, until it is known which name the client asks for. */
export class PendingHello extends WheelTimer {
  readonly #socket: Socket
  readonly #events: HelloEvents
  #parts: Buffer[] = []
  #have = 0
  #need = 1

  constructor (socket: Socket, events: HelloEvents) {
    super()
    this.#socket = socket
    this.#events = events
    wheel.arm(this, TIMEOUT_MS)
    socket.on('readable', this.#onReadable)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onEnd)
  }

  override onTimeout (): void { this.#fail(`no TLS hello within ${TIMEOUT_MS / 1000} s`) }

  readonly #onReadable = (): void => {
    const bytes = this.#socket.read() as Buffer | null
    if (bytes === null) return
    this.#parts.push(bytes)
    this.#have += bytes.length
    if (this.#have < this.#need) return
    const all = this.#parts.length === 1 ? bytes : Buffer.concat(this.#parts)
    const name = serverNameIn(all)
    if (typeof name === 'number') {
      this.#parts = [all]
      this.#need = name
      return
    }
    this.#leave()
    this.#socket.unshift(all)
    this.#events.onHello(this.#socket, name)
  }

  readonly #onEnd = (): void => { this.#fail('the client closed the connection before its TLS hello') }
  readonly #onError = (error: Error): void => { this.#fail(error.message) }

  #fail (why: string): void {
    this.#leave()
    // A reset may come after this.
    this.#socket.on('error', () => {})
    this.#socket.destroy()
    this.#events.onNoHello(this.#socket, why)
  }

  #leave (): void {
    wheel.cancel(this)
    this.#socket.off('readable', this.#onReadable)
    this.#socket.off('end', this.#onEnd)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onEnd)
  }
}
