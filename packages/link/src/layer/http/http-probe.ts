import type { Client, Dispatcher } from 'undici'
import { endpointText } from '@weirlb/model'
import type { ByteLink, LinkError } from '../../byte-link.ts'
import type { Dial, DialSink, Transport } from '../../transport.ts'
import { dial, type DialTarget } from '../layered-dial.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { httpClient } from './http-client.ts'
import type { Connected } from './trailer-dispatcher.ts'

/** A request without a body. */
export interface ProbeRequest {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** How much of the response's body is wanted. */
  readonly maxBodyBytes: number
}

/** The response to a probe. */
export interface ProbeResponse {
  readonly status: number
  /** The Location header. */
  readonly location: string | undefined
  /** The wanted part of the body. */
  readonly body: Buffer
  /** True if the body is longer. */
  readonly cut: boolean
}

/** Called once for a request: with the response, or with why there is none. */
export type ProbeAnswered = (result: ProbeResponse | Error) => void

/** HTTP requests of one probe of a server, over a target's layers. They have no time-out: `close` ends them. */
export class HttpProbe implements DialSink {
  readonly #client: Client
  #dial: Dial | undefined
  #connected: Connected | undefined

  constructor (transport: Pick<Transport, 'dial'>, target: DialTarget) {
    this.#client = httpClient(`http://${endpointText(target.address, target.port)}`, {
      pipelining: 1,
      allowH2: false,
      // Whoever asks closes the probe in time: two timers of one length would race for the words.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, done) => {
        this.#connected = done as Connected
        this.#dial = dial(transport, target, this, undefined)
      }
    })
  }

  onConnected (link: ByteLink): void {
    this.#dial = undefined
    this.#connected!(null, nodeSocketOf(link))
  }

  onFailed (error: LinkError): void {
    this.#dial = undefined
    this.#connected!(new Error(error.message), null)
  }

  /** Send a request; the one before has been answered. */
  request (request: ProbeRequest, answered: ProbeAnswered): void {
    const { method, path, headers } = request
    this.#client.dispatch(
      { method, path, headers: { ...headers }, reset: true },
      new ResponseReader(request.maxBodyBytes, answered)
    )
  }

  /** Close the connection. A request under way is answered with an error. */
  close (): void {
    this.#dial?.cancel()
    void this.#client.destroy()
  }
}

const locationOf = (headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined =>
  [headers['location']].flat()[0]

/** Reads one response, as far as it is wanted. */
class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number
  readonly #answered: ProbeAnswered
  #status = 0
  #location: string | undefined
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #over = false

  constructor (maxBytes: number, answered: ProbeAnswered) {
    this.#maxBytes = maxBytes
    this.#answered = answered
  }

  onRequestStart (): void {}
  onRequestUpgrade (controller: Dispatcher.DispatchController): void {
    const error = new Error('the server changed the protocol, and nobody had asked')
    this.#end(error)
    controller.abort(error)
  }

  onResponseStart (
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>
  ): void {
    if (status < 200) return
    this.#status = status
    this.#location = locationOf(headers)
    if (this.#maxBytes === 0) this.#finish(controller, false)
  }

  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return
    const taken = Math.min(chunk.length, this.#maxBytes - this.#bytes)
    this.#chunks.push(chunk.subarray(0, taken))
    this.#bytes += taken
    if (taken < chunk.length) this.#finish(controller, true)
  }

  onResponseEnd (): void { this.#end(this.#response(false)) }
  onResponseError (_controller: Dispatcher.DispatchController, error: Error): void { this.#end(error) }

  /** Nothing more of the response is wanted. */
  #finish (controller: Dispatcher.DispatchController, cut: boolean): void {
    this.#end(this.#response(cut))
    controller.abort(new Error('the rest of the response is not wanted'))
  }

  #response (cut: boolean): ProbeResponse {
    return { status: this.#status, location: this.#location, body: Buffer.concat(this.#chunks), cut }
  }

  #end (result: ProbeResponse | Error): void {
    if (this.#over) return
    this.#over = true
    this.#answered(result)
  }
}
