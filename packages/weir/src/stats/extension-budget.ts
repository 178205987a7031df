import type { ExtensionStats, VersionStats } from '@weirlb/engine'
import type { Extension } from '@weirlb/model'

/** Limits and usage of an extension: over all its versions, in the worker with the highest usage. */
export interface ExtensionBudget {
  /**
   * `limits.batchTimeoutMs`; the peak is wall-clock time from the hand-over of a batch to its answer, sampled from
   * one in 64, or the CPU time of a stopped message.
   */
  readonly batchMs: Use
  /**
   * `limits.heapMb` in bytes; the peak is the largest sampled heap of one isolate, or the limit, if one exceeded it.
   */
  readonly heapBytes: Use
  /** `limits.originatedBytes`; the peak is of one message, or the limit, where one was refused. */
  readonly originatedBytes: Use
  /** `limits.heldBytes`; the peak is of one direction of one connection, the total of all connections now. */
  readonly heldBytes: Use & { readonly total: number }
  /** `strikes`: how many count now. */
  readonly strikes: { readonly limit: number, readonly windowSeconds: number, readonly now: number }
  readonly status: ExtensionStatus
  /** Time of the next attempt of a worker that took it out of service (ISO 8601). */
  readonly downUntil?: string | undefined
}
/** A limit, and the most that was used of it. */
export interface Use { readonly limit: number, readonly peak: number }

/** How a version of an extension is, over all workers. */
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
