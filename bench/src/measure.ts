import type { Path, Running } from './paths/path.ts'
import { cpuUs, memoryKb, treeOf } from './process-tree.ts'
import { Child } from './processes/child.ts'
import type { Order, Outcome } from './processes/order.ts'
import type { Failure, IdleResult, Sample, ScenarioResult } from './result.ts'
import type { Effort, Scenario } from './scenarios.ts'

/** Connections that are open before memory is counted: what a process keeps after its first belongs to none. */
const FIRST = 500
/** For buffers and garbage of the opening to go. */
const SETTLE_MS = 3000

/** The two ends of every path. A load generator that has failed is replaced. */
export interface Ends { load: Child, readonly backend: Child, readonly servers: readonly number[] }

const startLoad = async (): Promise<Child> => {
  const load = Child.start(import.meta.resolve('./processes/load.ts'))
  await load.hear()
  return load
}

/** Start the load generator and the servers, a process each. */
export const startEnds = async (): Promise<Ends> => {
  const backend = Child.start(import.meta.resolve('./processes/backend.ts'))
  const { ports } = await backend.hear<{ ports: number[] }>()
  return { load: await startLoad(), backend, servers: ports }
}

const timed = async ({ load, backend }: Ends, running: Running, order: Order): Promise<Sample> => {
  await load.ask(order)
  const pids = running.pid === undefined ? [] : treeOf(running.pid)
  const before = [pids, [load.pid], [backend.pid]].map(cpuUs)
  const { done, seconds, p50, p99, moved } = await load.hear<Outcome>()
  if (done === 0) throw new Error('nothing was done')
  const [proxy, loadUs, backendUs] = [pids, [load.pid], [backend.pid]].map((of, i) => (cpuUs(of) - before[i]!) / done)
  const direct = running.pid === undefined
  return {
    perSecond: done / seconds, p50, p99, moved, loadUs: loadUs!, backendUs: backendUs!,
    cpuUs: direct ? undefined : proxy!,
    memoryKb: direct ? undefined : memoryKb(pids)
  }
}

const stopAll = async (running: Iterable<Running>): Promise<void> => { await Promise.all([...running].map(async proxy => { await proxy.stop() })) }

/** Put a scenario on every path, in turn, round by round. A path that breaks is left out from then on. */
export const measure = async (ends: Ends, paths: readonly Path[], scenario: Scenario, effort: Effort, failures: Failure[]): Promise<ScenarioResult> => {
  const running = new Map<string, Running>()
  const rounds: Record<string, Sample>[] = []
  try {
    const started = await Promise.all(paths.map(async path => await path.start(ends.servers)))
    for (const [i, path] of paths.entries()) running.set(path.name, started[i]!)
    for (let round = 0; round < effort.rounds; round++) {
      const samples: Record<string, Sample> = {}
      for (const [name, proxy] of running) {
        try {
          samples[name] = await timed(ends, proxy, scenario.order(proxy.port, effort))
        } catch (error) {
          failures.push({ scenario: scenario.id, path: name, why: (error as Error).message })
          running.delete(name)
          await ends.load.stop()
          await proxy.stop()
          ends.load = await startLoad()
        }
      }
      rounds.push(samples)
    }
  } finally {
    await stopAll(running.values())
  }
  return { id: scenario.id, title: scenario.title, unit: scenario.unit, rounds }
}

const settle = async (): Promise<void> => { await new Promise(resolve => { setTimeout(resolve, SETTLE_MS) }) }

/** Memory that idle connections cost a fresh proxy. */
export const measureIdle = async ({ load, servers }: Ends, path: Path, connections: number): Promise<IdleResult | undefined> => {
  const proxy = await path.start(servers)
  try {
    if (proxy.pid === undefined) return undefined
    const emptyKb = memoryKb(treeOf(proxy.pid))
    await load.ask({ kind: 'idle', port: proxy.port, connections: FIRST } satisfies Order)
    await settle()
    const before = memoryKb(treeOf(proxy.pid))
    await load.ask({ kind: 'idle', port: proxy.port, connections } satisfies Order)
    await settle()
    const after = memoryKb(treeOf(proxy.pid))
    return { path: path.name, connections, emptyKb, kbPerConnection: (after - before) / connections }
  } finally {
    await load.ask({ kind: 'drop' } satisfies Order)
    await proxy.stop()
  }
}
