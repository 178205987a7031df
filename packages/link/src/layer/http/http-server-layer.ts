import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import { Challenges } from '../challenges.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { calm, type Pressure } from '../pressure.ts'
import { type FrontOwner, frontOf, HttpFront, type HttpServerOptions } from './http-front.ts'
import { refuse } from './refuse.ts'

/** Tell the front of a socket, if it still has one; what is thrown ends that connection. */
const tell = (socket: Socket | null, act: (front: HttpFront) => void): void => {
  const front = frontOf(socket)
  if (front === undefined) return
  try { act(front) } catch (error) { front.onFault(error) }
}

const refused: Opening = { cancel () {} }

/** HTTP/1.1 for the clients of a listener. One of Node's servers, which does not listen, is given every connection. */
export class HttpServerLayer implements ServerLayer, FrontOwner {
  readonly name = 'http'
  readonly #server: Server
  readonly options: HttpServerOptions
  readonly challenges: Challenges
  readonly pressure: Pressure
  /** Open HTTP connections. */
  #fronts = 0

  constructor (options: HttpServerOptions, challenges = new Challenges(), pressure = calm) {
    this.options = options
    this.pressure = pressure
    this.challenges = challenges
    this.#server = createServer({
      maxHeaderSize: options.maxHeadBytes,
      // Checked here, for upgrades as well.
      requireHostHeader: false,
      insecureHTTPParser: false,
      keepAliveTimeout: 0,
      // A request without a body is no stream.
      optimizeEmptyRequests: true,
      shouldUpgradeCallback: request => options.upgrades && request.headers.upgrade?.toLowerCase() === 'websocket'
    })
    // Node omits headers over a maximum, even one that determines the end of the body.
    this.#server.maxHeadersCount = 0
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      tell(socket, front => {
        front.upgraded(request, head)
      })
    })
    this.#server.on('connect', (_request: IncomingMessage, socket: Socket) => {
      tell(socket, front => {
        front.refused({ status: 405, why: 'CONNECT is not answered here' })
      })
    })
    this.#server.on('clientError', (error: Error, socket: Socket) => {
      tell(socket, front => {
        front.broken(error)
      })
    })
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      tell(request.socket, front => {
        front.requested(request, response, false)
      })
    })
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      tell(request.socket, front => {
        front.requested(request, response, true)
      })
    })
    this.#server.on('checkExpectation', ({ socket }: IncomingMessage) => {
      tell(socket, front => {
        front.refused({ status: 417, why: 'the expectation cannot be met' })
      })
    })
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    const socket = nodeSocketOf(below)
    const { maxConnections } = this.options
    if (maxConnections > 0 && this.#fronts >= maxConnections) {
      refuse(socket, 503, 'too many connections')
      events.onFailed({ kind: 'limit', message: `http.maxConnections is ${maxConnections}` }, false)
      return refused
    }
    this.#fronts++
    const front = new HttpFront(socket, client, events, this)
    front.begin(this.#server)
    return front
  }

  onFrontGone (): void { this.#fronts-- }
}
