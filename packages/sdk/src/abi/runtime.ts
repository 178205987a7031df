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
  /** Longest time one batch may take. */
  readonly batchTimeoutMs: number
  readonly originatedBytes: number
}

/** Why a guest can no longer be used. */
export interface GuestFailure {
  /** `timeout`: cut at its budget; `memory`: over its heap; `lost`: it did not answer and was abandoned; `crash`: anything else. */
  readonly kind: 'timeout' | 'memory' | 'lost' | 'crash'
  readonly message: string
}

/** Told how a batch ended; exactly one of the two is called for each run. */
export interface BatchSink {
  /**
   * The first `processed` requests have answers; the others were not looked at. `unhandled`: the stack of what a promise of the author's was rejected with that
   * nobody handles. It belongs to no request.
   */
  batchDone (bank: number, processed: number, unhandled?: string): void
  /** Nothing in this batch has an answer, and the guest is dead. */
  batchFailed (bank: number, failure: GuestFailure): void
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
  /** Longest time that batches from now on may take. */
  setBatchTimeout (ms: number): void
  /** Heap in use and CPU time so far. */
  usage (): GuestUsage
  /** End the isolate; a run in flight ends as failed. */
  dispose (): void
}

export interface GuestUsage { readonly heapBytes: number, readonly cpuMs: number }

/** Runs extensions. Errors of `load` have `code` extension-no-default, extension-api, extension-invalid or extension-load. */
export interface Runtime {
  load (bundle: Bundle, options: LoadOptions): Promise<Guest>
}
