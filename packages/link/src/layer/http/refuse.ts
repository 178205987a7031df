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
  // The layer has let the connection go: as an error of its socket.
  override onFault (error: unknown): void {
    this.#socket.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/**
 * Answer a refused request with a text for people, and close the connection; `why` names the fault, and repeats none
 * of the client's bytes.
 */
export const refuse = (
  socket: Socket,
  status: number,
  why: string,
  headers: Readonly<Record<string, string>> = {}
): void => {
  answerAndClose(socket, status, `${why}\n`, headers)
}

/** Answer the last request of a connection with a text, and close the connection. */
export const answerAndClose = (
  socket: Socket,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {}
): void => {
  respondAndClose(socket, status, Object.entries({ 'Content-Type': 'text/plain; charset=utf-8', ...headers }), body)
}

/** Headers that end a message, or say what becomes of its connection: a response of others does not set them. */
const own: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'trailer',
  'te',
  'proxy-connection'
])

/** Returns the headers that a response of others may set. */
export const settable = (
  headers: readonly (readonly [name: string, value: string])[]
): readonly (readonly [string, string])[] => headers.filter(([name]) => !own.has(name.toLowerCase()))

/** Answer the last request of a connection with a response of others, and close the connection. */
export const respondAndClose = (
  socket: Socket,
  status: number,
  headers: readonly (readonly [name: string, value: string])[],
  body: string | Uint8Array
): void => {
  if (socket.destroyed) return
  // RFC 9110 §8.6.
  const bare = status === 204 || status === 304
  const content = bare ? Buffer.alloc(0) : typeof body === 'string' ? Buffer.from(body) : body
  const lines = [
    ...settable(headers),
    ...bare ? [] : [['Content-Length', String(content.length)] as const],
    ['Connection', 'close'] as const
  ]
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${
    lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  }\r\n`
  socket.end(Buffer.concat([Buffer.from(head, 'latin1'), content]))
  linger(socket)
}

/** Close a connection after its written bytes. */
export const closeSoon = (socket: Socket): void => {
  if (socket.destroyed) return
  socket.end()
  linger(socket)
}

const ignore = (): void => {}

/** Unread bytes would turn the end into a reset, which destroys the response in transit (RFC 9112 §9.6). */
const linger = (socket: Socket): void => {
  // Node has taken its own listener from a socket that asked for another protocol; the close follows.
  socket.on('error', ignore)
  socket.resume()
  void new LastMoment(socket)
}
