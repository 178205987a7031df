import type { StatsOf, functionFields, statFields, versionFields } from './fields.ts'

// `statFields` has the meaning of each number.

/** The statistics of a user vserver. */
export type UserVserverStats = StatsOf<typeof statFields.userVservers>
/** The statistics of an LB vserver. */
export type LbVserverStats = StatsOf<typeof statFields.lbVservers>
/** The statistics of a GLB. */
export type GlbStats = StatsOf<typeof statFields.glbs>
/** The statistics of a service. */
export type ServiceStats = StatsOf<typeof statFields.services>
/** The statistics of a rule, over all user vservers. */
export type RuleStats = StatsOf<typeof statFields.rules>
/** The statistics of an edge function. */
export type EdgeFunctionStats = StatsOf<typeof statFields.edgeFunctions>
/** The statistics of a trigger. */
export type TriggerStats = StatsOf<typeof statFields.triggers>
/** What a rule or another control of the edge decided, by `kind/name`. */
export type ControlStats = StatsOf<typeof statFields.controls>
/** The statistics of a rate limit, over all user vservers. */
export type RateLimitStats = StatsOf<typeof statFields.rateLimits>
/** The statistics of an extension, over all its versions. */
export type ExtensionStats = StatsOf<typeof statFields.extensions>
/** The statistics of a worker: of all processes that have been it. */
export type WorkerStats = StatsOf<typeof statFields.workers>
/** The statistics of one version of an extension. */
export type VersionStats = StatsOf<typeof versionFields>

/** The calls of one function of an extension. */
export type FunctionStats = StatsOf<typeof functionFields>

/** The statistics of one process, or of several together, by collection and entity. */
export interface EngineStats {
  userVservers: Record<string, UserVserverStats>
  lbVservers: Record<string, LbVserverStats>
  glbs: Record<string, GlbStats>
  services: Record<string, ServiceStats>
  rules: Record<string, RuleStats>
  edgeFunctions: Record<string, EdgeFunctionStats>
  triggers: Record<string, TriggerStats>
  /** By `kind/name`: `rule/no-sys`. Those that have decided nothing yet are left out. */
  controls: Record<string, ControlStats>
  rateLimits: Record<string, RateLimitStats>
  extensions: Record<string, ExtensionStats>
  /** By number; `control` is the control process. */
  workers: Record<string, WorkerStats>
}
