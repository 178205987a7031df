// Runs hostile extensions in a process of its own, which the test kills: Node cannot exit while a thread is lost.
import { cpuWaitMs } from '@weirlb/link'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'
import type { Bundle, LoadOptions } from '@weirlb/sdk/abi'
import { Batch, runBatch } from '@weirlb/testing'
import { harmless } from './hostile.ts'

/** What the child found out about one extension. */
export interface Outcome {
  /** Op of the answer, kind of the failure, or code of the load error. */
  readonly end: string
  /** The tokens that it answered to its messages, one behind the other. */
  readonly said: string
  /** Kind of the failure of a later message, if there was one. */
  readonly late?: string | undefined
  /** How late a 5 ms timer was at worst, without the time in which this thread waited for a core. */
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
const MESSAGES = 4

/** A whole turn of the event loop: timers that are due have run. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 2; n++)
    await new Promise(resolve => {
      setImmediate(resolve)
    })
}

const tryOut = async (
  made: Bundle,
  mode: LoadOptions['mode']
): Promise<{ end: string, said: string, late?: string | undefined }> => {
  try {
    const guest = await runtime.load(made, { mode, heapMb: 16, batchTimeoutMs: 250, originatedBytes: 4096 })
    const batch = new Batch(guest.memory).vserver(0, 'v').open(1).message(1, 'x')
    const { failure } = await runBatch(guest, batch)
    if (failure !== undefined) {
      guest.dispose()
      return { end: failure.kind, said: '' }
    }
    const first = batch.answer(2)
    let said = first.token?.toString() ?? ''
    let late: string | undefined
    // What was left for later runs with these, or between them: one lets go what the one before has left, another
    // says what came of it.
    for (let n = 1; n < MESSAGES && late === undefined; n++) {
      await turn()
      const again = new Batch(guest.memory).message(1, 'x')
      late = (await runBatch(guest, again)).failure?.kind
      if (late === undefined) said += again.answer(0).token?.toString() ?? ''
    }
    guest.dispose()
    return { end: first.op, said, late }
  } catch (error) {
    // The kit reads shared memory that was tampered with no better than this.
    return {
      end: error instanceof RangeError ? 'unreadable' : (error as { code?: string }).code ?? String(error),
      said: ''
    }
  }
}

process.on('message', (order: Order) => {
  void (async () => {
    const made = await bundle(order.source, { name: 'hostile' })
    const good = await bundle(harmless, { name: 'harmless' })
    let stallMs = 0
    const began = performance.now()
    let last = began - cpuWaitMs(process.pid)
    const tick = (): void => {
      const now = performance.now() - cpuWaitMs(process.pid)
      stallMs = Math.max(stallMs, now - last - TICK_MS)
      last = now
    }
    const timer = setInterval(tick, TICK_MS)
    const { end, said, late } = await tryOut(made, order.mode)
    clearInterval(timer)
    // The last gap counts as well: a stall that lasts until the end lets no timer run.
    tick()
    const ended = performance.now()
    const { end: fresh } = await tryOut(good, 'thread')
    process.send!(
      {
        end,
        said,
        late,
        stallMs,
        elapsedMs: ended - began,
        lostThreads: runtime.lostThreads,
        fresh,
        freshMs: performance.now() - ended
      } satisfies Outcome
    )
  })()
})
