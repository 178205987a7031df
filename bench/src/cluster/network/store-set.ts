import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '@weirlb/testing'
import { addressIn, Place } from './place.ts'

const PORT = 6379
const SENTINEL_PORT = 26379
const MASTER = 'm'
/** How long a master is silent before the Sentinels name another. */
export const DOWN_AFTER_MS = 4000
const SERVERS = [101, 102] as const
const SENTINELS = [111, 112, 113] as const

interface Server { readonly place: Place, child: ChildProcess }

/** A master, its replica, and three Sentinels: each a process in a network namespace of its own. */
export class StoreSet {
  readonly url = `redis+sentinel://${
    SENTINELS.map(number => `${addressIn('store', number)}:${SENTINEL_PORT}`).join(',')
  }/${MASTER}`
  readonly sentinels: readonly Place[]
  readonly #program: string
  readonly #directory: string
  readonly #servers: readonly Server[]
  readonly #children: ChildProcess[] = []

  private constructor (program: string, directory: string, servers: readonly Server[], sentinels: readonly Place[]) {
    this.#program = program
    this.#directory = directory
    this.#servers = servers
    this.sentinels = sentinels
  }

  static async start (program: string): Promise<StoreSet> {
    const directory = mkdtempSync(join(tmpdir(), 'weir-store-set-'))
    const servers: Server[] = []
    for (const number of SERVERS) {
      const place = await Place.make(number, ['store'])
      servers.push({
        place,
        child: startServer(program, directory, place, number === SERVERS[0] ? undefined : SERVERS[0])
      })
    }
    await until(async () => /slave0:.*online/.test(await ask(SERVERS[0], 'INFO', 'replication')), 'a replica')
    const sentinels: Place[] = []
    const set = new StoreSet(program, directory, servers, sentinels)
    for (const number of SENTINELS) {
      const place = await Place.make(number, ['store'])
      sentinels.push(place)
      const config = join(directory, `${number}.conf`)
      writeFileSync(config, `port ${SENTINEL_PORT}\nbind 0.0.0.0\nprotected-mode no\nsentinel monitor ${MASTER} ${addressIn('store', SERVERS[0])} ${PORT} 2\nsentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}\nsentinel failover-timeout ${MASTER} 6000\n`)
      const [command, ...args] = [...place.within, program, config, '--sentinel', '--dir', directory]
      set.#children.push(spawn(command!, args, { stdio: 'ignore' }))
    }
    await until(
      async () =>
        (await Promise.all(SENTINELS.map(async number => await askSentinel(number, 'INFO', 'sentinel')))).every(text =>
          /slaves=1,sentinels=3/.test(text)
        ),
      'Sentinels that know each other'
    )
    return set
  }

  /** Index of the server that the Sentinels name. */
  async master (): Promise<0 | 1> {
    const [address] = (await askSentinel(SENTINELS[2], 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)).split('\n')
    return address === addressIn('store', SERVERS[1]) ? 1 : 0
  }

  signal (index: number, signal: 'SIGSTOP' | 'SIGCONT'): void { this.#servers[index]!.child.kill(signal) }

  async kill (index: number): Promise<void> {
    const { child } = this.#servers[index]!
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Delay what a server sends, by the kernel. */
  delay (index: number, ms: number): void { this.#servers[index]!.place.delay('store', ms) }

  /** Start a server that was killed, empty. */
  restart (index: number, replicaOf: number | undefined): void {
    const server = this.#servers[index]!
    server.child = startServer(
      this.#program,
      this.#directory,
      server.place,
      replicaOf === undefined ? undefined : SERVERS[replicaOf]
    )
  }

  async command (index: number, ...words: readonly string[]): Promise<string> {
    return await ask(SERVERS[index]!, ...words)
  }

  /** True if there is one master, which the other one follows. */
  async whole (): Promise<boolean> {
    const master = await this.master()
    return /role:master/.test(await this.command(master, 'INFO', 'replication')) &&
      /master_link_status:up/.test(await this.command(1 - master, 'INFO', 'replication'))
  }

  end (): void {
    for (const { place, child } of this.#servers) {
      child.kill('SIGKILL')
      place.end()
    }
    for (const child of this.#children) child.kill('SIGKILL')
    for (const place of this.sentinels) place.end()
    rmSync(this.#directory, { recursive: true })
  }
}

const startServer = (
  program: string,
  directory: string,
  place: Place,
  replicaOf: number | undefined
): ChildProcess => {
  // A replica writes what it got into its folder, where its successor would find it: one that is to start empty.
  const folder = mkdtempSync(join(directory, 'server-'))
  const options = ['--port', String(PORT), '--bind', '0.0.0.0', '--protected-mode', 'no', '--dir', folder]
  const nothingKept = ['--save', '', '--appendonly', 'no']
  const replication = ['--repl-diskless-sync-delay', '0', '--repl-timeout', '5']
  if (replicaOf !== undefined) replication.push('--replicaof', addressIn('store', replicaOf), String(PORT))
  const [command, ...args] = [...place.within, program, ...options, ...nothingKept, ...replication]
  return spawn(command!, args, { stdio: 'ignore' })
}

const run = promisify(execFile)
const client = async (number: number, port: number, words: readonly string[]): Promise<string> => {
  // A server that is stopped answers nothing, which is what is asked for.
  try {
    return (await run('redis-cli', ['-h', addressIn('store', number), '-p', String(port), ...words], { timeout: 3000 }))
      .stdout
  } catch {
    return ''
  }
}
const ask = async (number: number, ...words: readonly string[]): Promise<string> => await client(number, PORT, words)
const askSentinel = async (number: number, ...words: readonly string[]): Promise<string> =>
  await client(number, SENTINEL_PORT, words)
