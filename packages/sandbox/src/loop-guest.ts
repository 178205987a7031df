import type ivm from 'isolated-vm'
import {
  runArgument,
  type BatchSink,
  type Declaration,
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

/**
 * A guest that runs on the caller's event loop: `batchDone` is called before `run` returns, and nothing is allocated
 * for a batch.
 */
export class LoopGuest implements Guest {
  readonly declaration: Declaration
  readonly memory: SharedMemory
  readonly #isolate: ivm.Isolate
  readonly #run: LiveProgram['run']
  readonly #mapper: StackMapper
  // Reused for every call.
  readonly #arguments: [number] = [0]
  readonly #options: { timeout: number } = { timeout: 0 }
  readonly #time: CallTime
  #running = false
  #dead: GuestFailure | undefined
  #usage: GuestUsage = { heapBytes: 0, cpuMs: 0 }

  constructor (isolate: ivm.Isolate, program: LiveProgram, mapper: StackMapper, time: CallTime) {
    this.declaration = program.declaration
    this.memory = program.memory
    this.#isolate = isolate
    this.#run = program.run
    this.#mapper = mapper
    this.#time = time
  }

  run (bank: number, count: number, sink: BatchSink): void {
    if (this.#running) throw new Error('run() while a run is in flight')
    if (this.#dead !== undefined) {
      sink.batchFailed(bank, this.#dead, 0)
      return
    }
    this.#arguments[0] = runArgument(bank, count, this.#time.sliceMs)
    this.#options.timeout = this.#time.begin()
    this.#running = true
    noneProcessed(this.memory)
    let stack: string | undefined
    let processed: unknown
    let failure: GuestFailure | undefined
    try {
      processed = this.#run.applySync(undefined, this.#arguments, this.#options)
      failure = checkProcessed(processed, count)
    } catch (error) {
      failure = failureOf(error, this.#isolate.isDisposed)
      processed = processedDespite(failure, this.memory, count)
      if (processed !== 0) failure = undefined
      stack = stackOf(error)
    }
    this.#running = false
    if (failure === undefined) {
      sink.batchDone(bank, processed as number, stack)
      return
    }
    if (failure.kind === 'timeout') {
      sink.batchCut(bank, answeredBefore(this.memory, count), this.#time.cut(stack!))
      return
    }
    this.#end(failure)
    sink.batchFailed(bank, failure, failure.kind === 'memory' ? answeredBefore(this.memory, count) : 0)
  }

  mapStack (stack: string): string { return this.#mapper.map(stack) }

  setBatchTimeout (ms: number): void { this.#time.limitMs = ms }

  usage (): GuestUsage {
    if (this.#dead !== undefined || this.#isolate.isDisposed) return this.#usage
    const heap = this.#isolate.getHeapStatisticsSync()
    this.#usage = {
      heapBytes: heap.used_heap_size + heap.externally_allocated_size,
      cpuMs: Number(this.#isolate.cpuTime) / 1e6
    }
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
