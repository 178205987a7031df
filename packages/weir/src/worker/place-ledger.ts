import type { PlaceWord } from '@weirlb/engine'
import type { Service } from '@weirlb/model'

/** Most places that a worker is lent beyond those that it asks for: what it has free, others must have given back first. */
const MOST_SPARE = 64

/** The places of one service. */
class Account {
  /** `maxClients`; undefined: the workers are running ahead of the configuration. */
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

  get free (): number {
    let free = this.limit ?? 0
    for (const count of this.lent.values()) free -= count
    return free
  }
}

/**
 * Lends places of services with `maxClients` to workers, never more than there are. So the limit holds over all
 * workers, and a client costs a message only when its worker has no free place.
 *
 *   asked ──► a place is free ──► lent, with some to spare while there are many
 *         └─► all are lent ──► the others are recalled ──► one was free there ──► lent
 *                                                    └──► none was ──► refused, until one comes back
 */
export class PlaceLedger {
  readonly #accounts = new Map<string, Account>()
  readonly #tell: (worker: number, service: string, word: PlaceWord) => void
  /** Processes that have clients. */
  readonly #workers: () => number

  constructor (tell: (worker: number, service: string, word: PlaceWord) => void, workers: () => number) {
    this.#tell = tell
    this.#workers = workers
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
      account.limit = limit
      this.#serve(name, account)
    }
    for (const [name, limit] of limits) if (limit > 0 && !this.#accounts.has(name)) this.#of(name).limit = limit
  }

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
    if (account.limit === undefined) return
    let { free } = account
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
    if (account.asks.length > 0 || free < 0) this.#recall(service, account)
    else if (free > 0) this.#reopen(service, account, free)
  }

  /** A worker that is alone has all. */
  #spare (free: number): number {
    const workers = this.#workers()
    return workers === 1 ? free : Math.min(MOST_SPARE, Math.floor(free / (2 * workers)))
  }

  #recall (service: string, account: Account): void {
    for (const worker of account.lent.keys()) {
      if (account.recalled.has(worker)) continue
      account.recalled.add(worker)
      account.unanswered.add(worker)
      this.#tell(worker, service, 'recall')
    }
    if (account.unanswered.size > 0) return
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
