import { isIP, type Socket } from 'node:net'
import type { Service } from '@weirlb/model'
import { WebSocket } from 'ws'
import type { ByteLink } from '../../byte-link.ts'
import type { ClientFacts } from '../../client-facts.ts'
import type { DialOptions } from '../../transport.ts'
import type { DialAbout, DialLayer, LayerEvents, Opening } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { WebSocketLink } from './websocket-link.ts'
import { wsLimits, type WebSocketRules } from './websocket-rules.ts'

/** The request for a WebSocket. */
export interface WebSocketClientOptions {
  /** Path, with a query where there is one. */
  readonly path: string
  /** Servers that are offered several return all of them, which no client accepts. */
  readonly subprotocol: string | undefined
  readonly host: string | undefined
  /** Further headers. */
  readonly headers: Readonly<Record<string, string>>
  readonly messages: 'binary' | 'text'
  readonly maxMessageBytes: number
}

const defaults: WebSocketClientOptions = {
  path: '/',
  subprotocol: undefined,
  host: undefined,
  headers: {},
  messages: 'binary',
  maxMessageBytes: 16 * 1024 * 1024
}

/** Returns the WebSocket options of a service. */
export const webSocketClientOptions = ({ websocket }: Service): WebSocketClientOptions => ({
  ...defaults,
  ...websocket
})

/** Fragments that a server may send a message in: servers are trusted, within reason. */
const MAX_FRAGMENTS = 16 * 1024
const MAX_PINGS = 1000

/** Our handshake with one server: it owns the socket until there is a link. */
class ClientHandshake implements Opening {
  readonly #socket: Socket
  readonly #peer: ClientFacts
  readonly #events: LayerEvents
  readonly #rules: WebSocketRules
  #over = false

  constructor (below: ByteLink, events: LayerEvents, messages: WebSocketRules['messages']) {
    this.#peer = below.peer
    this.#socket = nodeSocketOf(below)
    this.#events = events
    this.#rules = { messages, masks: true, maxPingsPerSecond: MAX_PINGS, pingMs: 0 }
  }

  begin (
    { path, subprotocol, host, headers, maxMessageBytes }: WebSocketClientOptions,
    { address, port }: DialOptions
  ): void {
    const socket = this.#socket
    const authority = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
    try {
      const webSocket = new WebSocket(`ws://${authority}${path}`, subprotocol === undefined ? [] : [subprotocol], {
        ...wsLimits(maxMessageBytes, MAX_FRAGMENTS, MAX_PINGS),
        headers: Object.keys(headers).some(name => name.toLowerCase() === 'host')
          ? headers
          : { Host: host ?? authority, ...headers },
        createConnection: () => socket,
        // It was paused when it was given away, and Node's client takes the flow for granted.
        finishRequest: request => {
          request.once('socket', () => { socket.resume() })
          request.end()
        }
      })
      webSocket.once('open', () => { this.#opened(webSocket) })
      webSocket.once('unexpected-response', (request, { statusCode }) => {
        this.#fail(`the server answered ${statusCode} where a WebSocket was asked for`)
        request.destroy()
      })
      webSocket.on('error', error => { this.#fail(error.message) })
      webSocket.once('close', () => { this.#fail('the connection was closed before it was established') })
    } catch (error) {
      this.#fail((error as Error).message)
    }
  }

  #opened (webSocket: WebSocket): void {
    if (this.#over) return
    this.#over = true
    webSocket.removeAllListeners()
    this.#events.onOpen(new WebSocketLink(webSocket, this.#socket, this.#peer, this.#rules))
  }

  cancel (): void {
    this.#over = true
    this.#socket.destroy()
  }

  #fail (message: string): void {
    if (this.#over) return
    this.#over = true
    const silent = this.#socket.bytesRead === 0
    this.#socket.destroy()
    this.#events.onFailed({ kind: 'protocol', message }, silent)
  }
}

/** A WebSocket to a server. */
export class WebSocketDialLayer implements DialLayer {
  readonly name = 'websocket'
  readonly what = 'WebSocket handshake'
  readonly options: WebSocketClientOptions

  constructor (options: WebSocketClientOptions) { this.options = options }

  open (below: ByteLink, { server }: DialAbout, events: LayerEvents): Opening {
    const handshake = new ClientHandshake(below, events, this.options.messages)
    handshake.begin(this.options, server)
    return handshake
  }
}
