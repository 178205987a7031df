import ivm from 'isolated-vm'
import type { Bundle, FunctionRuntime, Guest, LoadOptions, Runtime } from '@weirlb/sdk/abi'
import { CallTime, FUNCTION_GRID_MS } from './call-time.ts'
import { bringUp, type LiveProgram, loadError } from './bring-up.ts'
import { bringUpFunction } from './bring-up-function.ts'
import { StackMapper } from './bundle/stack-mapper.ts'
import { otherThreads, ownThread } from './cpu-clock.ts'
import { CpuShortage } from './cpu-shortage.ts'
import { ExtensionError } from './extension-error.ts'
import { LoopGuest } from './loop-guest.ts'
import { LostThreads } from './lost-threads.ts'
import { requireNoSnapshot } from './snapshot-flag.ts'
import { GRACE_MS, ThreadGuest } from './thread-guest.ts'

/** A runtime whose guests live in isolates of their own. */
export interface SandboxRuntime extends Runtime {
  /**
   * Threads that have not come back from a guest. Measured: one takes a core for up to 5 s and up to 1.7 GB, then
   * sleeps for good. While there is one, `process.exit` never returns, because Node waits for the thread: such a
   * process must be ended with SIGKILL.
   */
  readonly lostThreads: number
  /** Runs edge functions, always on threads. */
  readonly functions: FunctionRuntime
}

export interface SandboxOptions {
  /** Longest time each step of loading may take: evaluating the module, reading its declaration. Default 2000. */
  readonly loadTimeoutMs?: number
}

type BringUp<D> = (
  isolate: ivm.Isolate,
  bundle: Bundle,
  options: LoadOptions,
  timeout: number
) => Promise<LiveProgram<D>>
type MakeGuest<D> = (isolate: ivm.Isolate, program: LiveProgram<D>, mapper: StackMapper) => Guest<D>

class IsolatedRuntime implements SandboxRuntime {
  readonly #lost = new LostThreads()
  readonly #shortage = new CpuShortage()
  readonly #loadTimeoutMs: number

  constructor (loadTimeoutMs: number) { this.#loadTimeoutMs = loadTimeoutMs }

  get lostThreads (): number { return this.#lost.count }

  readonly functions: FunctionRuntime = {
    load: async (bundle, options) =>
      await this.#load(
        bundle,
        { ...options, mode: 'thread' },
        bringUpFunction,
        (isolate, program, mapper) =>
          new ThreadGuest(
            isolate,
            program,
            mapper,
            new CallTime(otherThreads, options.batchTimeoutMs, this.#shortage, FUNCTION_GRID_MS),
            this.#lost
          )
      )
  }

  /**
   * 1. an isolate; 2. on its own thread: context, script, declaration, guest loop; 3. a guest in the wanted mode.
   * A failure at any step disposes the isolate.
   */
  async load (bundle: Bundle, options: LoadOptions): Promise<Guest> {
    return await this.#load(bundle, options, bringUp, (isolate, program, mapper) => {
      const time = new CallTime(
        options.mode === 'loop' ? ownThread : otherThreads,
        options.batchTimeoutMs,
        this.#shortage
      )
      return options.mode === 'loop'
        ? new LoopGuest(isolate, program, mapper, time)
        : new ThreadGuest(isolate, program, mapper, time, this.#lost)
    })
  }

  async #load<D> (bundle: Bundle, options: LoadOptions, start: BringUp<D>, make: MakeGuest<D>): Promise<Guest<D>> {
    const mapper = new StackMapper(bundle)
    let guest: Guest<D> | undefined
    let giveUp: (error: ExtensionError) => void = () => {}
    const catastrophe = (): void => {
      if (guest instanceof ThreadGuest) guest.catastrophe()
      else giveUp(
          new ExtensionError('extension-load', 'the module exceeded its heap (heapMb) in one step while it was loaded')
        )
    }
    // In loop mode V8 would suspend the event loop for good after calling this: better to abort, and be restarted.
    const isolate = new ivm.Isolate(
      options.mode === 'thread'
        ? { memoryLimit: options.heapMb, onCatastrophicError: catastrophe }
        : { memoryLimit: options.heapMb }
    )
    const live = start(isolate, bundle, options, this.#loadTimeoutMs)
    const overdue = new Promise<never>((_resolve, reject) => { giveUp = reject })
    const limit = this.#loadTimeoutMs + GRACE_MS
    const watchdog = setTimeout(
      () => giveUp(new ExtensionError('extension-load', `loading did not end within ${limit} ms and was abandoned`)),
      limit
    )
    try {
      return guest = make(isolate, await Promise.race([live, overdue]), mapper)
    } catch (error) {
      this.#lost.add(live)
      const gone = isolate.isDisposed
      if (!gone) isolate.dispose()
      throw loadError(error, mapper, this.#loadTimeoutMs, gone)
    } finally {
      clearTimeout(watchdog)
    }
  }
}

/**
 * Runs extensions in isolated-vm. Throws an ExtensionError (runtime-unavailable) in a process that was started with
 * Node's snapshot. Source of what the modes contain: measurements with isolated-vm 7 on Node 24.
 */
export const createRuntime = (options: SandboxOptions = {}): SandboxRuntime => {
  requireNoSnapshot()
  return new IsolatedRuntime(options.loadTimeoutMs ?? 2000)
}
