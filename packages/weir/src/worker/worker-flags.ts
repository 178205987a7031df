// isolated-vm does not run in a process that started from Node's snapshot.
const NO_SNAPSHOT = '--no-node-snapshot'
// measured on a busy machine: halves of 2 MB are full after 50 TLS connects, with as many under way, whose objects are
// then copied and promoted. With 8 MB, work for a second of CPU is 1.04 to 1.10 for a TLS connect, 1.09 for a plain one
// and 0.99 for a message; an idle connection takes 0.5 KB of 7 more, a worker 13 MB more when idle and 25 MB under
// load. Node's 16 MB: 1.11 for a TLS connect.
const YOUNG = '--max-semi-space-size'
const YOUNG_MB = 8

/** Returns V8's flags for a worker; `nodeOptions`, the environment's NODE_OPTIONS, may set another young generation. */
export const workerFlags = (nodeOptions = ''): string[] =>
  nodeOptions.replaceAll('_', '-').includes(YOUNG) ? [NO_SNAPSHOT] : [NO_SNAPSHOT, `${YOUNG}=${YOUNG_MB}`]
