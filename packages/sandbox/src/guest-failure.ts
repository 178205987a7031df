import { PROCESSED_AT, PROGRESS_AT, type GuestFailure, type SharedMemory } from '@weirlb/sdk/abi'

const MAX_MESSAGE = 4096
/** Maximum length of a stack that is read: the author's code controls its text. */
const MAX_STACK = 16 * 1024

/** The stack of whatever came out of an isolate. */
export const stackOf = (error: unknown): string => {
  if (!(error instanceof Error))
    return typeof error === 'object'
      ? 'a value that cannot be shown'
      : String(error).slice(0, MAX_STACK)
  return (typeof error.stack === 'string' ? error.stack : String(error.message)).slice(0, MAX_STACK)
}

/**
 * Returns the meaning of an error of isolated-vm, which has messages only and no codes. `gone`: the isolate is
 * disposed, and not by us. isolated-vm disposes of an isolate over its heap, even between two calls when the
 * collector detects it; the next call then reports only that there is no isolate.
 */
export const failureOf = (error: unknown, gone: boolean): GuestFailure => {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE)
  if (message === 'Script execution timed out.')
    return { kind: 'timeout', message: 'it ran longer than its limit (batchTimeoutMs)' }
  if (gone || message.includes('memory limit'))
    return { kind: 'memory', message: 'the extension exceeded its heap (heapMb)' }
  return { kind: 'crash', message }
}

/** The guest's count of processed requests, or a failure: a batch must make progress, or it would be run for ever. */
export const checkProcessed = (processed: unknown, count: number): GuestFailure | undefined =>
  typeof processed === 'number' && Number.isInteger(processed) && processed >= Math.min(1, count) && processed <= count
    ? undefined
    : {
      kind: 'crash',
      message: `the guest answered ${
        typeof processed === 'number' ? processed : typeof processed
      } instead of a count from 1 to ${count}`
    }

/** Record that no request of the new batch is processed yet. */
export const noneProcessed = (memory: SharedMemory): void => {
  memory.control[PROCESSED_AT] = 0
  memory.control[PROGRESS_AT] = 0
}

/**
 * Returns the number of requests answered by a call that was stopped or died in the next one. The guest loop records
 * it as it runs; it deserves no more trust than its answers.
 */
export const answeredBefore = (memory: SharedMemory, count: number): number => {
  const at = memory.control[PROGRESS_AT]!
  return at >= 0 && at <= count ? at : 0
}

/**
 * Returns the number of requests processed by a call that nevertheless failed; 0 if the failure is the call's own.
 * isolated-vm fails a call, after it has returned, for an unhandled rejection. The isolate has no hook for it, so the
 * guest loop leaves its result behind, which deserves no more trust than its return value.
 */
export const processedDespite = (failure: GuestFailure, memory: SharedMemory, count: number): number => {
  if (failure.kind !== 'crash') return 0
  const processed = memory.control[PROCESSED_AT]!
  return checkProcessed(processed, count) === undefined ? processed : 0
}

/** The result of a guest that is gone. */
export const DISPOSED: GuestFailure = Object.freeze({ kind: 'crash', message: 'the guest has been disposed' })
