import type { ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration } from '@weirlb/sdk/abi'
import type { ConnectionInfo, ConnectionQuery, Departed, DepartureQuery, EngineConfig, EngineEvents, EngineStats, ExplainQuery, Explanation, ListeningSockets, Probes, SessionEntry, TraceSpec } from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'

/** Where a user vserver listens now. */
export type ListeningPorts = Readonly<Record<string, number>>

/** A change that every worker has prepared and none has committed. */
export interface PreparedChange {
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: ListeningPorts
  commit (): Promise<void>
  abort (): Promise<void>
}

/** A process that moves bytes, as health shows it. */
export interface WorkerInfo {
  /** 1 to N; the process itself (`workers: 0`) is 0. */
  readonly id: number
  readonly pid: number
  readonly status: 'up' | 'starting' | 'restarting'
  readonly restarts: number
  /** Its transport, once started. */
  readonly transport: TransportInUse | undefined
}

/** Receives the data plane's events: the engine's with the worker's number, and those of the workers. */
export interface DataPlaneEvents {
  onServiceFailed: EngineEvents['onServiceFailed']
  onExtensionState (...args: [...Parameters<EngineEvents['onExtensionState']>, worker: number]): void
  onTraced (...args: [...Parameters<EngineEvents['onTraced']>, worker: number]): void
  /** A worker process ended unexpectedly, with its connections at the last heartbeat. */
  onWorkerEnded (worker: number, pid: number, reason: string, restartInMs: number, connections: number): void
  /** Another process has taken its place. */
  onWorkerUp (worker: number, pid: number, restarts: number): void
}

/**
 * The part of Weir that moves bytes: the engine in this process, or worker processes. Extensions run there, and so do
 * their probes.
 */
export interface DataPlane extends Probes {
  /** From now on `events` receives the events. */
  start (events: DataPlaneEvents): Promise<void>
  /** First half of a change on every worker; all or none. */
  prepare (config: EngineConfig): Promise<PreparedChange>
  validate (bundle: Bundle): Promise<Declaration>
  /** Returns the treatment of these bytes by one worker. */
  explain (request: ExplainQuery): Promise<Explanation>
  /** Report the calls of an extension on every worker, those to come too; undefined: no more. */
  setTrace (extension: string, spec: TraceSpec | undefined): void
  /** Set a service's health on every worker, including later ones. */
  setServiceHealth (service: string, health: ServiceHealth): void
  /** Set on every worker, including later ones, in how many milliseconds a service passes its probes on average. */
  setServiceLatency (service: string, ms: number): void
  stats (): Promise<EngineStats>
  /** Lines of the log that worker processes have dropped, those that have ended included. */
  droppedLines (): Promise<number>
  connections (query: ConnectionQuery): Promise<ConnectionInfo[]>
  kill (id: string): Promise<boolean>
  /** Give no client of an LB vserver to these services that another can have. A worker that starts later, and the next revision, know nothing of it. */
  steerFrom (lbVserver: string, overfull: readonly string[]): void
  /** Returns the sockets that clients are accepted from. */
  listening (): Promise<readonly ListeningSockets[]>
  /** Tell some clients of a service to go: `count` of them over all workers, which share it by the clients that each has. */
  depart (query: DepartureQuery): Promise<Departed>
  sessions (query: SessionQuery): Promise<readonly SessionEntry[]>
  /** The same in parts. */
  sessionParts (query: SessionQuery): AsyncIterable<readonly SessionEntry[]>
  deleteSessions (query: SessionQuery): Promise<number>
  /** Set all entries, or none: then it returns the index of the first that has no room, because clients hold all others; else -1. */
  setSessions (entries: readonly WantedSession[]): Promise<number>
  workers (): readonly WorkerInfo[]
  setLogLevel (level: LogLevel): void
  stop (graceMs: number): Promise<void>
}

/** An entry as session tables take it: the key in stored form, and how long it lives. */
export interface WantedSession { readonly table: string, readonly key: string, readonly service: string, readonly ttlMs: number }

/** Filters of persistence entries; `lbVserver` is the name of a session table, `limit` the maximum number of entries. */
export interface SessionQuery { readonly lbVserver?: string | undefined, readonly key?: string | undefined, readonly limit?: number | undefined }
/** Lines below this level are not written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
