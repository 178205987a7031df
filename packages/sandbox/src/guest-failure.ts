import { PROCESSED_AT, PROGRESS_AT, type GuestFailure, type SharedMemory } from '@weirlb/sdk/abi'

const MAX_MESSAGE = 4096
/** Longest stack that is looked at: its text is whatever the author's code made of it. */
const MAX_STACK = 16 * 1024

/** The stack of whatever came out of an isolate. */
export const stackOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error === 'object' ? 'a value that cannot be shown' : String(error).slice(0, MAX_STACK)
  return (typeof error.stack === 'string' ? error.stack : String(error.message)).slice(0, MAX_STACK)
}

/**
 * What isolated-vm's errors mean; it has messages only, no codes. `gone`: the isolate is disposed, and not by us. That is what isolated-vm does with one that is
 * over its heap, also between two calls, when the collector finds it out then: of the next call it says only that there is no isolate.
 */
export const failureOf = (error: unknown, gone: boolean): GuestFailure => {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE)
  if (message === 'Script execution timed out.') return { kind: 'timeout', message: 'it ran longer than its limit (batchTimeoutMs)' }
  if (gone || message.includes('memory limit')) return { kind: 'memory', message: 'the extension exceeded its heap (heapMb)' }
  return { kind: 'crash', message }
}

/** The guest's count of processed requests, or a failure: a batch must make progress, or it would be run for ever. */
export const checkProcessed = (processed: unknown, count: number): GuestFailure | undefined =>
  typeof processed === 'number' && Number.isInteger(processed) && processed >= Math.min(1, count) && processed <= count
    ? undefined
    : { kind: 'crash', message: `the guest answered ${typeof processed === 'number' ? processed : typeof processed} instead of a count from 1 to ${count}` }

/** Say that nothing of the batch that begins is processed. */
export const noneProcessed = (memory: SharedMemory): void => {
  memory.control[PROCESSED_AT] = 0
  memory.control[PROGRESS_AT] = 0
}

/** How many requests were answered by a call that was cut or died of the one behind them. The guest loop says so as it goes: no more to be believed than its answers. */
export const answeredBefore = (memory: SharedMemory, count: number): number => {
  const at = memory.control[PROGRESS_AT]!
  return at >= 0 && at <= count ? at : 0
}

/**
 * How many requests were processed by a call that failed for all that; 0 when the failure is the call's own. isolated-vm fails a call, after it has returned, for
 * a promise that was rejected and that nobody handles. There is no hook for it in the isolate, so the guest loop leaves its answer behind: no more to be believed
 * than what it returns.
 */
export const processedDespite = (failure: GuestFailure, memory: SharedMemory, count: number): number => {
  if (failure.kind !== 'crash') return 0
  const processed = memory.control[PROCESSED_AT]!
  return checkProcessed(processed, count) === undefined ? processed : 0
}

/** What a guest that is gone answers. */
export const DISPOSED: GuestFailure = Object.freeze({ kind: 'crash', message: 'the guest has been disposed' })
