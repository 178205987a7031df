export { Batch, runBatch, type AnswerRecord, type BatchEnd, type EffectRecord } from './batch.ts'
export { createInProcessRuntime } from './in-process-runtime.ts'
export { until, WAIT_MS } from './until.ts'
