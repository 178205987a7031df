import type { LbSessionCounts, LbVserverStats } from '@weirlb/engine'
import { persistenceTypes, recordFrom, sessionTable } from '@weirlb/model'
import type { SessionKeeper } from './session-keeper.ts'
import type { Sessions } from './sessions.ts'

/** The session table. */
export interface SessionStats {
  /** Entries of all LB vservers now. */
  readonly entries: number
  readonly maxEntries: number
  /** Times that entries could not be saved. */
  readonly saveFailures: number
  /** True while entries that could not be saved still are not. */
  readonly saveFailing: boolean
}

/**
 * The statistics of LB vservers with those of their sessions, which are counted where the table is; a store of the
 * program around Weir counts for itself.
 */
export const withSessions = (
  stats: Readonly<Record<string, LbVserverStats>>,
  { own }: Sessions
): Record<string, LbVserverStats> =>
  recordFrom(
    Object.entries(stats).map(([name, counted]) => {
      const of = own === undefined ? [] : persistenceTypes.map(type => own.counts(sessionTable(name, type)))
      const sum = (count: keyof LbSessionCounts): number => of.reduce((total, counts) => total + counts[count], 0)
      return [name, {
        ...counted,
        sessions: sum('size'),
        sessionsEvicted: sum('evicted'),
        sessionsUnpinned: sum('unpinned')
      }]
    })
  )

/** Undefined for a store of the program around Weir. */
export const sessionStatsOf = ({ own }: Sessions, keeper: SessionKeeper | undefined): SessionStats | undefined => {
  if (own === undefined) return undefined
  const { failures = 0, failing = false } = keeper?.counts ?? {}
  return { entries: own.size, maxEntries: own.maxEntries, saveFailures: failures, saveFailing: failing }
}
