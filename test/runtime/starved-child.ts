// Runs a message that takes longer than it may, and then others, each time it is told to. Arguments: the mode, and
// how long a message may take in ms.
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import type { Cut, LoadOptions } from '@weirlb/sdk/abi'
import { Batch } from '@weirlb/testing'
import { harmless } from './hostile.ts'

const source = harmless.replace('return forward()', "if (message.text() === 'loop') for (;;);\n    return forward({ token: message.text() })")
const guest = await createRuntime().load(await bundle(source, { name: 'loops' }), { mode: process.argv[2] as LoadOptions['mode'], heapMb: 16, batchTimeoutMs: Number(process.argv[3]), originatedBytes: 4096 })

const run = (batch: Batch): Promise<{ readonly processed: number, readonly cut?: Cut }> => new Promise((resolve, reject) => {
  guest.run(batch.bank, batch.count, {
    batchDone: (_bank, processed) => { resolve({ processed }) },
    batchCut: (_bank, processed, cut) => { resolve({ processed, cut }) },
    batchFailed: (_bank, { message }) => { reject(new Error(message)) }
  })
})

await run(new Batch(guest.memory).vserver(0, 'v').open(0))
let connection = 0
process.on('message', () => {
  void (async () => {
    const loops = ++connection
    const first = await run(
      new Batch(guest.memory).open(loops).message(0, 'one').message(loops, 'loop').message(0, 'two')
    )
    const next = new Batch(guest.memory).message(loops, 'three').message(0, 'four')
    await run(next)
    process.send!({ ...first, ops: [next.answer(0).op, next.answer(1).op], token: next.answer(1).token?.toString() })
  })()
})
process.send!('ready')
