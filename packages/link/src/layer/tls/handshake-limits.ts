/** How many handshakes a listener does: at one time, and in a second. 0 is no limit. */
export interface HandshakeLimits { readonly maxHandshakes: number, readonly handshakesPerSecond: number }

/**
 * Counts the handshakes of a vserver, so that one too many costs no more than its accept. A second's handshakes may all
 * begin at once (a token bucket). It outlives the layer of a revision, and so holds no limits itself.
 */
export class HandshakeGate {
  readonly #now: () => number
  #running = 0
  #tokens = Infinity
  #at: number

  /** `now`: milliseconds of a monotonic clock. */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
    this.#at = now()
  }

  /** Begin one; or why it may not begin. */
  enter ({ maxHandshakes, handshakesPerSecond }: HandshakeLimits): string | undefined {
    if (maxHandshakes > 0 && this.#running >= maxHandshakes) return `maxHandshakes is ${maxHandshakes}`
    if (handshakesPerSecond > 0) {
      const now = this.#now()
      this.#tokens = Math.min(handshakesPerSecond, this.#tokens + (now - this.#at) * handshakesPerSecond / 1000)
      this.#at = now
      if (this.#tokens < 1) return `handshakesPerSecond is ${handshakesPerSecond}`
      this.#tokens--
    }
    this.#running++
    return undefined
  }

  /** One that entered is over. */
  leave (): void { this.#running-- }
}
