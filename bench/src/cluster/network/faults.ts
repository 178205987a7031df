import type { Node } from './node-set.ts'
import type { StoreSet } from './store-set.ts'

/** What faults are inflicted on. */
export interface Bench {
  readonly store: StoreSet
  readonly nodes: readonly Node[]
  /** Whether the link to the store can be slowed down by the kernel. */
  readonly canDelay: boolean
  /** The clients of a node are gone. */
  drop (node: Node): void
}

/** A fault, and what ends it. */
export interface Fault {
  readonly name: string
  readonly doc: string
  /** Whether no node reaches the store, so that all have to decide alike. */
  readonly all: boolean
  /** What the store loses by it; undefined: nothing. */
  readonly loses?: 'store-empty' | 'store-behind'
  /** `turn` counts the faults before it: victims take turns. Returns what ends it. */
  begin (bench: Bench, turn: number): Promise<() => Promise<void>>
}

const nodeOf = ({ nodes }: Bench, turn: number): Node => nodes[turn % nodes.length]!
/** A slow store is stopped for so long in turns where the kernel cannot delay packets. */
const SLOW_MS = 100
const RUNS_MS = 10

/** Every fault of a run, one after the other. */
export const faults: readonly Fault[] = [
  {
    name: 'stopped', doc: 'master and replica stopped (SIGSTOP)', all: true,
    async begin ({ store }) {
      for (const index of [0, 1]) store.signal(index, 'SIGSTOP')
      return async () => { for (const index of [0, 1]) store.signal(index, 'SIGCONT') }
    }
  },
  {
    name: 'failed-over',
    doc: 'master killed; the Sentinels name the replica; the old master comes back empty, as a replica',
    all: false,
    loses: 'store-behind',
    async begin ({ store }) {
      const master = await store.master()
      await store.kill(master)
      return async () => { store.restart(master, 1 - master) }
    }
  },
  {
    name: 'cut-off', doc: 'the link of one node to the store cut', all: false,
    async begin (bench, turn) {
      const { place } = nodeOf(bench, turn)
      place.cut('store', true)
      return async () => { place.cut('store', false) }
    }
  },
  {
    name: 'slow', doc: `every reply of the store takes up to ${SLOW_MS} ms`, all: false,
    async begin ({ store, canDelay }) {
      const master = await store.master()
      if (canDelay) {
        store.delay(master, SLOW_MS)
        return async () => { store.delay(master, 0) }
      }
      let stopped = false
      let timer: NodeJS.Timeout | undefined
      const turn = (): void => {
        stopped = !stopped
        store.signal(master, stopped ? 'SIGSTOP' : 'SIGCONT')
        timer = setTimeout(turn, stopped ? SLOW_MS : RUNS_MS)
      }
      turn()
      return async () => {
        clearTimeout(timer)
        store.signal(master, 'SIGCONT')
      }
    }
  },
  {
    name: 'node-killed', doc: 'all processes of a node killed, and started again', all: false,
    async begin (bench, turn) {
      const node = nodeOf(bench, turn)
      node.kill()
      return async () => { await node.restart() }
    }
  },
  {
    name: 'full', doc: '`maxmemory` of the master reached', all: true,
    async begin ({ store }) {
      for (const index of [0, 1]) await store.command(index, 'CONFIG', 'SET', 'maxmemory', '1')
      return async () => { for (const index of [0, 1]) await store.command(index, 'CONFIG', 'SET', 'maxmemory', '0') }
    }
  },
  {
    name: 'master-stopped', doc: 'master stopped until the Sentinels have named the replica; then it comes back, and still takes itself for the master', all: false, loses: 'store-behind',
    async begin ({ store }) {
      const master = await store.master()
      store.signal(master, 'SIGSTOP')
      return async () => { store.signal(master, 'SIGCONT') }
    }
  },
  {
    name: 'sentinel-cut', doc: 'one Sentinel cut off from the master and the nodes', all: false,
    async begin ({ store }, turn) {
      const place = store.sentinels[turn % store.sentinels.length]!
      place.cut('store', true)
      return async () => { place.cut('store', false) }
    }
  },
  {
    name: 'clock', doc: 'the clock of one node set an hour ahead, then an hour back', all: false,
    async begin (bench, turn) {
      const node = nodeOf(bench, turn)
      node.setClock(3600)
      return async () => { node.setClock(-3600) }
    }
  },
  {
    name: 'node-cut', doc: 'both links of one node cut', all: false,
    async begin (bench, turn) {
      const node = nodeOf(bench, turn)
      node.isCut = true
      for (const network of ['data', 'store'] as const) node.place.cut(network, true)
      bench.drop(node)
      return async () => {
        for (const network of ['data', 'store'] as const) node.place.cut(network, false)
        node.isCut = false
      }
    }
  },
  {
    name: 'restarted-empty', doc: 'master and replica killed, and started again with nothing', all: false, loses: 'store-empty',
    async begin ({ store }) {
      const master = await store.master()
      for (const index of [0, 1]) await store.kill(index)
      store.restart(master, undefined)
      store.restart(1 - master, master)
      return async () => {}
    }
  }
]
