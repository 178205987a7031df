/** Time between two looks at the loop, in milliseconds. */
const EVERY_MS = 50
/** How long each look has to be late before the loop is overloaded, in milliseconds. */
const SUSTAINED_MS = 1000

/**
 * Watches how late the event loop is. One long turn is no overload: the loop is overloaded by `ms` when every look of a
 * second was at least so late, as CoDel judges a queue (RFC 8289 §3).
 */
export class LoopWatch {
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueAt = 0
  /** Delays and times of the looks of the last second. */
  #looks: { readonly at: number, readonly late: number }[] = []
  #delay = 0

  /** The least delay of the last second, in milliseconds; 0 while there is none that lasts. */
  get delay (): number { return this.#delay }

  start (): void {
    if (this.#timer !== undefined) return
    this.#dueAt = performance.now() + EVERY_MS
    this.#timer = setTimeout(this.#look, EVERY_MS)
    this.#timer.unref()
  }

  stop (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#looks = []
    this.#delay = 0
  }

  readonly #look = (): void => {
    const now = performance.now()
    this.saw(now, Math.max(0, now - this.#dueAt))
    this.#dueAt = now + EVERY_MS
    this.#timer = setTimeout(this.#look, EVERY_MS)
    this.#timer.unref()
  }

  /** A look at `now` was `late`. */
  saw (now: number, late: number): void {
    this.#looks.push({ at: now, late })
    // One look older than the second stays: without it a second would not be covered.
    while (this.#looks.length > 1 && now - this.#looks[1]!.at >= SUSTAINED_MS) this.#looks.shift()
    const covered = this.#looks.length >= 3 && now - this.#looks[0]!.at >= SUSTAINED_MS
    this.#delay = covered ? Math.min(...this.#looks.map(look => look.late)) : 0
  }
}
