/**
 * Maximum pending acknowledgements of denied PUBLISHes. A server that acknowledges nothing must not let them
 * accumulate; one that does is never this far behind.
 */
export const MAX_HELD = 1024

/**
 * Keeps the acknowledgements of one QoS in the order of the client's PUBLISHes, PUBACKs by [MQTT-4.6.0-2], PUBRECs by
 * [MQTT-4.6.0-3]. One of our own waits until the server has sent the earlier ones. The server is bound to the same
 * order, so counts suffice and no identifier of an allowed PUBLISH is kept.
 *
 *     allowed allowed DENIED allowed DENIED DENIED allowed allowed
 *     └──── gap 2 ────┘      └ gap 1 ┘ gap 0       └── behind 2 ──┘
 */
export class AcknowledgementOrder {
  /** Allowed PUBLISHes that the server has not acknowledged, after the last pending acknowledgement. */
  #behind = 0
  /** For each pending one: the server's acknowledgements between it and the previous one. */
  readonly #gaps: number[] = []
  readonly #held: number[] = []

  /** A PUBLISH goes to the server. */
  allowed (): void { this.#behind++ }

  /** True if no acknowledgement must precede one sent now. */
  get clear (): boolean { return this.#behind === 0 && this.#gaps.length === 0 }

  /** Queue the acknowledgement of a denied PUBLISH. False: too many are pending. */
  hold (packetId: number): boolean {
    if (this.#held.length === MAX_HELD) return false
    this.#gaps.push(this.#behind)
    this.#held.push(packetId)
    this.#behind = 0
    return true
  }

  /**
   * The server acknowledges. Returns the packet identifiers of the pending ones directly after it, or undefined for
   * none.
   */
  acknowledged (): number[] | undefined {
    const gaps = this.#gaps
    if (gaps.length === 0) {
      // An acknowledgement that matches no inspected PUBLISH, such as one of an earlier connection, does not count.
      if (this.#behind > 0) this.#behind--
      return undefined
    }
    if (--gaps[0]! > 0) return undefined
    let free = 1
    while (free < gaps.length && gaps[free] === 0) free++
    gaps.splice(0, free)
    return this.#held.splice(0, free)
  }
}
