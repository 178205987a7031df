// Every statistic, said once: types, empty records, merging, what outlives a worker, the API's schema and its reference are made of this table.
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

const closed: FieldMap<Field, CloseReason> = { each: counter('Connections.'), doc: 'How connections ended, by close reason.', names: Object.keys(closeReasons) as CloseReason[] }

const version = {
  up: gauge('Workers in which it is loaded.'),
  down: gauge('Workers that gave up on it.'),
  connections: gauge('Open now.'),
  accepted: counter('Connections that it was given.'),
  errors: counter('What a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled in place of that, goodbyes that threw, ' +
    'promises whose rejection nobody handles, and strikes (time-outs, exceeded heaps, crashes, failed loads).')
} as const satisfies FieldTable

/** By collection, what is counted of each of its entities. */
export const statFields = {
  userVservers: {
    connections: gauge('Open now.'),
    accepted: counter('Clients that connected.'),
    bytesIn: counter('Bytes read from clients.', 'bytes'),
    bytesOut: counter('Bytes written to clients.', 'bytes'),
    closed
  },
  lbVservers: {
    picks: counter('Clients given a service; messages, where each is balanced by itself.'),
    sessionHits: counter('Picks that an entry of the session table decided.'),
    sessionMisses: counter('Picks with a session key that had no entry.'),
    noService: counter('Clients, or messages, for which there was no service.'),
    sessions: gauge('Entries of the session table; some that expired within the last second may be among them. 0 where the program around Weir keeps the sessions, as the next two are.'),
    sessionsEvicted: counter('Entries that were dropped before their time, for others: `maxEntries` or `--max-sessions` was reached.'),
    sessionsUnpinned: counter('Clients that got no entry: all that there was room for were held by connections.')
  },
  services: {
    connections: gauge('Open now.'),
    dialled: counter('Connections that were begun.'),
    dialFailures: counter('Connections that could not be made.'),
    resent: counter('Connections that it closed before its first byte, and whose first message another service was sent.'),
    messages: counter('Messages sent to it one by one, where each is balanced by itself.'),
    bytesIn: counter('Bytes written to the server.', 'bytes'),
    bytesOut: counter('Bytes read from the server.', 'bytes')
  },
  extensions: {
    up: gauge('Workers in which it runs.'),
    down: gauge('Workers that gave up on it after repeated failures.'),
    crossings: counter('Entries into the sandbox.'),
    messages: counter('Messages, and chunks of streams, that entered the sandbox.'),
    forwarded: counter('Messages, or runs of a stream\'s bytes, that were forwarded.'),
    dropped: counter('Messages, or runs of a stream\'s bytes, that were dropped.'),
    rejected: counter('Verdicts that ended a connection.'),
    malformed: counter('Messages that the extension could not read.'),
    throws: counter('Handlers that threw, and promises that were rejected and that nobody handles.'),
    timeouts: counter('Messages that were cut at `batchTimeoutMs`: their connections ended, and nobody else\'s.'),
    starved: counter('Messages that were cut because the machine had no CPU time for them, for up to a second longer than `batchTimeoutMs`. No strikes.'),
    memoryKills: counter('Guests that went over `heapMb`.'),
    lost: counter('Guests that did not answer and were abandoned with their thread.'),
    crashes: counter('Guests that ended in any other way: the guest loop threw, or returned what it never does.'),
    rebuilds: counter('Times it was loaded again after a failure.'),
    cpuMs: counter('Time that calls into its guests took; on a busy machine that is more than the CPU time that they had.', 'ms'),
    heapBytes: gauge('Heaps of its guests.', 'bytes'),
    heldBytes: gauge('Bytes that wait for its verdicts.', 'bytes'),
    failedOpen: counter('Connections that were tunnelled because it could not be asked (`failOpen`).'),
    batchMsPeak: peak('Longest time from handing a batch to a guest until its answer, of one in 64; and the CPU time of messages that were cut.', 'ms'),
    heapBytesPeak: peak('Largest heap of one isolate that was seen when it was looked at; the limit, where one went over it.', 'bytes'),
    originatedBytesPeak: peak('Most bytes that one message originated.', 'bytes'),
    heldBytesPeak: peak('Most bytes of one direction of a connection that waited.', 'bytes'),
    strikes: level('Strikes that count now, in the worker that has most.'),
    downUntil: level('When the last worker that gave up on it tries again.', 'time'),
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
