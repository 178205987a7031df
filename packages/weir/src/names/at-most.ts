/** Runs what it is given, so many at a time, in order. */
export class AtMost {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor (most: number) { this.#most = most }

  async take<T> (run: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>(resolve => { this.#waiting.push(resolve) })
    else this.#running++
    try {
      return await run()
    } finally {
      // The place goes to the next one.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
