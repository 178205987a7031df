import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from '@weirlb/testing'
import { freePort } from './free-port.ts'

const START_TRIES = 3

/** A Redis server on loopback that keeps nothing on disk. */
export class Redis {
  readonly port: number
  get pid (): number { return this.#child.pid! }
  /** Of the default user, for commands of the test. */
  password: string | undefined
  readonly #child: ChildProcess

  private constructor (port: number, child: ChildProcess) {
    this.port = port
    this.#child = child
  }

  static async start (program: string, options: readonly string[] = []): Promise<Redis> {
    for (let tried = 1; ; tried++) {
      try {
        return await Redis.#listen(program, await freePort(), options)
      } catch (error) {
        // Another program may have taken the port in between.
        if (tried === START_TRIES) throw error
      }
    }
  }

  /** Start one that is empty on the port of another that has ended. */
  static async restart (program: string, port: number, options: readonly string[] = []): Promise<Redis> {
    return await Redis.#listen(program, port, options)
  }

  /** Start a Sentinel with a configuration file, which it rewrites. */
  static async sentinel (program: string, config: string): Promise<Redis> {
    const port = await freePort()
    return await Redis.#spawn(port, spawn(program, [config, '--sentinel', '--port', String(port), '--bind', '127.0.0.1', '--dir', dirname(config), '--set-proc-title', 'no'], { stdio: ['ignore', 'pipe', 'ignore'] }))
  }

  /** Send one command, and return the first line of its reply. */
  async command (...args: readonly string[]): Promise<string> { return (await this.whole(...args)).split('\r\n')[0]! }

  /** Send one command, and return the first part of its reply. */
  async whole (...args: readonly string[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    try {
      const text = (words: readonly string[]): string =>
        `*${words.length}\r\n${words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
      socket.write(`${this.password === undefined ? '' : text(['AUTH', this.password])}${text(args)}`)
      const skipped = this.password === undefined ? '' : '+OK\r\n'
      let reply = ''
      for await (const chunk of socket) {
        reply += String(chunk)
        if (reply.length > skipped.length) return reply.slice(skipped.length)
      }
      throw new Error('redis-server has closed the connection')
    } finally {
      socket.destroy()
    }
  }

  static async #listen (program: string, port: number, options: readonly string[]): Promise<Redis> {
    // A replica writes what it got into its folder, and each server reads what it finds there when it starts.
    const folder = await mkdtemp(join(tmpdir(), 'weir-redis-'))
    // Its title would overwrite its environment in /proc, where whoever ends what tests left behind looks for their
    // mark.
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
    const child = spawn(program, [...args, '--set-proc-title', 'no', ...options], {
      stdio: ['ignore', 'pipe', 'ignore']
    })
    child.once('exit', () => {
      rmSync(folder, { recursive: true, force: true })
    })
    return await Redis.#spawn(port, child)
  }

  static async #spawn (port: number, child: ChildProcess): Promise<Redis> {
    const words: string[] = []
    createInterface(child.stdout!).on('line', line => { words.push(line) })
    await until(() => {
      if (child.exitCode !== null)
        throw new Error(`redis-server ended with status ${child.exitCode}: ${words.join('\n')}`)
      // One that loads its data takes connections, and refuses commands.
      return words.some(line => /Ready to accept connections|Loading RDB|Sentinel ID is/.test(line))
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
