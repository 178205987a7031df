import type { Client, Dispatcher } from 'undici'
import type { RequestLane } from '../exchange.ts'

/** An origin, as its connections see it. */
export interface LaneOwner {
  onIdle (lane: HttpLane): void
  /** It is no use any more. */
  onDropped (lane: HttpLane): void
}

/** One of undici's clients, which has one connection to a server. */
export class HttpLane implements RequestLane {
  /** Place among the idle ones; -1: it carries a request. */
  place = -1
  readonly #client: Client
  readonly #owner: LaneOwner

  constructor (client: Client, owner: LaneOwner) {
    this.#client = client
    this.#owner = owner
    // By the server, or after undici's time for idle connections.
    client.on('disconnect', () => { if (this.place >= 0) owner.onDropped(this) })
  }

  dispatch (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#client.dispatch(options, handler)
  }
  release (): void {
    this.#owner.onIdle(this)
  }
  drop (): void {
    this.#owner.onDropped(this)
  }

  /** Let its request end, and close the connection. */
  close (): void { if (!this.#client.closed) void this.#client.close() }
}
