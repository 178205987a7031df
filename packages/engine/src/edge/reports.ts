/** What was reported within the present second. */
export class Reports {
  #since = -Infinity
  #reported = 0

  /** Returns true if one more of at most `most` may be reported now. */
  take (now: number, most: number): boolean {
    if (now - this.#since >= 1000) {
      this.#since = now
      this.#reported = 0
    }
    if (this.#reported === most) return false
    this.#reported++
    return true
  }
}
