import type { CollectionName, Config, ConfigInput, EventName, PersistenceType, WeirEvent } from '@weirlb/model'
import type { ConnectionInfo, ConnectionQuery, ListeningSockets } from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import type { Draft } from '../config/draft.ts'
import type { Versioned, WriteOptions } from '../config/versioned.ts'
import type { LogLevel } from '../data-plane.ts'
import type { TraceListener, TraceRequest, TraceStatus } from '../jobs/traces.ts'
import type { SessionDeletion } from '../sessions/session-deletion.ts'
import type { SessionFilter } from '../sessions/session-filter.ts'
import type { SessionInput } from '../sessions/wanted-session.ts'
import type { Stats } from '../collect-stats.ts'
import type { Collection, Collections } from './collections.ts'
import type { Jobs } from './jobs.ts'

/** The configuration as one document. */
export interface WholeConfig {
  /** The running configuration, without private keys. */
  get (): Versioned<Config>
  /** Replace all of it; a certkey without `key` keeps the key it has. Rejects as any write. */
  replace (config: ConfigInput, options?: WriteOptions): Promise<Versioned<Config>>
  /**
   * Performs all checks of `replace` except binding ports: schema, references, extensions. Both check a large
   * configuration in slices, so that the event loop has other turns meanwhile.
   */
  check (config: ConfigInput): Promise<void>
  /**
   * Make many changes one revision: all of them apply, or none. `edit` gets a draft of the running configuration, and is called when it is this change's turn;
   * it must not wait for anything. `ifMatch` is of the whole configuration.
   */
  edit (edit: (draft: Draft) => void, options?: WriteOptions): Promise<Versioned<Config>>
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
}

/** Traces of extensions, call by call. All methods throw not-found for an unknown extension. */
export interface ExtensionTraces {
  /** Returns the status of an extension's trace. */
  get (extension: string): TraceStatus
  /** Trace the calls of an extension's code in all its versions, on every worker, for a time. Throws config-invalid. */
  set (extension: string, request: TraceRequest): TraceStatus
  /** Call the listener with the trace of an extension, its status first; the function returned ends it. A listener that throws is logged and harms nothing. */
  on (extension: string, listener: TraceListener): () => void
}

/** Controls the log. */
export interface LogControl {
  readonly level: LogLevel
  /** Takes effect at once on every worker. */
  setLevel (level: LogLevel): void
}

/** How the whole is doing. */
export interface Health {
  readonly status: 'ok' | 'degraded'
  readonly version: string
  readonly revision: number
  readonly uptimeSeconds: number
  readonly workers: readonly { readonly id: number, readonly pid: number, readonly status: 'up' | 'starting' | 'restarting', readonly restarts: number, readonly transport?: TransportInUse | undefined }[]
  /** Enabled ones; `unknown`: no verdict yet. */
  readonly services: { readonly up: number, readonly down: number, readonly unknown: number }
}

/** The running load balancer. */
export interface Weir extends Collections {
  readonly config: WholeConfig
  readonly sessions: SessionEntries
  readonly connections: Connections
  readonly traces: ExtensionTraces
  readonly jobs: Jobs
  readonly log: LogControl

  start (): Promise<void>
  /** Send every client its goodbye and stop within the grace time (default 10 s). Idempotent. */
  stop (options?: { graceMs?: number }): Promise<void>

  /**
   * Stop everything but serving clients, so that a successor can take the state directory and these listening sockets.
   * `stop` then ends the clients. Rejects with transport-unavailable if sockets cannot be handed over; then nothing has changed.
   */
  handOver (): Promise<readonly ListeningSockets[]>

  /**
   * Call the listener with each event of a type from now on; the function returned ends it. Listeners may be added before `start`. One that throws is logged and
   * harms nothing; each is called at once, so one that takes long holds up the process.
   */
  on<E extends EventName> (type: E, listener: (event: WeirEvent<E>) => void): () => void

  /** Returns the collection of a name that is only known at run time. */
  collection<C extends CollectionName> (name: C): Collection<C>
  health (): Promise<Health>
  stats (): Promise<Stats>
}
