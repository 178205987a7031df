export { createInProcessRuntime } from './in-process-runtime.ts'
export { until, WAIT_MS } from './until.ts'
