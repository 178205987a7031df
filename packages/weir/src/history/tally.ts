import {
  countsOf,
  quantileOf,
  statFields,
  type EngineStats,
  type Histogram,
  type UserVserverStats
} from '@weirlb/engine'
import { lookUp, type CloseReason } from '@weirlb/model'
import type { Figures } from './figures.ts'
import { refusals } from './refusals.ts'

const { connectMs, firstReplyMs } = statFields.userVservers
const { loopDelayMs } = statFields.workers

/** Adds up what happened between two looks at the statistics of processes. */
export class Tally {
  connections = 0
  accepted = 0
  messages = 0
  bytesIn = 0
  bytesOut = 0
  refused = 0
  readonly byReason = new Map<CloseReason, number>()
  readonly #connect = zeros(connectMs.bounds)
  readonly #firstReply = zeros(firstReplyMs.bounds)
  /** The longest of the processes. */
  loopDelayMsP99: number | undefined

  /**
   * Add what a user vserver did in a process. `before`: undefined, or of another one that had its name, if there was
   * none.
   */
  add (now: UserVserverStats, before: UserVserverStats | undefined): void {
    // Counters that fell are those of a new user vserver.
    const old = before !== undefined && before.accepted <= now.accepted ? before : undefined
    this.connections += now.connections
    this.accepted += now.accepted - (old?.accepted ?? 0)
    this.messages += now.messages - (old?.messages ?? 0) + requestsOf(now) - (old === undefined ? 0 : requestsOf(old))
    this.bytesIn += Math.max(0, now.bytesIn - (old?.bytesIn ?? 0))
    this.bytesOut += Math.max(0, now.bytesOut - (old?.bytesOut ?? 0))
    for (const reason of refusals) {
      const count = (now.closed[reason] ?? 0) + (now.requests[reason] ?? 0) - (old?.closed[reason] ?? 0) -
        (old?.requests[reason] ?? 0)
      if (count <= 0) continue
      this.refused += count
      this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + count)
    }
    addTimes(this.#connect, now.connectMs, old?.connectMs)
    addTimes(this.#firstReply, now.firstReplyMs, old?.firstReplyMs)
  }

  /** Add the delays of a process's event loop. */
  addLoop (now: EngineStats, before: EngineStats | undefined): void {
    for (const [name, { loopDelayMs: histogram }] of Object.entries(now.workers)) {
      const counts = zeros(loopDelayMs.bounds)
      addTimes(counts, histogram, before === undefined ? undefined : lookUp(before.workers, name)?.loopDelayMs)
      const p99 = quantileOf(counts, loopDelayMs.bounds, 0.99)
      if (p99 !== undefined) this.loopDelayMsP99 = Math.max(this.loopDelayMsP99 ?? 0, p99)
    }
  }

  /** The figures, over so many seconds. */
  figures (seconds: number): Figures {
    const quantile = (counts: readonly number[], bounds: readonly number[], share: number): number | null =>
      quantileOf(counts, bounds, share) ?? null
    return {
      connections: this.connections,
      accepted: this.accepted / seconds,
      messages: this.messages / seconds,
      bytesIn: this.bytesIn / seconds,
      bytesOut: this.bytesOut / seconds,
      refused: this.refused / seconds,
      connectMsP50: quantile(this.#connect, connectMs.bounds, 0.5),
      connectMsP99: quantile(this.#connect, connectMs.bounds, 0.99),
      firstReplyMsP50: quantile(this.#firstReply, firstReplyMs.bounds, 0.5),
      firstReplyMsP99: quantile(this.#firstReply, firstReplyMs.bounds, 0.99),
      loopDelayMsP99: this.loopDelayMsP99 ?? null
    }
  }
}

/** Counts of buckets. */
const zeros = (bounds: readonly number[]): number[] => Array.from({ length: bounds.length + 1 }, () => 0)

const requestsOf = ({ requests }: UserVserverStats): number => {
  let sum = 0
  for (const count of Object.values(requests)) sum += count
  return sum
}

const addTimes = (counts: number[], now: Histogram, before: Histogram | undefined): void => {
  const [present, past] = [countsOf(now), before === undefined ? undefined : countsOf(before)]
  for (let i = 0; i < counts.length; i++) counts[i]! += Math.max(0, present[i]! - (past?.[i] ?? 0))
}
