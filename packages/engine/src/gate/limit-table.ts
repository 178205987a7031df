// The counters of one rate limit, by key. The table is bounded: beyond its size the counter that was not used for
// longest goes. Counters are threaded into a list in the order of their use, so that this costs a few stores.
//
//   oldest ⇄ … ⇄ newest        used: moved behind the newest        full: the oldest goes

/** What a counter is of: a number, or a text; null: the value is missing. */
export type LimitKey = string | number | null

/** Counters that are looked at when one is made, to see whether they can be forgotten. */
const SWEPT = 2

/** One counter. Times are milliseconds on the steady clock: changes of the wall clock move nothing. */
export class LimitCounter {
  readonly key: LimitKey
  /** Counted in the period before the present one. */
  previous = 0
  /** Counted in the present period; of a bucket: what is in it. */
  current = 0
  /** Start of the present period; of a bucket: when `current` was right. */
  start: number
  /** The action goes on until then. */
  until = 0
  /** Counted here and not shared with other workers. */
  unshared = 0
  /** It waits to be shared. */
  sharing = false
  older: LimitCounter | undefined = undefined
  newer: LimitCounter | undefined = undefined

  constructor (key: LimitKey, now: number) {
    this.key = key
    this.start = now
  }
}

/** The counters of a rate limit in this process. */
export class LimitTable {
  readonly #counters = new Map<LimitKey, LimitCounter>()
  readonly #periodMs: number
  #maxKeys: number
  #oldest: LimitCounter | undefined = undefined
  #newest: LimitCounter | undefined = undefined
  /** Counters that went early, for newer ones. */
  evicted = 0

  constructor (periodMs: number, maxKeys: number) {
    this.#periodMs = periodMs
    this.#maxKeys = maxKeys
  }

  get size (): number { return this.#counters.size }

  resize (maxKeys: number): void {
    this.#maxKeys = maxKeys
    while (this.#counters.size > maxKeys) this.#evict()
  }

  /** Returns a counter without using it; undefined: there is none. */
  peek (key: LimitKey): LimitCounter | undefined { return this.#counters.get(key) }

  /** Calls for counters, those first that were used last, for `most` of them. */
  each (most: number, look: (counter: LimitCounter) => void): void {
    let counter = this.#newest
    for (let n = 0; n < most && counter !== undefined; n++, counter = counter.older) look(counter)
  }

  /** Returns the counter of a key, which is the newest now; undefined: there is none. */
  find (key: LimitKey): LimitCounter | undefined {
    const counter = this.#counters.get(key)
    if (counter !== undefined && counter !== this.#newest) {
      this.#unlink(counter)
      this.#append(counter)
    }
    return counter
  }

  /** Returns the counter of a key, which is the newest now; it is made if there is none. */
  counter (key: LimitKey, now: number): LimitCounter {
    const known = this.find(key)
    if (known !== undefined) return known
    this.#sweep(now)
    if (this.#counters.size >= this.#maxKeys) this.#evict()
    const made = new LimitCounter(key, now)
    this.#counters.set(key, made)
    this.#append(made)
    return made
  }

  /**
   * Returns what a counter has counted in the period that ends now: the present part, and of the part before as much
   * as the sliding period still covers, as if that had been spread evenly.
   */
  total (counter: LimitCounter, now: number): number {
    const periodMs = this.#periodMs
    const age = now - counter.start
    if (age >= periodMs) {
      const next = age < 2 * periodMs
      counter.previous = next ? counter.current : 0
      counter.current = 0
      counter.start = next ? counter.start + periodMs : now
    }
    return counter.current + counter.previous * (1 - (now - counter.start) / periodMs)
  }

  /** Returns in how many milliseconds `amount` more fit under `limit`. */
  waitFor (counter: LimitCounter, amount: number, limit: number, now: number): number {
    if (counter.until > now) return counter.until - now
    if (this.total(counter, now) + amount <= limit) return 0
    const periodMs = this.#periodMs
    const { previous, current, start } = counter
    const rest = start + periodMs - now
    const room = limit - amount - current
    if (room >= 0 && previous > 0) return Math.max(0, (1 - room / previous) * periodMs - (now - start))
    // Not in this period: then the present part is the part before.
    return rest + (current === 0 ? 0 : Math.max(0, 1 - Math.max(0, limit - amount) / current) * periodMs)
  }

  /** Pours into a bucket from which `rate` flows away in a millisecond. Returns what is in it. */
  pour (counter: LimitCounter, amount: number, rate: number, now: number): number {
    counter.current = Math.max(0, counter.current - (now - counter.start) * rate) + amount
    counter.start = now
    return counter.current
  }

  /** Forget counters that count nothing any more. */
  #sweep (now: number): void {
    for (let n = 0; n < SWEPT; n++) {
      const oldest = this.#oldest
      if (oldest === undefined || oldest.until > now || now - oldest.start < 2 * this.#periodMs) return
      this.#remove(oldest)
    }
  }

  #evict (): void {
    const oldest = this.#oldest
    if (oldest === undefined) return
    this.#remove(oldest)
    this.evicted++
  }

  #remove (counter: LimitCounter): void {
    this.#counters.delete(counter.key)
    this.#unlink(counter)
  }

  #append (counter: LimitCounter): void {
    counter.older = this.#newest
    counter.newer = undefined
    if (this.#newest === undefined) this.#oldest = counter
    else this.#newest.newer = counter
    this.#newest = counter
  }

  #unlink (counter: LimitCounter): void {
    const { older, newer } = counter
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    counter.older = counter.newer = undefined
  }
}
