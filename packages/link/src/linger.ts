import { wheel, WheelTimer } from './timers/wheel.ts'

/** How long a link that is ending waits for its peer: to take more of what is queued, or to close its side. */
const LINGER_MS = 1000

/** A link that is ending, on either transport. */
export interface Lingering {
  /** We have stopped reading what the link still has to deliver. */
  readonly waitsForUs: boolean
  /** A measure of the link's remaining work: 0 for none, and a different number after any progress. */
  readonly pending: number
  /** Nothing has happened for LINGER_MS, or only the peer's end is missing. */
  onLingerOver (): void
  onFault (error: unknown): void
}

/** Waits for a link that is ending as long as that gets on, and once LINGER_MS for its peer's end. */
export class Linger extends WheelTimer {
  readonly #link: Lingering
  /** The measure at the last check. A check costs a system call, so the first one comes after the first LINGER_MS. */
  #pending = 0

  constructor (link: Lingering) {
    super()
    this.#link = link
    wheel.arm(this, LINGER_MS)
  }

  override onTimeout (): void {
    const { waitsForUs, pending } = this.#link
    if (!waitsForUs && (pending === 0 || pending === this.#pending)) {
      this.#link.onLingerOver()
      return
    }
    this.#pending = pending
    wheel.arm(this, LINGER_MS)
  }

  override onFault (error: unknown): void { this.#link.onFault(error) }
}
