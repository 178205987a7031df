import type { Guest } from '@weirlb/sdk/abi'
import type { Batch, BatchEnd } from './batch.ts'

/** Run a batch in a guest that completes before it returns; throws a TypeError for any other. */
export const runAtOnce = (guest: Guest, batch: Batch): BatchEnd => {
  let end: BatchEnd | undefined
  guest.run(batch.bank, batch.count, {
    batchDone: (_, processed) => { end = { processed } },
    batchCut: (_, _processed, { message }) => { end = { failure: { kind: 'timeout', message } } },
    batchFailed: (_, failure) => { end = { failure } }
  })
  if (end === undefined) throw new TypeError('drive needs a guest that answers at once (mode loop)')
  return end
}
