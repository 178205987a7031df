import { wheel, WheelTimer } from '@weirlb/link'

/** Requests of one name to one server `S`, which have got no reply. */
export class Awaited<S> {
  readonly match: string
  readonly server: S
  /** Number of requests: a client may reuse a name before it is answered. */
  count = 1
  /** Time on the wheel's clock when they are abandoned. */
  readonly until: number
  older: Awaited<S> | undefined
  newer: Awaited<S> | undefined

  constructor (match: string, server: S, until: number) {
    this.match = match
    this.server = server
    this.until = until
  }
}

/** Receives requests that waited too long. */
export interface AwaitedEvents<S> {
  onLate (awaited: Awaited<S>): void
  onFault (error: unknown): void
}

/**
 * The requests of one client that name their replies, by server and name, and in the order in which their time is over:
 * all have the same time, and one timer.
 */
export class AwaitedReplies<S> extends WheelTimer {
  readonly #events: AwaitedEvents<S>
  readonly #ms: number
  readonly #byServer = new Map<S, Map<string, Awaited<S>>>()
  #oldest: Awaited<S> | undefined
  #newest: Awaited<S> | undefined
  /** Requests that wait. */
  count = 0

  constructor (events: AwaitedEvents<S>, ms: number) {
    super()
    this.#events = events
    this.#ms = ms
  }

  get servers (): S[] { return [...this.#byServer.keys()] }

  add (server: S, match: string): void {
    this.count++
    let named = this.#byServer.get(server)
    if (named === undefined) this.#byServer.set(server, named = new Map())
    const same = named.get(match)
    if (same !== undefined) {
      same.count++
      return
    }
    const awaited = new Awaited(match, server, wheel.now + this.#ms)
    named.set(match, awaited)
    awaited.older = this.#newest
    if (this.#newest === undefined) this.#oldest = awaited
    else this.#newest.newer = awaited
    this.#newest = awaited
    if (!this.armed) wheel.arm(this, this.#ms)
  }

  /** A reply of this name has come. False: nothing waits for it. */
  take (server: S, match: string): boolean {
    const awaited = this.#byServer.get(server)?.get(match)
    if (awaited === undefined) return false
    this.count--
    if (--awaited.count === 0) this.#remove(awaited)
    return true
  }

  /** Nothing is waited for at this server any more. Returns what was. */
  takeAll (server: S): Awaited<S>[] {
    const named = this.#byServer.get(server)
    if (named === undefined) return []
    const all = [...named.values()]
    for (const awaited of all) this.#giveUp(awaited)
    this.#byServer.delete(server)
    return all
  }

  #giveUp (awaited: Awaited<S>): void {
    this.count -= awaited.count
    this.#remove(awaited)
  }

  #remove (awaited: Awaited<S>): void {
    this.#byServer.get(awaited.server)!.delete(awaited.match)
    const { older, newer } = awaited
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (this.#oldest === undefined) wheel.cancel(this)
  }

  override onTimeout (): void {
    let awaited = this.#oldest
    while (awaited !== undefined && awaited.until <= wheel.now) {
      this.#giveUp(awaited)
      this.#events.onLate(awaited)
      awaited = this.#oldest
    }
    if (awaited !== undefined) wheel.arm(this, awaited.until - wheel.now)
  }

  override onFault (error: unknown): void { this.#events.onFault(error) }
}
