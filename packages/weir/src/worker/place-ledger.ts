import type { PlaceWord } from '@weirlb/engine'
import type { Service } from '@weirlb/model'
import type { PlaceKeeper, PlaceSource } from '../data-plane.ts'

/**
 * Most places that a worker is lent beyond those that it asks for: what it has free, others must have given back first.
 */
const MOST_SPARE = 64

/** The places of one service. */
class Account {
  /**
   * `maxClients`, or this node's part of it; undefined: the workers are running ahead of the configuration, or the part
   * is not known yet.
   */
  limit: number | undefined
  /** Places lent, by worker. */
  readonly lent = new Map<number, number>()
  /** What workers wait for, in order. */
  asks: { readonly worker: number, count: number }[] = []
  /** Workers that give back what is free at once. */
  readonly recalled = new Set<number>()
  /** Those of them that have not answered. */
  readonly unanswered = new Set<number>()
  /** Workers that were told that there is none. */
  readonly refused = new Set<number>()

  get lentInAll (): number {
    let sum = 0
    for (const count of this.lent.values()) sum += count
    return sum
  }

  /** Places that workers wait for; a worker that was refused waits for one. */
  get wanted (): number { return this.asks.reduce((sum, { count }) => sum + count, 0) + this.refused.size }
}

/**
 * Lends places of services with `maxClients` to workers, never more than there are. So the limit holds over all
 * workers, and a client costs a message only when its worker has no free place. Of a cluster it has a part of the
 * places, which its source makes larger and smaller.
 *
 *   asked ──► a place is free ──► lent, with some to spare while there are many
 *         └─► all are lent ──► the others are recalled ──► one was free there ──► lent
 *                                                    └──► none was ──► refused, until one comes back
 */
export class PlaceLedger implements PlaceKeeper {
  readonly #accounts = new Map<string, Account>()
  readonly #tell: (worker: number, service: string, word: PlaceWord) => void
  /** Processes that have clients. */
  readonly #workers: () => number
  readonly #source: PlaceSource | undefined

  /** `source`: has the places of all nodes; undefined: this is the only one. */
  constructor (
    tell: (worker: number, service: string, word: PlaceWord) => void,
    workers: () => number,
    source?: PlaceSource
  ) {
    this.#tell = tell
    this.#workers = workers
    this.#source = source
    source?.supply(this)
  }

  /** All workers run a configuration with these services. */
  configure (services: readonly Service[]): void {
    const limits = new Map(services.map(({ name, maxClients }) => [name, maxClients]))
    for (const [name, account] of this.#accounts) {
      const limit = limits.get(name)
      if (limit === undefined || limit === 0) {
        this.#accounts.delete(name)
        continue
      }
      if (this.#source === undefined) account.limit = limit
      this.#serve(name, account)
    }
    for (const [name, limit] of limits) {
      if (limit === 0) limits.delete(name)
      else if (!this.#accounts.has(name)) this.#of(name).limit = this.#source === undefined ? limit : undefined
    }
    this.#source?.configure(limits)
  }

  // ── what the source says ───────────────────────────────────────────────────

  lend (service: string, places: number): void {
    const account = this.#of(service)
    account.limit = places
    this.#serve(service, account)
  }

  none (service: string): void {
    const account = this.#of(service)
    account.limit ??= 0
    this.#refuse(service, account)
  }

  recall (service: string): void {
    const account = this.#accounts.get(service)
    if (account === undefined) return
    this.#recallFrom(service, account)
    this.#tellSource(service, account)
  }

  // ── what workers say ───────────────────────────────────────────────────────

  ask (worker: number, service: string, count: number): void {
    const account = this.#of(service)
    account.asks.push({ worker, count })
    this.#serve(service, account)
  }

  giveBack (worker: number, service: string, count: number, answer: boolean): void {
    const account = this.#accounts.get(service)
    if (account === undefined) return
    const left = (account.lent.get(worker) ?? 0) - count
    if (left > 0) account.lent.set(worker, left)
    else account.lent.delete(worker)
    if (answer) account.unanswered.delete(worker)
    this.#serve(service, account)
  }

  /** The process is gone, and its clients with it. */
  ended (worker: number): void {
    for (const [service, account] of this.#accounts) {
      account.lent.delete(worker)
      account.asks = account.asks.filter(ask => ask.worker !== worker)
      for (const set of [account.recalled, account.unanswered, account.refused]) set.delete(worker)
      this.#serve(service, account)
    }
  }

  #of (service: string): Account {
    const known = this.#accounts.get(service) ?? new Account()
    this.#accounts.set(service, known)
    return known
  }

  #serve (service: string, account: Account): void {
    if (account.limit === undefined) {
      this.#tellSource(service, account)
      return
    }
    let free = account.limit - account.lentInAll
    while (free > 0 && account.asks.length > 0) {
      const ask = account.asks[0]!
      const count = Math.min(free, ask.count)
      ask.count -= count
      if (ask.count === 0) account.asks.shift()
      free -= count
      const spare = account.asks.length > 0 ? 0 : this.#spare(free)
      free -= spare
      account.lent.set(ask.worker, (account.lent.get(ask.worker) ?? 0) + count + spare)
      account.refused.delete(ask.worker)
      this.#tell(ask.worker, service, count + spare)
    }
    if (account.asks.length > 0 || free < 0) {
      this.#recallFrom(service, account)
      if (account.unanswered.size === 0 && this.#source === undefined) this.#refuse(service, account)
    } else if (free > 0) this.#reopen(service, account, free)
    this.#tellSource(service, account)
  }

  /** A worker that is alone on the only node has all. */
  #spare (free: number): number {
    const workers = this.#workers()
    return workers === 1 && this.#source === undefined ? free : Math.min(MOST_SPARE, Math.floor(free / (2 * workers)))
  }

  #recallFrom (service: string, account: Account): void {
    for (const worker of account.lent.keys()) {
      if (account.recalled.has(worker)) continue
      account.recalled.add(worker)
      account.unanswered.add(worker)
      this.#tell(worker, service, 'recall')
    }
  }

  #tellSource (service: string, account: Account): void {
    if (this.#source === undefined) return
    const { lentInAll, wanted, recalled, unanswered, lent } = account
    let isExact = unanswered.size === 0
    for (const worker of lent.keys()) isExact &&= recalled.has(worker)
    this.#source.used(service, lentInAll, wanted, isExact)
  }

  #refuse (service: string, account: Account): void {
    const { asks } = account
    account.asks = []
    for (const { worker } of asks) {
      account.refused.add(worker)
      this.#tell(worker, service, 'none')
    }
  }

  #reopen (service: string, account: Account, free: number): void {
    for (const worker of account.refused) this.#tell(worker, service, 'some')
    account.refused.clear()
    // Near the limit a free place here serves any worker at once.
    if (free < this.#workers() || account.recalled.size === 0) return
    for (const worker of account.recalled) this.#tell(worker, service, 'keep')
    account.recalled.clear()
    account.unanswered.clear()
  }
}
