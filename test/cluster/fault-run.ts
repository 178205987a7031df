import { LEASE_MS } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { Redis } from '../support/redis.ts'
import { ClaimsLog, type Checked } from './claims-log.ts'
import { SimulatedNode, type SimulatedClient } from './simulated-node.ts'
import { StoreProxy } from './store-proxy.ts'
import { Windows, type Permitted } from './windows.ts'

/** What may be done to the store and to the links to it. */
export const faults = [
  'killed',
  'stopped',
  'slow',
  'cut-off',
  'node-killed',
  'server-down',
  'servers-seen-unlike'
] as const
export type Fault = (typeof faults)[number]

export interface FaultRunOptions {
  readonly program: string
  readonly nodes: number
  readonly keys: number
  /** Connects a second, over all nodes. */
  readonly rate: number
  /** One after the other. */
  readonly faults: readonly Fault[]
  readonly faultMs: number
  /** Between two faults, once all nodes share again. */
  readonly calmMs: number
  readonly seed: number
}

export interface FaultReport {
  readonly connects: number
  readonly overlaps: Checked<Permitted>
  /** Keys that nodes know differently at the end, of those with a client. */
  readonly disagreements: readonly string[]
  /** Claims that nobody answered within ten seconds. */
  readonly unanswered: number
  /** How long a node was away, on average. */
  readonly awayMs: number
}

const SERVICES = ['red', 'green', 'blue', 'white'] as const
/** A client whose server is another one's by now is closed so soon. The message takes no time; a busy machine does. */
const SLACK_MS = 1000
/** As of the simulated nodes. */
const TIMEOUT_MS = 120_000
const UNANSWERED_MS = 10_000

/**
 * Nodes, clients that come back through any of them while their last connection lingers, and faults. Every connection
 * is logged, and the log is checked.
 */
export const runFaults = async (options: FaultRunOptions): Promise<FaultReport> => await new FaultRun(options).run()

class FaultRun {
  readonly #options: FaultRunOptions
  readonly #log = new ClaimsLog()
  readonly #windows = new Windows({
    lateMs: 0,
    closingMs: SLACK_MS,
    forgottenMs: LEASE_MS * 2 / 3 + TIMEOUT_MS,
    behindMs: 0
  })
  readonly #nodes: SimulatedNode[] = []
  readonly #proxies: StoreProxy[] = []
  readonly #down = new Map<SimulatedNode, Set<string>>()
  readonly #waiting = new Set<number>()
  #redis!: Redis
  #random: number
  #count = 0
  #unanswered = 0

  constructor (options: FaultRunOptions) {
    this.#options = options
    this.#random = options.seed
  }

  async run (): Promise<FaultReport> {
    const { program, nodes, faultMs, calmMs, rate } = this.#options
    this.#redis = await Redis.start(program)
    for (let i = 0; i < nodes; i++) this.#proxies.push(await StoreProxy.start(() => this.#redis.port))
    for (const i of this.#proxies.keys()) this.#nodes.push(await this.#node(i))
    const timer = setInterval(() => { for (let i = 0; i < rate / 50; i++) this.#connect() }, 20)
    try {
      await this.#clients(calmMs)
      for (const fault of this.#options.faults) {
        await this.#inflict(fault, faultMs)
        await this.#allShare(fault)
        await this.#clients(calmMs)
      }
    } finally {
      clearInterval(timer)
    }
    await until(() => this.#waiting.size === 0, 'the last claims')
    const ended = performance.now()
    const overlaps = this.#log.check(overlap => this.#windows.permits(overlap), SLACK_MS, ended)
    // A node that was led by what it knew looks again after a second, and news are on their way.
    const keys = new Set(this.#nodes.flatMap(({ clients }) => [...clients.values()].map(({ session }) => session)))
    let disagreements: readonly string[] = []
    await until(async () => {
      disagreements = await this.#disagreements(keys)
      return disagreements.length === 0
    }, 'nodes that agree').catch(() => {})
    for (const node of this.#nodes) await node.stop()
    for (const proxy of this.#proxies) proxy.close()
    await this.#redis.kill()
    return {
      connects: this.#log.connects,
      overlaps,
      disagreements,
      unanswered: this.#unanswered,
      awayMs: this.#windows.awayMs(ended) / nodes
    }
  }

  async #node (i: number): Promise<SimulatedNode> {
    const node = await SimulatedNode.start(`n${i}-${this.#count++}`, this.#proxies[i]!.port, SERVICES)
    this.#down.set(node, new Set())
    node.onClosed = client => { this.#close(node, client) }
    node.onShares = shares => {
      if (shares) this.#windows.returned(node.name, performance.now())
      else this.#windows.left(node.name, performance.now())
    }
    return node
  }

  async #inflict (fault: Fault, ms: number): Promise<void> {
    const victim = this.#below(this.#nodes.length)
    const node = this.#nodes[victim]!
    const proxy = this.#proxies[victim]!
    switch (fault) {
      case 'killed':
        await this.#kill()
        await this.#clients(ms)
        this.#redis = await Redis.restart(this.#options.program, this.#redis.port)
        break
      case 'stopped':
        this.#redis.pause()
        await this.#clients(ms)
        this.#redis.resume()
        break
      case 'slow':
        for (const each of this.#proxies) each.delayMs = 50
        await this.#clients(ms)
        for (const each of this.#proxies) each.delayMs = 0
        break
      case 'cut-off':
        proxy.cut = true
        await this.#clients(ms)
        proxy.cut = false
        break
      case 'node-killed':
        // As by the end of its process: it tells nobody.
        proxy.cut = true
        for (const client of node.clients.values()) this.#log.closed(client.session, client.id, performance.now())
        node.clients.clear()
        this.#nodes[victim] = this.#nodes[(victim + 1) % this.#nodes.length]!
        await this.#clients(ms)
        await node.stop()
        this.#windows.returned(node.name, performance.now())
        proxy.cut = false
        this.#nodes[victim] = await this.#node(victim)
        break
      case 'server-down':
        for (const each of this.#nodes) this.#serverDown(each, SERVICES[0])
        await this.#clients(ms)
        for (const each of this.#nodes) this.#down.get(each)!.clear()
        break
      case 'servers-seen-unlike':
        this.#down.get(node)!.add(SERVICES[1])
        await this.#clients(ms)
        this.#down.get(node)!.clear()
    }
  }

  /** Wait until as many clients have come as do in this time; on a busy machine that takes longer. */
  async #clients (ms: number): Promise<void> {
    const { rate } = this.#options
    // Each second is waited for on its own: a long run has longer faults than one condition may take.
    for (let left = Math.ceil(rate * ms / 1000); left > 0; left -= rate) {
      const enough = this.#count + Math.min(left, rate)
      await until(() => this.#count >= enough, 'further clients')
    }
  }

  async #kill (): Promise<void> {
    const from = performance.now()
    await this.#redis.kill()
    this.#windows.lost('store-empty', from, performance.now())
  }

  #serverDown (node: SimulatedNode, service: string): void {
    this.#down.get(node)!.add(service)
    for (const client of [...node.clients.values()]) if (client.service === service) this.#close(node, client)
  }

  async #allShare (fault: Fault): Promise<void> {
    await until(() => this.#nodes.every(({ state }) => state === 'up'), `nodes that share again after ${fault}`)
  }

  #connect (): void {
    const node = this.#nodes[this.#below(this.#nodes.length)]!
    const key = `device-${this.#below(this.#options.keys)}`
    const number = this.#count++
    const at = performance.now()
    const down = [...this.#down.get(node)!]
    const up = SERVICES.filter(service => !down.includes(service))
    this.#waiting.add(number)
    node.sessions.directory(0).claim({ lbVserver: 'lb', key, proposal: up[this.#below(up.length)]!, unavailable: down }, {
      onClaimed: service => {
        this.#waiting.delete(number)
        const now = performance.now()
        if (now - at > UNANSWERED_MS) this.#unanswered++
        // The node was killed, or the server has failed meanwhile: the client is not there.
        if (!this.#nodes.includes(node) || this.#down.get(node)!.has(service)) {
          node.sessions.directory(0).release('lb', key, 60_000)
          return
        }
        const client: SimulatedClient = { id: String(number), session: key, service }
        node.clients.set(client.id, client)
        this.#log.connected(key, client.id, node.name, service, now, at)
        // It leaves without a word, and its node finds out later.
        setTimeout(() => { if (node.clients.has(client.id)) this.#close(node, client) }, 500 + this.#below(3000)).unref()
      }
    })
  }

  #close (node: SimulatedNode, client: SimulatedClient): void {
    node.clients.delete(client.id)
    this.#log.closed(client.session, client.id, performance.now())
    node.sessions.directory(0).release('lb', client.session, 60_000)
  }

  async #disagreements (keys: ReadonlySet<string>): Promise<string[]> {
    const found: string[] = []
    for (const key of keys) {
      const named = await Promise.all(
        this.#nodes.map(async ({ sessions }) =>
          await new Promise<string | undefined>(resolve => {
            sessions.directory(0).find('lb', key, { onFound: resolve })
          })
        )
      )
      const here = this.#nodes.flatMap(({ clients }) =>
        [...clients.values()].filter(({ session }) => session === key).map(({ service }) => service)
      )
      const all = new Set([...named, ...here])
      if (all.size > 1) found.push(`${key}: ${[...all].join(', ')}`)
    }
    return found
  }

  /** A number below another one, the same in each run. */
  #below (limit: number): number {
    this.#random = Math.imul(this.#random, 1_664_525) + 1_013_904_223 >>> 0
    return Math.floor(this.#random / 2 ** 32 * limit)
  }
}
