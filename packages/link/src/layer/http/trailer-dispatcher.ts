import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { requestTrailers } from './forwarded-headers.ts'

/** Called with the socket of a dial, or with why there is none. */
export type Connected = (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void

/** A request with trailers: undici has no way to send them. */
export type TrailedRequest = Dispatcher.DispatchOptions & {
  readonly body: IncomingMessage
  readonly headers: readonly string[]
}

/** The server sent nothing in time. The code is undici's, so that both clients fail alike. */
class Silent extends Error { readonly code = 'UND_ERR_HEADERS_TIMEOUT' }

const bytesOf = (raw: readonly string[]): Buffer[] => raw.map(text => Buffer.from(text, 'latin1'))

/** One request of Node's client, which calls undici's handlers. */
class Exchange implements Dispatcher.DispatchController {
  rawHeaders: Buffer[] = []
  rawTrailers: Buffer[] = []
  reason: Error | null = null
  readonly #request: ClientRequest
  readonly #body: IncomingMessage
  readonly #handler: Dispatcher.DispatchHandler
  #response: IncomingMessage | undefined
  #over = false

  constructor (request: ClientRequest, { body, headersTimeout }: TrailedRequest, handler: Dispatcher.DispatchHandler) {
    this.#request = request
    this.#body = body
    this.#handler = handler
    request.setTimeout(headersTimeout!, () => { request.destroy(new Silent('the server sent nothing in time')) })
    // Nothing of the body is read before there is a connection: another server may get all of it.
    request.once('socket', () => {
      this.#send()
    })
    request.on('information', ({ statusCode, statusMessage, rawHeaders }) => {
      this.#head(statusCode, statusMessage, rawHeaders)
    })
    request.once('response', response => {
      this.#answered(response)
    })
    // Without a listener Node closes the connection, and reports nothing.
    request.once('upgrade', (_response, socket) => {
      socket.destroy()
      this.#fail(new Error('the server changed the protocol, and nobody had asked'))
    })
    request.on('error', error => { this.#fail(error) })
    handler.onRequestStart?.(this, undefined)
  }

  #send (): void {
    const body = this.#body
    const request = this.#request
    body.on('data', (chunk: Buffer) => { this.#handler.onBodySent?.(chunk) })
    body.once('end', () => {
      request.addTrailers(requestTrailers(body))
      request.end()
    })
    body.pipe(request, { end: false })
  }

  #head (status: number, text: string, rawHeaders: readonly string[]): void {
    this.rawHeaders = bytesOf(rawHeaders)
    try {
      this.#handler.onResponseStart?.(this, status, {}, text)
    } catch (error) {
      // As undici does. Thrown from an event of Node's client, a head that cannot be sent on would end the process.
      this.abort(error as Error)
    }
  }

  #answered (response: IncomingMessage): void {
    this.#response = response
    response.on('error', error => { this.#fail(error) })
    this.#head(response.statusCode!, response.statusMessage!, response.rawHeaders)
    if (this.#over) return
    response.on('data', (chunk: Buffer) => { this.#handler.onResponseData?.(this, chunk) })
    response.once('end', () => {
      if (this.#over) return
      this.#over = true
      this.rawTrailers = bytesOf(response.rawTrailers)
      this.#handler.onResponseEnd?.(this, {})
      // It answered without the rest of the body.
      if (!this.#body.complete) this.#request.destroy()
    })
  }

  #fail (error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#body.unpipe(this.#request)
    this.#handler.onResponseError?.(this, error)
  }

  get aborted (): boolean { return this.reason !== null }
  get paused (): boolean { return this.#response?.isPaused() === true }
  pause (): void { this.#response?.pause() }
  resume (): void { this.#response?.resume() }

  abort (reason: Error): void {
    this.reason ??= reason
    this.#request.destroy(reason)
    // Node reports nothing of a response that was whole by then.
    this.#fail(reason)
  }
}

/** Sends requests whose body has trailers, each on a connection of its own. */
export class TrailerDispatcher implements Pick<Dispatcher, 'dispatch'> {
  readonly #connect: (done: Connected) => void

  constructor (connect: (done: Connected) => void) { this.#connect = connect }

  dispatch (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const trailed = options as TrailedRequest
    const request = httpRequest({
      method: trailed.method,
      path: trailed.path,
      headers: [...trailed.headers, 'Transfer-Encoding', 'chunked'],
      setHost: false,
      createConnection: (_options, done) => {
        this.#connect(done as Connected)
        return undefined
      }
    })
    void new Exchange(request, trailed, handler)
    return true
  }
}
