import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TIME_SCALE } from '@weirlb/testing'
import type { Order, Outcome } from './hostile-child.ts'

/**
 * Longest that a client of another vserver may wait, in ms. In thread mode nothing holds up the event loop: the design
 * says p99 < 100 ms, and twice that leaves room for a busy machine. In loop mode it waits for a batch until the cut:
 * its budget of 250 ms, 50 ms more for the grid on which time-outs end, the same room, and a second where the machine
 * is so busy that the guest has not had its CPU time before.
 */
export const MAX_STALL_MS = { thread: 200 * TIME_SCALE, loop: (250 + 50 + 100) * TIME_SCALE + 1000 } as const
/** What an extension does is there every time; what a busy machine does is not. */
const TRIES = 3

/** A process that tries out hostile extensions, and is replaced when it has lost a thread. */
export class HostileProcess {
  #child: ChildProcess | undefined

  end (): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  /**
   * Try an extension that may end like this; again where the machine may have been at fault: something stalled, or a
   * thread was given up that had little to do but a few slow steps that nothing can interrupt.
   */
  async try (name: string, order: Order, ends: readonly string[]): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#once(name, order)
      const perhapsBusy = outcome.stallMs >= MAX_STALL_MS[order.mode] ||
        (outcome.end === 'lost' && !ends.includes('lost'))
      if (!perhapsBusy || tries === TRIES) return outcome
    }
  }

  /**
   * Try an extension in a child that has lost no thread yet. The child's death, or an error that nobody caught in it,
   * fails the test: the process must live.
   */
  async #once (name: string, order: Order): Promise<Outcome> {
    const child = this.#child ??= fork(fileURLToPath(new URL('./hostile-child.ts', import.meta.url)), {
      execArgv: ['--no-node-snapshot']
    })
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
