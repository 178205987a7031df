import { noCounts, type Counts } from '@weirlb/engine'
import { recordFrom } from '@weirlb/model'

/** How old a worker's knowledge of the others may be: this, and a message there and back. */
const EVERY_MS = 100

/** A worker, as its counts are exchanged. */
export interface Counting {
  readonly number: number
  /** Returns the counts of these services that are others than it returned last. */
  counts (services: readonly string[]): Promise<Readonly<Record<string, Counts>>>
  /** Set what the other workers count. */
  tellElsewhere (elsewhere: Readonly<Record<string, Counts>>): void
}

/**
 * Tells each worker what the others count, ten times a second, so that methods, spillover and steering decide by all
 * connections. A worker that is alone is not asked.
 */
export class CountExchange {
  readonly #workers: () => readonly Counting[]
  /** By worker and service. */
  #known = new Map<number, Map<string, Counts>>()
  /** What each worker was told last, by service. */
  #told = new Map<number, Map<string, Counts>>()
  #services: readonly string[] = []
  #timer: NodeJS.Timeout | undefined
  #asking = false
  /** Workers were told of others. */
  #shared = false

  constructor (workers: () => readonly Counting[]) { this.#workers = workers }

  /** Exchange the counts of these services from now on. `existing`: all that there are. */
  configure (services: Iterable<string>, existing: ReadonlySet<string>): void {
    this.#services = [...services]
    // A later service of the same name is another: what it was told is not known.
    this.#told.clear()
    for (const known of this.#known.values())
      for (const name of known.keys()) if (!existing.has(name)) known.delete(name)
    if (this.#services.length === 0) this.stop()
    else if (this.#timer === undefined) {
      this.#timer = setInterval(() => { void this.#exchange() }, EVERY_MS)
      this.#timer.unref()
    }
  }

  stop (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #exchange (): Promise<void> {
    const workers = this.#workers()
    // One whose last companion has ended is told so.
    if (this.#asking || (workers.length < 2 && !this.#shared)) return
    this.#asking = true
    try {
      await Promise.allSettled(workers.map(async worker => {
        const changes = await worker.counts(this.#services)
        const known = this.#known.get(worker.number) ?? new Map<string, Counts>()
        this.#known.set(worker.number, known)
        for (const [name, counts] of Object.entries(changes)) known.set(name, counts)
      }))
      this.#tell(workers)
    } finally {
      this.#asking = false
    }
  }

  #tell (workers: readonly Counting[]): void {
    const numbers = new Set(workers.map(({ number }) => number))
    for (const map of [this.#known, this.#told])
      for (const number of map.keys()) if (!numbers.has(number)) map.delete(number)
    const sums = new Map(
      this.#services.map(name => [name, sum([...this.#known.values()].map(known => known.get(name) ?? noCounts))])
    )
    for (const worker of workers) {
      const own = this.#known.get(worker.number)
      const told = this.#told.get(worker.number) ?? new Map<string, Counts>()
      this.#told.set(worker.number, told)
      const news: [string, Counts][] = []
      for (const [name, all] of sums) {
        const others = less(all, own?.get(name) ?? noCounts)
        const before = told.get(name)
        if (before !== undefined && isSame(others, before)) continue
        told.set(name, others)
        news.push([name, others])
      }
      if (news.length > 0) worker.tellElsewhere(recordFrom(news))
    }
    this.#shared = workers.length > 1
  }
}

const sum = (all: readonly Counts[]): Counts =>
  all.reduce((a, b) => (
    {
      clients: a.clients + b.clients,
      owed: a.owed + b.owed,
      outstanding: a.outstanding + b.outstanding,
      bandwidth: a.bandwidth + b.bandwidth
    }
  ), noCounts)

const less = (a: Counts, b: Counts): Counts => (
  {
    clients: a.clients - b.clients,
    owed: a.owed - b.owed,
    outstanding: a.outstanding - b.outstanding,
    bandwidth: Math.max(0, a.bandwidth - b.bandwidth)
  }
)

const isSame = (a: Counts, b: Counts): boolean =>
  a.clients === b.clients && a.owed === b.owed && a.outstanding === b.outstanding && a.bandwidth === b.bandwidth
