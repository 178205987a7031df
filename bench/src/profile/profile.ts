import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { INSPECTED, TUNNELLED, URING_SHARED } from '../paths/names.ts'
import { usual, type Path, type Setting } from '../paths/path.ts'
import { treeOf } from '../process-tree.ts'
import type { Order, OrderOf } from '../processes/order.ts'
import type { Ends } from '../scenario/ends.ts'
import type { Proxies } from '../scenario/proxies.ts'
import { callTree, heaviest, type CpuProfile } from './call-tree.ts'
import { flameGraph } from './flame-graph.ts'

/** What is profiled, by the scenario whose load it is. */
interface Subject { readonly path: string, readonly setting: Partial<Setting>, order (port: number): Order }

const times = { warmUpSeconds: 1, seconds: 8 }
const messages = (port: number): OrderOf<'messages'> => ({
  kind: 'messages',
  port,
  connections: 50,
  window: 1,
  size: 256,
  ...times
})

const commands = (port: number, depth: number): OrderOf<'commands'> => ({
  kind: 'commands',
  port,
  connections: 50,
  depth,
  ...times,
  warmUpSeconds: 5
})

export const subjects: Readonly<Record<string, Subject>> = {
  S1: { path: TUNNELLED, setting: {}, order: messages },
  S4: {
    path: TUNNELLED,
    setting: {},
    order: port => ({ kind: 'connects', port, connections: 50, ids: 5000, ...times })
  },
  S5: {
    path: TUNNELLED,
    setting: { over: 'tls' },
    order: port => ({ kind: 'connects', port, over: 'tls', connections: 50, ids: 5000, ...times })
  },
  S8: { path: INSPECTED, setting: { work: 'topics' }, order: messages },
  S12: { path: TUNNELLED, setting: { over: 'tls' }, order: port => ({ ...messages(port), over: 'tls' }) },
  S13: { path: INSPECTED, setting: { over: 'websocket' }, order: port => ({ ...messages(port), over: 'websocket' }) },
  S14: {
    path: TUNNELLED,
    setting: { over: 'websocket' },
    order: port => ({ kind: 'connects', port, over: 'websocket', connections: 50, ids: 5000, ...times })
  },
  S15: {
    path: TUNNELLED,
    setting: { work: 'http' },
    order: port => ({ kind: 'requests', port, connections: 50, ...times })
  },
  S16: { path: INSPECTED, setting: { work: 'rules' }, order: messages },
  'S17-1': { path: URING_SHARED, setting: { work: 'redis' }, order: port => commands(port, 1) },
  'S17-16': { path: URING_SHARED, setting: { work: 'redis' }, order: port => commands(port, 16) }
}

const TOP = 15

/**
 * Run one load through Weir with V8's profiler on, and write the worker's flame graph; answers what took the most time.
 */
export const profile = async (
  id: string,
  paths: readonly Path[],
  ends: Ends,
  proxies: Proxies,
  intoFolder: string
): Promise<{ readonly file: string, readonly lines: string[] }> => {
  const { path: name, setting, order } = subjects[id]!
  const path = paths.find(each => each.name === name)!
  const folder = mkdtempSync(join(tmpdir(), 'weir-profile-'))
  const running = await proxies.fresh(path, { ...usual, ...setting, profileInto: folder })
  let worker
  let sample
  let toUs
  try {
    worker = treeOf(running.pid!)[1]!
    sample = await ends.sample(running, order(running.port))
    toUs = Number(process.hrtime.bigint() / 1000n)
  } finally {
    await running.stop()
  }
  // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile
  const ofWorker = readdirSync(folder).find(file => file.split('.').at(-4) === String(worker))
  if (ofWorker === undefined) throw new Error(`worker ${worker} left no profile in ${folder}`)
  const tree = callTree(JSON.parse(readFileSync(join(folder, ofWorker), 'utf8')) as CpuProfile, {
    fromUs: toUs - times.seconds * 1e6,
    toUs
  })
  rmSync(folder, { recursive: true })
  mkdirSync(intoFolder, { recursive: true })
  const file = join(intoFolder, `${id}.svg`)
  writeFileSync(file, flameGraph(tree, `${id}: a worker of ${name}, ${times.seconds} s, Node ${process.version}. Orange is Weir, blue is Node, grey is native code and the kernel.`))
  return {
    file,
    lines: [
      `${sample.perSecond.toFixed(0)}/s, ${sample.cpuUs!.toFixed(1)} µs of CPU each (with the profiler's own share)`,
      ...heaviest(tree, TOP).map(({ name, where, share }) =>
        `${(100 * share).toFixed(1).padStart(5)} %  ${name} ${where}`
      )
    ]
  }
}
