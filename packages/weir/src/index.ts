export type { AcmeStatus } from './acme/acme-status.ts'
export type * from './api/collections.ts'
export type * from './api/entity-status.ts'
export type * from './api/jobs.ts'
export type * from './api/revisions.ts'
export type * from './api/security.ts'
export type * from './api/weir.ts'
export type {
  ConfigInput,
  ConfigPlan,
  DisableInput,
  DrainInput,
  EntityInput,
  EntityPatch,
  EntityReplacement,
  EventName,
  EventPayload,
  Job,
  PlannedChange,
  RebalanceInput,
  RevisionAuthor,
  RevisionDiff,
  RevisionInfo,
  WeirEvent
} from '@weirlb/model'
export type { HealthChange, MonitorStatus, ServiceHealthDetail } from '@weirlb/health'
export type { CertificateFacts } from '@weirlb/link'
export type {
  ConnectionInfo,
  ConnectionQuery,
  Explanation,
  LbExplanation,
  TraceFilter,
  TraceLevel,
  TraceRecord
} from '@weirlb/engine'
export type { TraceEvent, TraceListener, TraceRequest, TraceStatus } from './jobs/traces.ts'
export { figureFields, type FigureField, type FigureName, type Figures } from './history/figures.ts'
export type { HistoryFollower, HistoryView, Sample, SampleFigures } from './history/stats-history.ts'
export type { Life, LifeFilter } from './lives/life.ts'
export type { LifeEvent, LifeListener } from './lives/lives.ts'
export type { LogLevel } from './data-plane.ts'
export type { SecurityEvent, SecurityFilter } from './security/security-event.ts'
export type { SecurityFollower, SecurityPage, SecurityQuery } from './security/security-log.ts'
export { checkWebhookOptions, type WebhookOptions } from './security/webhook-options.ts'
export type { WebhookStats } from './security/webhook.ts'
export type { BanInfo, Bans } from './bans/ban-book.ts'
export type { BanArchive, SavedBan } from './storage/ban-archive.ts'
export type { SessionFilter } from './sessions/session-filter.ts'
export type { PassedSession } from './sessions/sessions-made.ts'
export type { SessionInput } from './sessions/wanted-session.ts'
export { createWeir, type WeirOptions } from './create-weir.ts'
export type { CanaryEnd, ExtensionVersion } from './storage/extension-history.ts'
export type { ExtensionBudget, ExtensionStatus, Use } from './stats/extension-budget.ts'
export type { SessionDeletion } from './sessions/session-deletion.ts'
export type { SessionStats } from './sessions/session-stats.ts'
export type { Stats } from './collect-stats.ts'
export type { ShownHistogram } from './stats/shown-stats.ts'
export type { Draft, DraftCollection } from './config/draft.ts'
export { monitorBound, monitorUnbound } from './config/monitor-bindings.ts'
export { followingChanges, type AppliedChange, type OnApplied } from './config/applied-changes.ts'
export { permittingChanges, type PermitChange } from './config/change-permits.ts'
export type { Versioned, WriteOptions } from './config/versioned.ts'
export type { InheritedSockets } from './inherited-sockets.ts'
export { logFaults } from './faults.ts'
export { logFormats, type LogFormat } from './line-format.ts'
export { logOutput, makeLog, type LeveledLog, type LogOptions } from './log.ts'
export { accessFields, type AccessField } from './access-log/access-fields.ts'
export { accessFormat } from './access-log/access-format.ts'
export type { AccessLogOptions } from './access-log/access-log.ts'
export { type TopEffect, type TopKind, topKinds, type TopList } from '@weirlb/engine'
export {
  isField,
  isFieldOfMap,
  isHistogram,
  quantileOf,
  statFields,
  type Field,
  type FieldMap,
  type FieldTable,
  type HistogramField
} from '@weirlb/engine'
export { checkSpanOptions, type SpanOptions } from './spans/span-options.ts'
export {
  certkeyFaults,
  ipText,
  notifyService,
  peerCredentials,
  returnMemory,
  revocationLists,
  transportChoices,
  type TransportChoice
} from '@weirlb/link'
export { FileStorage } from './storage/file.ts'
export { MemoryStorage } from './storage/memory.ts'
export type { AcmeAccount, AcmeArchive, AcmeRecord, AcmeState } from './storage/acme-archive.ts'
export type { NameArchive, SavedAddress, SavedNames } from './storage/name-archive.ts'
export type { NameState, NameStatus } from './names/name-status.ts'
export type { RevisionRecord, SavedRevision, Storage } from './storage/storage.ts'
export type { SavedSecret, SavedToken, TokenArchive } from './storage/token-archive.ts'
export type { JobArchive, SavedJobs } from './storage/job-archive.ts'
export type { SessionArchive, SnapshotWriter } from './storage/session-archive.ts'
export { version } from './version.ts'
export type { BalancingMethod, Candidate, Criteria, MethodFactory, Methods } from '@weirlb/engine'
export type { Claim, SessionEntry } from '@weirlb/engine'
export type * from './sessions/session-store.ts'
export {
  GRANT_MS,
  LEASE_MS,
  type RecordWrite,
  type SessionOp,
  type SessionReply,
  type SharedRecord,
  type SharedSession,
  type SharedStore,
  type StoreWatcher
} from './cluster/shared-store.ts'
export {
  MemoryStore,
  SharedMemory,
  type KeptRecord,
  type SharedJournal,
  type SharedMemoryOptions
} from './cluster/shared-memory.ts'
export type { ClusterOptions, ClusterStatus } from './cluster/cluster.ts'
export type { NodeInfo } from './cluster/nodes.ts'
export { FileStore } from './cluster/file-store.ts'
export { formatDiffers, SHARED_FORMAT } from './cluster/generation.ts'
export type { SharedEntry } from './cluster/shared-entry.ts'
