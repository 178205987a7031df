import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { LayeredClient } from '../../client-facts.ts'
import { internalFault } from '../../internal-fault.ts'
import { linkErrorFrom } from '../../node/link-error.ts'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import type { Challenges } from '../challenges.ts'
import type { LayerEvents, Opening, UpgradeRefusal } from '../layer.ts'
import type { Pressure } from '../pressure.ts'
import { isChallengePath } from './challenge-path.ts'
import { type HttpConnection, type RequestLimits, ServerExchange } from './server-exchange.ts'
import { answerAndClose, closeSoon, refuse, respondAndClose } from './refuse.ts'
import { pathOf, requestFault, upgradeFault, type RequestFault } from './request-fault.ts'
import { UpgradeLink } from './upgrade-link.ts'

const FRONT = Symbol('front')
/** A socket on which HTTP is spoken. */
type FrontSocket = Socket & { [FRONT]?: HttpFront | undefined }

/** Requests of one connection at one time: pipelining is rare, and each costs a request to a server. */
const MAX_EXCHANGES = 32
/** How requests are taken. */
export interface HttpServerOptions extends RequestLimits {
  /** Time for the whole head of a client's first request. */
  readonly headTimeoutMs: number
  /** The same in defence mode. Default: no other. */
  readonly tightHeadTimeoutMs?: number | undefined
  /** Time for the whole head of another request, from the end of the response before. */
  readonly keepAliveMs: number
  /** Largest head, in bytes. */
  readonly maxHeadBytes: number
  /** Maximum connections at one time, pending upgrades included; 0: no limit. */
  readonly maxConnections: number
  /** WebSockets are taken. */
  readonly upgrades: boolean
  /** Requests that are no upgrade go to servers; otherwise they are refused. */
  readonly forwards: boolean
  /** Only authorities are answered; all others are reset. */
  readonly validatesOnly?: boolean | undefined
}

/** The layer of a front, as the front sees it. */
export interface FrontOwner {
  readonly options: HttpServerOptions
  readonly challenges: Challenges
  readonly pressure: Pressure
  /** The connection has ended, or has become a WebSocket. */
  onFrontGone (): void
}

/** Node's error codes for a head that is too large, with their status. */
const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 }

/** A request on a connection that ends. */
const leaving: RequestFault = { status: 503, why: 'this address is being given up' }

const ignore = (): void => {}
function onSocketClose (this: FrontSocket): void { this[FRONT]?.gone() }

/** The front of a socket; undefined when the connection is something else by now. */
export const frontOf = (socket: Socket | null): HttpFront | undefined => (socket as FrontSocket | null)?.[FRONT]

/**
 * One client's HTTP connection, until it ends or has become something else.
 *
 *   accepted ──► head of a request ──► upgrade ──► the layer above
 *                  ▲  │  └─► refused with a status, and closed
 *     keep-alive   └──┴──► forwarded
 */
export class HttpFront extends WheelTimer implements Opening, HttpConnection {
  readonly client: LayeredClient
  readonly #socket: FrontSocket
  readonly #events: LayerEvents
  readonly #owner: FrontOwner
  readonly #options: HttpServerOptions
  readonly #exchanges = new Set<ServerExchange>()
  /** A request was forwarded: the client got what it came for. */
  #served = false
  /** No further request is taken. */
  #closing = false
  #over = false

  constructor (socket: Socket, client: LayeredClient, events: LayerEvents, owner: FrontOwner) {
    super()
    this.#socket = socket
    this.client = client
    this.#events = events
    this.#owner = owner
    this.#options = owner.options
  }

  /** True if the client has TLS with us, or with the balancer in front. */
  get secure (): boolean { return 'encrypted' in this.#socket || this.client.proxied?.tls !== undefined }

  begin (server: Server): void {
    const socket = this.#socket
    socket[FRONT] = this
    socket.on('close', onSocketClose)
    const { headTimeoutMs, tightHeadTimeoutMs = headTimeoutMs } = this.#options
    wheel.arm(this, this.#owner.pressure.high ? tightHeadTimeoutMs : headTimeoutMs)
    server.emit('connection', socket)
    // It was paused when it was given away, and Node's server takes the flow for granted.
    socket.resume()
  }

  upgraded (request: IncomingMessage, head: Buffer): void {
    // Its response would be written in the middle of another.
    const fault = this.#exchanges.size > 0 ? { status: 400, why: 'an upgrade behind a request that is not answered' }
      : this.#closing ? leaving : upgradeFault(request)
    if (fault !== undefined) {
      this.refused(fault)
      return
    }
    const decision = this.#events.onUpgrade?.({
      method: request.method ?? '',
      host: request.headers.host,
      path: pathOf(request),
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      secure: this.secure
    })
    if (decision instanceof Promise) this.#await(decision, request, head)
    else this.#decided(decision, request, head)
  }

  /** The head's time-out goes on meanwhile. The socket does not flow: what comes waits in its buffer. */
  #await (decision: Promise<UpgradeRefusal | undefined>, request: IncomingMessage, head: Buffer): void {
    const socket = this.#socket
    // Node has taken its own listener away, and the close follows.
    socket.on('error', ignore)
    void decision.then(refusal => {
      socket.off('error', ignore)
      if (this.#over) return
      try {
        if (this.#closing) this.refused(leaving)
        else this.#decided(refusal, request, head)
      } catch (error) {
        this.onFault(error)
      }
    })
  }

  #decided (refusal: UpgradeRefusal | undefined, request: IncomingMessage, head: Buffer): void {
    if (refusal !== undefined) {
      respondAndClose(this.#socket, refusal.status, refusal.headers, refusal.body)
      this.#fail(refusal.detail, refusal.kind)
      return
    }
    if (!this.#leave()) return
    this.#events.onOpen(new UpgradeLink(this.#socket, this.client, request, head))
  }

  requested (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    // The response after which the connection ends is on its way: the client repeats this one elsewhere (RFC 9112
    // §9.6).
    if (this.#over || (this.#closing && (this.#exchanges.size > 0 || this.#socket.writableEnded))) return
    const fault = requestFault(request)
    const validation = this.#owner.challenges.waiting && request.method === 'GET'
      ? this.#owner.challenges.textAt(pathOf(request))
      : undefined
    if (validation !== undefined && fault === undefined && this.#exchanges.size === 0) this.#validated(validation)
    else if (this.#options.validatesOnly === true) this.#socket.resetAndDestroy()
    else if (fault !== undefined) this.refused(fault)
    else if (!this.#options.forwards && !isChallengePath(pathOf(request)))
      this.refused({ status: 426, why: 'a WebSocket is spoken here, and nothing else' }, { Upgrade: 'websocket' })
    else if (this.#closing) this.refused(leaving)
    else if (this.#exchanges.size >= MAX_EXCHANGES)
      this.refused({ status: 429, why: `more than ${MAX_EXCHANGES} requests at one time` })
    else {
      const exchange = new ServerExchange(this, request, response, expectsContinue, this.#options)
      this.#exchanges.add(exchange)
      this.#served = true
      wheel.cancel(this)
      this.#events.onRequest?.(exchange)
    }
  }

  /** The last of several: Node ends the connection after the response that says so, and with it those behind. */
  endsWith (exchange: ServerExchange): boolean { return this.#closing && [...this.#exchanges].at(-1) === exchange }

  onExchangeOver (exchange: ServerExchange): void {
    this.#exchanges.delete(exchange)
    if (!exchange.complete || (this.#closing && this.#exchanges.size === 0)) closeSoon(this.#socket)
    else if (this.#exchanges.size === 0 && !this.#over) wheel.arm(this, this.#options.keepAliveMs)
  }

  /** An authority gets the text that it came for (RFC 8555 §8.3). No server behind may answer in our name. */
  #validated (text: string): void {
    answerAndClose(this.#socket, 200, text)
    if (this.#leave()) this.#events.onServed?.(this.#socket.bytesRead, this.#socket.bytesWritten)
  }

  /** Refuse a request, and with it the client. */
  refused ({ status, why }: RequestFault, headers?: Readonly<Record<string, string>>): void {
    if (this.#over) return
    // Behind a response that is under way there is no place for another.
    if (this.#exchanges.size > 0) this.#socket.destroy()
    else refuse(this.#socket, status, why, headers)
    this.#fail(why, status === 408 ? 'timeout' : 'protocol')
  }

  /** Node's parser found no HTTP, or TLS no records. */
  broken (error: NodeJS.ErrnoException & { readonly reason?: string }): void {
    if (this.#over) return
    const { code = '' } = error
    if (code.startsWith('HPE_')) this.refused({ status: statuses[code] ?? 400, why: error.reason ?? error.message })
    else {
      this.#socket.destroy()
      if (code.startsWith('ERR_SSL_')) this.#fail(linkErrorFrom(error).message)
      else this.gone()
    }
  }

  /** The socket is closed. */
  gone (): void {
    if (this.#over) return
    if (!this.#served) this.#fail('the client left before it had sent a request')
    else if (this.#leave()) this.#events.onServed?.(this.#socket.bytesRead, this.#socket.bytesWritten)
  }

  cancel (): void {
    if (this.#over) return
    this.#socket.destroy()
    this.#leave()
  }

  drain (): void {
    this.#closing = true
    if (this.#exchanges.size > 0) return
    if (this.#served) closeSoon(this.#socket)
    else this.cancel()
  }

  override onTimeout (): void {
    if (this.#served) closeSoon(this.#socket)
    else this.refused({ status: 408, why: 'the head of the request was not whole in time' })
  }

  /** The connection ends, and with it all that it carries. */
  override onFault (error: unknown): void {
    for (const exchange of [...this.#exchanges]) exchange.onFault(error)
    this.#socket.destroy()
    if (this.#leave()) this.#events.onFailed(internalFault(error), false)
  }

  #fail (message: string, kind: 'protocol' | 'timeout' | UpgradeRefusal['kind'] = 'protocol'): void {
    const silent = this.#socket.bytesRead === 0
    if (this.#leave()) this.#events.onFailed({ kind, message }, silent)
  }

  /** The connection is no concern of HTTP any more; false when it was none already. */
  #leave (): boolean {
    if (this.#over) return false
    this.#over = true
    wheel.cancel(this)
    this.#socket[FRONT] = undefined
    this.#socket.off('close', onSocketClose)
    this.#owner.onFrontGone()
    // Node reports the end of the connection to the response whose turn it is, and not to those behind it.
    for (const exchange of [...this.#exchanges]) exchange.onClosed()
    return true
  }
}
