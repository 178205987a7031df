import type { SessionJournal } from '@weirlb/engine'

/** An entry of a session table, as one Weir passes it on to its successor. The key is in its stored form. */
export interface PassedSession { readonly table: string, readonly key: string, readonly service: string }

/** Entries that wait to be passed on: some 200 bytes each. Beyond that the oldest are left out. */
const MAX_WAITING = 100_000

/**
 * Collects the entries that are made or used after the state directory was given away: the successor did not read them
 * there.
 */
export class SessionsMade implements SessionJournal {
  readonly #waiting = new Map<string, PassedSession>()
  /** Entries that were left out. */
  leftOut = 0

  onHeld (table: string, key: string, service: string): void { this.#add(table, key, service) }
  onFreed (table: string, key: string, service: string): void { this.#add(table, key, service) }
  onRemoved (table: string, key: string): void { this.#waiting.delete(idOf(table, key)) }
  onEvicted (table: string, key: string): void { this.#waiting.delete(idOf(table, key)) }
  onDropped (table: string, service: string): void {
    for (const [id, entry] of this.#waiting)
      if (entry.table === table && entry.service === service) this.#waiting.delete(id)
  }

  /** Returns at most so many, the oldest first, which wait no more. */
  take (most: number): readonly PassedSession[] {
    const taken: PassedSession[] = []
    for (const [id, entry] of this.#waiting) {
      if (taken.length === most) break
      taken.push(entry)
      this.#waiting.delete(id)
    }
    return taken
  }

  #add (table: string, key: string, service: string): void {
    const id = idOf(table, key)
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(id)) {
      for (const oldest of this.#waiting.keys()) {
        this.#waiting.delete(oldest)
        break
      }
      this.leftOut++
    }
    this.#waiting.set(id, { table, key, service })
  }
}

// Names of tables have no space.
const idOf = (table: string, key: string): string => `${table} ${key}`
