import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WeirClient } from '@weirlb/admin/client'
import { WeirProcess, type LogLine } from '../../../../test/support/weir-process.ts'
import { treeOf } from '../../process-tree.ts'
import { addressIn, Place } from './place.ts'

const ADMIN_PORT = 8080
/** Port of the user vserver. */
export const CLIENT_PORT = 1883
/** How long a node may take for an answer of the API. */
const ANSWER_MS = 1000
const START_TRIES = 5
const TOKEN = 'a-token-of-this-run-and-no-other'
/** Makes the wall clock of a process another one, from a file that is read anew. */
export const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'

/** One `weir serve` in a network namespace of its own. */
export class Node {
  readonly name: string
  readonly place: Place
  readonly address: string
  readonly api: WeirClient
  /** What its log has reported of the store since `forget`. */
  reports: string[] = []
  /** Whether it is cut off from clients and servers. */
  isCut = false
  #weir: WeirProcess | undefined
  /** Called when its log reports that the store is away for it, and that it shares all sessions again, or has ended. */
  onShares: (shares: boolean) => void = () => {}
  readonly #clock: string
  readonly #options: NodeOptions

  private constructor (name: string, place: Place, options: NodeOptions) {
    this.name = name
    this.place = place
    this.address = addressIn('data', place.number)
    this.api = new WeirClient({ url: `http://${this.address}:${ADMIN_PORT}`, token: TOKEN })
    this.#options = options
    this.#clock = join(options.directory, `clock-${name}`)
  }

  static async start (name: string, number: number, options: NodeOptions): Promise<Node> {
    const node = new Node(name, await Place.make(number, ['data', 'store']), options)
    node.setClock(0)
    await node.restart()
    return node
  }

  get isUp (): boolean { return this.#weir !== undefined }

  async restart (): Promise<void> {
    const { config, url, canSetClock } = this.#options
    const env = canSetClock
      ? {
        LD_PRELOAD: FAKETIME,
        FAKETIME_TIMESTAMP_FILE: this.#clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_DONT_RESET: '1'
      }
      : {}
    this.#weir = await patiently(async () =>
      await WeirProcess.start({
        workers: 1,
        config,
        within: this.place.within,
        admin: `${this.address}:${ADMIN_PORT}`,
        args: ['--cluster', url, '--node', this.name],
        env: { WEIR_ADMIN_TOKEN: TOKEN, ...env },
        onLog: line => {
          this.#onLog(line)
        }
      })
    )
  }

  /** SIGKILL, to all its processes. */
  kill (): void {
    for (const pid of treeOf(this.#weir!.pid)) process.kill(pid, 'SIGKILL')
    this.#weir = undefined
    this.onShares(true)
  }

  /** Let its wall clock be so many seconds wrong from now on. */
  setClock (seconds: number): void { writeFileSync(this.#clock, `${seconds < 0 ? '' : '+'}${seconds}\n`) }

  /** State of the store as it answers, or `unreachable`. */
  async state (): Promise<string> {
    if (this.#weir === undefined) return 'dead'
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>(resolve => { timer = setTimeout(resolve, ANSWER_MS, 'unreachable') })
    const answer = this.api.call('getHealth').then(({ body }) => body.cluster!.state, () => 'unreachable')
    try { return await Promise.race([answer, late]) } finally { clearTimeout(timer) }
  }

  async end (): Promise<void> {
    await this.#weir?.stop()
    this.place.end()
    rmSync(this.#clock, { force: true })
  }

  #onLog ({ msg = '', reason }: LogLine): void {
    if (msg.startsWith('the shared store is away') || msg.startsWith('the shared store has lost')) this.onShares(false)
    if (msg === 'the nodes share all sessions again') this.onShares(true)
    if (/shared store|another process has taken|a fault in Weir/.test(msg))
      this.reports.push(reason === undefined ? msg : `${msg} (${String(reason)})`)
  }
}

/** On a busy machine the Sentinels may be in doubt of a master for a moment. */
const patiently = async <T>(start: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try { return await start() } catch (error) {
      if (tries === START_TRIES) throw error
    }
  }
}

export interface NodeOptions {
  readonly config: string
  readonly url: string
  readonly directory: string
  /** Whether its wall clock can be set: libfaketime is there. */
  readonly canSetClock: boolean
}
