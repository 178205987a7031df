/** Maximum that one process reports per second; the rest is counted. */
const MAX_PER_SECOND = 1000

/** Gathers what is reported to those who look on, and reports it together, once a turn of the event loop. */
export class BoundedReport<T> {
  readonly #report: (items: readonly T[], dropped: number) => void
  #items: T[] = []
  #dropped = 0
  #second = 0
  #inSecond = 0
  #scheduled = false

  /** `report` is called with the items, and the number of those that came too fast. */
  constructor (report: (items: readonly T[], dropped: number) => void) { this.#report = report }

  /** Returns true if another may be added, and counts it; one for which it returns false is dropped. */
  take (): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#inSecond = 0
    }
    this.#schedule()
    if (++this.#inSecond <= MAX_PER_SECOND) return true
    this.#dropped++
    return false
  }

  /** Add what was taken. */
  add (item: T): void { this.#items.push(item) }

  /** Report now. */
  readonly flush = (): void => {
    this.#scheduled = false
    const [items, dropped] = [this.#items, this.#dropped]
    if (items.length === 0 && dropped === 0) return
    this.#items = []
    this.#dropped = 0
    this.#report(items, dropped)
  }

  #schedule (): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.flush)
  }
}
