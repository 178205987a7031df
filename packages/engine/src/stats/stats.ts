import type { StatsOf, statFields, versionFields } from './fields.ts'

// `statFields` has the meaning of each number.

/** The statistics of a user vserver. */
export type UserVserverStats = StatsOf<typeof statFields.userVservers>
/** The statistics of an LB vserver. */
export type LbVserverStats = StatsOf<typeof statFields.lbVservers>
/** The statistics of a GLB. */
export type GlbStats = StatsOf<typeof statFields.glbs>
/** The statistics of a service. */
export type ServiceStats = StatsOf<typeof statFields.services>
/** The statistics of an extension, over all its versions. */
export type ExtensionStats = StatsOf<typeof statFields.extensions>
/** The statistics of one version of an extension. */
export type VersionStats = StatsOf<typeof versionFields>

/** The statistics of one process, or of several together, by collection and entity. */
export interface EngineStats {
  userVservers: Record<string, UserVserverStats>
  lbVservers: Record<string, LbVserverStats>
  glbs: Record<string, GlbStats>
  services: Record<string, ServiceStats>
  extensions: Record<string, ExtensionStats>
}
