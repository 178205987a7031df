import { allocate, layoutFor, type BatchSink, type Declaration, type Guest } from '@weirlb/sdk/abi'

const WHY = 'there is no guest'

/** Returns a guest that fails at every request, for an extension that is out of service. */
export const absentGuest = (declaration: Declaration): Guest => ({
  declaration,
  memory: allocate(layoutFor(declaration, 0)),
  run (bank: number, _count: number, sink: BatchSink) { sink.batchFailed(bank, { kind: 'lost', message: WHY }, 0) },
  mapStack: stack => stack,
  setBatchTimeout () {},
  usage: () => ({ heapBytes: 0, cpuMs: 0 }),
  dispose () {}
})
