import type { Path, Running } from './paths/path.ts'
import { cpuUs, memoryKb, treeOf } from './process-tree.ts'
import { Child } from './processes/child.ts'
import type { Order, Outcome } from './processes/order.ts'
import type { IdleResult, Sample, ScenarioResult } from './result.ts'
import type { Effort, Scenario } from './scenarios.ts'

/** Connections that are open before memory is counted: what a process keeps after its first belongs to none. */
const FIRST = 500
/** For buffers and garbage of the opening to go. */
const SETTLE_MS = 3000

/** The two ends of every path. */
export interface Ends { readonly load: Child, readonly backend: Child, readonly servers: readonly number[] }

/** Start the load generator and the servers, a process each. */
export const startEnds = async (): Promise<Ends> => {
  const load = Child.start(import.meta.resolve('./processes/load.ts'))
  const backend = Child.start(import.meta.resolve('./processes/backend.ts'))
  const [{ ports }] = await Promise.all([backend.hear<{ ports: number[] }>(), load.hear()])
  return { load, backend, servers: ports }
}

const timed = async ({ load, backend }: Ends, running: Running, order: Order): Promise<Sample> => {
  await load.ask(order)
  const pids = running.pid === undefined ? [] : treeOf(running.pid)
  const before = [pids, [load.pid], [backend.pid]].map(cpuUs)
  const outcome = await load.hear<Outcome>().then(heard => ({ ...heard, used: [pids, [load.pid], [backend.pid]].map((of, i) => (cpuUs(of) - before[i]!) / heard.done) }))
  const { done, seconds, p50, p99, moved, used: [proxy, loadUs, backendUs] } = outcome
  const direct = running.pid === undefined
  return {
    perSecond: done / seconds, p50, p99, moved, loadUs: loadUs!, backendUs: backendUs!,
    cpuUs: direct ? undefined : proxy!,
    memoryKb: direct ? undefined : memoryKb(pids)
  }
}

/** Put a scenario on every path, in turn, round by round. */
export const measure = async (ends: Ends, paths: readonly Path[], scenario: Scenario, effort: Effort): Promise<ScenarioResult> => {
  const running = new Map<string, Running>()
  const rounds: Record<string, Sample>[] = []
  try {
    for (const path of paths) running.set(path.name, await path.start(ends.servers))
    for (let round = 0; round < effort.rounds; round++) {
      const samples: Record<string, Sample> = {}
      for (const [name, proxy] of running) samples[name] = await timed(ends, proxy, scenario.order(proxy.port, effort))
      rounds.push(samples)
    }
  } finally {
    for (const proxy of running.values()) await proxy.stop()
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
