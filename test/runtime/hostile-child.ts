// Runs hostile extensions in a process of its own, which the test kills: Node cannot exit while a thread is lost.
import { createRuntime } from '@weir/sandbox'
import { bundle } from '@weir/sandbox/bundle'
import type { Bundle, LoadOptions } from '@weir/sdk/abi'
import { Batch, runBatch } from '@weir/testing'
import { harmless } from './hostile.ts'

/** What the child found out about one extension. */
export interface Outcome {
  /** Op of the answer, kind of the failure, or code of the load error. */
  readonly end: string
  /** How late a 5 ms timer was at worst. */
  readonly stallMs: number
  readonly elapsedMs: number
  readonly lostThreads: number
  /** What a harmless extension answers afterwards in the same process, and how long it took to load and run. */
  readonly fresh: string
  readonly freshMs: number
}
export interface Order { readonly source: string, readonly mode: LoadOptions['mode'] }

const runtime = createRuntime({ loadTimeoutMs: 1000 })
const TICK_MS = 5

const endOf = async (made: Bundle, mode: LoadOptions['mode']): Promise<string> => {
  try {
    const guest = await runtime.load(made, { mode, heapMb: 16, batchTimeoutMs: 250, originatedBytes: 4096 })
    const batch = new Batch(guest.memory).vserver(0, 'v').open(1).message(1, 'x')
    const { failure } = await runBatch(guest, batch)
    const end = failure?.kind ?? batch.answer(2).op
    guest.dispose()
    return end
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

process.on('message', (order: Order) => {
  void (async () => {
    const made = await bundle(order.source, { name: 'hostile' })
    const good = await bundle(harmless, { name: 'harmless' })
    let stallMs = 0
    let last = performance.now()
    const began = last
    const tick = (): void => {
      const now = performance.now()
      stallMs = Math.max(stallMs, now - last - TICK_MS)
      last = now
    }
    const timer = setInterval(tick, TICK_MS)
    const end = await endOf(made, order.mode)
    clearInterval(timer)
    // The last gap counts as well: a stall that lasts until the end lets no timer run.
    tick()
    const ended = performance.now()
    const fresh = await endOf(good, 'thread')
    process.send!({
      end, stallMs, elapsedMs: ended - began, lostThreads: runtime.lostThreads, fresh, freshMs: performance.now() - ended
    } satisfies Outcome)
  })()
})
