import { endpointText } from '@weirlb/model'
import type { Client } from 'undici'
import type { ByteLink, LinkError } from '../../byte-link.ts'
import { type ByteMeter, unmetered } from '../../byte-meter.ts'
import type { DialSink, Transport } from '../../transport.ts'
import type { RequestTarget } from '../exchange.ts'
import { dial, type DialTarget } from '../layered-dial.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { httpClient } from './http-client.ts'
import { HttpLane, type LaneOwner } from './http-lane.ts'
import { MeteredSockets } from './metered-sockets.ts'
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

/** Called with what becomes of dials. */
export interface DialCounts {
  /** One begins. */
  dialBegun (): void
  /** One has succeeded, after so many milliseconds. */
  onDialled (ms: number): void
}

const uncounted: DialCounts = { dialBegun () {}, onDialled () {} }

/** Gives the socket of a dial to the pool. */
class Connecting implements DialSink {
  readonly #done: Connected
  readonly #counts: DialCounts
  readonly #sockets: MeteredSockets
  readonly #begunAt = performance.now()

  constructor (done: Connected, counts: DialCounts, sockets: MeteredSockets) {
    this.#done = done
    this.#counts = counts
    this.#sockets = sockets
    counts.dialBegun()
  }

  onConnected (link: ByteLink): void {
    this.#counts.onDialled(performance.now() - this.#begunAt)
    const socket = nodeSocketOf(link)
    this.#sockets.add(socket)
    this.#done(null, socket)
  }

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
  readonly #sockets: MeteredSockets
  #closed = false

  constructor (
    transport: Pick<Transport, 'dial'>,
    target: DialTarget,
    counts: DialCounts = uncounted,
    meter: ByteMeter = unmetered
  ) {
    this.#sockets = new MeteredSockets(meter)
    const connect = (done: Connected): void => {
      dial(transport, target, new Connecting(done, counts, this.#sockets), undefined)
    }
    this.trailers = new TrailerDispatcher(connect)
    this.#url = `http://${endpointText(target.address, target.port)}`
    this.#options = { pipelining: 1, allowH2: false, connect: (_options, done) => { connect(done as Connected) } }
  }

  /** Bring the meter of its bytes up to date. */
  count (): void { this.#sockets.count() }

  /** Connections, idle or not. */
  get size (): number { return this.#lanes.size }

  lane (): HttpLane {
    const idle = this.#idle.pop()
    if (idle !== undefined) {
      idle.place = -1
      return idle
    }
    const lane = new HttpLane(httpClient(this.#url, this.#options), this)
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
