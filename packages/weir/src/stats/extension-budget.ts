import type { ExtensionStats, VersionStats } from '@weirlb/engine'
import type { Extension } from '@weirlb/model'

/** What an extension may use beside what it has used: over all its versions, in the worker that used most. */
export interface ExtensionBudget {
  /** `limits.batchTimeoutMs`; the peak is from handing a batch over to its answer, by the clock, of one batch in 64, and the CPU time of messages that were cut. */
  readonly batchMs: Use
  /** `limits.heapMb` in bytes; the peak is the largest heap of one isolate that was seen when it was looked at, or the limit, where one went over it. */
  readonly heapBytes: Use
  /** `limits.originatedBytes`; the peak is of one message, or the limit, where one was refused. */
  readonly originatedBytes: Use
  /** `limits.heldBytes`; the peak is of one direction of one connection, the total of all connections now. */
  readonly heldBytes: Use & { readonly total: number }
  /** `strikes`: how many count now. */
  readonly strikes: { readonly limit: number, readonly windowSeconds: number, readonly now: number }
  readonly status: ExtensionStatus
  /** When a worker that gave up on it tries again (ISO 8601). */
  readonly downUntil?: string | undefined
}
export interface Use { readonly limit: number, readonly peak: number }

export type ExtensionStatus = 'up' | 'rebuilding' | 'down'

/** How a version is: up where any worker runs it. */
export const versionStatus = (counts: VersionStats | undefined): ExtensionStatus =>
  counts === undefined ? 'rebuilding' : counts.up > 0 ? 'up' : counts.down > 0 ? 'down' : 'rebuilding'

/** The budget of an extension whose present version has this number. */
export const budgetOf = ({ limits, strikes }: Extension, current: number, stats: ExtensionStats): ExtensionBudget => ({
  batchMs: { limit: limits.batchTimeoutMs, peak: stats.batchMsPeak },
  heapBytes: { limit: limits.heapMb * 1024 * 1024, peak: stats.heapBytesPeak },
  originatedBytes: { limit: limits.originatedBytes, peak: stats.originatedBytesPeak },
  heldBytes: { limit: limits.heldBytes, peak: stats.heldBytesPeak, total: stats.heldBytes },
  strikes: { limit: strikes.failures, windowSeconds: strikes.windowSeconds, now: stats.strikes },
  status: versionStatus(stats.versions[current]),
  downUntil: stats.downUntil > 0 ? new Date(stats.downUntil).toISOString() : undefined
})
