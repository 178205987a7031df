import type { ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration, FunctionDeclaration, FunctionRequest } from '@weirlb/sdk/abi'
import type {
  BanWord,
  ConnectionInfo,
  ConnectionQuery,
  CounterLevel,
  Decision,
  Departed,
  DepartureQuery,
  EngineConfig,
  EngineEvents,
  EngineFunction,
  EngineStats,
  ExplainQuery,
  Explanation,
  FunctionTrial,
  LimitCountersQuery,
  ListeningSockets,
  Probes,
  SessionEntry,
  SharedCount,
  Tops,
  TraceSpec
} from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import type { InspectorEvents } from './inspection.ts'
import type { DroppedLines } from './dropped-lines.ts'
import type { Life, LifeFilter } from './lives/life.ts'
import type { SampledConnection } from './spans/sampled.ts'

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
  /** What the edge decided; `lost` more decisions that were to be reported are not among them. */
  onDecisions (decisions: readonly Decision[], lost: number, worker: number): void
  /** `pid`: of the process, as a worker may be replaced by another. */
  onDefence (...args: [...Parameters<EngineEvents['onDefence']>, worker: number, pid: number]): void
  /** The process that inspects a worker's requests has another state. */
  onInspector (...args: [...Parameters<InspectorEvents['onInspector']>, worker: number, pid: number]): void
  onBan: EngineEvents['onBan']
  onExtensionState (...args: [...Parameters<EngineEvents['onExtensionState']>, worker: number]): void
  onFunctionFailed (...args: [...Parameters<EngineEvents['onFunctionFailed']>, worker: number]): void
  onFunctionState (...args: [...Parameters<EngineEvents['onFunctionState']>, worker: number]): void
  onTraced (...args: [...Parameters<EngineEvents['onTraced']>, worker: number]): void
  /** Connections that began or ended, as watched; `dropped` more are not among them. */
  onLives (lives: readonly Life[], dropped: number): void
  /** Sampled connections that have ended; `dropped` more are not among them. */
  onSampled (connections: readonly SampledConnection[], dropped: number): void
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
  validateFunction (bundle: Bundle): Promise<FunctionDeclaration>
  /** Have a function decide on a request in an isolate of its own. */
  tryFunction (config: EngineFunction, request: FunctionRequest): Promise<FunctionTrial>
  /** Returns the treatment of these bytes by one worker. */
  explain (request: ExplainQuery): Promise<Explanation>
  /** Report the calls of an extension on every worker, those to come too; undefined: no more. */
  setTrace (extension: string, spec: TraceSpec | undefined): void
  /** Set a service's health on every worker, including later ones. */
  setServiceHealth (service: string, health: ServiceHealth): void
  /** Set on every worker, including later ones, in how many milliseconds a service passes its probes on average. */
  setServiceLatency (service: string, ms: number): void
  /** Accept no clients from these addresses, each for a time, on every worker, those to come too. */
  ban (bans: readonly BanWord[]): void
  /** Count what other nodes have counted, on every worker. */
  tellCounted (counts: readonly SharedCount[]): void
  /** Accept clients from these addresses again; undefined: from all. */
  unban (addresses: readonly string[] | undefined): void
  stats (): Promise<EngineStats>
  /**
   * Returns the statistics of each process as they were last reported, a second ago at most; those of processes that
   * ended are gone.
   */
  reportedStats (): readonly { readonly id: number, readonly stats: EngineStats }[]
  /** Returns, for each worker, whom and what it decides about most often. */
  tops (): Promise<readonly Tops[]>
  /** Returns, for each worker, the counters of a rate limit that have counted most. */
  limitCounters (query: LimitCountersQuery): Promise<readonly (readonly CounterLevel[])[]>
  /**
   * Lines that the data plane has dropped, in processes that have ended too; the log of this process is not among them.
   */
  droppedLines (): Promise<DroppedLines>
  /**
   * Report connections that begin or end, of those that one of these filters is about, on every worker; none: no more.
   */
  watchLives (filters: readonly LifeFilter[]): void
  /** Open the file of the access log again in every process. */
  reopenAccessLog (): void
  connections (query: ConnectionQuery): Promise<ConnectionInfo[]>
  kill (id: string): Promise<boolean>
  /**
   * Give no client of an LB vserver to these services that another can have. A worker that starts later, and the next
   * revision, know nothing of it.
   */
  steerFrom (lbVserver: string, overfull: readonly string[]): void
  /** Returns the sockets that clients are accepted from. */
  listening (): Promise<readonly ListeningSockets[]>
  /** Let go of what `listening` returned: the handles of this process that are copies. */
  forgetListening (): void
  /**
   * Tell some clients of a service to go: `count` of them over all workers, which share it by the clients that each
   * has.
   */
  depart (query: DepartureQuery): Promise<Departed>
  sessions (query: SessionQuery): Promise<readonly SessionEntry[]>
  /** The same in parts. */
  sessionParts (query: SessionQuery): AsyncIterable<readonly SessionEntry[]>
  deleteSessions (query: SessionQuery): Promise<number>
  /**
   * Set all entries, or none: then it returns the index of the first that has no room, because clients hold all others;
   * else -1.
   */
  setSessions (entries: readonly WantedSession[]): Promise<number>
  workers (): readonly WorkerInfo[]
  setLogLevel (level: LogLevel): void
  stop (graceMs: number): Promise<void>
}

/** Lends places of services with `maxClients` to the clients of this node. */
export interface PlaceKeeper {
  /** So many places of a service are this node's from now on; fewer than clients have: until those leave. */
  lend (service: string, places: number): void
  /** There are no more: clients that wait are refused. */
  none (service: string): void
  /** Take back what no client has; `used` is called then. */
  recall (service: string): void
}

/** Divides places of services with `maxClients` among several nodes. */
export interface PlaceSource {
  /** This node's part goes to `keeper` from now on. */
  supply (keeper: PlaceKeeper): void
  /** The services with a limit, and how many places each has over all nodes. */
  configure (limits: ReadonlyMap<string, number>): void
  /**
   * So many places are in use on this node, and so many more are wanted. `isExact`: each of the first has a client;
   * otherwise processes may have some of them for clients to come.
   */
  used (service: string, used: number, wanted: number, isExact: boolean): void
}

/** An entry as session tables take it: the key in stored form, and how long it lives. */
export interface WantedSession {
  readonly table: string
  readonly key: string
  readonly service: string
  readonly ttlMs: number
}

/**
 * Filters of persistence entries; `lbVserver` is the name of a session table, `limit` the maximum number of entries.
 */
export interface SessionQuery {
  readonly lbVserver?: string | undefined
  readonly key?: string | undefined
  readonly limit?: number | undefined
}
/** Lines below this level are not written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
