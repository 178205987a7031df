// A thread that wakes its parent every `workerData` milliseconds, finer than the event loop's timers, which count whole
// ones.
import { parentPort, workerData } from 'node:worker_threads'

const every = workerData as number
const cell = new Int32Array(new SharedArrayBuffer(4))
const from = performance.now()
for (let next = from + every; ; next += every) {
  const left = next - performance.now()
  if (left > 0) Atomics.wait(cell, 0, 0, left)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's parent, not a window's
  parentPort!.postMessage(0)
}
