import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'
import { until } from '@weirlb/testing'
import { Api } from './api.ts'
import { weirBin } from './bundled.ts'

const CLI = 'packages/cli/bin/weir.js'

export interface WeirProcessOptions {
  readonly workers: number
  /** Default: WEIR_TRANSPORT, or what `weir serve` has. */
  readonly transport?: string
  /** HOST:PORT of the REST API. Default: a free port on loopback. */
  readonly admin?: string
  /** Where configuration and sessions are kept. Default: in memory. */
  readonly state?: string
  readonly config?: string
  /** Default: info. */
  readonly logLevel?: string
  /** Folder of another checkout, which is run in place of this one. */
  readonly checkout?: string
  /** Flags of Node. */
  readonly nodeArgs?: readonly string[]
  /** A command that runs it, as `nsenter` with its options. */
  readonly within?: readonly string[]
  /** More of its command line. */
  readonly args?: readonly string[]
  /** More for its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Told every line of the log, parsed. Default: kept in `log`. */
  readonly onLog?: (line: LogLine) => void
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string, readonly reason?: string }

/** `weir serve` as an operator runs it: a process, its ready line, its log, its REST API. */
export class WeirProcess {
  readonly api: Api
  readonly #log: LogLine[]
  readonly #child: ChildProcess
  /** Revision of the last `clear`. */
  #cleared: number | undefined

  /**
   * Lines of the log that report a fault of Weir's own: a worker that ended by itself is replaced, and a test might
   * not notice.
   */
  readonly #faults: readonly string[]

  private constructor (child: ChildProcess, admin: string, log: LogLine[], faults: readonly string[]) {
    this.#child = child
    this.#faults = faults
    this.api = new Api(admin)
    this.#log = log
  }

  get pid (): number { return this.#child.pid! }
  get log (): readonly LogLine[] { return this.#log }

  /** Make it as it was when it started, for another test: the configuration is empty, and so is the log. */
  async clear (): Promise<void> {
    await this.api.call('replaceConfig', { body: {} })
    const { revision } = (await this.api.call('getHealth')).body
    // The workers have written all lines of their clients before.
    const committed = ({ msg, ...line }: LogLine): boolean =>
      msg === 'configuration committed' && line['revision'] === revision
    await until(() => this.#cleared === revision || this.#log.some(committed), 'the line of the empty configuration')
    this.#cleared = revision
    this.#log.length = 0
  }

  /** Resolves when the ready line was read. */
  static async start (options: WeirProcessOptions): Promise<WeirProcess> {
    const args = [
      ...options.nodeArgs ?? [],
      options.checkout === undefined ? weirBin : resolve(options.checkout, CLI),
      'serve',
      '--admin',
      options.admin ?? '127.0.0.1:0',
      '--workers',
      String(options.workers)
    ]
    const transport = options.transport ?? process.env['WEIR_TRANSPORT']
    if (transport !== undefined) args.push('--transport', transport)
    if (options.state !== undefined) args.push('--state', options.state)
    if (options.config !== undefined) args.push('--config', options.config)
    if (options.logLevel !== undefined) args.push('--log-level', options.logLevel)
    args.push(...options.args ?? [])
    const [program, ...before] = [...options.within ?? [], process.execPath]
    const child = spawn(program!, [...before, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } })
    })
    const log: LogLine[] = []
    const words: string[] = []
    const faults: string[] = []
    createInterface(child.stderr).on('line', line => {
      try {
        const parsed = JSON.parse(line) as LogLine
        if (parsed.msg?.startsWith('a fault in Weir') === true) faults.push(line)
        if (options.onLog === undefined) log.push(parsed)
        else options.onLog(parsed)
      } catch {
        words.push(line)
      }
    })
    const ready = new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', line => {
        const parsed = JSON.parse(line) as { ready?: boolean, admin: string }
        if (parsed.ready === true) resolve(parsed.admin)
      })
      child.on('exit', (code, signal) => {
        reject(new Error(`weir serve ended with ${signal ?? `status ${code}`}: ${words.join('\n')}`))
      })
    })
    return new WeirProcess(child, await ready, log, faults)
  }

  /** SIGTERM; resolves with the exit status. Throws if Weir logged a fault of its own. */
  async stop (): Promise<number | null> {
    const code = await this.#end()
    if (this.#faults.length > 0) throw new Error(`Weir logged faults of its own:\n${this.#faults.join('\n')}`)
    return code
  }

  async #end (): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    // Not 'exit': lines of the log may still be in the pipe.
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    const [code] = await ended as [number | null]
    return code
  }
}
