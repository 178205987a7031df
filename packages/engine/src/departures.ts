import type { DepartureOrder } from '@weirlb/model'
import type { ServiceRuntime } from './balancing/service.ts'
import type { Connection } from './connection/connection.ts'
import { guarded } from './connection/guarded.ts'
import type { HttpRequest } from './http/http-request.ts'

/** Which clients of a service are told to go, and how many of them. */
export interface DepartureQuery {
  readonly service: string
  /** Only clients that this LB vserver led there. Default: all. */
  readonly lbVserver?: string | undefined
  /** Maximum number of them. */
  readonly count: number
  readonly order: DepartureOrder
  readonly reason: 'draining' | 'rebalanced' | 'service-down'
  /** Also those that are owed something: requests are cut, and links close with replies outstanding. */
  readonly force: boolean
}

/** What became of it. */
export interface Departed {
  /** Clients that were told now. */
  readonly told: number
  /** Connections and requests at the service that are not gone; those that were told included. */
  readonly present: number
  /** True if there may be others to tell. */
  readonly more: boolean
}

/** Candidates that are looked up at once, beside ten times the asked number. */
const BATCH = 256
/** A client that came this long ago may wait for its first answer. */
const JUST_CAME_MS = 1000
/** How often clients are told of a stop. */
const SHUTDOWN_STEP_MS = 20
/** A sort key has a rank and a place in the list: 52 of the 53 bits of an exact number. */
const RANKS = 2 ** 28
const PLACES = 2 ** 24

/**
 * The clients that jobs tell to go, service by service. Candidates are looked up in batches, so that a job costs one
 * pass over the connections for every ten calls, and sees what has become of them meanwhile.
 */
export class Departures {
  readonly #connections: ReadonlyMap<number, Connection>
  readonly #requests: ReadonlySet<HttpRequest>
  /** The next candidates of each query, the first one last. */
  readonly #queues = new Map<string, Connection[]>()

  constructor (connections: ReadonlyMap<number, Connection>, requests: ReadonlySet<HttpRequest>) {
    this.#connections = connections
    this.#requests = requests
  }

  /** `service`: undefined when it is gone, with its clients. */
  depart (query: DepartureQuery, service: ServiceRuntime | undefined): Departed {
    const key = JSON.stringify([query.service, query.lbVserver, query.order])
    if (service === undefined) {
      this.#queues.delete(key)
      return { told: 0, present: 0, more: false }
    }
    let queue = this.#queues.get(key) ?? []
    let told = 0
    let lookedUp = false
    while (told < query.count) {
      const connection = queue.pop()
      if (connection !== undefined) {
        if (
          isCandidate(connection, service, query) &&
          guarded(connection, () => connection.upstream.leaveService(service, query.reason, query.force)) === true
        ) told++
        continue
      }
      if (lookedUp) break
      lookedUp = true
      queue = this.#lookUp(query, service)
    }
    if (query.force) this.#cutRequests(service, query)
    service.stats.told += told
    if (queue.length > 0) this.#queues.set(key, queue)
    else this.#queues.delete(key)
    if (service.active === 0 && service.config.state !== 'enabled') service.closePooled()
    return { told, present: service.active, more: queue.length > 0 || !lookedUp }
  }

  /**
   * Tell every client that Weir stops: the oldest first, evenly over `ms`. Those that have only just come have
   * `answerMs` for the first answer of their server.
   */
  shutDown (ms: number, answerMs: number): void {
    const begun = performance.now()
    const all = [...this.#connections.values()]
    const justCame = (connection: Connection): boolean =>
      !connection.upstream.answered && begun - connection.since < JUST_CAME_MS
    const clients = all.filter(connection => !justCame(connection))
    let fresh = all.filter(justCame)
    let told = 0
    const tell = (): void => {
      const passed = performance.now() - begun
      const due = ms <= SHUTDOWN_STEP_MS
        ? clients.length
        : Math.min(clients.length, Math.ceil((passed + SHUTDOWN_STEP_MS) / ms * clients.length))
      while (told < due) leave(clients[told++]!)
      for (const connection of fresh) if (connection.upstream.answered || passed >= answerMs) leave(connection)
      fresh = fresh.filter(({ leaving }) => !leaving)
      if (told < clients.length || fresh.length > 0) setTimeout(tell, SHUTDOWN_STEP_MS).unref()
    }
    tell()
  }

  #lookUp (query: DepartureQuery, service: ServiceRuntime): Connection[] {
    const most = Math.max(BATCH, query.count * 10)
    const found: Connection[] = []
    for (const connection of this.#connections.values()) {
      if (!isCandidate(connection, service, query)) continue
      found.push(connection)
      // They stand in the order of their age.
      if (query.order === 'oldest-first' && found.length >= most) break
    }
    return firstOf(found, query.order, most).reverse()
  }

  // A request ends by itself; there is nobody to tell.
  #cutRequests (service: ServiceRuntime, { lbVserver, reason }: DepartureQuery): void {
    if (lbVserver !== undefined) return
    for (const request of [...this.#requests]) if (request.uses(service)) request.cut(reason)
  }
}

const leave = (connection: Connection): void => { guarded(connection, () => connection.leave('shutdown', '')) }

const isCandidate = (connection: Connection, service: ServiceRuntime, { lbVserver }: DepartureQuery): boolean =>
  !connection.leaving && connection.upstream.isAt(service, lbVserver)

/** Returns the first of these connections, which stand in the order of their age. */
const firstOf = (found: Connection[], order: DepartureOrder, most: number): Connection[] => {
  if (order === 'oldest-first') return found
  const now = performance.now()
  // A number sorts faster than a comparison: chance, or the time in hundredths of a second, and the place in the list.
  const rankOf = ({ active }: Connection): number =>
    order === 'random'
      ? Math.floor(Math.random() * RANKS)
      : RANKS - 1 - Math.min(RANKS - 1, Math.max(0, Math.floor((now - active) / 10)))
  const keys = Float64Array.from(found, (connection, place) => rankOf(connection) * PLACES + place).sort()
  return Array.from(keys.subarray(0, most), key => found[key % PLACES]!)
}
