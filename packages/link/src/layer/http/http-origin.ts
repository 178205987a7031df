import { endpointText } from '@weirlb/model'
import { Client } from 'undici'
import type { ByteLink, LinkError } from '../../byte-link.ts'
import type { DialSink, Transport } from '../../transport.ts'
import type { RequestTarget } from '../exchange.ts'
import { dial, type DialTarget } from '../layered-dial.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { HttpLane, type LaneOwner } from './http-lane.ts'
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

/**
 * The connections to one HTTP server, which stay for the next request. They are dialled as all others, with the layers
 * of the service. The connection that was used last is taken first, so that the others may end.
 *
 * Not undici's pool: it looks for an idle connection among all of them, for each request.
 */
export class HttpOrigin implements RequestTarget, LaneOwner {
  /** For requests with trailers. */
  readonly trailers: TrailerDispatcher
  readonly #url: string
  readonly #options: Client.Options
  readonly #lanes = new Set<HttpLane>()
  readonly #idle: HttpLane[] = []
  #closed = false

  constructor (transport: Pick<Transport, 'dial'>, target: DialTarget) {
    const connect = (done: Connected): void => { dial(transport, target, new Connecting(done), undefined) }
    this.trailers = new TrailerDispatcher(connect)
    this.#url = `http://${endpointText(target.address, target.port)}`
    this.#options = { pipelining: 1, allowH2: false, connect: (_options, done) => { connect(done as Connected) } }
  }

  /** Connections, idle or not. */
  get size (): number { return this.#lanes.size }

  lane (): HttpLane {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      idle.place = -1
      return idle
    }
    const lane = new HttpLane(new Client(this.#url, this.#options), this)
    this.#lanes.add(lane)
    return lane
  }

  onIdle (lane: HttpLane): void {
    if (!this.#closed) lane.place = this.#idle.push(lane) - 1
  }

  onDropped (lane: HttpLane): void {
    const { place } = lane
    lane.place = -1
    this.#lanes.delete(lane)
    lane.close()
    if (place < 0) return
    // The last one takes its place.
    const last = this.#idle.pop()!
    if (last === lane) return
    this.#idle[place] = last
    last.place = place
  }

  /** Let requests end, and close the connections. */
  close (): void {
    this.#closed = true
    for (const lane of this.#lanes) {
      lane.place = -1
      lane.close()
    }
    this.#lanes.clear()
    this.#idle.length = 0
  }
}
