import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Order, Outcome } from './hostile-child.ts'

/** A process that tries out hostile extensions, and is replaced when it has lost a thread. */
export class HostileProcess {
  #child: ChildProcess | undefined

  end (): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  /** Try an extension in a child that has lost no thread yet. The child's death, or an error that nobody caught in it, fails the test: the process must live. */
  async attempt (name: string, order: Order): Promise<Outcome> {
    const child = this.#child ??= fork(fileURLToPath(new URL('./hostile-child.ts', import.meta.url)), { execArgv: ['--no-node-snapshot'] })
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      const onExit = (code: number | null, by: string | null): void => {
        this.#child = undefined
        reject(new Error(`${name}: the process ended with ${String(code ?? by)}`))
      }
      child.once('exit', onExit)
      child.once('message', message => {
        child.off('exit', onExit)
        resolve(message as Outcome)
      })
      child.send(order)
    })
    if (outcome.lostThreads > 0) this.end()
    return outcome
  }
}
