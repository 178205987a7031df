// The one table of statistics: types, empty records, merging, the part that outlives a worker, the API's schema and
// its reference are derived from it.
import {
  closeReasons,
  type CloseReason,
  type EdgeFunctionFailure,
  edgeFunctionFailures,
  floodControlIds,
  type FloodControlId
} from '@weirlb/model'
import type { Histogram } from './histogram.ts'

/**
 * How a number behaves.
 *
 *   counter   only grows; adds up over processes, and stays counted when its process ends
 *   gauge     how things are now; adds up over processes, and ends with its process
 *   peak      the largest so far; of several processes the largest, and it stays
 *   level     how things are now; of several processes the largest, and it ends with its process
 */
export type FieldKind = 'counter' | 'gauge' | 'peak' | 'level'
export type FieldUnit = 'count' | 'bytes' | 'ms' | 'time'

/** One number. `time` is in milliseconds since 1970 (UTC), or 0. */
export interface Field { readonly kind: FieldKind, readonly unit: FieldUnit, readonly doc: string }
/**
 * Times by bucket. They only grow; they add up over processes, and stay counted when their process ends. A bucket has
 * the times up to its bound and above the one before; the last bucket has those above all bounds.
 */
export interface HistogramField {
  readonly kind: 'histogram'
  readonly unit: 'ms'
  readonly doc: string
  /** Ascending, in milliseconds. */
  readonly bounds: readonly number[]
}
/** Numbers, or records of them, by a name that is not known before. */
export interface FieldMap<Of extends Field | NumberTable = Field | NumberTable, Name extends string = string> {
  readonly each: Of
  readonly doc: string
  /** The names that there may be, where they are known. */
  readonly names: readonly Name[] | undefined
}
/** Numbers that belong together. */
export interface NumberTable { readonly [name: string]: Field | FieldMap }
/** The statistics of one entity. */
export interface FieldTable { readonly [name: string]: Field | HistogramField | FieldMap }

/** The record that a table describes. */
export type StatsOf<T extends FieldTable> = {
  -readonly [K in keyof T]: T[K] extends HistogramField ? Histogram
    : T[K] extends Field ? number
    : T[K] extends FieldMap<infer Of, infer Name> ? Record<string extends Name ? string : never, ValueOf<Of>> & (string extends Name ? unknown : Partial<Record<Name, ValueOf<Of>>>)
    : never
}
type ValueOf<Of> = Of extends Field ? number : Of extends FieldTable ? StatsOf<Of> : never

const counter = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'counter', unit, doc })
const gauge = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'gauge', unit, doc })
const peak = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'peak', unit, doc })
const level = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'level', unit, doc })
/** Bounds of times that networks and servers decide, in ms. */
const networkTimes = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const
/** Bounds of times that clients decide, in ms. */
const clientTimes = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000] as const
/** Bounds of times within a process, in ms. */
const innerTimes = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000] as const
/** Bounds of delays of timers, which are exact to 1 ms, in ms. */
const timerDelays = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000] as const

const histogram = (doc: string, bounds: readonly number[]): HistogramField => ({
  kind: 'histogram',
  unit: 'ms',
  doc,
  bounds
})
const mapOf = <Of extends Field | NumberTable>(each: Of, doc: string): FieldMap<Of> => ({ each, doc, names: undefined })

const closed: FieldMap<Field, CloseReason> = {
  each: counter('Connections.'),
  doc: 'Ended connections, by close reason.',
  names: Object.keys(closeReasons) as CloseReason[]
}

const requests: FieldMap<Field, 'answered' | CloseReason> = {
  each: counter('Requests.'),
  doc: 'Ended HTTP requests, by outcome: `answered` by a server, or the reason why not.',
  names: ['answered', ...Object.keys(closeReasons) as CloseReason[]]
}

const functionFailures: FieldMap<Field, EdgeFunctionFailure> = {
  each: counter('Requests.'),
  doc: 'Requests on which it did not decide, by failure.',
  names: edgeFunctionFailures
}

const floods: FieldMap<Field, FloodControlId> = {
  each: counter('Refused or ended clients, and for D025 and D026 entries and lines.'),
  doc: 'How often each control against floods has acted.',
  names: floodControlIds
}

const version = {
  up: gauge('Workers with this version loaded.'),
  down: gauge('Workers that took it out of service.'),
  connections: gauge('Open connections.'),
  accepted: counter('Connections assigned to it.'),
  errors: counter('What a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled in place of that, goodbyes that threw, ' +
    'unhandled rejections, and strikes (time-outs, exceeded heaps, crashes, failed loads).')
} as const satisfies NumberTable

/** By collection, what is counted of each of its entities. */
const functionCalls = {
  hits: counter('Calls.'),
  undef: counter('Calls without a result: it threw, or could not parse the message.'),
  halts: counter('Calls that were stopped at `batchTimeoutMs`, or that ended the guest.')
} as const satisfies FieldTable

export const statFields = {
  userVservers: {
    connections: gauge('Open connections.'),
    established: gauge('Those among them that have a server, and are not about to end.'),
    accepted: counter('Clients that connected.'),
    messages: counter(
      'Messages, and chunks of streams, of its connections that entered the sandbox, in both directions.'
    ),
    bytesIn: counter('Bytes read from clients.', 'bytes'),
    bytesOut: counter('Bytes written to clients.', 'bytes'),
    closed,
    requests,
    defending: gauge('Workers in which it is in defence mode.'),
    floods,
    protocols: mapOf(
      counter('Clients.'),
      'Clients by user protocol, where several share the port. Those that fitted none are in `closed` as `no-protocol`.'
    ),
    firstMessageMs: histogram(
      'Time from the acceptance of a client until its first message to a server was whole and decided, with a TLS handshake, a WebSocket upgrade or a PROXY header before it.',
      clientTimes
    ),
    connectMs: histogram(
      'Time from the acceptance of a client until its first server was connected; the time until its first message is a part of it.',
      clientTimes
    ),
    firstReplyMs: histogram(
      'Time until the first reply of a server, as `firstReplyMs` of the services counts it, of its own clients and requests.',
      networkTimes
    )
  },
  lbVservers: {
    picks: counter('Clients that got a service; messages, with `per-message` balancing.'),
    sessionHits: counter('Picks decided by an entry of the session table.'),
    sessionMisses: counter('Picks with a session key that had no entry.'),
    noService: counter('Clients, or messages, without an available service.'),
    spilled: counter('Clients, or messages, that went to the backup because of `spillover`.'),
    waiting: gauge('Clients, or messages, that wait in the queue.'),
    waited: counter('Those that have begun to wait there.'),
    waitedInVain: counter('Those that waited until the time-out.'),
    waitMs: histogram('Time in the queue of those that got a service then.', clientTimes),
    sessions: gauge('Entries of the session table, perhaps with some that expired within the last second. 0 where the embedding program stores the sessions; so are the next two.'),
    sessionsEvicted: counter('Entries dropped early for newer ones: `maxEntries` or `--max-sessions` was reached.'),
    sessionsUnpinned: counter('Clients without an entry: connections held all that fit.')
  },
  glbs: {
    picks: counter('Clients that it led to a pool; messages, with `per-message` balancing; HTTP requests. Each further attempt counts.'),
    fallback: counter('Those among them that the fallback pool got.'),
    noService: counter('Clients, messages or requests for which every pool was out.'),
    sessionHits: counter('Picks decided by an entry of the affinity.'),
    sessionMisses: counter('Picks with a session key that had no entry.'),
    pools: mapOf(counter('Picks.'), 'Picks by pool, the fallback among them.')
  },
  services: {
    connections: gauge('Open connections, and those that are being opened.'),
    established: gauge('Those among them that the server has accepted; HTTP requests under way are.'),
    dialled: counter('Connections begun, those for HTTP requests included. A connection may carry many requests.'),
    dialFailures: counter('Failed connection attempts.'),
    resent: counter('Connections whose first message was sent to another service, because the server closed them before its first byte, or did not begin to answer in time.'),
    unanswered: counter('Connections whose first reply did not come within `firstReplyTimeoutSeconds`.'),
    refused: counter(
      'Clients that the server refused for a reason of its own, as the extension reports it (`ctx.serverRefused`).'
    ),
    suspect: gauge(
      'Workers in which it gets new clients only where no other service can take them, since its dials failed or its replies were late.'
    ),
    told: counter('Clients that jobs told to leave it, and links that they closed.'),
    messages: counter('Messages sent to it, with `per-message` balancing; HTTP requests.'),
    bytesIn: counter('Bytes written to the server.', 'bytes'),
    bytesOut: counter('Bytes read from the server.', 'bytes'),
    dialMs: histogram('Time from the begin of a connection to the server until it could be used, with TLS and WebSocket where it has them. Failed attempts are in `dialFailures` alone. Connections for HTTP requests count, too.', networkTimes),
    firstReplyMs: histogram('Time from the first message to the server on a connection until its first byte; with `per-message` balancing, until its first message; from each HTTP request until the head of its response, with a dial if it needs one.', networkTimes)
  },
  rules: {
    matched: counter('Clients, requests and messages to which it applied, simulated or not.'),
    blocked: counter('Those among them that it blocked.'),
    challenged: counter('Those among them that had to pass a challenge.')
  },
  edgeFunctions: {
    up: gauge('Workers that run it.'),
    down: gauge('Workers that took it out of service after repeated failures.'),
    requests: counter('Requests that it was asked about.'),
    allowed: counter('Those among them that it let pass.'),
    responded: counter('Those that it answered itself.'),
    failures: functionFailures,
    failedOpen: counter('Requests that passed because it failed or was out of service.'),
    failedClosed: counter('Requests that got 503 for that reason.'),
    waiting: gauge('Requests that wait for its decision.'),
    runs: counter('Entries into the sandbox; one takes the requests that wait.'),
    rebuilds: counter('Reloads after a failure.'),
    cpuMs: counter('Time of the calls into its isolates; on a busy machine it exceeds their CPU time.', 'ms'),
    heapBytes: gauge('Heaps of its isolates.', 'bytes'),
    strikes: level('Current strikes, in the worker with the most.'),
    decisionMs: histogram('Time from a request until its decision.', innerTimes)
  },
  triggers: {
    matched: counter('Requests for which it was the most specific.')
  },
  controls: {
    decisions: counter('Decisions that it made, simulated or not.'),
    simulated: counter('Those among them that had no effect, for it is simulated.'),
    events: counter('Security events about them: a sample. Each states how many decisions it stands for.'),
    actions: mapOf(counter('Decisions.'), 'Decisions that were not simulated, by action.')
  },
  rateLimits: {
    counted: counter('What it counted: clients, requests, messages, bytes, cost, or replies.'),
    over: counter('Clients, requests and messages over the limit, simulated or not; replies that reached it.'),
    blocked: counter('Those among them that it refused.'),
    throttled: counter('Messages after which a client had to wait.'),
    banned: counter('Bans that it has begun.'),
    keys: gauge('Counters that the workers keep.'),
    evicted: counter('Counters that were forgotten early, for newer ones: `maxKeys` was reached.')
  },
  extensions: {
    up: gauge('Workers that run it.'),
    down: gauge('Workers that took it out of service after repeated failures.'),
    crossings: counter('Entries into the sandbox.'),
    messages: counter('Messages, and chunks of streams, that entered the sandbox.'),
    byKeys: counter(
      'Messages of clients that were forwarded by the keys that it declares, without entering the sandbox.'
    ),
    forwarded: counter('Messages, or runs of a stream\'s bytes, that were forwarded.'),
    dropped: counter('Messages, or runs of a stream\'s bytes, that were dropped.'),
    rejected: counter('Verdicts that ended a connection.'),
    malformed: counter('Messages that the extension could not parse.'),
    throws: counter('Handlers that threw, and unhandled rejections.'),
    timeouts: counter('Messages stopped at `batchTimeoutMs`; each ended its own connection only.'),
    starved: counter('Messages stopped because the machine gave them no CPU time for up to a second longer than `batchTimeoutMs`. No strikes.'),
    memoryKills: counter('Guests that exceeded `heapMb`.'),
    lost: counter('Guests that did not return and were abandoned with their thread.'),
    crashes: counter('Guests that ended otherwise: the guest loop threw, or returned an impossible value.'),
    rebuilds: counter('Reloads after a failure.'),
    cpuMs: counter('Time of the calls into its guests; on a busy machine it exceeds their CPU time.', 'ms'),
    heapBytes: gauge('Heaps of its guests.', 'bytes'),
    heldBytes: gauge('Bytes waiting for its verdicts.', 'bytes'),
    failedOpen: counter('Connections tunnelled because it was unavailable (`failOpen`).'),
    batchMsPeak: peak('Longest time from the hand-over of a batch to its answer, sampled from one in 64, or the CPU time of a stopped message.', 'ms'),
    heapBytesPeak: peak('Largest sampled heap of one isolate; the limit, if one exceeded it.', 'bytes'),
    originatedBytesPeak: peak('Maximum bytes that one message originated.', 'bytes'),
    heldBytesPeak: peak('Maximum bytes of one direction of a connection that waited.', 'bytes'),
    crossingMs: histogram('Time from the hand-over of a batch of messages to the sandbox until its answer, sampled from one in 64; of traced extensions, each.', innerTimes),
    strikes: level('Current strikes, in the worker with the most.'),
    downUntil: level('Time of the next attempt of the last worker that took it out of service.', 'time'),
    versions: mapOf(version, 'By version number.'),
    functions: mapOf(functionCalls, 'By function of the extension: `client.onMessage`, `onClose`.'),
    counters: mapOf(counter('Counted with `ctx.count`.'), 'Counters of the extension itself.')
  },
  workers: {
    connections: gauge('Open connections, and HTTP requests under way.'),
    accepted: counter('Connections that it took, apart from those that were refused and those of HTTP requests alone.'),
    cpuMs: counter('CPU time of the process.', 'ms'),
    residentBytes: gauge('Resident memory of the process.', 'bytes'),
    loopBusyMs: counter('Time in which the event loop did not wait for events.', 'ms'),
    loopDelayMs: histogram('Delay of the event loop: how late a timer fires, every 100 ms. During a longer delay, each timer that would have been due counts.', timerDelays)
  }
} as const satisfies Record<string, FieldTable>

/** The statistics of one version of an extension. */
export const versionFields: typeof version = version
/** The calls of one function of an extension. */
export const functionFields: typeof functionCalls = functionCalls

/** True for a number, false for a histogram or a map. */
export const isField = (entry: Field | HistogramField | FieldMap): entry is Field =>
  'kind' in entry && entry.kind !== 'histogram'
/** True for a histogram. */
export const isHistogram = (entry: Field | HistogramField | FieldMap): entry is HistogramField => 'bounds' in entry
/** True for numbers by name, false for tables by name. */
export const isFieldOfMap = (each: Field | FieldTable): each is Field => typeof each['kind'] === 'string'
