/**
 * Threads that run code which does not come back. isolated-vm cannot end a thread that is inside a native loop, or one
 * that V8 has suspended after a failed allocation: all that can be done is to count them, and to replace the process
 * when there are several.
 */
export class LostThreads {
  #count = 0

  /** Threads that have not come back yet. */
  get count (): number { return this.#count }

  /** Give up on a call; should it end after all, its thread is no longer lost. */
  add (call: Promise<unknown>): void {
    this.#count++
    const back = (): void => { this.#count-- }
    call.then(back, back)
  }
}
