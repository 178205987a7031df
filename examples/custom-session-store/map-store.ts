// A session store in a Map: the smallest that fulfils the contract. A database would do the same in a transaction.
import type { Claim, Claimed, SessionEntry, SessionStore, StoreQuery } from 'weirlb'

interface Entry {
  readonly lbVserver: string
  readonly key: string
  service: string
  /** Number of holds of each holder. */
  readonly holds: Map<number, number>
  /** Infinity while it is held. */
  expiresAt: number
}

export class MapStore implements SessionStore {
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number

  constructor (now = Date.now) { this.#now = now }

  claim ({ lbVserver, key, proposal, unavailable }: Claim, holder: number): Claimed {
    const found = this.#live(lbVserver, key)
    const hit = found !== undefined && !unavailable.includes(found.service)
    const service = hit ? found.service : proposal
    this.pin(lbVserver, key, service, holder)
    return { service, hit }
  }

  find (lbVserver: string, key: string): string | undefined { return this.#live(lbVserver, key)?.service }

  pin (lbVserver: string, key: string, service: string, holder: number): void {
    const entry = this.#live(lbVserver, key) ??
      { lbVserver, key, service, holds: new Map<number, number>(), expiresAt: Infinity }
    entry.service = service
    entry.holds.set(holder, (entry.holds.get(holder) ?? 0) + 1)
    entry.expiresAt = Infinity
    this.#entries.set(nameOf(entry), entry)
  }

  release (lbVserver: string, key: string, ttlMs: number, holder: number): void {
    const entry = this.#live(lbVserver, key)
    const holds = entry?.holds.get(holder)
    if (entry === undefined || holds === undefined) return
    if (holds > 1) entry.holds.set(holder, holds - 1)
    else this.#forget(entry, holder, ttlMs)
  }

  releaseAll (holder: number, ttlMs: (lbVserver: string) => number): void {
    for (const entry of this.#all()) if (entry.holds.has(holder)) this.#forget(entry, holder, ttlMs(entry.lbVserver))
  }

  retain (allowed: (lbVserver: string, service: string) => boolean): void {
    for (const entry of this.#all()) if (!allowed(entry.lbVserver, entry.service)) this.#entries.delete(nameOf(entry))
  }

  list ({ lbVserver, key, limit = Infinity }: StoreQuery): SessionEntry[] {
    const found = this.#all().filter(entry =>
      (lbVserver === undefined || entry.lbVserver === lbVserver) && (key === undefined || entry.key === key)
    )
    return found.slice(0, limit).map(entry => ({
      lbVserver: entry.lbVserver,
      key: entry.key,
      service: entry.service,
      connections: [...entry.holds.values()].reduce((sum, holds) => sum + holds, 0),
      expiresInMs: entry.expiresAt === Infinity ? undefined : entry.expiresAt - this.#now()
    }))
  }

  delete (query: StoreQuery): number {
    const found = this.list(query)
    for (const entry of found) this.#entries.delete(nameOf(entry))
    return found.length
  }

  /** Remove the last hold of a holder. */
  #forget (entry: Entry, holder: number, ttlMs: number): void {
    entry.holds.delete(holder)
    if (entry.holds.size === 0) entry.expiresAt = this.#now() + ttlMs
  }

  #live (lbVserver: string, key: string): Entry | undefined {
    const entry = this.#entries.get(nameOf({ lbVserver, key }))
    return entry === undefined || entry.expiresAt <= this.#now() ? undefined : entry
  }

  /** Live entries; expired ones are deleted. */
  #all (): Entry[] {
    for (const [name, entry] of this.#entries) if (entry.expiresAt <= this.#now()) this.#entries.delete(name)
    return [...this.#entries.values()]
  }
}

/** The name of an LB vserver has no NUL, so no two entries collide, whatever bytes a key has. */
const nameOf = ({ lbVserver, key }: { readonly lbVserver: string, readonly key: string }): string =>
  `${lbVserver}\0${key}`
