import type { CloseReason } from '@weir/model'

// Every leaf is a number that adds up over workers, so that merging is a sum.

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
  /** Clients given a service. */
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
  /** Bytes written to the server and read from it. */
  bytesIn: number
  bytesOut: number
}

export interface ExtensionStats {
  /** Workers in which it runs. */
  up: number
  /** Workers that gave up on it after repeated failures. */
  down: number
  crossings: number
  /** Messages that entered the sandbox. */
  messages: number
  forwarded: number
  dropped: number
  rejected: number
  malformed: number
  throws: number
  timeouts: number
  memoryKills: number
  lost: number
  /** Times it was loaded again after a failure. */
  rebuilds: number
  cpuMs: number
  heapBytes: number
  /** Counters of the extension itself (`ctx.count`). */
  counters: Record<string, number>
}

export interface EngineStats {
  userVservers: Record<string, UserVserverStats>
  lbVservers: Record<string, LbVserverStats>
  services: Record<string, ServiceStats>
  extensions: Record<string, ExtensionStats>
}
