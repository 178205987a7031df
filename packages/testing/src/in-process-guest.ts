import {
  allocate,
  HANDLER_FRAME,
  layoutFor,
  MAX_SLICE_MS,
  runArgument,
  type BatchSink,
  type Declaration,
  type Guest,
  type GuestFailure,
  type GuestUsage,
  type SharedMemory
} from '@weirlb/sdk/abi'
import { guestProgram, type GuestProgram } from '@weirlb/sdk/guest'
import { readDeclaration } from '@weirlb/sandbox/bundle'

/** A guest whose loop runs in this process; `batchDone` is called before `run` returns. */
export class InProcessGuest implements Guest {
  readonly declaration: Declaration
  readonly memory: SharedMemory
  readonly mapStack: (stack: string) => string
  readonly #run: (argument: number) => number
  #running = false
  #dead: GuestFailure | undefined
  #cpuMs = 0

  constructor (
    declaration: Declaration,
    memory: SharedMemory,
    run: (argument: number) => number,
    mapStack: (stack: string) => string
  ) {
    this.declaration = declaration
    this.memory = memory
    this.#run = run
    this.mapStack = mapStack
  }

  run (bank: number, count: number, sink: BatchSink): void {
    if (this.#running) throw new Error('run() while a run is in flight')
    if (this.#dead !== undefined) {
      sink.batchFailed(bank, this.#dead, 0)
      return
    }
    this.#running = true
    const began = performance.now()
    let processed = 0
    try {
      processed = this.#run(runArgument(bank, count, MAX_SLICE_MS))
      if (!(Number.isInteger(processed) && processed >= Math.min(1, count) && processed <= count)) {
        this.#dead = { kind: 'crash', message: `the guest answered ${processed} instead of a count from 1 to ${count}` }
      }
    } catch (error) {
      this.#dead = { kind: 'crash', message: (error as Error).message }
    }
    this.#cpuMs += performance.now() - began
    this.#running = false
    if (this.#dead === undefined) sink.batchDone(bank, processed)
    else sink.batchFailed(bank, this.#dead, 0)
  }

  /** Code in this process has no time limit. */
  setBatchTimeout (): void {}

  /** There is no heap of its own to measure: the figure is the process's. */
  usage (): GuestUsage { return { heapBytes: process.memoryUsage().heapUsed, cpuMs: this.#cpuMs } }
  dispose (): void { this.#dead ??= { kind: 'crash', message: 'the guest has been disposed' } }
}

/** There is no bundle in which a handler could be found. */
const withoutHandlers = (stack: string): string =>
  stack.split('\n').filter(line => !line.includes(HANDLER_FRAME)).join('\n')

/**
 * Make a guest of a protocol that this process has imported. Throws an ExtensionError when its declaration is invalid.
 */
export const guestOf = (protocol: object, originatedBytes: number): Guest => {
  const program: GuestProgram = guestProgram(protocol)
  const declaration = readDeclaration(program.describe())
  const memory = allocate(layoutFor(declaration, originatedBytes))
  const run = program.start(
    memory.control,
    memory.arena,
    memory.layout.inBytes,
    memory.layout.outBytes,
    originatedBytes
  )
  return new InProcessGuest(declaration, memory, run, withoutHandlers)
}
