import { emptyRecord } from '@weirlb/model'
import { isField, isHistogram, statFields, type FieldTable, type StatsOf, versionFields } from './fields.ts'
import { emptyHistogram } from './histogram.ts'
import type {
  EdgeFunctionStats,
  EngineStats,
  ExtensionStats,
  GlbStats,
  LbVserverStats,
  RateLimitStats,
  RuleStats,
  ServiceStats,
  TriggerStats,
  UserVserverStats,
  VersionStats,
  WorkerStats
} from './stats.ts'

/** A record of a table's numbers, all 0; always of the same shape. */
const empty = <T extends FieldTable>(table: T): StatsOf<T> =>
  Object.fromEntries(
    Object.entries(table).map((
      [name, entry]
    ) => [name, isField(entry) ? 0 : isHistogram(entry) ? emptyHistogram(entry.bounds) : emptyRecord()])
  ) as StatsOf<T>

export const emptyUserVserverStats = (): UserVserverStats => empty(statFields.userVservers)
export const emptyLbVserverStats = (): LbVserverStats => empty(statFields.lbVservers)
export const emptyGlbStats = (): GlbStats => empty(statFields.glbs)
export const emptyServiceStats = (): ServiceStats => empty(statFields.services)
export const emptyRateLimitStats = (): RateLimitStats => empty(statFields.rateLimits)
export const emptyRuleStats = (): RuleStats => empty(statFields.rules)
export const emptyEdgeFunctionStats = (): EdgeFunctionStats => empty(statFields.edgeFunctions)
export const emptyTriggerStats = (): TriggerStats => empty(statFields.triggers)
export const emptyExtensionStats = (): ExtensionStats => empty(statFields.extensions)
export const emptyWorkerStats = (): WorkerStats => empty(statFields.workers)
export const emptyVersionStats = (): VersionStats => empty(versionFields)
/** Statistics of nothing; entities are found by their names. */
export const emptyEngineStats = (): EngineStats => ({
  userVservers: emptyRecord(),
  lbVservers: emptyRecord(),
  glbs: emptyRecord(),
  services: emptyRecord(),
  rules: emptyRecord(),
  rateLimits: emptyRecord(),
  controls: emptyRecord(),
  edgeFunctions: emptyRecord(),
  triggers: emptyRecord(),
  extensions: emptyRecord(),
  workers: emptyRecord()
})
