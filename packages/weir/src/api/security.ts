import type { TopEffect, TopKind, TopList } from '@weirlb/engine'
import type { SecurityFilter } from '../security/security-event.ts'
import type { SecurityFollower, SecurityPage, SecurityQuery } from '../security/security-log.ts'

/** Which top list. */
export interface TopQuery {
  readonly by: TopKind
  /** Decisions with an effect on the client (default), or those without one: logged, skipped, simulated. */
  readonly effect?: TopEffect | undefined
  readonly limit: number
}

/**
 * What the edge decides: a sample of the latest decisions, and whom they are about most often. All decisions are
 * counted in `stats().controls`.
 */
export interface Security {
  /** Returns events that match every filter, the newest first. Throws query-invalid. */
  events (query: SecurityQuery): SecurityPage
  /**
   * Call a follower with the events from now on; `after`: and before with those behind this position. The function
   * returned ends it. Throws query-invalid.
   */
  follow (filter: SecurityFilter, after: string | undefined, follower: SecurityFollower): () => void
  /** Returns the most frequent values over all workers, of the last 15 to 30 minutes. */
  top (query: TopQuery): Promise<TopList>
}
