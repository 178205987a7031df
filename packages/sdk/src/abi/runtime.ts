import type { Declaration } from './declaration.ts'
import type { SharedMemory } from './layout.ts'

/**
 * The one global that a bundle leaves: its GuestProgram. The runtime takes and deletes it before anything else runs.
 */
export const PROGRAM_GLOBAL = '__weirProgram'

/** An extension as one ES2023 script: the author's module, what it imports, the SDK and the guest loop. */
export interface Bundle {
  readonly name: string
  readonly code: string
  /** Source map (JSON) of `code`. */
  readonly map: string
}

/** How a guest runs, and what it may use. */
export interface LoadOptions {
  /** `thread`: on its own thread, behind a watchdog. `loop`: on the caller's event loop. */
  readonly mode: 'thread' | 'loop'
  readonly heapMb: number
  /** Maximum CPU time of one request of a batch, in ms. */
  readonly batchTimeoutMs: number
  readonly originatedBytes: number
}

/** Why a guest can no longer be used. */
export interface GuestFailure {
  /**
   * `timeout`: stopped at its time limit; `memory`: over its heap; `lost`: it did not return and was abandoned;
   * `crash`: anything else.
   */
  readonly kind: 'timeout' | 'memory' | 'lost' | 'crash'
  readonly message: string
}

/** One request was stopped at its time limit; the guest survives. */
export interface Cut {
  /** The cause, and the stack where the request was stopped. */
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
   * The first `processed` requests have answers; the others did not run. `unhandled`: the stack of an unhandled
   * rejection in the author's code. It belongs to no request.
   */
  batchDone (bank: number, processed: number, unhandled?: string): void
  /**
   * The first `processed` requests have answers, the next one was stopped, and the later ones did not run. If all
   * have answers, promises that one of them left behind were stopped.
   */
  batchCut (bank: number, processed: number, cut: Cut): void
  /** The guest is dead. The first `processed` requests have answers; the guest was running the next one. */
  batchFailed (bank: number, failure: GuestFailure, processed: number): void
}

/** One loaded module: its isolate, its declaration and the memory it shares with the host. */
export interface Guest<D = Declaration> {
  readonly declaration: D
  readonly memory: SharedMemory
  /**
   * Run the first `count` requests of a bank; at most one run at a time.
   * `sink` may be called before this returns.
   */
  run (bank: number, count: number, sink: BatchSink): void
  /** Replace positions in the bundle by the author's file and line. */
  mapStack (stack: string): string
  /** Set the maximum CPU time of later requests, in ms. */
  setBatchTimeout (ms: number): void
  /** Heap in use and CPU time so far. */
  usage (): GuestUsage
  /** End the isolate; a run in flight ends as failed. */
  dispose (): void
}

/**
 * Resources in use by a guest. `cpuMs`: time of its calls in ms, as isolated-vm reports it; wall-clock time while one
 * runs.
 */
export interface GuestUsage { readonly heapBytes: number, readonly cpuMs: number }

/**
 * Loads modules. Errors of `load` have `code` extension-no-default, extension-api, extension-invalid or extension-load.
 */
export interface Loader<D> {
  load (bundle: Bundle, options: LoadOptions): Promise<Guest<D>>
}

/** Runs extensions. */
export interface Runtime extends Loader<Declaration> {}
