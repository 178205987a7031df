import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ConfigInput } from '@weirlb/model'
import { LEASE_MS } from '@weirlb/core'
import { countsOf, Windows } from '../../../../test/cluster/windows.ts'
import { findService } from '../../../../test/support/services.ts'
import { Clients, startServers } from './clients.ts'
import { faults, type Bench, type Fault } from './faults.ts'
import { CLIENT_PORT, FAKETIME, Node } from './node-set.ts'
import { addressIn, makeNetworks } from './place.ts'
import { StoreSet } from './store-set.ts'

/** The line protocol of the examples: the first line, `HELLO NAME`, decides the server; then a tunnel. */
const protocol = readFileSync(new URL('../../../../examples/custom-protocol/protocol.ts', import.meta.url), 'utf8')
const SERVERS = { red: 4001, green: 4002, blue: 4003, white: 4004 } as const
/** Closing clients whose key was led elsewhere takes some milliseconds; on a busy machine a message takes longer. */
const SLACK_MS = 2000
const FAULT_MS = 8000
const TIMEOUT_SECONDS = 60
/** An entry was renewed a third of a lease ago at the latest. */
const FORGOTTEN_MS = LEASE_MS * 2 / 3 + TIMEOUT_SECONDS * 1000
const BEHIND_MS = 2000
/** How much later than it was written a line of a log may be read here. */
const LATE_MS = 500
const LOOK_MS = 250
/** Fresh keys that all nodes have to lead alike while no store answers. */
const FRESH = 5
/** Keys that are looked at through every node in the end. */
const LOOKED_AT = 100
const LOOK_TRIES = 5
const RECOVERY_MS = 120_000

const sleep = async (ms: number): Promise<void> => { await new Promise(resolve => { setTimeout(resolve, ms) }) }

interface Row {
  readonly fault: string
  readonly connects: number
  readonly failed: number
  readonly slowestMs: number
  readonly states: string
  readonly fresh: string
  readonly reports: number
  readonly backMs: number
}

/** Load of a run, time from fault to fault, and how long faults go on; each comes once at least. */
interface Plan { readonly rate: number, readonly keys: number, readonly everyMs: number, readonly forMs: number }

/** Run as the command line says. Returns the status of the process. */
export const runNetworkFaults = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      every: { type: 'string', default: '20' },
      keys: { type: 'string', default: '50000' },
      rate: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      out: { type: 'string' }
    }
  })
  const program = findService('redis')
  if (program === undefined) throw new Error('this run needs redis-server')
  const chosen = values.only === undefined
    ? faults
    : values.only.split(',').map(name =>
      faults.find(each => each.name === name) ??
        fail(`no fault '${name}'; there are: ${faults.map(each => each.name).join(', ')}`)
    )
  const run = await NetworkRun.start(program, Number(values.seed))
  try {
    const report = await run.all(chosen, {
      rate: Number(values.rate),
      keys: Number(values.keys),
      everyMs: values.minutes === undefined ? 0 : Number(values.every) * 1000,
      forMs: Number(values.minutes ?? 0) * 60_000
    })
    console.log(report.text)
    if (values.out !== undefined) writeFileSync(values.out, `${report.text}\n`)
    return report.found ? 1 : 0
  } finally {
    await run.end()
  }
}

const fail = (why: string): never => { throw new Error(why) }

class NetworkRun {
  readonly #bench: Bench
  readonly #clients: Clients
  readonly #directory: string
  readonly #servers: ReturnType<typeof startServers>
  readonly #canSetClock: boolean
  readonly #windows = new Windows({ lateMs: LATE_MS, closingMs: SLACK_MS, forgottenMs: FORGOTTEN_MS, behindMs: BEHIND_MS })
  #random: number

  private constructor (
    bench: Bench,
    clients: Clients,
    directory: string,
    servers: ReturnType<typeof startServers>,
    canSetClock: boolean,
    seed: number
  ) {
    this.#bench = bench
    this.#clients = clients
    this.#directory = directory
    this.#servers = servers
    this.#canSetClock = canSetClock
    this.#random = seed
    for (const node of bench.nodes) {
      node.onShares = shares => {
        const at = performance.now()
        if (shares) this.#windows.returned(node.name, at)
        else this.#windows.left(node.name, at)
      }
    }
  }

  static async start (program: string, seed: number): Promise<NetworkRun> {
    makeNetworks()
    const directory = mkdtempSync(join(tmpdir(), 'weir-network-'))
    const config = join(directory, 'config.json')
    writeFileSync(config, JSON.stringify(configOf()))
    const servers = startServers(addressIn('data', 1), SERVERS)
    const store = await StoreSet.start(program)
    const canSetClock = existsSync(FAKETIME)
    const nodes: Node[] = []
    // One after the other: the first one brings the configuration.
    for (const [i, name] of ['a', 'b', 'c'].entries())
      nodes.push(await Node.start(name, 11 + i, { config, url: store.url, directory, canSetClock }))
    const clients = new Clients(nodes)
    return new NetworkRun(
      {
        store,
        nodes,
        canDelay: canDelay(),
        drop: node => {
          clients.drop(node)
        }
      },
      clients,
      directory,
      servers,
      canSetClock,
      seed
    )
  }

  async all (
    chosen: readonly Fault[],
    { rate, keys, everyMs, forMs }: Plan
  ): Promise<{ readonly text: string, readonly found: boolean }> {
    const { nodes } = this.#bench
    const rows: Row[] = []
    const load = loadavg()[0]!
    await this.#allUp('the start')
    this.#clients.start(rate, keys, this.#next)
    await sleep(2000)
    const began = performance.now()
    for (let turn = 0; turn < chosen.length || performance.now() < began + forMs; turn++) {
      const fault = chosen[turn % chosen.length]!
      if (fault.name === 'clock' && !this.#canSetClock) continue
      const from = performance.now()
      rows.push(await this.#inflict(fault, turn))
      console.log(JSON.stringify(rows.at(-1)))
      await sleep(Math.max(2000, everyMs - (performance.now() - from)))
    }
    const kept = this.#clients.keys()
    this.#clients.stop()
    const ended = performance.now()
    const { found: overlaps, short, excused } = this.#clients.log.check(each => this.#windows.permits(each), SLACK_MS, ended)
    const disagreements: string[] = []
    for (const key of [...kept, ...Array.from({ length: LOOKED_AT }, (_, i) => `device-${i}`)].slice(0, LOOKED_AT)) {
      const met = await this.#meetAll(key)
      if (met.size > 1) disagreements.push(`${key}: ${[...met].join(', ')}`)
    }
    const cards = await Promise.all(
      nodes.map(async ({ api }) =>
        (await api.call('listNodes')).body.items.map(({ name, revision }) => `${name}@${revision}`).join(' ')
      )
    )
    if (new Set(cards).size > 1) disagreements.push(`nodes: ${cards.join(' | ')}`)
    const alike = rows.filter(({ fresh }) => fresh === 'unlike').map(({ fault }) => fault)
    const text = [
      `${this.#clients.log.connects} connects of ${keys} keys over ${nodes.length} nodes in ${
        ((performance.now() - began) / 60_000).toFixed(0)
      } minutes; load ${load.toFixed(0)} at the start, ${loadavg()[0]!.toFixed(0)} at the end; ${
        this.#bench.canDelay ? '' : 'no netem in this kernel: the slow store is stopped for 100 of 110 ms; '
      }${this.#canSetClock ? '' : 'no libfaketime: clocks were right; '}a node was away for ${
        (this.#windows.awayMs(ended) / nodes.length / 1000).toFixed(0)
      } s on average`,
      '',
      '| fault | clients during it | refused | slowest | states of the nodes | new keys alike | lines of the logs | all share again after |',
      '|---|---|---|---|---|---|---|---|',
      ...rows.map(row =>
        `| ${row.fault} | ${row.connects} | ${row.failed} | ${
          row.slowestMs.toFixed(0)
        } ms | ${row.states} | ${row.fresh} | ${row.reports} | ${(row.backMs / 1000).toFixed(1)} s |`
      ),
      '',
      `keys at two servers: ${excused.length} within windows (${countsOf(excused)}); ${short.length} outside of them for less than ${SLACK_MS} ms, ${overlaps.length} for longer; ${disagreements.length} disagreements afterwards, ${alike.length} faults with new keys led unlike`,
      ...[...overlaps, ...short].slice(0, 5).map(each => JSON.stringify(each)),
      ...disagreements.slice(0, 5)
    ].join('\n')
    return { text, found: overlaps.length + disagreements.length + alike.length > 0 }
  }

  async end (): Promise<void> {
    this.#clients.stop()
    for (const node of this.#bench.nodes) await node.end().catch(() => {})
    this.#bench.store.end()
    for (const server of this.#servers) server.close()
    rmSync(this.#directory, { recursive: true })
  }

  async #inflict (fault: Fault, turn: number): Promise<Row> {
    const { nodes } = this.#bench
    this.#clients.take()
    for (const node of nodes) node.reports = []
    const states = new Map<string, Set<string>>(nodes.map(({ name }) => [name, new Set<string>()]))
    const look = async (): Promise<string[]> => await Promise.all(nodes.map(async node => {
      const state = await node.state()
      states.get(node.name)!.add(state)
      return state
    }))
    const from = performance.now()
    const end = await fault.begin(this.#bench, turn)
    if (fault.loses !== undefined) this.#windows.lost(fault.loses, from, performance.now())
    let fresh = '–'
    while (performance.now() - from < FAULT_MS) {
      if ((await look()).every(state => state === 'away') && fault.all && fresh === '–')
        fresh = await this.#freshAlike(turn)
      await sleep(LOOK_MS)
    }
    const ended = performance.now()
    await end()
    await this.#allUp(fault.name, look)
    const { connects, failed, slowestMs } = this.#clients.take()
    return {
      fault: fault.name,
      connects,
      failed,
      slowestMs,
      fresh,
      reports: nodes.reduce((sum, { reports }) => sum + reports.length, 0),
      backMs: performance.now() - ended,
      states: [...states].map(([name, seen]) => `${name}: ${[...seen].join(' ')}`).join('; ')
    }
  }

  /** Returns the servers that a key meets through all nodes while these share; on a busy machine one may be away. */
  async #meetAll (key: string): Promise<Set<string | undefined>> {
    for (let tries = 1; ; tries++) {
      const from = performance.now()
      const met = new Set(await Promise.all(this.#bench.nodes.map(async node => await this.#clients.meet(node, key))))
      if (met.size > 1) await sleep(LATE_MS)
      const failed = met.has(undefined) || (met.size > 1 && this.#windows.someAway(from, performance.now()))
      if (!failed || tries === LOOK_TRIES) return met
      await this.#allUp('the end')
    }
  }

  /** Whether keys that no node has seen meet one server through all of them. */
  async #freshAlike (turn: number): Promise<'alike' | 'unlike'> {
    for (let i = 0; i < FRESH; i++) {
      const met = await Promise.all(
        this.#bench.nodes.map(async node => await this.#clients.meet(node, `fresh-${turn}-${i}`))
      )
      if (new Set(met).size > 1 || met[0] === undefined) return 'unlike'
    }
    return 'alike'
  }

  async #allUp (
    after: string,
    look = async (): Promise<string[]> => await Promise.all(this.#bench.nodes.map(async node => await node.state()))
  ): Promise<void> {
    const from = performance.now()
    for (;;) {
      if ((await look()).every(state => state === 'up') && await this.#bench.store.whole()) return
      if (performance.now() - from > RECOVERY_MS)
        throw new Error(
          `nodes do not share again after ${after}: ${(await look()).join(', ')}; ${
            JSON.stringify(this.#bench.nodes.map(({ name, reports }) => [name, reports.slice(-3)]))
          }`
        )
      await sleep(LOOK_MS)
    }
  }

  /** A number below 1, the same in each run. */
  readonly #next = (): number => {
    this.#random = Math.imul(this.#random, 1_664_525) + 1_013_904_223 >>> 0
    return this.#random / 2 ** 32
  }
}

const configOf = (): ConfigInput => ({
  extensions: [{ name: 'hello', source: protocol, check: 'off' }],
  userProtocols: [{ name: 'HELLO', transport: 'tcp', extension: 'hello' }],
  services: Object.entries(SERVERS).map(([name, port]) => ({ name, address: addressIn('data', 1), port })),
  lbVservers: [{
    name: 'lb',
    method: 'round-robin',
    persistence: { type: 'user-session', timeoutSeconds: TIMEOUT_SECONDS },
    services: Object.keys(SERVERS).map(name => ({ name }))
  }],
  // Each node listens in its own network.
  userVservers: [{ name: 'v', protocol: 'HELLO', address: '0.0.0.0', port: CLIENT_PORT, defaultLb: 'lb' }]
})

/** Whether the kernel can delay packets. */
const canDelay = (): boolean => {
  try {
    execFileSync('tc', ['qdisc', 'add', 'dev', 'store', 'root', 'netem', 'delay', '1ms'], { stdio: 'ignore' })
    execFileSync('tc', ['qdisc', 'del', 'dev', 'store', 'root'], { stdio: 'ignore' })
    return true
  } catch { return false }
}
