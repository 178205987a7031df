import type { EngineStats, ExtensionStats } from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import { lookUp, recordFrom } from '@weirlb/model'
import type { Revision } from './config/revisions.ts'
import type { DataPlane } from './data-plane.ts'
import type { SessionKeeper } from './sessions/session-keeper.ts'
import type { Sessions } from './sessions/sessions.ts'
import { droppedLines } from './standard-error.ts'
import { budgetOf, type ExtensionBudget } from './stats/extension-budget.ts'
import { sessionStatsOf, withSessions, type SessionStats } from './sessions/session-stats.ts'
import { statsOf } from './stats/worker-stats.ts'

/**
 * Every counter, the budgets of the extensions, what moves the bytes in each worker that has started, the session
 * table, and what became of the log.
 */
export interface Stats extends EngineStats {
  readonly extensions: Record<string, ExtensionStats & { readonly budget: ExtensionBudget }>
  readonly transports: readonly (TransportInUse & { readonly worker: number })[]
  /** Undefined where the program around Weir keeps the sessions. */
  readonly sessions?: SessionStats | undefined
  readonly log: LogStats
}

/** State of all processes' log, if it is Weir's own on standard error. */
export interface LogStats {
  /** Lines dropped because the reader was too slow. */
  readonly dropped: number
}

/** Sources of the statistics. */
export interface StatsSources {
  readonly plane: DataPlane
  readonly sessions: Sessions
  readonly keeper: SessionKeeper | undefined
}

/** Collect all statistics. The result is about the revision that runs once every source has answered. */
export const collectStats = async ({ plane, sessions, keeper }: StatsSources, current: () => Revision): Promise<Stats> => {
  const [all, dropped] = await Promise.all([plane.stats(), plane.droppedLines()])
  const { config, histories, membership } = current()
  const stats = statsOf(all, { ...config, services: membership.services.filter(({ name }) => !membership.members.has(name)) })
  const extensions = config.extensions.flatMap(extension => {
    const own = lookUp(stats.extensions, extension.name)
    return own === undefined ? [] : [[extension.name, { ...own, budget: budgetOf(extension, lookUp(histories, extension.name)!.current, own) }] as const]
  })
  return {
    ...stats,
    lbVservers: withSessions(stats.lbVservers, sessions),
    extensions: recordFrom(extensions),
    transports: plane.workers().flatMap(({ id, transport }) => transport === undefined ? [] : [{ worker: id, ...transport }]),
    sessions: sessionStatsOf(sessions, keeper),
    log: { dropped: droppedLines() + dropped }
  }
}
