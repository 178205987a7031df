import type { ExtensionStrikes } from '@weirlb/model'

interface Strike { readonly at: number, readonly from: string | undefined }

const DELAYS_MS = [0, 50, 100, 200] as const

/** Counts a guest's failures: so many within a window, and the extension is out of service for a while. */
export class Strikes {
  /** May be replaced at any time; what was counted stays. */
  policy: ExtensionStrikes
  readonly #now: () => number
  #times: Strike[] = []
  #outUntil = 0

  constructor (policy: ExtensionStrikes, now: () => number = () => performance.now()) {
    this.policy = policy
    this.#now = now
  }

  /** Record a failure, with the peer whose bytes caused it, if known; true when the extension is out of service. */
  add (from?: string): boolean {
    const now = this.#now()
    this.#forget(now)
    this.#times.push({ at: now, from })
    if (this.#times.length < this.policy.failures) return false
    this.#outUntil = now + this.policy.downSeconds * 1000
    return true
  }

  /**
   * True when a failure at the bytes of this peer counts now: one peer is not to put the extension out of service for
   * all.
   */
  has (from: string): boolean {
    this.#forget(this.#now())
    return this.#times.some(strike => strike.from === from)
  }

  /** Failures that count now. */
  get count (): number {
    this.#forget(this.#now())
    return this.#times.length
  }

  /** How long to wait before the next load. */
  delayMs (): number {
    if (this.#outUntil > 0) return Math.max(0, this.#outUntil - this.#now())
    return DELAYS_MS[this.#times.length - 1] ?? DELAYS_MS[DELAYS_MS.length - 1]!
  }

  /** An extension out of service keeps its strikes until its next attempt, and then starts with none. */
  #forget (now: number): void {
    if (this.#outUntil > 0) {
      if (now < this.#outUntil) return
      this.#outUntil = 0
      this.#times = []
      return
    }
    const since = now - this.policy.windowSeconds * 1000
    if (this.#times.length > 0 && this.#times[0]!.at <= since) this.#times = this.#times.filter(({ at }) => at > since)
  }
}
