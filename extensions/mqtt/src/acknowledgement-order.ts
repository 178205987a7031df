/** Acknowledgements of denied PUBLISHes that may wait for the server's. A server that acknowledges none must not make them pile up; one that does is never this far behind. */
export const MAX_HELD = 1024

/**
 * Keeps the acknowledgements of one QoS in the order of the client's PUBLISHes, PUBACKs by [MQTT-4.6.0-2], PUBRECs by [MQTT-4.6.0-3]: one of our own waits until the
 * server has sent those that stand before it. The server is bound to the same order, so counts will do and no identifier of an allowed PUBLISH is kept.
 *
 *     allowed allowed DENIED allowed DENIED DENIED allowed allowed
 *     └──── gap 2 ────┘      └ gap 1 ┘ gap 0       └── behind 2 ──┘
 */
export class AcknowledgementOrder {
  /** Allowed PUBLISHes that the server has not acknowledged, behind the last held acknowledgement. */
  #behind = 0
  /** For each held one: the server's acknowledgements between it and the one before. */
  readonly #gaps: number[] = []
  readonly #held: number[] = []

  /** A PUBLISH goes to the server. */
  allowed (): void { this.#behind++ }

  /** Nothing stands before an acknowledgement that would be sent now. */
  get clear (): boolean { return this.#behind === 0 && this.#gaps.length === 0 }

  /** Hold the acknowledgement of a denied PUBLISH. False: too many are held already. */
  hold (packetId: number): boolean {
    if (this.#held.length === MAX_HELD) return false
    this.#gaps.push(this.#behind)
    this.#held.push(packetId)
    this.#behind = 0
    return true
  }

  /** The server acknowledges; answers the packet identifiers of the held ones that stand right behind, or undefined for none. */
  acknowledged (): number[] | undefined {
    const gaps = this.#gaps
    if (gaps.length === 0) {
      // One that answers nothing that was seen, such as a PUBLISH of an earlier connection, counts for none.
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
