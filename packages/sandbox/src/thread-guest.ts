import type ivm from 'isolated-vm'
import {
  runArgument,
  type BatchSink,
  type Guest,
  type GuestFailure,
  type GuestUsage,
  type SharedMemory
} from '@weirlb/sdk/abi'
import type { LiveProgram } from './bring-up.ts'
import type { StackMapper } from './bundle/stack-mapper.ts'
import type { CallTime } from './call-time.ts'
import {
  answeredBefore,
  checkProcessed,
  DISPOSED,
  failureOf,
  noneProcessed,
  processedDespite,
  stackOf
} from './guest-failure.ts'
import type { LostThreads } from './lost-threads.ts'

/** How long past its time-out a call may take to come back before its thread counts as lost. */
export const GRACE_MS = 400
/** A timer that is so late went off in a process that had stood still, in ms. */
const STOOD_STILL_MS = 100

/**
 * A guest on a thread of isolated-vm's own, behind a wall-clock watchdog.
 *
 *   idle ──run──► in flight ──settles──► idle
 *                    │
 *                    ├── stopped by its time-out ──► idle
 *                    ├── over its heap ────────────────────► dead
 *                    ├── no return until the watchdog ─────► dead, thread lost
 *                    └── dispose ──────────────────────────► dead; the watchdog checks whether the thread returns
 */
export class ThreadGuest<D> implements Guest<D> {
  readonly declaration: D
  readonly memory: SharedMemory
  readonly #isolate: ivm.Isolate
  readonly #run: LiveProgram<D>['run']
  readonly #mapper: StackMapper
  readonly #lost: LostThreads
  // Reused for every call; the only allocations of a batch are the two promises that the API makes.
  readonly #arguments: [number] = [0]
  readonly #options: { timeout: number } = { timeout: 0 }
  readonly #time: CallTime
  #watchdog: NodeJS.Timeout
  /** The watchdog waited longer for the call in flight, because the machine was busy. */
  #extended = false
  #late: NodeJS.Timeout | undefined
  #call: Promise<unknown> | undefined
  #abandoned = false
  #sink: BatchSink | undefined
  #bank = 0
  #count = 0
  #dead: GuestFailure | undefined
  #heapBytes = 0
  #cpuMs = 0
  #asking = false

  constructor (isolate: ivm.Isolate, program: LiveProgram<D>, mapper: StackMapper, time: CallTime, lost: LostThreads) {
    this.declaration = program.declaration
    this.memory = program.memory
    this.#isolate = isolate
    this.#run = program.run
    this.#mapper = mapper
    this.#lost = lost
    this.#time = time
    // One timer for the guest's life, pushed back by every batch; when it goes off between batches it finds nothing to
    // do.
    this.#watchdog = this.#watch(time.limitMs + GRACE_MS)
    this.#ask()
  }

  setBatchTimeout (ms: number): void {
    if (ms === this.#time.limitMs || this.#dead !== undefined) return
    this.#time.limitMs = ms
    clearTimeout(this.#watchdog)
    this.#watchdog = this.#watch(ms + GRACE_MS)
  }

  #watch (ms: number): NodeJS.Timeout {
    return setTimeout(() => { if (this.#call !== undefined) setImmediate(this.#overdue) }, ms).unref()
  }

  run (bank: number, count: number, sink: BatchSink): void {
    if (this.#sink !== undefined) throw new Error('run() while a run is in flight')
    if (this.#dead !== undefined) {
      sink.batchFailed(bank, this.#dead, 0)
      return
    }
    this.#sink = sink
    this.#bank = bank
    this.#count = count
    this.#arguments[0] = runArgument(bank, count, this.#time.sliceMs)
    this.#options.timeout = this.#time.begin()
    this.#extended = false
    this.#watchdog.refresh()
    noneProcessed(this.memory)
    this.#call = this.#run.apply(undefined, this.#arguments, this.#options)
    this.#call.then(this.#settled, this.#rejected)
  }

  readonly #settled = (processed: unknown): void => {
    this.#call = undefined
    const sink = this.#sink
    if (sink === undefined) return
    const failure = checkProcessed(processed, this.#count)
    if (failure !== undefined) {
      this.#end(failure)
      return
    }
    this.#sink = undefined
    sink.batchDone(this.#bank, processed as number)
  }

  readonly #rejected = (error: unknown): void => {
    this.#call = undefined
    const failure = failureOf(error, this.#dead === undefined && this.#isolate.isDisposed)
    const sink = this.#sink
    if (sink !== undefined && failure.kind === 'timeout') {
      this.#sink = undefined
      sink.batchCut(this.#bank, answeredBefore(this.memory, this.#count), this.#time.cut(stackOf(error)))
      return
    }
    const processed = processedDespite(failure, this.memory, this.#count)
    if (sink === undefined || processed === 0) {
      this.#end(failure)
      return
    }
    this.#sink = undefined
    sink.batchDone(this.#bank, processed, stackOf(error))
  }

  // Runs a phase after the timer, so that an answer which waited for a blocked event loop is taken first.
  readonly #overdue = (): void => {
    if (this.#call === undefined || this.#abandoned) return
    const now = performance.now()
    let waitMs = this.#time.endsAt + GRACE_MS - now
    if (waitMs <= 0 && !this.#extended) {
      this.#extended = true
      // When this process has stood still, so has the thread.
      waitMs = Math.max(this.#time.patienceMs(now), waitMs < -STOOD_STILL_MS ? GRACE_MS : 0)
    }
    // The timer is set for a call with all of its CPU time, and is not set again for each call.
    if (waitMs > 0) {
      clearTimeout(this.#late)
      this.#late = this.#watch(waitMs)
    } else this.#abandon({
        kind: 'lost',
        message: `it did not end within ${this.#time.limitMs + GRACE_MS} ms and was abandoned`
      })
  }

  /** V8 has abandoned this isolate; its thread stays suspended. */
  catastrophe (): void {
    this.#abandon({
      kind: 'memory',
      message: 'the extension exceeded its heap (heapMb) in one step; its thread is lost'
    })
  }

  #abandon (failure: GuestFailure): void {
    if (!this.#abandoned && this.#call !== undefined) {
      this.#abandoned = true
      this.#lost.add(this.#call)
    }
    this.#end(failure)
  }

  mapStack (stack: string): string { return this.#mapper.map(stack) }

  /** Never waits for the isolate: the heap figure is of the previous call. */
  usage (): GuestUsage {
    this.#ask()
    return { heapBytes: this.#heapBytes, cpuMs: this.#cpuMs }
  }

  #ask (): void {
    if (this.#dead !== undefined || this.#isolate.isDisposed) return
    this.#cpuMs = Number(this.#isolate.cpuTime) / 1e6
    if (!this.#asking) void this.#askHeap()
  }

  async #askHeap (): Promise<void> {
    this.#asking = true
    try {
      const heap = await this.#isolate.getHeapStatistics()
      this.#heapBytes = heap.used_heap_size + heap.externally_allocated_size
      this.#asking = false
    } catch {
      // The isolate is gone; the last figure stands.
    }
  }

  dispose (): void { this.#end(DISPOSED) }

  #end (failure: GuestFailure): void {
    if (this.#dead === undefined) {
      if (!this.#isolate.isDisposed) {
        this.#cpuMs = Number(this.#isolate.cpuTime) / 1e6
        this.#isolate.dispose()
      }
      this.#dead = failure
      if (this.#call === undefined) clearTimeout(this.#watchdog)
    }
    const sink = this.#sink
    this.#sink = undefined
    sink?.batchFailed(
      this.#bank,
      failure,
      failure.kind === 'memory' || failure.kind === 'lost' ? answeredBefore(this.memory, this.#count) : 0
    )
  }
}
