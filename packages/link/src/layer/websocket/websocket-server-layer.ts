import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WeirError } from '@weirlb/model'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ByteLink } from '../../byte-link.ts'
import type { HttpFacts, LayeredClient } from '../../client-facts.ts'
import { type AffinityCookie, type CookieKeys, cookieValue, setCookie } from '../http/affinity-cookie.ts'
import { pathOf, type RequestFault, valuesOf } from '../http/request-fault.ts'
import { refuse } from '../http/refuse.ts'
import { UpgradeLink } from '../http/upgrade-link.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { WebSocketLink } from './websocket-link.ts'
import { wsLimits, type WebSocketRules } from './websocket-rules.ts'

/** The accepted WebSockets, and their rules. */
export interface WebSocketServerOptions extends WebSocketRules {
  /** None: any path. */
  readonly paths: readonly string[]
  /** None: any page. */
  readonly allowedOrigins: readonly string[]
  /** Names of the protocol on WebSockets, the preferred first; none: it has no name, and none is agreed on. */
  readonly subprotocols: readonly string[]
  readonly maxMessageBytes: number
  readonly maxFragments: number
  /** Cookies that the response sets for clients that bring none of them. */
  readonly cookies: readonly AffinityCookie[]
  readonly cookieKeys: CookieKeys
}

const OPENING = Symbol('opening')
type OpeningSocket = Socket & { [OPENING]?: Handshake | undefined }

/** A name of a sub-protocol as a header carries it: a token of RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Sub-protocols that a client offers, in its order; undefined where the header is none. */
const offersOf = (request: IncomingMessage): string[] | undefined => {
  const offers = valuesOf(request, 'sec-websocket-protocol').flatMap(value => value.split(',')).map(name => name.trim())
  return offers.every(name => TOKEN.test(name)) && new Set(offers).size === offers.length ? offers : undefined
}

/** What a client is told that offers no sub-protocol we speak. */
const missing = (spoken: readonly string[]): RequestFault => ({
  status: 400,
  why: `the sub-protocol ${spoken.join(' or ')} has to be offered (Sec-WebSocket-Protocol)`
})

/** One client's handshake. */
class Handshake implements Opening {
  readonly #link: UpgradeLink
  readonly #socket: OpeningSocket
  readonly #client: LayeredClient
  readonly #events: LayerEvents
  readonly #options: WebSocketServerOptions
  #subprotocol: string | undefined
  #issued: Map<string, string> | undefined

  constructor (
    link: UpgradeLink,
    socket: Socket,
    client: LayeredClient,
    events: LayerEvents,
    options: WebSocketServerOptions
  ) {
    this.#link = link
    this.#socket = socket
    this.#client = client
    this.#events = events
    this.#options = options
    this.#socket[OPENING] = this
  }

  get subprotocol (): string | undefined { return this.#subprotocol }

  /** Set the cookies that the client lacks. */
  addCookies (headers: string[], cookies: readonly AffinityCookie[], keys: CookieKeys): void {
    const overTls = 'encrypted' in this.#socket || this.#client.proxied?.tls !== undefined
    for (const cookie of cookies) {
      if (keys.clientOf(cookieValue(this.#link.request.headers.cookie, cookie.name)) !== undefined) continue
      const value = keys.issue()
      this.#issued ??= new Map()
      this.#issued.set(cookie.name, value)
      headers.push(`Set-Cookie: ${setCookie(cookie, value, overTls)}`)
    }
  }

  begin (server: WebSocketServer): void {
    const { request, head } = this.#link
    const fault = this.#fault(request)
    if (fault !== undefined) this.refused(fault)
    else server.handleUpgrade(request, this.#socket, head, webSocket => { this.#opened(webSocket) })
  }

  #fault (request: IncomingMessage): RequestFault | undefined {
    const { paths, allowedOrigins, subprotocols } = this.#options
    const path = pathOf(request).split('?', 1)[0]!
    if (paths.length > 0 && !paths.includes(path)) return { status: 404, why: 'no WebSocket is taken on this path' }
    // Only browsers send one, and no page can leave it out (RFC 6455 §10.2).
    const origins = valuesOf(request, 'origin')
    if (allowedOrigins.length > 0 && origins.some(origin => !allowedOrigins.includes(origin)))
      return { status: 403, why: 'pages of this origin may not open a WebSocket here' }
    const offers = offersOf(request)
    if (offers === undefined) return { status: 400, why: 'invalid Sec-WebSocket-Protocol header' }
    this.#subprotocol = subprotocols.find(name => offers.includes(name))
    return this.#subprotocol === undefined && subprotocols.length > 0 ? missing(subprotocols) : undefined
  }

  #opened (webSocket: WebSocket): void {
    this.#socket[OPENING] = undefined
    const { request } = this.#link
    this.#client.http = {
      path: pathOf(request),
      headers: request.headers as HttpFacts['headers'],
      subprotocol: this.#subprotocol,
      issued: this.#issued
    }
    this.#events.onOpen(new WebSocketLink(webSocket, this.#socket, this.#client, this.#options))
  }

  refused ({ status, why }: RequestFault, headers?: Readonly<Record<string, string>>): void {
    this.#socket[OPENING] = undefined
    refuse(this.#socket, status, why, headers)
    this.#events.onFailed({ kind: 'protocol', message: why }, false)
  }

  cancel (): void { this.#socket.destroy() }
}

/** WebSocket for the clients of a listener, above HTTP. */
export class WebSocketServerLayer implements ServerLayer {
  readonly name = 'websocket'
  readonly #options: WebSocketServerOptions
  readonly #server: WebSocketServer

  constructor (options: WebSocketServerOptions) {
    this.#options = options
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Exactly one is returned, or none: clients refuse names that they did not offer.
      handleProtocols: (_offers, { socket }) => (socket as OpeningSocket)[OPENING]?.subprotocol ?? false,
      ...wsLimits(options.maxMessageBytes, options.maxFragments, options.maxPingsPerSecond)
    })
    const { cookies, cookieKeys } = options
    if (cookies.length > 0)
      this.#server.on('headers', (headers, { socket }) => {
        (socket as OpeningSocket)[OPENING]?.addCookies(headers, cookies, cookieKeys)
      })
    this.#server.on('wsClientError', (error, socket) => {
      (socket as OpeningSocket)[OPENING]?.refused({ status: error.message.includes('method') ? 405 : 400, why: error.message },
        error.message.includes('Version') ? { 'Sec-WebSocket-Version': '13, 8' } : {})
    })
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    if (!(below instanceof UpgradeLink))
      throw new WeirError('internal', 'a WebSocket was put on a link without a request')
    const handshake = new Handshake(below, below.takeSocket(), client, events, this.#options)
    handshake.begin(this.#server)
    return handshake
  }
}
