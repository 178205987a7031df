import type {
  CollectionName,
  Config,
  ConfigInput,
  ConfigPlan,
  EventName,
  PersistenceType,
  RevisionAuthor,
  WeirEvent
} from '@weirlb/model'
import type { ConnectionInfo, ConnectionQuery, ListeningSockets } from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import type { Bans } from '../bans/ban-book.ts'
import type { ClusterStatus } from '../cluster/cluster.ts'
import type { NodeInfo } from '../cluster/nodes.ts'
import type { Draft } from '../config/draft.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { LogLevel } from '../data-plane.ts'
import type { LifeFilter } from '../lives/life.ts'
import type { HistoryFollower, HistoryView } from '../history/stats-history.ts'
import type { LifeListener } from '../lives/lives.ts'
import type { TraceListener, TraceRequest, TraceStatus } from '../jobs/traces.ts'
import type { SessionDeletion } from '../sessions/session-deletion.ts'
import type { PassedSession } from '../sessions/sessions-made.ts'
import type { SessionFilter } from '../sessions/session-filter.ts'
import type { SessionInput } from '../sessions/wanted-session.ts'
import type { Stats } from '../collect-stats.ts'
import type { Collection, Collections } from './collections.ts'
import type { NamedStatus } from './entity-status.ts'
import type { Jobs } from './jobs.ts'
import type { RevisionHistory } from './revisions.ts'
import type { Security } from './security.ts'

/** The configuration as one document. */
export interface WholeConfig {
  /** The running configuration, without private keys. */
  get (): Versioned<Config>
  /** Replace all of it; a certkey without `key` keeps the key it has. Rejects as any write. */
  replace (config: ConfigInput, options?: WriteOptions): Promise<Versioned<Config>>
  /**
   * Performs all checks of `replace` except binding ports: schema, references, extensions. Returns what it would start,
   * change, drain and stop. Both check a large configuration in slices, so that the event loop has other turns
   * meanwhile.
   */
  check (config: ConfigInput): Promise<ConfigPlan>
  /**
   * Make many changes one revision: all of them apply, or none. `edit` gets a draft of the running configuration, and
   * is called when it is this change's turn; it must not wait for anything. Many changes are best made by a generator
   * function: where it yields, the event loop may have other turns. `ifMatch` is of the whole configuration.
   */
  edit (edit: (draft: Draft) => void | Iterator<unknown>, options?: WriteOptions): Promise<Versioned<Config>>
}

/** A session as the API shows it. */
export interface SessionInfo {
  /** LB vserver; for the affinity of a GLB `glb/` and its name. */
  readonly lbVserver: string
  /** What the key is of. */
  readonly type: PersistenceType
  /** UTF-8 text where the key is valid UTF-8, else `hex:…`; keys over 128 bytes show as `sha256:…`. */
  readonly key: string
  readonly service: string
  readonly connections: number
  readonly expiresInSeconds: number | undefined
}

/** Persistence entries. */
export interface SessionEntries {
  /** Entries that match every filter; all of them without one. */
  list (filter?: SessionFilter): Promise<readonly SessionInfo[]>
  /** The same in parts, so that a million need not be in memory together. */
  parts (filter?: SessionFilter): AsyncIterable<readonly SessionInfo[]>
  /**
   * Set entries, all or none; returns how many. A key that stands is led to the service from its next connection on.
   * Each lives for `timeoutSeconds` of its LB vserver, as after its last connection. Rejects with session-invalid: the
   * issues name the entries, by default as `[3]`; `place` names them otherwise.
   */
  set (entries: readonly SessionInput[], place?: (index: number) => string): Promise<number>
  /** Delete entries and return how many. Rejects with query-invalid unless it is given a filter or `all: true`. */
  delete (which: SessionDeletion): Promise<number>
}

/** Open connections. */
export interface Connections {
  /** Connections that match every filter; all of them without one. */
  list (query?: ConnectionQuery): Promise<readonly ConnectionInfo[]>
  get (id: string): Promise<ConnectionInfo | undefined>
  /** Close a connection, with a goodbye in its protocol. False: there is none, or it has ended. */
  kill (id: string): Promise<boolean>
  /**
   * Call the listener with connections that begin and end from now on, and with HTTP requests that end; the function
   * returned ends it. One that throws is logged and harms nothing. Throws query-invalid.
   */
  watch (filter: LifeFilter, listener: LifeListener): () => void
}

/** Traces of extensions, call by call. All methods throw not-found for an unknown extension. */
export interface ExtensionTraces {
  /** Returns the status of an extension's trace. */
  get (extension: string): TraceStatus
  /** Trace the calls of an extension's code in all its versions, on every worker, for a time. Throws config-invalid. */
  set (extension: string, request: TraceRequest): TraceStatus
  /**
   * Call the listener with the trace of an extension, its status first; the function returned ends it. A listener that
   * throws is logged and harms nothing.
   */
  on (extension: string, listener: TraceListener): () => void
}

/** Controls the log. */
export interface LogControl {
  readonly level: LogLevel
  /** Takes effect at once on every worker. */
  setLevel (level: LogLevel): void
  /**
   * Open the file of the access log again, before its next line: it was renamed. It is also found out within a second.
   */
  reopenAccessLog (): void
}

/** The latest hour of figures, a sample every two seconds. A restart begins anew. */
export interface History {
  /** Returns the kept samples of a user vserver, or of all together. Undefined: the user vserver has none yet. */
  view (userVserver?: string): HistoryView | undefined
  /** Send samples from now on, after those behind the one of this id, until the returned function is called. */
  follow (lastId: string | undefined, follower: HistoryFollower): () => void
}

/** How the whole is doing. */
export interface Health {
  readonly status: 'ok' | 'degraded'
  readonly version: string
  readonly revision: number
  readonly uptimeSeconds: number
  readonly workers: readonly {
    readonly id: number
    readonly pid: number
    readonly status: 'up' | 'starting' | 'restarting'
    readonly restarts: number
    readonly transport?: TransportInUse | undefined
  }[]
  /** Undefined where there is no cluster. */
  readonly cluster?: ClusterStatus | undefined
  /** Enabled ones; `unknown`: no verdict yet. */
  readonly services: { readonly up: number, readonly down: number, readonly unknown: number }
  /** User vservers in defence mode, by worker. */
  readonly defending: readonly Defending[]
  /**
   * The first 100 access rules, lockdowns, rules and managed checks that are without effect, in whole or in part, and
   * why: no geo database knows what they need, a library is not installed, or the process that inspects has ended.
   */
  readonly inactive: readonly { readonly entity: string, readonly reason: string }[]
}

/** A user vserver that is in defence mode in a worker. `since`: milliseconds since 1970 (UTC). */
export interface Defending {
  readonly userVserver: string
  readonly worker: number
  readonly reason: string
  readonly since: number
  /** The other node of the cluster whose worker it is, as it was two seconds ago at most; undefined: this one. */
  readonly node?: string | undefined
}

/** How everything is at one moment. */
export interface Overview {
  readonly health: Health
  readonly stats: Stats
  /** The status of every entity, by collection. */
  readonly statuses: Readonly<Record<CollectionName, readonly NamedStatus[]>>
}

/** The running load balancer. */
export interface Weir extends Collections {
  readonly config: WholeConfig
  readonly revisions: RevisionHistory
  readonly sessions: SessionEntries
  readonly connections: Connections
  readonly bans: Bans
  readonly traces: ExtensionTraces
  readonly security: Security
  readonly jobs: Jobs
  readonly log: LogControl
  readonly history: History

  start (): Promise<void>
  /** Send every client its goodbye and stop within the grace time (default 10 s). Idempotent. */
  stop (options?: { graceMs?: number }): Promise<void>

  /**
   * Stop everything but serving clients, so that a successor can take the state directory and these listening sockets.
   * `stop` then ends the clients, or `takeBack` undoes it. If it rejects, nothing has changed.
   */
  handOver (): Promise<readonly ListeningSockets[]>
  /**
   * The successor has failed and is gone: do again all that `handOver` has stopped. Changes that it has taken from the
   * API or from commands run here. Rejects with storage-failed if the state directory is another's.
   */
  takeBack (): Promise<void>
  /**
   * Returns persistence entries that were made or used since `handOver` and not returned yet, at most so many, for the
   * successor's `adoptSessions`.
   */
  takeMadeSessions (most: number): readonly PassedSession[]
  /** Set entries of a predecessor's clients where there are none. Returns how many were set. */
  adoptSessions (entries: readonly PassedSession[]): Promise<number>

  /**
   * Call the listener with each event of a type from now on; the function returned ends it. Listeners may be added
   * before `start`. One that throws is logged and harms nothing; each is called at once, so one that takes long holds
   * up the process.
   */
  on<E extends EventName> (type: E, listener: (event: WeirEvent<E>) => void): () => void

  /** Run something whose changes are this author's, as the revisions show it. Without it they are the program's. */
  as<T> (author: RevisionAuthor, run: () => T): T

  /** Returns the collection of a name that is only known at run time. */
  collection<C extends CollectionName> (name: C): Collection<C>
  health (): Promise<Health>
  /** Returns the nodes of the cluster by name; none where there is no cluster. Rejects with store-unreachable. */
  nodes (): Promise<readonly NodeInfo[]>
  stats (): Promise<Stats>
  /**
   * Returns the health, the statistics and every status together: the workers are asked once. Rejects with
   * worker-unavailable.
   */
  overview (): Promise<Overview>
}
