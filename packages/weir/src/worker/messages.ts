import type { ErrorCode, Issue, ServiceHealth, ServiceFailure } from '@weirlb/model'
import type { Bundle, Declaration, FunctionDeclaration, FunctionRequest } from '@weirlb/sdk/abi'
import type {
  BanWord,
  Claim,
  ConnectionInfo,
  ConnectionQuery,
  CounterLevel,
  Counts,
  Decision,
  Departed,
  DepartureQuery,
  EngineFunction,
  EngineStats,
  ExplainQuery,
  Explanation,
  FunctionEvents,
  FunctionTrial,
  LimitCountersQuery,
  PlaceWord,
  Ports,
  ProbeAnswer,
  ProbeAsk,
  ProbeQuestion,
  ProbeVerdict,
  SharedCount,
  Tops,
  TraceRecord,
  TraceSpec
} from '@weirlb/engine'
import type { InspectorState } from '@weirlb/waf'
import type { TransportInUse } from '@weirlb/link'
import type { Life, LifeFilter } from '../lives/life.ts'
import type { DroppedLines } from '../dropped-lines.ts'
import type { LogLevel, SessionQuery, WantedSession } from '../data-plane.ts'
import type { ConfigDelta } from './config-delta.ts'
import type { SampledConnection } from '../spans/sampled.ts'
import type { SessionLog } from '../sessions/session-log.ts'

// The messages between the control process and a worker. All messages of one turn of the event loop travel as one
// list, in order, in both directions.

/** The control process's calls to a worker, with their results. */
export interface Calls {
  prepare: {
    readonly ask: { readonly delta: ConfigDelta, readonly ports: Ports }
    readonly answer: { readonly declarations: Readonly<Record<string, Declaration>>, readonly ports: Ports }
  }
  commit: { readonly ask: undefined, readonly answer: undefined }
  abort: { readonly ask: undefined, readonly answer: undefined }
  explain: { readonly ask: ExplainQuery, readonly answer: Explanation }
  'probe-question': { readonly ask: ProbeAsk, readonly answer: ProbeQuestion }
  'probe-verdict': { readonly ask: ProbeAnswer, readonly answer: ProbeVerdict }
  validate: { readonly ask: Bundle, readonly answer: Declaration }
  'validate-function': { readonly ask: Bundle, readonly answer: FunctionDeclaration }
  'try-function': {
    readonly ask: { readonly config: EngineFunction, readonly request: FunctionRequest }
    readonly answer: FunctionTrial
  }
  connections: { readonly ask: ConnectionQuery, readonly answer: ConnectionInfo[] }
  kill: { readonly ask: string, readonly answer: boolean }
  depart: { readonly ask: DepartureQuery, readonly answer: Departed }
  /** Counts of these services that are others than at the last call. */
  counts: { readonly ask: readonly string[], readonly answer: Readonly<Record<string, Counts>> }
  stats: { readonly ask: undefined, readonly answer: EngineStats }
  tops: { readonly ask: undefined, readonly answer: Tops }
  'limit-counters': { readonly ask: LimitCountersQuery, readonly answer: readonly CounterLevel[] }
  'dropped-lines': { readonly ask: undefined, readonly answer: DroppedLines }
  ping: { readonly ask: undefined, readonly answer: Pulse }
  /** Own the session table from now on: called before the first client, once per part of a large table. */
  'own-sessions': { readonly ask: OwnedPart, readonly answer: undefined }
  /** Returns once all operations on an owned table have been reported; `disown`: send every claim from now on. */
  'settle-sessions': { readonly ask: { readonly disown: boolean }, readonly answer: undefined }
  /** Set entries of an owned table. */
  'set-sessions': { readonly ask: readonly WantedSession[], readonly answer: undefined }
  'delete-sessions': { readonly ask: readonly SessionQuery[], readonly answer: undefined }
  /** Send the listening sockets, each as a message of its own. */
  listening: { readonly ask: undefined, readonly answer: undefined }
  /** Accept no more clients; returns once its connections are gone. */
  drain: { readonly ask: undefined, readonly answer: undefined }
  /** Answered when its connections are gone, with all that it counted. */
  stop: { readonly ask: { readonly graceMs: number }, readonly answer: EngineStats }
}
export type CallName = keyof Calls

/** A part of the session table on its way to its owner. */
export interface OwnedPart {
  /** Maximum entries of all LB vservers. */
  readonly maxEntries: number
  /** Records, in chunks of any size. */
  readonly records: Uint8Array
  readonly last: boolean
}

/** How a worker is. */
export interface Pulse {
  readonly stats: EngineStats
  /** Sandbox threads that never came back. */
  readonly lostThreads: number
  /** Its resident memory, in bytes. */
  readonly memory: number
  /** Lines that it has dropped. */
  readonly droppedLines: DroppedLines
}

/** The control process's messages to a worker. */
export type ToWorker =
  | { readonly kind: 'call', readonly id: number, readonly name: CallName, readonly ask: unknown }
  | { readonly kind: 'steer', readonly lbVserver: string, readonly overfull: readonly string[] }
  | { readonly kind: 'service-latency', readonly service: string, readonly ms: number }
  /** What the other workers count. */
  | { readonly kind: 'elsewhere', readonly counts: Readonly<Record<string, Counts>> }
  /** About the places of a service with `maxClients`. */
  | { readonly kind: 'places', readonly service: string, readonly word: PlaceWord }
  | { readonly kind: 'service-health', readonly service: string, readonly health: ServiceHealth }
  /** What rate limits have counted in another worker. */
  | { readonly kind: 'counted', readonly counts: readonly SharedCount[] }
  | { readonly kind: 'ban', readonly bans: readonly BanWord[] }
  /** Undefined: all. */
  | { readonly kind: 'unban', readonly addresses: readonly string[] | undefined }
  | { readonly kind: 'trace', readonly extension: string, readonly spec: TraceSpec | undefined }
  | { readonly kind: 'log-level', readonly level: LogLevel }
  | { readonly kind: 'reopen-access-log' }
  | { readonly kind: 'watch-lives', readonly filters: readonly LifeFilter[] }
  | { readonly kind: 'found', readonly id: number, readonly service: string | undefined }
  | { readonly kind: 'claimed', readonly id: number, readonly service: string, readonly hit: boolean }

/** A worker's messages to the control process. */
export type FromWorker =
  | { readonly kind: 'ready', readonly transport: TransportInUse }
  | { readonly kind: 'failed', readonly error: ErrorOnWire }
  /** A listening socket, which comes with the message. */
  | { readonly kind: 'socket', readonly address: string, readonly port: number }
  | { readonly kind: 'answer', readonly id: number, readonly answer: unknown }
  | { readonly kind: 'refusal', readonly id: number, readonly error: ErrorOnWire }
  | { readonly kind: 'claim', readonly id: number, readonly claim: Claim }
  | { readonly kind: 'find', readonly id: number, readonly lbVserver: string, readonly key: string }
  | { readonly kind: 'pin', readonly lbVserver: string, readonly key: string, readonly service: string }
  | { readonly kind: 'release', readonly lbVserver: string, readonly key: string, readonly ttlMs: number }
  | { readonly kind: 'places-asked', readonly service: string, readonly count: number }
  | { readonly kind: 'places-back', readonly service: string, readonly count: number, readonly answer: boolean }
  | { readonly kind: 'session-log', readonly log: SessionLog }
  | {
    readonly kind: 'traced'
    readonly extension: string
    readonly records: readonly TraceRecord[]
    readonly dropped: number
  }
  | { readonly kind: 'sampled', readonly connections: readonly SampledConnection[], readonly dropped: number }
  | { readonly kind: 'lives', readonly lives: readonly Life[], readonly dropped: number }
  | {
    readonly kind: 'service-failed'
    readonly service: string
    readonly failure: ServiceFailure
    readonly message: string
  }
  | { readonly kind: 'defence', readonly userVserver: string, readonly defending: boolean, readonly reason: string }
  | { readonly kind: 'inspector', readonly state: InspectorState }
  | { readonly kind: 'function-failed', readonly failed: Parameters<FunctionEvents['onFunctionFailed']>[0] }
  | { readonly kind: 'function-state', readonly state: Parameters<FunctionEvents['onFunctionState']> }
  | { readonly kind: 'decisions', readonly decisions: readonly Decision[], readonly lost: number }
  | { readonly kind: 'banned', readonly ban: BanWord, readonly by: string }
  | { readonly kind: 'counted', readonly counts: readonly SharedCount[] }
  | {
    readonly kind: 'extension-state'
    readonly extension: string
    readonly state: 'up' | 'rebuilding' | 'down'
    readonly message: string
    readonly version: number
  }

/** A WeirError as it travels: structured cloning would keep its message only. */
export interface ErrorOnWire {
  readonly code: ErrorCode
  readonly message: string
  readonly issues: readonly Issue[]
  readonly retry: boolean
}
