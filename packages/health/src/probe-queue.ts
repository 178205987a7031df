/** Probes at once: each is a socket, and most of its time is waiting. */
const MAX_AT_ONCE = 256
/** Probes that begin in one turn of the event loop: each costs up to a tenth of a millisecond, and more with TLS. */
const MAX_PER_TURN = 8
/** The first probes of a few services are spread over this. */
const SPREAD_MS = 1000
/** Time for each service among many, until their interval is full. */
const SPREAD_PER_MONITOR_MS = 2.5

/** Of so many whose turn is over, the list is made anew. */
const MANY = 1024

/** A monitor that wants to probe. */
export interface Queued {
  /** It may probe now. False: it does not want to any more. */
  onTurn (): boolean
}

/** Lets a limited number of probes run at once, and begins them a few at a time. */
export class ProbeQueue {
  readonly #maxAtOnce: number
  #waiting: Queued[] = []
  /** The first of those that wait. */
  #head = 0
  #running = 0
  #begun = 0
  /** A next turn is to come, in which further ones begin. */
  #awaited = false
  /** Monitors that use the queue. */
  #monitors = 0

  constructor (maxAtOnce = MAX_AT_ONCE) { this.#maxAtOnce = maxAtOnce }

  /** Probes that run now. */
  get running (): number { return this.#running }

  join (): void { this.#monitors++ }
  leave (): void { this.#monitors-- }

  /** Returns the time over which the first probes of all monitors are spread, for one with this interval. */
  spreadMs (intervalMs: number): number {
    return Math.min(intervalMs, Math.max(SPREAD_MS, this.#monitors * SPREAD_PER_MONITOR_MS))
  }

  /** `onTurn` is called when there is room, perhaps before this returns. `done` follows when the probe is over. */
  ask (monitor: Queued): void {
    this.#waiting.push(monitor)
    this.#begin()
  }

  /** A probe is over. */
  done (): void {
    this.#running--
    if (this.#head < this.#waiting.length) this.#begin()
  }

  #begin (): void {
    while (this.#head < this.#waiting.length && this.#running < this.#maxAtOnce && this.#begun < MAX_PER_TURN) {
      const next = this.#waiting[this.#head++]!
      this.#running++
      this.#begun++
      if (!next.onTurn()) this.#running--
    }
    // A queue that is never empty forgets those whose turn is over, too.
    if (this.#head === this.#waiting.length || (this.#head >= MANY && this.#head * 2 >= this.#waiting.length)) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    if (this.#begun === 0 || this.#awaited) return
    this.#awaited = true
    setImmediate(this.#nextTurn)
  }

  readonly #nextTurn = (): void => {
    this.#awaited = false
    this.#begun = 0
    this.#begin()
  }
}
