import { endpointText } from '@weirlb/model'
import { Pool } from 'undici'
import type { ByteLink, LinkError } from '../../byte-link.ts'
import type { DialSink, Transport } from '../../transport.ts'
import type { RequestTarget } from '../exchange.ts'
import { dial, type DialTarget } from '../layered-dial.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { type Connected, TrailerDispatcher } from './trailer-dispatcher.ts'

/** A server of HTTP could not be reached: nothing of the request was sent, and none of its body was read. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly link: LinkError
  constructor (link: LinkError) {
    super(link.message)
    this.link = link
  }
}

/** Gives the socket of a dial to the pool. */
class Connecting implements DialSink {
  readonly #done: Connected
  constructor (done: Connected) { this.#done = done }
  onConnected (link: ByteLink): void { this.#done(null, nodeSocketOf(link)) }
  onFailed (error: LinkError): void { this.#done(new Unreachable(error), null) }
}

/** The connections to one HTTP server, which stay for the next request. They are dialled as all others, with the layers of the service. */
export class HttpOrigin implements RequestTarget {
  readonly #pool: Pool
  /** For requests with trailers. */
  readonly trailers: TrailerDispatcher

  constructor (transport: Pick<Transport, 'dial'>, target: DialTarget) {
    const connect = (done: Connected): void => { dial(transport, target, new Connecting(done), undefined) }
    this.trailers = new TrailerDispatcher(connect)
    this.#pool = new Pool(`http://${endpointText(target.address, target.port)}`, {
      pipelining: 1,
      allowH2: false,
      connect: (_options, done) => { connect(done as Connected) }
    })
  }

  get dispatcher (): Pick<Pool, 'dispatch'> { return this.#pool }

  /** Let requests end, and close the connections. */
  close (): void { void this.#pool.close() }
}
