import type { ShownHistogram, Stats } from 'weirlb'

/** A histogram of one time, in the first of its buckets, which are one more than its bounds. */
const times = (bounds: number): ShownHistogram => ({
  counts: [1, ...Array<number>(bounds).fill(0)],
  sum: 0.25,
  count: 1,
  p50: 0.25,
  p99: 0.5
})

/** What a FakeWeir has counted. */
export const fakeStats: Stats = {
  userVservers: {
    v: {
      connections: 1,
      established: 1,
      accepted: 2,
      messages: 6,
      bytesIn: 3,
      bytesOut: 4,
      closed: { 'client-closed': 1 },
      requests: { answered: 5 },
      protocols: {},
      defending: 0,
      floods: { D002: 3 },
      firstMessageMs: times(16),
      connectMs: times(16),
      firstReplyMs: times(15)
    }
  },
  lbVservers: {
    lb: {
      picks: 1,
      sessionHits: 0,
      sessionMisses: 1,
      noService: 0,
      spilled: 0,
      waiting: 0,
      waited: 0,
      waitedInVain: 0,
      waitMs: times(16),
      sessions: 1,
      sessionsEvicted: 0,
      sessionsUnpinned: 0
    }
  },
  glbs: { glb: { picks: 2, fallback: 1, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { lb: 2 } } },
  rules: { r: { matched: 3, blocked: 1, challenged: 0 } },
  controls: { 'rule/r': { decisions: 3, simulated: 2, events: 3, actions: { block: 1 } } },
  edgeFunctions: {
    f: {
      up: 1,
      down: 0,
      requests: 3,
      allowed: 1,
      responded: 1,
      failures: { threw: 1 },
      failedOpen: 0,
      failedClosed: 1,
      waiting: 0,
      runs: 2,
      rebuilds: 0,
      cpuMs: 0.5,
      heapBytes: 1024,
      strikes: 0,
      decisionMs: times(15)
    }
  },
  triggers: { t: { matched: 3 } },
  rateLimits: { l: { counted: 9, over: 4, blocked: 3, throttled: 2, banned: 1, keys: 8, evicted: 5 } },
  services: {
    s: {
      connections: 1,
      established: 1,
      dialled: 2,
      dialFailures: 0,
      resent: 0,
      unanswered: 0,
      refused: 0,
      suspect: 0,
      told: 0,
      messages: 0,
      bytesIn: 3,
      bytesOut: 4,
      dialMs: times(15),
      firstReplyMs: { ...times(15), p50: undefined, p99: undefined }
    }
  },
  extensions: {
    x: {
      up: 1,
      down: 0,
      crossings: 1,
      messages: 1,
      byKeys: 0,
      forwarded: 1,
      dropped: 0,
      rejected: 0,
      malformed: 0,
      throws: 0,
      timeouts: 0,
      starved: 0,
      memoryKills: 0,
      lost: 0,
      crashes: 0,
      rebuilds: 0,
      cpuMs: 0.5,
      heapBytes: 1024,
      heldBytes: 0,
      failedOpen: 0,
      batchMsPeak: 0.25,
      heapBytesPeak: 2048,
      originatedBytesPeak: 8,
      heldBytesPeak: 100,
      crossingMs: times(15),
      strikes: 0,
      downUntil: 0,
      versions: { 1: { up: 1, down: 0, connections: 1, accepted: 2, errors: 0 } },
      budget: {
        batchMs: { limit: 100, peak: 0.25 },
        heapBytes: { limit: 67_108_864, peak: 2048 },
        originatedBytes: { limit: 262_144, peak: 8 },
        heldBytes: { limit: 1_048_576, peak: 100, total: 0 },
        strikes: { limit: 5, windowSeconds: 60, now: 0 },
        status: 'up'
      },
      functions: {}, counters: { connects: 1 }
    }
  },
  workers: {
    0: { connections: 1, accepted: 2, cpuMs: 3.5, residentBytes: 4096, loopBusyMs: 5.5, loopDelayMs: times(12) }
  },
  transports: [{ worker: 0, name: 'node', reason: 'asked for' }],
  log: { dropped: 0 },
  accessLog: { dropped: 0 },
  securityWebhook: { sent: 3, dropped: 0, failures: 0, waiting: 0 }
}
