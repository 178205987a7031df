// isolated-vm does not run in a process that started from Node's snapshot.
const NO_SNAPSHOT = '--no-node-snapshot'
// measured: the young generation grows to 16 MB a half and stays there, which is most of what a connection seems to cost: 5.3 KB for an idle one, 3.5 KB with
// halves of 2 MB, at no more CPU time a connect (0.98) or message (0.86 to 1.0).
const YOUNG = '--max-semi-space-size'
const YOUNG_MB = 2

/** Returns V8's flags for a worker; `nodeOptions`, the environment's NODE_OPTIONS, may set another young generation. */
export const workerFlags = (nodeOptions = ''): string[] =>
  nodeOptions.replaceAll('_', '-').includes(YOUNG) ? [NO_SNAPSHOT] : [NO_SNAPSHOT, `${YOUNG}=${YOUNG_MB}`]
