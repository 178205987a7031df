import { emptyWorkerStats, type EngineStats, type ExtensionStats } from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import { lookUp, recordFrom } from '@weirlb/model'
import type { Revision } from './config/revisions.ts'
import type { DataPlane } from './data-plane.ts'
import type { SessionKeeper } from './sessions/session-keeper.ts'
import type { Sessions } from './sessions/sessions.ts'
import { droppedLines } from './standard-error.ts'
import { budgetOf, type ExtensionBudget } from './stats/extension-budget.ts'
import { sessionStatsOf, withSessions, type SessionStats } from './sessions/session-stats.ts'
import type { ProcessWatch } from './stats/process-watch.ts'
import type { WebhookStats } from './security/webhook.ts'
import type { shownStats } from './stats/shown-stats.ts'
import { statsOf } from './stats/worker-stats.ts'

/**
 * Every counter, also of each process, the budgets of the extensions, what moves the bytes in each worker that has
 * started, the session table, and what became of the log.
 */
export interface CollectedStats extends EngineStats {
  readonly extensions: Record<string, ExtensionStats & { readonly budget: ExtensionBudget }>
  readonly transports: readonly (TransportInUse & { readonly worker: number })[]
  /** Undefined where the program around Weir keeps the sessions. */
  readonly sessions?: SessionStats | undefined
  readonly log: LogStats
  readonly accessLog: LogStats
  /** Undefined where events are sent nowhere. */
  readonly securityWebhook?: WebhookStats | undefined
}

/** The same with the quantiles of histograms. */
export type Stats = ReturnType<typeof shownStats<CollectedStats>>

/** State of a log of all processes, if it is Weir's own. */
export interface LogStats {
  /** Lines dropped because nobody took them in time. */
  readonly dropped: number
}

/** Sources of the statistics. */
export interface StatsSources {
  readonly plane: DataPlane
  readonly sessions: Sessions
  readonly keeper: SessionKeeper | undefined
  /** This process. */
  readonly watch: ProcessWatch
  readonly security: { readonly webhook: { readonly stats: WebhookStats } | undefined }
}

/** Collect all statistics. The result is about the revision that runs once every source has answered. */
export const collectStats = async (
  { plane, sessions, keeper, watch, security }: StatsSources,
  current: () => Revision
): Promise<CollectedStats> => {
  const [all, dropped] = await Promise.all([plane.stats(), plane.droppedLines()])
  const { config, histories, membership } = current()
  const stats = statsOf(all, {
    ...config,
    services: membership.services.filter(({ name }) => !membership.members.has(name))
  })
  const extensions = config.extensions.flatMap(extension => {
    const own = lookUp(stats.extensions, extension.name)
    return own === undefined
      ? []
      : [
        [extension.name, {
          ...own,
          budget: budgetOf(extension, lookUp(histories, extension.name)!.current, own)
        }] as const
      ]
  })
  return {
    ...stats,
    lbVservers: withSessions(stats.lbVservers, sessions),
    extensions: recordFrom(extensions),
    // Without workers, this process is one.
    workers: { [watch.name]: { ...emptyWorkerStats(), ...watch.figures() }, ...stats.workers },
    transports: plane.workers().flatMap(({ id, transport }) =>
      transport === undefined ? [] : [{ worker: id, ...transport }]
    ),
    sessions: sessionStatsOf(sessions, keeper),
    log: { dropped: droppedLines() + dropped.log },
    accessLog: { dropped: dropped.accessLog },
    securityWebhook: security.webhook?.stats
  }
}
