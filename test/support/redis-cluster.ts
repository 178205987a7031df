import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@weirlb/testing'
import { freePort } from './free-port.ts'
import { Redis } from './redis.ts'

const SLOTS = 16_384
/** A master is not given up for being slow: tests fail it over by hand. */
const NODE_TIMEOUT_MS = 30_000

/** A Redis Cluster of three masters, each with a third of the slots, and a replica of the first one. */
export class RedisCluster {
  readonly masters: readonly Redis[]
  readonly replica: Redis
  readonly #directory: string

  private constructor (masters: readonly Redis[], replica: Redis, directory: string) {
    this.masters = masters
    this.replica = replica
    this.#directory = directory
  }

  static async start (program: string): Promise<RedisCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'weir-redis-cluster-'))
    // By default a node's bus has its port and 10,000, among those that the system gives to clients.
    const buses: string[] = []
    for (let i = 0; i < 4; i++) buses.push(String(await freePort()))
    const start = async (name: string, i: number): Promise<Redis> =>
      await Redis.start(program, [
        ...['--cluster-enabled', 'yes', '--cluster-port', buses[i]!],
        ...['--cluster-config-file', join(directory, name), '--cluster-node-timeout', String(NODE_TIMEOUT_MS)],
        ...['--repl-diskless-sync-delay', '0']
      ])
    const [one, two, three, replica] = await Promise.all(['one', 'two', 'three', 'replica'].map(start)) as [Redis, Redis, Redis, Redis]
    const cluster = new RedisCluster([one, two, three], replica, directory)
    for (const [i, master] of cluster.masters.entries()) {
      await master.command(
        'CLUSTER',
        'ADDSLOTSRANGE',
        String(Math.ceil(i * SLOTS / 3)),
        String(Math.ceil((i + 1) * SLOTS / 3) - 1)
      )
      await master.command('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
    }
    const nodes = [one, two, three, replica]
    const info = async (): Promise<string[]> =>
      await Promise.all(nodes.map(async each => await each.whole('CLUSTER', 'INFO')))
    await until(async () => {
      if ((await info()).every(text => /cluster_known_nodes:4/.test(text))) return true
      // On a busy machine a handshake may be too late, and nobody tries it again.
      for (const each of [two, three, replica])
        await each.command('CLUSTER', 'MEET', '127.0.0.1', String(one.port), buses[0]!)
      await sleep(300)
      return false
    }, 'nodes that know each other')
    const id = await cluster.idOf(one)
    await until(
      async () => (await replica.command('CLUSTER', 'REPLICATE', id)).startsWith('+OK'),
      'a replica that knows its master'
    )
    await until(async () => (await info()).every(text => /cluster_state:ok/.test(text)), 'a Cluster that is up')
    await until(
      async () => /master_link_status:up/.test(await replica.whole('INFO', 'replication')),
      'a replica that follows'
    )
    return cluster
  }

  get url (): string { return `redis+cluster://${this.masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}` }

  async idOf (node: Redis): Promise<string> { return (await node.whole('CLUSTER', 'MYID')).split('\r\n')[1]! }

  /** The slot of a key. */
  async slotOf (key: string): Promise<number> {
    return Number((await this.masters[0]!.command('CLUSTER', 'KEYSLOT', key)).slice(1))
  }

  /** The master that has a slot, as the slots were given out. */
  masterOf (slot: number): number { return Math.floor(slot * 3 / SLOTS) }

  async end (): Promise<void> {
    for (const each of [...this.masters, this.replica]) await each.kill()
    await rm(this.#directory, { recursive: true })
  }
}
