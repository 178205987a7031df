import { RecentTable, TABLE_ENTRIES } from './recent-table.ts'

const MINUTE_MS = 60_000

interface Key { since: number, count: number, refusedUntil: number }

/** Session keys that come too often, and for how long they are refused. */
export class FlappingKeys {
  readonly #keys: RecentTable<Key>

  constructor (onEvicted: () => void) { this.#keys = new RecentTable(TABLE_ENTRIES, onEvicted) }

  get size (): number { return this.#keys.size }

  /** True if a client that comes with this key now is admitted; nothing is counted. */
  admits (key: string, now: number, most: number): boolean {
    const entry = this.#keys.peek(key)
    return entry === undefined || (now >= entry.refusedUntil && (now - entry.since >= MINUTE_MS || entry.count < most))
  }

  /**
   * A client comes with this key: false if it is refused. `most`: in a minute; beyond, the key is refused for
   * `refuseMs`.
   */
  admit (key: string, now: number, most: number, refuseMs: number): boolean {
    const entry = this.#keys.use(key)
    if (entry === undefined) {
      this.#keys.set(key, { since: now, count: 1, refusedUntil: 0 })
      return true
    }
    if (now < entry.refusedUntil) return false
    if (now - entry.since >= MINUTE_MS) {
      entry.since = now
      entry.count = 0
    }
    if (++entry.count <= most) return true
    entry.refusedUntil = now + refuseMs
    entry.count = 0
    entry.since = now
    return false
  }
}
