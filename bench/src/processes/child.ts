import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ANSWER_MS = 60_000

/** The young generation of a worker of Weir (packages/weir/src/worker/worker-flags.ts). */
const YOUNG = '--max-semi-space-size=8'

/** A forked process that says something first, and then answers. It ends when its parent lets go of it or dies. */
export class Child {
  readonly #process: ChildProcess
  readonly #ended: Promise<never>

  private constructor (process: ChildProcess, script: string) {
    this.#process = process
    this.#ended = once(process, 'exit').then(([code, signal]) => {
      throw new Error(`${script} ended with ${String(signal ?? code)}`)
    })
    this.#ended.catch(() => {})
  }

  /** `script` as import.meta.resolve answers it. */
  static start (script: string, ...args: string[]): Child {
    return new Child(
      fork(fileURLToPath(script), args, { execArgv: ['--no-node-snapshot', YOUNG, '--expose-gc'] }),
      script
    )
  }

  get pid (): number { return this.#process.pid! }

  /** The next thing that it says. */
  async hear<T> (): Promise<T> {
    const [said] = await Promise.race([
      once(this.#process, 'message', { signal: AbortSignal.timeout(ANSWER_MS) }),
      this.#ended
    ]) as [T | { readonly failed: string }]
    if (typeof said === 'object' && said !== null && 'failed' in said) throw new Error(said.failed)
    return said as T
  }

  async ask<T> (message: object | string): Promise<T> {
    const heard = this.hear<T>()
    this.#process.send(message)
    return await heard
  }

  async stop (): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    await this.#ended.catch(() => {})
  }
}
