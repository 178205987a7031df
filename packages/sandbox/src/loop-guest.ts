import type ivm from 'isolated-vm'
import { runArgument, type BatchSink, type Declaration, type Guest, type GuestFailure, type GuestUsage, type SharedMemory } from '@weirlb/sdk/abi'
import type { LiveProgram } from './bring-up.ts'
import type { StackMapper } from './bundle/stack-mapper.ts'
import { timeOutOnGrid } from './time-out-grid.ts'
import { checkProcessed, DISPOSED, failureOf, noneProcessed, processedDespite, stackOf } from './guest-failure.ts'

/** A guest that runs on the caller's event loop: `batchDone` is called before `run` returns, and nothing is allocated for a batch. */
export class LoopGuest implements Guest {
  readonly declaration: Declaration
  readonly memory: SharedMemory
  readonly #isolate: ivm.Isolate
  readonly #run: LiveProgram['run']
  readonly #mapper: StackMapper
  // Reused for every call.
  readonly #arguments: [number] = [0]
  readonly #options: { timeout: number } = { timeout: 0 }
  #batchTimeoutMs: number
  #running = false
  #dead: GuestFailure | undefined
  #usage: GuestUsage = { heapBytes: 0, cpuMs: 0 }

  constructor (isolate: ivm.Isolate, program: LiveProgram, mapper: StackMapper, batchTimeoutMs: number) {
    this.declaration = program.declaration
    this.memory = program.memory
    this.#isolate = isolate
    this.#run = program.run
    this.#mapper = mapper
    this.#batchTimeoutMs = batchTimeoutMs
  }

  run (bank: number, count: number, sink: BatchSink): void {
    if (this.#running) throw new Error('run() while a run is in flight')
    if (this.#dead !== undefined) {
      sink.batchFailed(bank, this.#dead)
      return
    }
    this.#arguments[0] = runArgument(bank, count)
    this.#options.timeout = timeOutOnGrid(this.#batchTimeoutMs)
    this.#running = true
    noneProcessed(this.memory)
    let unhandled: string | undefined
    let processed: unknown
    let failure: GuestFailure | undefined
    try {
      processed = this.#run.applySync(undefined, this.#arguments, this.#options)
      failure = checkProcessed(processed, count)
    } catch (error) {
      failure = failureOf(error, this.#isolate.isDisposed)
      processed = processedDespite(failure, this.memory, count)
      if (processed !== 0) {
        failure = undefined
        unhandled = stackOf(error)
      }
    }
    this.#running = false
    if (failure === undefined) {
      sink.batchDone(bank, processed as number, unhandled)
      return
    }
    this.#end(failure)
    sink.batchFailed(bank, failure)
  }

  mapStack (stack: string): string { return this.#mapper.map(stack) }

  setBatchTimeout (ms: number): void { this.#batchTimeoutMs = ms }

  usage (): GuestUsage {
    if (this.#dead !== undefined || this.#isolate.isDisposed) return this.#usage
    const heap = this.#isolate.getHeapStatisticsSync()
    this.#usage = { heapBytes: heap.used_heap_size + heap.externally_allocated_size, cpuMs: Number(this.#isolate.cpuTime) / 1e6 }
    return this.#usage
  }

  dispose (): void { this.#end(DISPOSED) }

  #end (failure: GuestFailure): void {
    if (this.#dead !== undefined) return
    this.usage()
    this.#dead = failure
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }
}
