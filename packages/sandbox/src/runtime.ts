import ivm from 'isolated-vm'
import type { Bundle, Guest, LoadOptions, Runtime } from '@weirlb/sdk/abi'
import { CallTime } from './call-time.ts'
import { bringUp, loadError } from './bring-up.ts'
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
   * Threads that have not come back from a guest. Measured: one takes a core for up to 5 s and up to 1.7 GB, then sleeps for good.
   * While there is one, `process.exit` never returns, because Node waits for the thread: such a process must be ended with SIGKILL.
   */
  readonly lostThreads: number
}

export interface SandboxOptions {
  /** Longest time each step of loading may take: evaluating the module, reading its declaration. Default 2000. */
  readonly loadTimeoutMs?: number
}

class IsolatedRuntime implements SandboxRuntime {
  readonly #lost = new LostThreads()
  readonly #shortage = new CpuShortage()
  readonly #loadTimeoutMs: number

  constructor (loadTimeoutMs: number) { this.#loadTimeoutMs = loadTimeoutMs }

  get lostThreads (): number { return this.#lost.count }

  /**
   * 1. an isolate; 2. on its own thread: context, script, declaration, guest loop; 3. a guest in the wanted mode.
   * A failure at any step disposes the isolate.
   */
  async load (bundle: Bundle, options: LoadOptions): Promise<Guest> {
    const mapper = new StackMapper(bundle)
    let guest: ThreadGuest | undefined
    let giveUp: (error: ExtensionError) => void = () => {}
    const catastrophe = (): void => {
      if (guest !== undefined) guest.catastrophe()
      else giveUp(new ExtensionError('extension-load', 'the module exceeded its heap (heapMb) in one step while it was loaded'))
    }
    // In loop mode V8 would suspend the event loop for good after calling this: better to abort, and be restarted.
    const isolate = new ivm.Isolate(options.mode === 'thread' ? { memoryLimit: options.heapMb, onCatastrophicError: catastrophe } : { memoryLimit: options.heapMb })
    const live = bringUp(isolate, bundle, options, this.#loadTimeoutMs)
    const overdue = new Promise<never>((_resolve, reject) => { giveUp = reject })
    const limit = this.#loadTimeoutMs + GRACE_MS
    const watchdog = setTimeout(() => giveUp(new ExtensionError('extension-load', `loading did not end within ${limit} ms and was abandoned`)), limit)
    try {
      const program = await Promise.race([live, overdue])
      const time = new CallTime(options.mode === 'loop' ? ownThread : otherThreads, options.batchTimeoutMs, this.#shortage)
      if (options.mode === 'loop') return new LoopGuest(isolate, program, mapper, time)
      return guest = new ThreadGuest(isolate, program, mapper, time, this.#lost)
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
 * Runs extensions in isolated-vm. Throws an ExtensionError (runtime-unavailable) in a process that was started with Node's snapshot.
 * Source of what the modes contain: measurements with isolated-vm 7 on Node 24.
 */
export const createRuntime = (options: SandboxOptions = {}): SandboxRuntime => {
  requireNoSnapshot()
  return new IsolatedRuntime(options.loadTimeoutMs ?? 2000)
}
