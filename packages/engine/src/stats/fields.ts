// The one table of statistics: types, empty records, merging, the part that outlives a worker, the API's schema and
// its reference are derived from it.
import { closeReasons, type CloseReason } from '@weirlb/model'

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
/** Numbers, or records of them, by a name that is not known before. */
export interface FieldMap<Of extends Field | FieldTable = Field | FieldTable, Name extends string = string> {
  readonly each: Of
  readonly doc: string
  /** The names that there may be, where they are known. */
  readonly names: readonly Name[] | undefined
}
/** The statistics of one entity. */
export interface FieldTable { readonly [name: string]: Field | FieldMap }

/** The record that a table describes. */
export type StatsOf<T extends FieldTable> = {
  -readonly [K in keyof T]: T[K] extends Field ? number
    : T[K] extends FieldMap<infer Of, infer Name> ? Record<string extends Name ? string : never, ValueOf<Of>> & (string extends Name ? unknown : Partial<Record<Name, ValueOf<Of>>>)
    : never
}
type ValueOf<Of> = Of extends Field ? number : Of extends FieldTable ? StatsOf<Of> : never

const counter = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'counter', unit, doc })
const gauge = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'gauge', unit, doc })
const peak = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'peak', unit, doc })
const level = (doc: string, unit: FieldUnit = 'count'): Field => ({ kind: 'level', unit, doc })
const mapOf = <Of extends Field | FieldTable> (each: Of, doc: string): FieldMap<Of> => ({ each, doc, names: undefined })

const closed: FieldMap<Field, CloseReason> = { each: counter('Connections.'), doc: 'Ended connections, by close reason.', names: Object.keys(closeReasons) as CloseReason[] }

const requests: FieldMap<Field, 'answered' | CloseReason> = {
  each: counter('Requests.'),
  doc: 'Ended HTTP requests, by outcome: `answered` by a server, or the reason why not.',
  names: ['answered', ...Object.keys(closeReasons) as CloseReason[]]
}

const version = {
  up: gauge('Workers with this version loaded.'),
  down: gauge('Workers that took it out of service.'),
  connections: gauge('Open connections.'),
  accepted: counter('Connections assigned to it.'),
  errors: counter('What a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled in place of that, goodbyes that threw, ' +
    'unhandled rejections, and strikes (time-outs, exceeded heaps, crashes, failed loads).')
} as const satisfies FieldTable

/** By collection, what is counted of each of its entities. */
export const statFields = {
  userVservers: {
    connections: gauge('Open connections.'),
    accepted: counter('Clients that connected.'),
    bytesIn: counter('Bytes read from clients.', 'bytes'),
    bytesOut: counter('Bytes written to clients.', 'bytes'),
    closed,
    requests,
    protocols: mapOf(counter('Clients.'), 'Clients by user protocol, where several share the port. Those that fitted none are in `closed` as `no-protocol`.')
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
    connections: gauge('Open connections.'),
    dialled: counter('Connections begun.'),
    dialFailures: counter('Failed connection attempts.'),
    resent: counter('Connections whose first message was sent to another service, because the server closed them before its first byte, or did not begin to answer in time.'),
    unanswered: counter('Connections whose first reply did not come within `firstReplyTimeoutSeconds`.'),
    refused: counter('Clients that the server refused for a reason of its own, as the extension reports it (`ctx.serverRefused`).'),
    suspect: gauge('Workers in which it gets new clients only where no other service can take them, since its dials failed or its replies were late.'),
    told: counter('Clients that jobs told to leave it, and links that they closed.'),
    messages: counter('Messages sent to it, with `per-message` balancing; HTTP requests.'),
    bytesIn: counter('Bytes written to the server.', 'bytes'),
    bytesOut: counter('Bytes read from the server.', 'bytes')
  },
  extensions: {
    up: gauge('Workers that run it.'),
    down: gauge('Workers that took it out of service after repeated failures.'),
    crossings: counter('Entries into the sandbox.'),
    messages: counter('Messages, and chunks of streams, that entered the sandbox.'),
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
    strikes: level('Current strikes, in the worker with the most.'),
    downUntil: level('Time of the next attempt of the last worker that took it out of service.', 'time'),
    versions: mapOf(version, 'By version number.'),
    counters: mapOf(counter('Counted with `ctx.count`.'), 'Counters of the extension itself.')
  }
} as const satisfies Record<string, FieldTable>

/** The statistics of one version of an extension. */
export const versionFields: typeof version = version

/** True for a number, false for a map. */
export const isField = (entry: Field | FieldMap): entry is Field => 'kind' in entry
/** True for numbers by name, false for tables by name. */
export const isFieldOfMap = (each: Field | FieldTable): each is Field => typeof each['kind'] === 'string'
