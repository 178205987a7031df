import type { LimitSharing } from './active-limit.ts'
import type { LimitCounter, LimitKey } from './limit-table.ts'

/** What a worker has counted of a key since it told last, as others are told it. */
export interface SharedCount {
  /** Name of the rate limit. */
  readonly limit: string
  readonly key: LimitKey
  readonly amount: number
  /** Its action goes on for so long; 0: it does not. */
  readonly untilMs: number
}

/** Time between two reports. */
const EVERY_MS = 10
/** Maximum counts of one report; the others wait for the next. */
const MAX_COUNTS = 1000
/** A worker keeps less than this part of a limit to itself. */
const PART = 50

/**
 * Tells the other workers what this one counts, so that a rate limit holds over all of them. A counter that has grown
 * by a fiftieth of its limit, and at least by one, is reported within 10 ms, at most a thousand of them. So a client
 * may get beyond a limit what the other workers keep to themselves, and what they count in the time of a report.
 */
export class LimitShares implements LimitSharing {
  readonly #tell: (counts: readonly SharedCount[]) => void
  #waiting: { readonly limit: string, readonly counter: LimitCounter }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor (tell: (counts: readonly SharedCount[]) => void) { this.#tell = tell }

  note (limit: string, counter: LimitCounter, limitOf: number): void {
    if (counter.sharing || counter.unshared * PART < limitOf) return
    counter.sharing = true
    this.#waiting.push({ limit, counter })
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(this.#report, EVERY_MS)
    this.#timer.unref()
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }

  readonly #report = (): void => {
    const now = performance.now()
    const counts = this.#waiting.splice(0, MAX_COUNTS).map(({ limit, counter }): SharedCount => {
      const { key, unshared, until } = counter
      counter.sharing = false
      counter.unshared = 0
      return { limit, key, amount: unshared, untilMs: Math.max(0, until - now) }
    })
    this.#tell(counts)
    this.#timer = this.#waiting.length === 0 ? undefined : setTimeout(this.#report, EVERY_MS)
    this.#timer?.unref()
  }
}
