import type { Certificate, Running, Servers } from '../paths/path.ts'
import { machineUs, memoryKb, spentUs, threadTimes, treeOf } from '../process-tree.ts'
import { Child } from '../processes/child.ts'
import type { Order, Outcome } from '../processes/order.ts'
import type { Sample } from '../result.ts'

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** The two ends of every path: load generator and servers, a process each. */
export class Ends {
  readonly #backend: Child
  #load: Child
  readonly servers: Servers

  private constructor (backend: Child, load: Child, servers: Servers) {
    this.#backend = backend
    this.#load = load
    this.servers = servers
  }

  static async start ({ cert, key }: Certificate): Promise<Ends> {
    const backend = Child.start(import.meta.resolve('../processes/backend.ts'), cert, key)
    const { ports, tls, webSockets, http, collectors, redis } = await backend.hear<
      Record<'ports' | 'tls' | 'webSockets' | 'http' | 'collectors' | 'redis', number[]>
    >()
    return new Ends(backend, await startLoad(), {
      mqtt: ports,
      mqttTls: tls,
      mqttWebSocket: webSockets,
      http,
      syslog: collectors,
      redis
    })
  }

  /** Tell the load generator something that takes no measured time. */
  async tell (order: Order): Promise<void> { await this.#load.ask(order) }

  /** Put a load on a proxy. */
  async sample (running: Running, order: Order): Promise<Sample> {
    const oneWay = order.kind === 'syslog'
    await this.#load.ask(order)
    const pids = running.pid === undefined ? [] : treeOf(running.pid)
    const groups = [pids, [this.#load.pid], [this.#backend.pid]]
    const before = groups.map(threadTimes)
    const machineBefore = machineUs()
    const arrivedBefore = oneWay ? await this.#arrived() : 0
    const outcome = await this.#load.hear<Outcome>()
    const spentByAll = machineUs() - machineBefore
    const after = groups.map(threadTimes)
    const ringsUs = spentUs(before[0]!.ofRings, after[0]!.ofRings)
    const spent = after.map(({ own }, i) => spentUs(before[i]!.own, own))
    const done = oneWay ? await this.#arrived() - arrivedBefore : outcome.done
    if (done === 0) throw new Error('nothing was done')
    const [ownUs, loadUs, backendUs] = spent.map(us => us / done)
    const direct = running.pid === undefined
    return {
      perSecond: done / outcome.seconds,
      p50: outcome.p50,
      p99: outcome.p99,
      p999: outcome.p999,
      moved: outcome.moved,
      resumed: outcome.resumed / done,
      lost: oneWay ? Math.max(0, 1 - done / outcome.done) : 0,
      loadUs: loadUs!,
      backendUs: backendUs!,
      machineUs: spentByAll / done,
      ringUs: direct ? undefined : ringsUs / done,
      cpuUs: direct ? undefined : ownUs! + ringsUs / done,
      memoryKb: direct ? undefined : memoryKb(pids)
    }
  }

  /** A load generator that has failed is replaced. */
  async renewLoad (): Promise<void> {
    await this.#load.stop()
    this.#load = await startLoad()
  }

  async stop (): Promise<void> { await Promise.all([this.#load.stop(), this.#backend.stop()]) }

  async #arrived (): Promise<number> { return sum(await this.#backend.ask<number[]>('arrived')) }
}

const startLoad = async (): Promise<Child> => {
  const load = Child.start(import.meta.resolve('../processes/load.ts'))
  await load.hear()
  return load
}
