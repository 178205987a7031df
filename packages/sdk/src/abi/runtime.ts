import type { Declaration } from './declaration.ts'
import type { SharedMemory } from './layout.ts'

/** The one global that a bundle leaves behind: its GuestProgram. The runtime takes it and deletes it before anything else runs. */
export const PROGRAM_GLOBAL = '__weirProgram'

/** An extension as one ES2023 script: the author's module, what it imports, the SDK and the guest loop. */
export interface Bundle {
  readonly name: string
  readonly code: string
  /** Source map (JSON) of `code`. */
  readonly map: string
}

export interface LoadOptions {
  /** `thread`: on a thread of its own, behind a watchdog. `loop`: on the caller's event loop. */
  readonly mode: 'thread' | 'loop'
  readonly heapMb: number
  /** Most CPU time that one request of a batch may take, in ms. */
  readonly batchTimeoutMs: number
  readonly originatedBytes: number
}

/** Why a guest can no longer be used. */
export interface GuestFailure {
  /** `timeout`: cut at its time; `memory`: over its heap; `lost`: it did not answer and was abandoned; `crash`: anything else. */
  readonly kind: 'timeout' | 'memory' | 'lost' | 'crash'
  readonly message: string
}

/** One request was cut at its time; the guest lives. */
export interface Cut {
  /** What ran too long, and the stack where it was cut. */
  readonly message: string
  /** CPU time that the call had (on a thread: at most), and time by the clock, in ms. */
  readonly cpuMs: number
  readonly wallMs: number
  /** The machine had not given it the CPU time that it may take: the extension is not to blame. */
  readonly starved: boolean
}

/** Called with how a batch ended; exactly one of the three is called for each run. */
export interface BatchSink {
  /**
   * The first `processed` requests have answers; the others were not looked at. `unhandled`: the stack of what a promise of the author's was rejected with that
   * nobody handles. It belongs to no request.
   */
  batchDone (bank: number, processed: number, unhandled?: string): void
  /**
   * The first `processed` requests have answers, the one behind them was cut, and those behind it were not looked at. When all have answers, what was cut are
   * promises that one of them left behind.
   */
  batchCut (bank: number, processed: number, cut: Cut): void
  /** The guest is dead. The first `processed` requests have answers, and the guest was at the one behind them. */
  batchFailed (bank: number, failure: GuestFailure, processed: number): void
}

/** One loaded extension: its isolate, its declaration and the memory it shares with the host. */
export interface Guest {
  readonly declaration: Declaration
  readonly memory: SharedMemory
  /**
   * Run the first `count` requests of a bank; at most one run at a time.
   * `sink` may be called before this returns.
   */
  run (bank: number, count: number, sink: BatchSink): void
  /** Replace positions in the bundle by the author's file and line. */
  mapStack (stack: string): string
  /** Most CPU time that a request may take from now on, in ms. */
  setBatchTimeout (ms: number): void
  /** Heap in use and CPU time so far. */
  usage (): GuestUsage
  /** End the isolate; a run in flight ends as failed. */
  dispose (): void
}

/** What a guest uses. `cpuMs`: ms that its calls took, as isolated-vm has it: time by the clock while one runs. */
export interface GuestUsage { readonly heapBytes: number, readonly cpuMs: number }

/** Runs extensions. Errors of `load` have `code` extension-no-default, extension-api, extension-invalid or extension-load. */
export interface Runtime {
  load (bundle: Bundle, options: LoadOptions): Promise<Guest>
}
