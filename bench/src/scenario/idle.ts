import { usual, type Path } from '../paths/path.ts'
import { cpuUs, memoryKb, treeOf } from '../process-tree.ts'
import type { IdleReport } from '../result.ts'
import type { Over } from '../wire/over.ts'
import { takesPart, type Bench, type Scenario } from './scenario.ts'

/** Connections that are open before memory is counted: what a process keeps after its first belongs to none. */
const FIRST = 500

const measureOne = async (
  { ends, proxies, effort }: Bench,
  path: Path,
  over: Over
): Promise<IdleReport['paths'][number]> => {
  const { port, pid, stop } = await proxies.fresh(path, { ...usual, over })
  const rest = async (ms: number): Promise<void> => { await new Promise(resolve => { setTimeout(resolve, ms) }) }
  const settle = async (): Promise<number> => {
    // For buffers and garbage of the opening to go: V8 compiles and collects for a while after what that was.
    await rest(effort.settleMs)
    return memoryKb(treeOf(pid!))
  }
  const quiet = async (): Promise<number> => {
    const pids = treeOf(pid!)
    const [from, before] = [performance.now(), cpuUs(pids)]
    await rest(effort.quietMs)
    return (cpuUs(pids) - before) / 1000 / (performance.now() - from)
  }
  try {
    const emptyKb = memoryKb(treeOf(pid!))
    await ends.tell({ kind: 'idle', port, over, connections: FIRST })
    const before = await settle()
    await ends.tell({ kind: 'idle', port, over, connections: effort.idle })
    const after = await settle()
    const cpuShare = await quiet()
    await ends.tell({ kind: 'drop' })
    return { path: path.name, emptyKb, kbPerConnection: (after - before) / effort.idle, cpuShare }
  } finally {
    await stop()
  }
}

const words: Readonly<Record<Over, string>> = { tcp: 'plain TCP', tls: 'TLS', websocket: 'WebSocket' }

/** Memory and CPU time that connections which say nothing cost a fresh proxy. */
export const idle = (id: string, over: Over): Scenario => ({
  id,
  title: `memory and CPU of idle connections, ${words[over]}`,
  async measure (bench) {
    const report: IdleReport = {
      kind: 'idle',
      id,
      title: `${bench.effort.idle} idle connections, ${words[over]}: memory and CPU`,
      paths: []
    }
    for (const path of bench.paths.slice(1)) {
      if (!takesPart(bench, path) || path.without({ ...usual, over }) !== undefined) continue
      try {
        report.paths.push(await measureOne(bench, path, over))
      } catch (error) {
        bench.failures.push({ scenario: id, path: path.name, why: (error as Error).message })
        await bench.ends.renewLoad()
      }
    }
    return report
  }
})
