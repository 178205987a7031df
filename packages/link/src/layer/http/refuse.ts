import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { wheel, WheelTimer } from '../../timers/wheel.ts'

/** How long a client that was refused may take to read why. */
const LINGER_MS = 1000

/** Ends a connection whose client does not. */
class LastMoment extends WheelTimer {
  readonly #socket: Socket
  constructor (socket: Socket) {
    super()
    this.#socket = socket
    socket.once('close', () => { wheel.cancel(this) })
    wheel.arm(this, LINGER_MS)
  }

  override onTimeout (): void { this.#socket.destroy() }
  override onFault (error: unknown): void { throw error }
}

/**
 * Answer a refused request with a text for people, and close the connection; `why` names the fault, and repeats none
 * of the client's bytes.
 */
export const refuse = (socket: Socket, status: number, why: string, headers: Readonly<Record<string, string>> = {}): void => { answerAndClose(socket, status, `${why}\n`, headers) }

/** Answer the last request of a connection with a text, and close the connection. */
export const answerAndClose = (socket: Socket, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void => {
  if (socket.destroyed) return
  const lines = Object.entries({ ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' })
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
  linger(socket)
}

/** Close a connection after its written bytes. */
export const closeSoon = (socket: Socket): void => {
  if (socket.destroyed) return
  socket.end()
  linger(socket)
}

/** Unread bytes would turn the end into a reset, which destroys the response in transit (RFC 9112 §9.6). */
const linger = (socket: Socket): void => {
  socket.resume()
  void new LastMoment(socket)
}
