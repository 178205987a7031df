import type { CloseReason } from '@weirlb/model'

// Every leaf is a number that adds up over workers, except those that `peaks` names: of them the largest is kept.

export interface UserVserverStats {
  /** Open now. */
  connections: number
  accepted: number
  /** Bytes read from clients and written to them. */
  bytesIn: number
  bytesOut: number
  /** How connections ended. */
  closed: Partial<Record<CloseReason, number>>
}

export interface LbVserverStats {
  /** Clients given a service; messages, where each is balanced by itself. */
  picks: number
  sessionHits: number
  sessionMisses: number
  noService: number
}

export interface ServiceStats {
  /** Open now. */
  connections: number
  dialled: number
  dialFailures: number
  /** Messages sent to it one by one (`balance: 'per-message'`). */
  messages: number
  /** Bytes written to the server and read from it. */
  bytesIn: number
  bytesOut: number
}

/** One version of an extension. */
export interface VersionStats {
  /** Workers in which it is loaded, and that gave up on it. */
  up: number
  down: number
  /** Open now. */
  connections: number
  accepted: number
  /**
   * What a canary is judged by: connections that ended as `extension-error` or `extension-down` or were tunnelled in place of that,
   * goodbyes that threw, promises whose rejection nobody handles, and strikes (time-outs, exceeded heaps, crashes, failed loads).
   */
  errors: number
}

export interface ExtensionStats {
  /** Workers in which it runs. */
  up: number
  /** Workers that gave up on it after repeated failures. */
  down: number
  crossings: number
  /** Messages, and chunks of streams, that entered the sandbox. */
  messages: number
  /** Messages, or runs of a stream's bytes. */
  forwarded: number
  dropped: number
  rejected: number
  malformed: number
  /** Handlers that threw, and promises that were rejected and that nobody handles. */
  throws: number
  timeouts: number
  memoryKills: number
  /** Guests that did not answer and were abandoned with their thread. */
  lost: number
  /** Guests that ended in any other way: the guest loop threw, or answered what it never does. */
  crashes: number
  /** Times it was loaded again after a failure. */
  rebuilds: number
  cpuMs: number
  heapBytes: number
  /** Bytes that wait for its verdicts. */
  heldBytes: number
  /** Connections that were tunnelled because it could not be asked (`failOpen`). */
  failedOpen: number
  /** Longest time from handing a batch to a guest until its answer, in ms: of one in 64, and of those that were cut. */
  batchMsPeak: number
  /** Largest heap of one isolate that was seen when it was looked at; the limit, where one went over it. */
  heapBytesPeak: number
  /** Most bytes that one message originated. */
  originatedBytesPeak: number
  /** Most bytes of one direction of a connection that waited. */
  heldBytesPeak: number
  /** Strikes that count now, in the worker that has most. */
  strikes: number
  /** When the last worker that gave up on it tries again: milliseconds since the epoch, or 0. */
  downUntil: number
  /** By version number. */
  versions: Record<string, VersionStats>
  /** Counters of the extension itself (`ctx.count`). */
  counters: Record<string, number>
}

export interface EngineStats {
  userVservers: Record<string, UserVserverStats>
  lbVservers: Record<string, LbVserverStats>
  services: Record<string, ServiceStats>
  extensions: Record<string, ExtensionStats>
}

/** Leaves of ExtensionStats that merge to the largest. */
export const peaks: ReadonlySet<string> = new Set<keyof ExtensionStats>(['batchMsPeak', 'heapBytesPeak', 'originatedBytesPeak', 'heldBytesPeak', 'strikes', 'downUntil'])
