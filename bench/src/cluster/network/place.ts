import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'

/** The two networks that places are on: clients and servers reach nodes over `data`, nodes the store over `store`. */
export const networks = { data: '10.77.0', store: '10.78.0' } as const
export type NetworkName = keyof typeof networks

/** Number of this process in both networks. */
const OWN = 1
/** Clients have addresses of their own: controls against floods refuse hundreds of connects a second from one. */
export const CLIENT_ADDRESSES = { from: 200, count: 50 } as const
/** An address that is on no other machine: nothing leaves these namespaces. */
export const addressIn = (network: NetworkName, number: number): string => `${networks[network]}.${number}`

const ip = (...args: readonly string[]): void => { execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] }) }

/** Why no network namespaces can be made here; undefined: they can. */
export const noNetworks = (): string | undefined => {
  try {
    execFileSync('unshare', ['-n', 'ip', 'link', 'add', 'weir-try', 'type', 'bridge'], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    return undefined
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? (error as Error).message).trim()
  }
}

/**
 * Run a program again in a network namespace of its own, which ends with it. Returns its status; undefined in that
 * process, which goes on.
 */
export const inOwnNetwork = async (url: string): Promise<number | undefined> => {
  if (process.env['WEIR_OWN_NETWORK'] === '1') return undefined
  const child = spawn('unshare', ['-n', '-p', '-f', '--mount-proc', '--kill-child', process.execPath, fileURLToPath(url), ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, WEIR_OWN_NETWORK: '1' } })
  // What runs inside ends with its first process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { child.kill('SIGKILL') })
  return await new Promise(resolve => { child.on('exit', code => { resolve(code ?? 1) }) })
}

/** Make both networks in this process's namespace: a bridge each, to which places are linked. */
export const makeNetworks = (): void => {
  ip('link', 'set', 'lo', 'up')
  for (const [name, net] of Object.entries(networks)) {
    ip('link', 'add', name, 'type', 'bridge')
    ip('addr', 'add', `${net}.${OWN}/24`, 'dev', name)
    ip('link', 'set', name, 'up')
  }
  for (let i = 0; i < CLIENT_ADDRESSES.count; i++)
    ip('addr', 'add', `${addressIn('data', CLIENT_ADDRESSES.from + i)}/24`, 'dev', 'data')
}

/** A machine, as far as the network shows it: a namespace with a link to each network, which can be cut. */
export class Place {
  readonly number: number
  readonly #holder: ChildProcess

  private constructor (number: number, holder: ChildProcess) {
    this.number = number
    this.#holder = holder
  }

  static async make (number: number, on: readonly NetworkName[]): Promise<Place> {
    const holder = spawn('unshare', ['-n', 'sleep', 'infinity'], { stdio: 'ignore' })
    const own = readlinkSync('/proc/self/ns/net')
    await until(() => readlinkSync(`/proc/${holder.pid!}/ns/net`) !== own, 'a network namespace')
    const place = new Place(number, holder)
    place.#inside('ip', 'link', 'set', 'lo', 'up')
    for (const network of on) {
      ip('link', 'add', `${network}${number}`, 'type', 'veth', 'peer', 'name', network, 'netns', String(holder.pid))
      ip('link', 'set', `${network}${number}`, 'master', network, 'up')
      place.#inside('ip', 'addr', 'add', `${addressIn(network, number)}/24`, 'dev', network)
      place.#inside('ip', 'link', 'set', network, 'up')
    }
    return place
  }

  /** What stands before a command that runs here. */
  get within (): readonly string[] { return ['nsenter', '-t', String(this.#holder.pid), '-n', '--'] }

  /** Cut a link, or mend it: packets vanish, and nobody is told. */
  cut (network: NetworkName, isCut: boolean): void {
    ip('link', 'set', `${network}${this.number}`, isCut ? 'down' : 'up')
  }

  /** Delay each packet on a link from here; 0: none. */
  delay (network: NetworkName, ms: number): void {
    this.#inside(
      'tc',
      'qdisc',
      ...ms === 0 ? ['del', 'dev', network, 'root'] : ['add', 'dev', network, 'root', 'netem', 'delay', `${ms}ms`]
    )
  }

  end (): void { this.#holder.kill('SIGKILL') }

  #inside (...command: readonly string[]): void {
    const [program, ...args] = [...this.within, ...command]
    execFileSync(program!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}
