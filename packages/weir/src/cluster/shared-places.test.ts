import { Places, type PlaceWord } from '@weirlb/engine'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { makeLog } from '../log.ts'
import { PlaceLedger } from '../worker/place-ledger.ts'
import { Nodes } from './nodes.ts'
import { SharedMemory, MemoryStore } from './shared-memory.ts'
import { SharedPlaces } from './shared-places.ts'
import { StoreLine } from './store-line.ts'

const WORKERS = [1, 2]
const servicesOf = (maxClients: number) =>
  parseConfig({ services: [{ name: 's', address: '127.0.0.1', port: 1, maxClients }] }).services

/** The places of one node: two workers, their ledger, and its part of a store that can be cut off. */
class Node {
  readonly nodes: Nodes
  readonly shared: SharedPlaces
  readonly ledger: PlaceLedger
  readonly workers: readonly Places[]
  clients = 0
  /** Times that all parts were read. */
  reads = 0
  isCut = false
  readonly #line: StoreLine

  private constructor (name: string, memory: SharedMemory) {
    const store = new MemoryStore(memory)
    const cut = new Proxy(store, {
      get: (target, property) => {
        const found = Reflect.get(target, property) as unknown
        if (typeof found !== 'function') return found
        return async (...args: unknown[]): Promise<unknown> => {
          if (property === 'read' && args[0] === 'places') this.reads++
          if (this.isCut) throw new Error('cut')
          return await (found as (...given: unknown[]) => unknown).apply(target, args)
        }
      }
    })
    const log = makeLog('silent', {})
    this.#line = new StoreLine(cut, { onAway () {}, onBack: () => { this.shared.settle() } }, log, { retryMs: 20 })
    this.nodes = new Nodes(name, cut)
    this.shared = new SharedPlaces(cut, this.#line, this.nodes, log)
    this.ledger = new PlaceLedger(
      (worker, _, word) => {
        setImmediate(() => {
          this.#tell(worker, word)
        })
      },
      () => WORKERS.length,
      this.shared
    )
    const lender = (worker: number) => ({
      ask: (service: string, count: number) => {
        setImmediate(() => {
          this.ledger.ask(worker, service, count)
        })
      },
      giveBack: (service: string, count: number, answer: boolean) => {
        setImmediate(() => {
          this.ledger.giveBack(worker, service, count, answer)
        })
      }
    })
    this.workers = WORKERS.map(worker => new Places('s', 1, 0, lender(worker), () => {}))
    void store.open(this.nodes.id, {
      onMoved () {},
      onDamaged () {},
      onChanged: kind => {
        this.shared.onChanged(kind)
      },
      onMessage: topic => {
        this.shared.onMessage(topic)
      }
    })
  }

  static async start (name: string, memory: SharedMemory, limit: number): Promise<Node> {
    const node = new Node(name, memory)
    await node.nodes.join({ revision: 1, clients: 0, probes: 0, defending: [] }, async () => {})
    node.ledger.configure(servicesOf(limit))
    node.shared.start()
    return node
  }

  /** Resolves with whether the client was let in. */
  async enter (worker: 0 | 1 = 0): Promise<boolean> {
    const places = this.workers[worker]!
    if (places.full) return false
    if (places.free) {
      this.#begin(places)
      return true
    }
    return await new Promise(resolve => {
      places.wait({
        onPlace: () => {
          this.#begin(places)
          resolve(true)
        },
        onNoPlace: () => { resolve(false) }
      })
    })
  }

  leave (worker: 0 | 1 = 0): void {
    this.clients--
    this.workers[worker]!.leave()
  }

  get part (): number { return this.shared.shown[0]!.part }

  async stop (): Promise<void> {
    this.shared.stop()
    await this.#line.close()
  }

  #begin (places: Places): void {
    this.clients++
    places.enter()
  }

  #tell (worker: number, word: PlaceWord): void { this.workers[worker - 1]!.hear(word) }
}

let nodes: Node[] = []
afterEach(async () => {
  for (const node of nodes) await node.stop()
  nodes = []
})
const startNodes = async (count: number, limit: number): Promise<Node[]> => {
  const memory = new SharedMemory()
  for (let i = 0; i < count; i++) nodes.push(await Node.start(`n${i}`, memory, limit))
  return nodes
}
const sum = (): number => nodes.reduce((all, { clients }) => all + clients, 0)
const parts = (): number => nodes.reduce((all, { part }) => all + part, 0)

test('nodes never have more clients than there are places, and all places are had', async () => {
  const LIMIT = 40
  const all = await startNodes(3, LIMIT)
  let seed = 7
  const next = (below: number): number => {
    seed = Math.imul(seed, 1664525) + 1013904223 >>> 0
    return Math.floor(seed / 2 ** 32 * below)
  }
  const held: { readonly node: Node, readonly worker: 0 | 1 }[] = []
  for (let i = 0; i < 600; i++) {
    const node = all[next(3)]!
    const worker = next(2) as 0 | 1
    if (held.length > 0 && next(5) < 2) {
      const [one] = held.splice(next(held.length), 1)
      one!.node.leave(one!.worker)
    } else if (await node.enter(worker)) held.push({ node, worker })
    expect(sum()).toBeLessThanOrEqual(LIMIT)
    expect(parts()).toBeLessThanOrEqual(LIMIT)
  }
  // One node gets what the others do not need.
  for (const { node, worker } of held) node.leave(worker)
  const [only] = all
  await until(async () => {
    await only!.enter()
    expect(sum()).toBeLessThanOrEqual(LIMIT)
    return only!.clients === LIMIT
  }, 'all places at one node')
  // And gives them back.
  for (let i = 0; i < 10; i++) only!.leave()
  await until(async () => {
    await all[2]!.enter(1)
    expect(sum()).toBeLessThanOrEqual(LIMIT)
    return all[2]!.clients === 10
  }, 'the places of another node')
})

test('without the store each node goes on with its part, and refuses more at once', async () => {
  const all = await startNodes(2, 100)
  await until(() => all.every(({ part }) => part > 0), 'a part of each')
  const before = all.map(({ part }) => part)
  for (const node of all) node.isCut = true
  for (const node of all) while (await node.enter());
  expect(all.map(({ clients }) => clients)).toEqual(before)
  expect(sum()).toBeLessThanOrEqual(100)
  for (const node of all) node.isCut = false
  await until(async () => {
    for (const node of all) await node.enter()
    expect(sum()).toBeLessThanOrEqual(100)
    return sum() === 100
  }, 'all places, once the store is back')
})

test('few clients cost a round trip while there are many places', async () => {
  const [first] = await startNodes(2, 100_000)
  await until(() => first!.part > 0, 'a part')
  for (let i = 0; i < 900; i++) if (!await first!.enter()) throw new Error(`client ${i} was refused`)
  expect(first!.clients).toBe(900)
  expect(first!.reads).toBeLessThan(10)
})

test('the places of a node that has gone are had by others', async () => {
  const [one, two] = await startNodes(2, 10)
  await until(async () => {
    await one!.enter()
    return one!.clients === 10
  }, 'all places at one node')
  expect(await two!.enter()).toBe(false)
  one!.clients = 0
  await one!.nodes.leave()
  await one!.stop()
  two!.shared.settle()
  await until(async () => {
    await two!.enter()
    return two!.clients === 10
  }, 'the places of a node that has gone')
  nodes = [two!]
})
