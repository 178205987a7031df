import type { CloseReason } from '@weirlb/model'
import { RecentTable, TABLE_ENTRIES } from './recent-table.ts'
import { sourceOf } from './source-of.ts'

/** How much the end of a client says against its address. */
const points: Readonly<Partial<Record<CloseReason, number>>> = {
  'tls-failed': 2,
  'first-message-timeout': 5,
  rejected: 5,
  'client-unverified': 5,
  'upgrade-refused': 5,
  'http-failed': 5,
  'no-protocol': 5,
  rule: 10,
  'protocol-error': 15
}

/** Time in which a score halves, in milliseconds. */
const HALF_LIFE_MS = 600_000
const MOST = 100

/** How long a session has to last, and a good one is remembered, in milliseconds. */
const GOOD_SESSION_MS = 10_000
const REMEMBERED_MS = 7 * 86_400_000

interface Score { points: number, at: number }

/**
 * What the ends of clients say about their addresses: threat scores, and addresses that had good sessions. IPv6
 * addresses count by their /64 network.
 */
export class Standing {
  readonly #scores: RecentTable<Score>
  /** Until when an address is known-good. */
  readonly #good: RecentTable<number>

  constructor (onEvicted: () => void) {
    this.#scores = new RecentTable(TABLE_ENTRIES, onEvicted)
    this.#good = new RecentTable(TABLE_ENTRIES, onEvicted)
  }

  get sizes (): { readonly scores: number, readonly good: number } {
    return { scores: this.#scores.size, good: this.#good.size }
  }

  /** A client of this address has ended so. */
  onEnd (address: string, reason: CloseReason, now: number): void {
    const more = points[reason]
    if (more === undefined) return
    const source = sourceOf(address)
    const score = this.#scores.use(source)
    if (score === undefined) this.#scores.set(source, { points: more, at: now })
    else {
      score.points = Math.min(MOST, decayed(score, now) + more)
      score.at = now
    }
  }

  /** A session of this address has ended in order after `ms`, and its server had spoken. */
  onSession (address: string, ms: number, now: number): void {
    if (ms >= GOOD_SESSION_MS) this.#good.set(sourceOf(address), now + REMEMBERED_MS)
  }

  /** Returns the threat score of an address, 0 to 100: it halves every ten minutes. */
  threat (address: string, now: number): number {
    const score = this.#scores.peek(sourceOf(address))
    return score === undefined ? 0 : Math.floor(decayed(score, now))
  }

  /** Returns true if an address had a good session within the last seven days. */
  isGood (address: string, now: number): boolean { return (this.#good.peek(sourceOf(address)) ?? 0) > now }
}

// A clock that jumps back must not raise a score.
const decayed = ({ points, at }: Score, now: number): number => points * 2 ** (-Math.max(0, now - at) / HALF_LIFE_MS)
