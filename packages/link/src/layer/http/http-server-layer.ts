import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { refuse } from './refuse.ts'
import { requestFault, upgradeFault, type RequestFault } from './request-fault.ts'
import { UpgradeLink } from './upgrade-link.ts'

const FRONT = Symbol('front')
/** A socket on which HTTP is spoken. */
type FrontSocket = Socket & { [FRONT]?: HttpFront | undefined }

/** How requests are taken. */
export interface HttpServerOptions {
  /** Time for the whole head of a request. */
  readonly headTimeoutMs: number
  /** Largest head, in bytes. */
  readonly maxHeadBytes: number
}

/** What of Node's errors says that a head is too large, and the status for it. */
const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 }

function onSocketClose (this: FrontSocket): void { this[FRONT]?.gone() }

/**
 * One client's HTTP connection, until it has become something else.
 *
 *   accepted ──► head of a request ──► upgrade ──► the layer above
 *                     └─► refused with a status, and closed
 */
class HttpFront extends WheelTimer implements Opening {
  readonly #socket: FrontSocket
  readonly #client: LayeredClient
  readonly #events: LayerEvents
  #over = false

  constructor (socket: Socket, client: LayeredClient, events: LayerEvents) {
    super()
    this.#socket = socket
    this.#client = client
    this.#events = events
  }

  begin (server: Server, headTimeoutMs: number): void {
    const socket = this.#socket
    socket[FRONT] = this
    socket.on('close', onSocketClose)
    wheel.arm(this, headTimeoutMs)
    server.emit('connection', socket)
    // It was paused when it was given away, and Node's server takes the flow for granted.
    socket.resume()
  }

  upgraded (request: IncomingMessage, head: Buffer): void {
    const fault = upgradeFault(request)
    if (fault !== undefined) {
      this.refused(fault)
      return
    }
    if (!this.#leave()) return
    this.#events.onOpen(new UpgradeLink(this.#socket, this.#client, request, head))
  }

  /** Refuse a request, and with it the client. */
  refused ({ status, why }: RequestFault, headers?: Readonly<Record<string, string>>): void {
    if (this.#over) return
    refuse(this.#socket, status, why, headers)
    this.#fail(why)
  }

  /** Node's parser found no HTTP. */
  broken (error: NodeJS.ErrnoException & { readonly reason?: string }): void {
    if (this.#over) return
    const { code = '' } = error
    if (code.startsWith('HPE_')) this.refused({ status: statuses[code] ?? 400, why: error.reason ?? error.message })
    else this.#end(error.message)
  }

  gone (): void { if (!this.#over) this.#fail('the client left before it had sent a request') }

  cancel (): void { if (this.#leave()) this.#socket.destroy() }

  override onTimeout (): void { this.refused({ status: 408, why: 'the head of the request was not whole in time' }) }
  override onFault (error: unknown): void { throw error }

  #end (why: string): void {
    this.#socket.destroy()
    this.#fail(why)
  }

  #fail (message: string): void {
    const silent = this.#socket.bytesRead === 0
    if (this.#leave()) this.#events.onFailed({ kind: 'protocol', message }, silent)
  }

  /** The connection is no concern of HTTP any more; false when it was none already. */
  #leave (): boolean {
    if (this.#over) return false
    this.#over = true
    wheel.cancel(this)
    this.#socket[FRONT] = undefined
    this.#socket.off('close', onSocketClose)
    return true
  }
}

const frontOf = (socket: Socket): HttpFront | undefined => (socket as FrontSocket)[FRONT]

/** HTTP/1.1 for the clients of a listener. One of Node's servers, which does not listen, is given every connection. */
export class HttpServerLayer implements ServerLayer {
  readonly name = 'http'
  readonly #server: Server
  readonly #headTimeoutMs: number

  constructor ({ headTimeoutMs, maxHeadBytes }: HttpServerOptions) {
    this.#headTimeoutMs = headTimeoutMs
    this.#server = createServer({
      maxHeaderSize: maxHeadBytes,
      // Checked here, for upgrades as well.
      requireHostHeader: false,
      insecureHTTPParser: false,
      keepAliveTimeout: 0,
      shouldUpgradeCallback: request => request.headers.upgrade?.toLowerCase() === 'websocket'
    })
    // Headers over a number would be left out, also one that says where the body ends.
    this.#server.maxHeadersCount = 0
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => { frontOf(socket)?.upgraded(request, head) })
    this.#server.on('connect', (_request: IncomingMessage, socket: Socket) => { frontOf(socket)?.refused({ status: 405, why: 'CONNECT is not answered here' }) })
    this.#server.on('clientError', (error: Error, socket: Socket) => { frontOf(socket)?.broken(error) })
    this.#server.on('request', onRequest)
    this.#server.on('checkContinue', onRequest)
    this.#server.on('checkExpectation', (_request: IncomingMessage, { socket }: ServerResponse) => { if (socket !== null) frontOf(socket)?.refused({ status: 417, why: 'the expectation cannot be met' }) })
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    const front = new HttpFront(nodeSocketOf(below), client, events)
    front.begin(this.#server, this.#headTimeoutMs)
    return front
  }
}

const onRequest = (request: IncomingMessage): void => {
  frontOf(request.socket)?.refused(requestFault(request) ?? { status: 426, why: 'a WebSocket is spoken here, and nothing else' }, { Upgrade: 'websocket' })
}
