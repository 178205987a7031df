import { createContext, Script } from 'node:vm'
import {
  allocate, layoutFor, PROGRAM_GLOBAL, runArgument,
  type BatchSink, type Bundle, type Declaration, type Guest, type GuestFailure, type GuestUsage, type LoadOptions, type Runtime, type SharedMemory
} from '@weir/sdk/abi'
import { ExtensionError, readDeclaration, scriptName, StackMapper } from '@weir/sandbox/bundle'

const START = '(program, control, arena, ...sizes) => program.start(new Int32Array(control), new Uint8Array(arena), ...sizes)'

interface Program {
  describe (): unknown
}
type Start = (program: Program, control: ArrayBufferLike, arena: ArrayBufferLike, inBytes: number, outBytes: number, originatedBytes: number) => (argument: number) => number

class InProcessGuest implements Guest {
  readonly declaration: Declaration
  readonly memory: SharedMemory
  readonly #run: (argument: number) => number
  readonly #mapper: StackMapper
  #running = false
  #dead: GuestFailure | undefined
  #cpuMs = 0

  constructor (declaration: Declaration, memory: SharedMemory, run: (argument: number) => number, mapper: StackMapper) {
    this.declaration = declaration
    this.memory = memory
    this.#run = run
    this.#mapper = mapper
  }

  run (bank: number, count: number, sink: BatchSink): void {
    if (this.#running) throw new Error('run() while a run is in flight')
    if (this.#dead !== undefined) {
      sink.batchFailed(bank, this.#dead)
      return
    }
    this.#running = true
    const began = performance.now()
    let processed = 0
    try {
      processed = this.#run(runArgument(bank, count))
      if (!(Number.isInteger(processed) && processed >= Math.min(1, count) && processed <= count)) {
        this.#dead = { kind: 'crash', message: `the guest answered ${processed} instead of a count from 1 to ${count}` }
      }
    } catch (error) {
      this.#dead = { kind: 'crash', message: (error as Error).message }
    }
    this.#cpuMs += performance.now() - began
    this.#running = false
    if (this.#dead === undefined) sink.batchDone(bank, processed)
    else sink.batchFailed(bank, this.#dead)
  }

  mapStack (stack: string): string { return this.#mapper.map(stack) }
  /** There is no heap of its own to measure: the figure is the process's. */
  usage (): GuestUsage { return { heapBytes: process.memoryUsage().heapUsed, cpuMs: this.#cpuMs } }
  dispose (): void { this.#dead ??= { kind: 'crash', message: 'the guest has been disposed' } }
}

/**
 * Runs the same bundles and the same guest loop as the sandbox in a `node:vm` context of this process: no isolation and no limits,
 * but nothing to install and a debugger that reaches the author's code. For tests only.
 */
export const createInProcessRuntime = (): Runtime => ({
  async load (bundle: Bundle, options: LoadOptions): Promise<Guest> {
    const mapper = new StackMapper(bundle)
    const context = createContext({}, { name: bundle.name })
    let program: Program
    try {
      new Script(bundle.code, { filename: scriptName(bundle) }).runInContext(context)
      program = context[PROGRAM_GLOBAL] as Program
    } catch (error) {
      const stack = mapper.map((error as Error).stack ?? String(error))
      throw new ExtensionError('extension-load', `the module threw while it was loaded: ${stack}`, { ...mapper.firstPosition(stack), cause: error })
    }
    delete context[PROGRAM_GLOBAL]
    const declaration = readDeclaration(program.describe())
    const memory = allocate(layoutFor(declaration, options.originatedBytes))
    const start = new Script(START).runInContext(context) as Start
    const run = start(program, memory.control.buffer, memory.arena.buffer, memory.layout.inBytes, memory.layout.outBytes, options.originatedBytes)
    return new InProcessGuest(declaration, memory, run, mapper)
  }
})
