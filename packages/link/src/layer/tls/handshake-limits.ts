/** How many handshakes a listener does: at one time, and in a second. 0 is no limit. */
export interface HandshakeLimits { readonly maxHandshakes: number, readonly handshakesPerSecond: number }

/** Counts the handshakes of a listener, so that one too many costs no more than its accept. A second's handshakes may all begin at once (a token bucket). */
export class HandshakeGate {
  #limits: HandshakeLimits
  readonly #now: () => number
  #running = 0
  #tokens: number
  #at: number

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor (limits: HandshakeLimits, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
    this.#tokens = limits.handshakesPerSecond
    this.#at = now()
  }

  /** Set the limits; handshakes in progress continue. */
  set limits (limits: HandshakeLimits) { this.#limits = limits }

  /** Begin one; or why it may not begin. */
  enter (): string | undefined {
    const { maxHandshakes, handshakesPerSecond } = this.#limits
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
