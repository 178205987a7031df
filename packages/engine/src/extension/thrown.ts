/** Kinds that are remembered: an extension that throws at more places logs the oldest anew. */
const MOST_KINDS = 64
/** The least time between two lines about one kind, in ms. */
const AGAIN_MS = 60_000

interface Kind { loggedAt: number, times: number }

/**
 * What an extension has thrown, by the place in its code, or by its words where that is unknown. Each kind is logged
 * at once, and again at most once a minute: a handler that throws for every client does not fill the log.
 */
export class Thrown {
  readonly #kinds = new Map<string, Kind>()

  /** Count one more of a kind. Returns how many a line now has to tell of; 0: none is written now. */
  count (kind: string, now: number): number {
    const known = this.#kinds.get(kind)
    if (known === undefined) {
      if (this.#kinds.size === MOST_KINDS) this.#kinds.delete(this.#kinds.keys().next().value!)
      this.#kinds.set(kind, { loggedAt: now, times: 0 })
      return 1
    }
    known.times++
    if (now - known.loggedAt < AGAIN_MS) return 0
    const { times } = known
    known.loggedAt = now
    known.times = 0
    return times
  }
}
