import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connectAsync } from 'mqtt'
import { until } from '@weirlb/testing'
import { freePort } from './free-port.ts'

/** Every broker keeps its own name here, retained: whoever subscribes learns where it is. */
export const NAME_TOPIC = 'broker/name'

const START_TRIES = 3

/** A mosquitto broker on loopback. */
export class Mosquitto {
  readonly name: string
  readonly port: number
  readonly #program: string
  readonly #settings: string
  #child: ChildProcess | undefined
  #folder = ''

  private constructor (program: string, name: string, port: number, settings: string) {
    this.#program = program
    this.name = name
    this.port = port
    this.#settings = settings
  }

  /** `settings`: further lines of its configuration, about its listener first. */
  static async start (program: string, name: string, settings = ''): Promise<Mosquitto> {
    for (let tried = 1; ; tried++) {
      const broker = new Mosquitto(program, name, await freePort(), settings)
      try {
        await broker.up()
        return broker
      } catch (error) {
        // Another program may have taken the port in between.
        if (tried === START_TRIES) throw error
      }
    }
  }

  /** Start it (again) on its port. */
  async up (): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'weir-mosquitto-'))
    const file = join(this.#folder, 'mosquitto.conf')
    writeFileSync(file, `listener ${this.port} 127.0.0.1\n${this.#settings}\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\nlog_type information\n`)
    const child = spawn(this.#program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    const words: string[] = []
    createInterface(child.stderr).on('line', line => { words.push(line) })
    await until(() => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with status ${child.exitCode}: ${words.join('\n')}`)
      return words.some(line => line.endsWith('running'))
    }, `mosquitto on port ${this.port}`)
    const client = await connectAsync(`mqtt://127.0.0.1:${this.port}`, { reconnectPeriod: 0 })
    await client.publishAsync(NAME_TOPIC, this.name, { qos: 1, retain: true })
    await client.endAsync()
  }

  /** Freeze it, as a machine does that swaps or is moved: its sockets stay, and nothing answers. */
  freeze (): void { this.#child?.kill('SIGSTOP') }

  /** Let it go on. */
  thaw (): void { this.#child?.kill('SIGCONT') }

  /** Kill it, as a crash would. */
  async kill (): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    rmSync(this.#folder, { recursive: true })
  }
}
