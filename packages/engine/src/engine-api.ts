import type { ServiceHealth, ServiceFailure } from '@weirlb/model'
import type {
  Bundle,
  Declaration,
  FunctionDeclaration,
  FunctionRequest,
  FunctionRuntime,
  Runtime
} from '@weirlb/sdk/abi'
import type { SharedSocket, Transport } from '@weirlb/link'
import type { FunctionEvents } from './edge/function-reports.ts'
import type { FunctionTrial } from './edge/function-trial.ts'
import type { EngineConfig, EngineFunction, Ports } from './engine-config.ts'
import type { ConnectionInfo, ConnectionQuery } from './connection/connection-info.ts'
import type { Counts } from './balancing/counted.ts'
import type { PlaceLender, PlaceWord } from './balancing/places.ts'
import type { Methods } from './balancing/method.ts'
import type { DepartureQuery, Departed } from './departures.ts'
import type { ExplainQuery, Explanation } from './explain/explanation.ts'
import type { Probes } from './extension/probe.ts'
import type { RecordSink } from './life-record.ts'
import type { TraceRecord, TraceSpec } from './trace/trace.ts'
import type { Decision } from './decisions/decision.ts'
import type { Tops } from './decisions/tops.ts'
import type { CounterLevel } from './gate/active-limit.ts'
import type { BanWord } from './gate/ban-list.ts'
import type { LimitCountersQuery } from './gate/limit-book.ts'
import type { SharedCount } from './gate/limit-shares.ts'
import type { RequestInspector } from './gate/request-inspection.ts'
import type { Log } from './log.ts'
import type { SessionDirectory } from './persistence/session-directory.ts'
import type { EngineStats, WorkerStats } from './stats/stats.ts'

/** Receives the engine's events. */
export interface EngineEvents extends FunctionEvents {
  /** What the edge decided: a bounded part of it, once a turn of the event loop. */
  onDecisions (decisions: readonly Decision[]): void
  /** A user vserver has begun or ended defence mode in this process. */
  onDefence (userVserver: string, defending: boolean, reason: string): void
  /** A rate limit has banned an address, here so far. */
  onBan (ban: BanWord, by: string): void
  /** Calls of a traced extension; `dropped` more are not among them. */
  onTraced (extension: string, records: readonly TraceRecord[], dropped: number): void
  /** Clients found that this service does not serve them; its monitors may probe at once. */
  onServiceFailed (service: string, failure: ServiceFailure, message: string): void
  /** A version that new connections get went down, or came back. */
  onExtensionState (extension: string, state: 'up' | 'rebuilding' | 'down', message: string, version: number): void
}

/** A process as its statistics have it. */
export interface ProcessFigures {
  /** Its name among the workers. */
  readonly name: string
  /** Returns a copy of what is counted of the process itself. */
  figures (): Pick<WorkerStats, 'cpuMs' | 'residentBytes' | 'loopBusyMs' | 'loopDelayMs'>
}

export interface EngineOptions {
  readonly transport: Transport
  readonly runtime: Runtime
  /** Runs edge functions; undefined: a revision that has some is refused. */
  readonly functions?: FunctionRuntime | undefined
  readonly sessions: SessionDirectory
  /** Lends places of services with `maxClients`; undefined: no other process has clients. */
  readonly places?: PlaceLender | undefined
  /** Tells the other processes what rate limits have counted here; undefined: there are none. */
  readonly shareCounts?: ((counts: readonly SharedCount[]) => void) | undefined
  /** Balancing methods besides those that ship with Weir. */
  readonly methods?: Methods | undefined
  readonly log: Log
  readonly events: EngineEvents
  /** Its process, for the statistics; undefined: they have none of it. */
  readonly process?: ProcessFigures | undefined
  /** Takes the records of ended connections and requests beside the log. */
  readonly records?: RecordSink | undefined
  /** Inspects HTTP requests for managed checks; undefined: none can be inspected. */
  readonly inspector?: RequestInspector | undefined
  /** Number of this worker; part of connection ids. */
  readonly worker: number
  /** Share listening ports with other workers. */
  readonly reusePort: boolean
  /** Takes sockets that listen on an address already, as descriptors of this process. */
  readonly inherited?: ((address: string, port: number) => readonly number[] | undefined) | undefined
  /** Time for the HTTP requests of a removed user vserver or service to end by themselves; default 10,000. */
  readonly requestGraceMs?: number | undefined
}

/** The sockets of one address, which go on listening when their listener is closed. */
export interface ListeningSockets {
  readonly address: string
  readonly port: number
  readonly handles: readonly SharedSocket[]
}

/**
 * A revision that can be committed: its extensions are loaded and its new addresses are bound, but nothing has changed
 * for any client.
 */
export interface PreparedRevision {
  readonly declarations: Readonly<Record<string, Declaration>>
  readonly ports: Ports
  /** Make it the running revision. Cannot fail. */
  commit (): void
  /** Forget it. */
  abort (): void
}

/** The data plane of one process. It also runs extensions' probes. */
export interface EngineApi extends Probes {
  /**
   * First half of a change. `ports` has the ports that port 0 has already become elsewhere. Only one revision may be
   * prepared at a time. Rejects with a WeirError (address-taken, address-unusable, certificate-invalid,
   * params-invalid, extension-*); then nothing was kept.
   */
  prepare (config: EngineConfig, ports: Ports): Promise<PreparedRevision>
  /** Load an extension, return its declaration, and discard the extension. */
  validate (bundle: Bundle): Promise<Declaration>
  /** Load an edge function, return what it shows of itself, and discard it. */
  validateFunction (bundle: Bundle): Promise<FunctionDeclaration>
  /** Have a function decide on a request, in an isolate of its own. Nothing is counted. Rejects with extension-load. */
  tryFunction (config: EngineFunction, request: FunctionRequest): Promise<FunctionTrial>
  /**
   * Returns the treatment of a client that sends these bytes. Nothing is sent, counted or pinned; the extension runs
   * in a separate guest. Rejects with not-found, extension-down or extension-load.
   */
  explain (query: ExplainQuery): Promise<Explanation>
  /** Report every call of an extension, in all its versions, to `onTraced`; undefined: no more. */
  trace (extension: string, spec: TraceSpec | undefined): void
  /**
   * Set the health that monitors report of a service; one without monitors is up. If a service goes down, clients of
   * LB vservers with `onDown: 'close'` are closed as `service-down`.
   */
  setServiceHealth (service: string, health: ServiceHealth): void
  /** Set in how many milliseconds a service passes its probes on average. */
  setServiceLatency (service: string, ms: number): void
  /** Returns what this process counts of these services, where that is another than at the last call. */
  counts (services: readonly string[]): Readonly<Record<string, Counts>>
  /** Set what the other processes count of services. */
  tellElsewhere (elsewhere: Readonly<Record<string, Counts>>): void
  /** The lender's word about the places of a service. */
  tellPlaces (service: string, word: PlaceWord): void
  /** Count what another process has counted. */
  tellCounted (counts: readonly SharedCount[]): void
  /** Accept no clients from these addresses, each for a time. */
  ban (bans: readonly BanWord[]): void
  /** Accept clients from these addresses again; undefined: from all. */
  unban (addresses: readonly string[] | undefined): void
  stats (): EngineStats
  /** Returns whom and what this process decides about most often. */
  tops (): Tops
  /** Returns the counters of a rate limit that have counted most here. */
  limitCounters (query: LimitCountersQuery): readonly CounterLevel[]
  connections (query: ConnectionQuery): ConnectionInfo[]
  /** Close one connection as `killed`; false when there is none of this id. */
  kill (id: string): boolean
  /** Give no client of an LB vserver to these services that another can have, until the next call or revision. */
  steerFrom (lbVserver: string, overfull: readonly string[]): void
  /** Tell some clients of a service to go. Each is told once. */
  depart (departure: DepartureQuery): Departed
  /** Returns the sockets that it listens on, so that another process can accept from them too. */
  listening (): readonly ListeningSockets[]
  /**
   * Close the listeners, and open none for later revisions; resolve when all connections and requests have ended by
   * themselves.
   */
  drain (): Promise<void>
  /**
   * Close the listeners, send every client its protocol's goodbye, let HTTP requests under way end, and resolve when
   * all are gone or `graceMs` has passed.
   */
  stop (graceMs: number): Promise<void>
}
