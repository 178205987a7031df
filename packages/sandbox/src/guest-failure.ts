import type { GuestFailure } from '@weir/sdk/abi'

const MAX_MESSAGE = 4096

/**
 * What isolated-vm's errors mean; it has messages only, no codes. `gone`: the isolate is disposed, and not by us. That is what isolated-vm does with one that is
 * over its heap, also between two calls, when the collector finds it out then: of the next call it says only that there is no isolate.
 */
export const failureOf = (error: unknown, gone: boolean): GuestFailure => {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE)
  if (message === 'Script execution timed out.') return { kind: 'timeout', message: 'the batch ran longer than its limit (batchTimeoutMs)' }
  if (gone || message.includes('memory limit')) return { kind: 'memory', message: 'the extension exceeded its heap (heapMb)' }
  return { kind: 'crash', message }
}

/** The guest's count of processed requests, or a failure: a batch must make progress, or it would be run for ever. */
export const checkProcessed = (processed: unknown, count: number): GuestFailure | undefined =>
  typeof processed === 'number' && Number.isInteger(processed) && processed >= Math.min(1, count) && processed <= count
    ? undefined
    : { kind: 'crash', message: `the guest answered ${typeof processed === 'number' ? processed : typeof processed} instead of a count from 1 to ${count}` }

/** What a guest that is gone answers. */
export const DISPOSED: GuestFailure = Object.freeze({ kind: 'crash', message: 'the guest has been disposed' })
