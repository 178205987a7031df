import { emptyRecord } from '@weirlb/model'
import type { EngineStats, ExtensionStats, LbVserverStats, ServiceStats, UserVserverStats, VersionStats } from './stats.ts'

export const emptyUserVserverStats = (): UserVserverStats => ({ connections: 0, accepted: 0, bytesIn: 0, bytesOut: 0, closed: {} })
export const emptyLbVserverStats = (): LbVserverStats => ({ picks: 0, sessionHits: 0, sessionMisses: 0, noService: 0 })
export const emptyServiceStats = (): ServiceStats => ({ connections: 0, dialled: 0, dialFailures: 0, messages: 0, bytesIn: 0, bytesOut: 0 })
export const emptyExtensionStats = (): ExtensionStats => ({
  up: 0,
  down: 0,
  crossings: 0,
  messages: 0,
  forwarded: 0,
  dropped: 0,
  rejected: 0,
  malformed: 0,
  throws: 0,
  timeouts: 0,
  memoryKills: 0,
  lost: 0,
  crashes: 0,
  rebuilds: 0,
  cpuMs: 0,
  heapBytes: 0,
  heldBytes: 0,
  failedOpen: 0,
  batchMsPeak: 0,
  heapBytesPeak: 0,
  originatedBytesPeak: 0,
  heldBytesPeak: 0,
  strikes: 0,
  downUntil: 0,
  versions: {},
  counters: emptyRecord()
})
export const emptyVersionStats = (): VersionStats => ({ up: 0, down: 0, connections: 0, accepted: 0, errors: 0 })
/** Statistics of nothing; entities are found by their names. */
export const emptyEngineStats = (): EngineStats => ({ userVservers: emptyRecord(), lbVservers: emptyRecord(), services: emptyRecord(), extensions: emptyRecord() })
