export { createEngine } from './engine.ts'
export { checkDeclared, type DeclaredVersions } from './revision/check-declared.ts'
export { checkProbeParams } from './revision/probe-params.ts'
export { BoundedReport } from './bounded-report.ts'
export { countedServices, noCounts, type Counts } from './balancing/counted.ts'
export { Places, type PlaceLender, type PlaceWaiter, type PlaceWord } from './balancing/places.ts'
export { timedServices } from './balancing/timed-services.ts'
export { pinningOf, type Pinning } from './persistence/pinning.ts'
export { networkKey } from './persistence/network-key.ts'
export { LocalSessionDirectory } from './persistence/local-session-directory.ts'
export {
  emptyEngineStats,
  emptyExtensionStats,
  emptyServiceStats,
  emptyUserVserverStats,
  emptyWorkerStats
} from './stats/empty.ts'
export { mergeStats, whatStays } from './stats/merge.ts'
export {
  isField,
  isFieldOfMap,
  isHistogram,
  statFields,
  type Field,
  type FieldMap,
  type FieldTable,
  type HistogramField
} from './stats/fields.ts'
export { countsOf, emptyHistogram, observe, quantileOf, sumOf, type Histogram } from './stats/histogram.ts'
export { keyToText, storedKey, textToKey } from './persistence/session-key.ts'
export { DEFAULT_MAX_SESSIONS, RESTORED, SessionTable, type SessionTableOptions } from './persistence/session-table.ts'
export type { SessionTableQuery } from './persistence/session-listing.ts'
export type { LbSessionCounts } from './persistence/lb-sessions.ts'
export type { SessionJournal } from './persistence/session-journal.ts'
export type { SessionVisit, SessionWalk } from './persistence/session-walk.ts'
export type * from './extension/probe.ts'
export type * from './balancing/lb-explanation.ts'
export type * from './balancing/method.ts'
export type * from './persistence/session-directory.ts'
export type * from './engine-config.ts'
export type * from './life-record.ts'
export type * from './connection/connection-info.ts'
export type { Departed, DepartureQuery } from './departures.ts'
export type * from './engine-api.ts'
export type * from './explain/explanation.ts'
export type * from './log.ts'
export type * from './stats/stats.ts'
export { GeoDatabase, type GeoFile } from './geo/geo-database.ts'
export { placesNeeded } from './gate/geo-fields.ts'
export type { InspectionResult, RequestInspector } from './gate/request-inspection.ts'
export { headerLines } from './gate/rule-subject.ts'
export { ruleFit, type RuleFit } from './gate/rule-fit.ts'
export {
  tryRules,
  validateExpression,
  type LookedRule,
  type RulePlace,
  type RuleTrial,
  type TrialFields,
  type ValidatedExpression
} from './gate/rule-trial.ts'
export type { FunctionFailed, FunctionState } from './edge/function-host.ts'
export type { FunctionEvents } from './edge/function-reports.ts'
export type { FunctionTrial } from './edge/function-trial.ts'
export { inOrderOfDecision, triggerMatches } from './edge/trigger-order.ts'
export { type Decision, type DecisionValue, type DecisionValues, takesEffect } from './decisions/decision.ts'
export { mergeTops, type TopEffect, type TopKind, topKinds, type TopList, type Tops } from './decisions/tops.ts'
export type { Hitter } from './decisions/heavy-hitters.ts'
export { type Ban, bannedAs, BanList, type BanWord, MAX_BANS } from './gate/ban-list.ts'
export { limitFit } from './gate/check-limits.ts'
export type { CounterLevel } from './gate/active-limit.ts'
export type { LimitCountersQuery } from './gate/limit-book.ts'
export type { SharedCount } from './gate/limit-shares.ts'
export type * from './trace/shown.ts'
export type * from './trace/trace.ts'
