const NOTHING = new Uint8Array(0)

/** One direction of a connection, held together the simplest way there is. */
export class Direction {
  /** Bytes to come whose fate is known. */
  #credit = 0
  #dropCredit = false
  /** What has arrived and is not judged. */
  protected rest: Uint8Array = NOTHING
  /** Nothing here is looked at any more. */
  piped = false

  get atBoundary (): boolean { return this.#credit === 0 }

  /** The head of these bytes whose fate is known: `passed` goes on, `rest` is to be judged. */
  takeCredit (bytes: Uint8Array): { readonly passed: Uint8Array, readonly rest: Uint8Array } {
    const n = Math.min(this.#credit, bytes.length)
    this.#credit -= n
    const passed = this.#dropCredit ? NOTHING : bytes.subarray(0, n)
    if (this.#credit === 0) this.#dropCredit = false
    return { passed, rest: bytes.subarray(n) }
  }

  /** `missing` bytes are still to come that share the fate of what was here. */
  protected owe (missing: number, dropped: boolean): void {
    this.#credit = missing
    this.#dropCredit = dropped && missing > 0
  }

  /** What has arrived and was not judged. */
  takeRest (): Uint8Array {
    const rest = this.rest
    this.rest = NOTHING
    return rest
  }
}

/** A direction that nobody looks at. */
export class BlindDirection extends Direction {
  override piped = true
}
