import { emptyRecord } from '@weirlb/model'
import { isField, statFields, type FieldTable, type StatsOf, versionFields } from './fields.ts'
import type { EngineStats, ExtensionStats, GlbStats, LbVserverStats, ServiceStats, UserVserverStats, VersionStats } from './stats.ts'

/** A record of a table's numbers, all 0; always of the same shape. */
const empty = <T extends FieldTable>(table: T): StatsOf<T> =>
  Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, isField(entry) ? 0 : emptyRecord()])) as StatsOf<T>

export const emptyUserVserverStats = (): UserVserverStats => empty(statFields.userVservers)
export const emptyLbVserverStats = (): LbVserverStats => empty(statFields.lbVservers)
export const emptyGlbStats = (): GlbStats => empty(statFields.glbs)
export const emptyServiceStats = (): ServiceStats => empty(statFields.services)
export const emptyExtensionStats = (): ExtensionStats => empty(statFields.extensions)
export const emptyVersionStats = (): VersionStats => empty(versionFields)
/** Statistics of nothing; entities are found by their names. */
export const emptyEngineStats = (): EngineStats => ({ userVservers: emptyRecord(), lbVservers: emptyRecord(), glbs: emptyRecord(), services: emptyRecord(), extensions: emptyRecord() })
