import { isIPv6 } from 'node:net'

/** Wrong tokens that an address may send at once, and after that one more per this time. */
const BURST = 10
const REFILL_MS = 6000
/** Most addresses that are remembered; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000
/** Shortest time between two reports of one address, and of as many reports of all together. */
const REPORT_MS = 60_000
const MAX_REPORTS = 60

interface Attempts {
  /** Attempts left at `atMs`; below 1 none is. */
  left: number
  atMs: number
  /** Failures since the last report. */
  unreported: number
  reportedMs: number
}

/** Counts failed authentications by address, in a bounded table. */
export class FailedAttempts {
  readonly #byAddress = new Map<string, Attempts>()
  #reports = 0
  #reportsSinceMs = -Infinity

  /** Addresses that are remembered. */
  get size (): number { return this.#byAddress.size }

  /** Seconds until an address may try again; 0: now. */
  waitSeconds (address: string, nowMs: number): number {
    const attempts = this.#byAddress.get(keyOf(address))
    if (attempts === undefined) return 0
    const left = leftAt(attempts, nowMs)
    return left >= 1 ? 0 : Math.ceil((1 - left) * REFILL_MS / 1000)
  }

  /**
   * Count a failure. One that was not even tried uses up no attempt, so that others behind the same address have their
   * turn. Returns how many failures of the address to report, this one included; 0: none now.
   */
  failed (address: string, nowMs: number, tried: boolean): number {
    const key = keyOf(address)
    const attempts = this.#byAddress.get(key) ?? { left: BURST, atMs: nowMs, unreported: 0, reportedMs: -Infinity }
    attempts.left = Math.max(0, leftAt(attempts, nowMs) - (tried ? 1 : 0))
    attempts.atMs = nowMs
    attempts.unreported++
    this.#byAddress.delete(key)
    this.#byAddress.set(key, attempts)
    if (this.#byAddress.size > MAX_ADDRESSES) this.#byAddress.delete(this.#byAddress.keys().next().value!)
    if (nowMs - attempts.reportedMs < REPORT_MS || !this.#mayReport(nowMs)) return 0
    attempts.reportedMs = nowMs
    const { unreported } = attempts
    attempts.unreported = 0
    return unreported
  }

  #mayReport (nowMs: number): boolean {
    if (nowMs - this.#reportsSinceMs >= REPORT_MS) {
      this.#reportsSinceMs = nowMs
      this.#reports = 0
    }
    return ++this.#reports <= MAX_REPORTS
  }
}

const leftAt = ({ left, atMs }: Attempts, nowMs: number): number =>
  Math.min(BURST, left + Math.max(0, nowMs - atMs) / REFILL_MS)

/** One machine has a whole /64 of IPv6. IPv4 addresses in their IPv6 form count as IPv4. */
const keyOf = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const before = head.split(':').filter(Boolean)
  const after = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array.from({ length: missing }, () => '0'), ...after].slice(0, 4).join(':')
}
