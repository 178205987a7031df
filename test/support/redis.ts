import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { freePort } from './free-port.ts'

const START_TRIES = 3

/** A Redis server on loopback that keeps nothing on disk. */
export class Redis {
  readonly port: number
  readonly #child: ChildProcess

  private constructor (port: number, child: ChildProcess) {
    this.port = port
    this.#child = child
  }

  static async start (program: string): Promise<Redis> {
    for (let tried = 1; ; tried++) {
      try {
        return await Redis.#listen(program, await freePort())
      } catch (error) {
        // Another program may have taken the port in between.
        if (tried === START_TRIES) throw error
      }
    }
  }

  static async #listen (program: string, port: number): Promise<Redis> {
    // Its title would overwrite its environment in /proc, where whoever ends what tests left behind looks for their
    // mark.
    const child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/', '--set-proc-title', 'no'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const words: string[] = []
    createInterface(child.stdout).on('line', line => { words.push(line) })
    await until(() => {
      if (child.exitCode !== null) throw new Error(`redis-server ended with status ${child.exitCode}: ${words.join('\n')}`)
      return words.some(line => line.includes('Ready to accept connections'))
    }, `redis-server on port ${port}`)
    return new Redis(port, child)
  }

  /** Kill it, as a crash would. */
  async kill (): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Let it answer nobody until `resume`. */
  pause (): void { this.#child.kill('SIGSTOP') }
  resume (): void { this.#child.kill('SIGCONT') }
}
