// Round trips of small messages through one worker, beside a plain onread proxy in the same run.
//   node bench/src/forward/forward.ts [--rounds N] [--seconds N] [--connections N] [--window N] [--size BYTES] [--idle
// N] [--paths NAME;NAME] [--before CHECKOUT]
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Usage } from '../processes/answer-usage.ts'
import { Child } from '../processes/child.ts'
import type { Order, Outcome } from '../processes/order.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '50' },
    window: { type: 'string', default: '1' },
    size: { type: 'string', default: '256' },
    idle: { type: 'string', default: '2000' },
    paths: { type: 'string', default: '' },
    // A checkout of another version, set up: its worker is measured beside this one's, in the same rounds.
    before: { type: 'string', default: '' }
  }
})
const [rounds, seconds, connections, window, size, idle] = [
  values.rounds,
  values.seconds,
  values.connections,
  values.window,
  values.size,
  values.idle
].map(Number) as [number, number, number, number, number, number]

interface Result {
  readonly perSecond: number
  readonly cpuUs: number
  readonly crossings: number
  readonly p50: number
  readonly p99: number
}

const local = (file: string): string => new URL(file, import.meta.url).href
const startLoad = async (): Promise<Child> => {
  const load = Child.start(local('../processes/load.ts'))
  await load.hear()
  return load
}

const backend = Child.start(local('../processes/backend.ts'))
const { ports: [backendPort] } = await backend.hear<{ ports: number[] }>()

const measure = async (proxy: Child, port: number): Promise<Result> => {
  const load = await startLoad()
  await load.ask({ kind: 'messages', port, connections, window, size, warmUpSeconds: 1, seconds } satisfies Order)
  const before = await proxy.ask<Usage>('usage')
  const { done, seconds: took, p50, p99 } = await load.hear<Outcome>()
  const after = await proxy.ask<Usage>('usage')
  await load.stop()
  return {
    perSecond: done / took,
    cpuUs: (after.cpuUs - before.cpuUs) / done,
    crossings: (after.crossings - before.crossings) / done,
    p50: p50!,
    p99: p99!
  }
}

/** KB of resident memory that each of `idle` more connections adds to a fresh proxy. */
const memory = async (path: Path): Promise<number> => {
  const proxy = await startProxy(path)
  const load = await startLoad()
  // What the process keeps after its first connections belongs to no connection.
  await load.ask({ kind: 'idle', port: proxy.port, connections: 500 } satisfies Order)
  const before = await proxy.child.ask<Usage>('gc')
  await load.ask({ kind: 'idle', port: proxy.port, connections: idle } satisfies Order)
  const after = await proxy.child.ask<Usage>('gc')
  for (const child of [load, proxy.child]) await child.stop()
  return (after.rss - before.rss) / idle / 1024
}

const BEFORE = '  before'
type Path = readonly [name: string, script: string, ...args: string[]]
const every: readonly Path[] = [
  ['plain onread proxy', local('../processes/plain-proxy.ts')],
  ['weir, tunnelled', local('./proxy-weir.ts'), 'tunnel', 'loop', 'node'],
  ['weir uring, tunnelled', local('./proxy-weir.ts'), 'tunnel', 'loop', 'uring'],
  ['weir, message by message, in order', local('./proxy-weir.ts'), 'per-message', 'loop', 'node'],
  ['weir, every message inspected (loop)', local('./proxy-weir.ts'), 'inspect', 'loop', 'node'],
  ['weir uring, every message inspected (loop)', local('./proxy-weir.ts'), 'inspect', 'loop', 'uring'],
  ['weir, every message inspected (thread)', local('./proxy-weir.ts'), 'inspect', 'thread', 'node'],
  ['weir uring, every message inspected (thread)', local('./proxy-weir.ts'), 'inspect', 'thread', 'uring']
]
// `--paths "weir, tunnelled;by message"` measures those whose names have one of these in them, beside the floor.
const wanted = values.paths.split(';')
const chosen = every.filter(([name], i) => i === 0 || wanted.some(word => name.includes(word)))
const proxyBefore = ['bench/src/forward/proxy-weir.ts', 'packages/engine/bench/proxy-weir.ts'].map(file =>
  resolve(values.before, file)
).find(file => existsSync(file))
if (values.before !== '' && proxyBefore === undefined)
  throw new Error(`--before: ${values.before} is no checkout of Weir`)
const paths = values.before === ''
  ? chosen
  : chosen.flatMap(([name, script, ...args], i): Path[] =>
    i === 0 ? [[name, script, ...args]] : [[name, script, ...args], [BEFORE, pathToFileURL(proxyBefore!).href, ...args]]
  )
const startProxy = async ([, script, ...args]: Path): Promise<{ readonly child: Child, readonly port: number }> => {
  const child = Child.start(script, String(backendPort), ...args)
  const { port } = await child.hear<{ port: number }>()
  return { child, port }
}

const proxies: {
  readonly name: string
  readonly child: Child
  readonly port: number
  readonly results: Result[]
  readonly memory: number
}[] = []
for (const path of paths)
  proxies.push({ name: path[0], memory: idle > 0 ? await memory(path) : 0, ...await startProxy(path), results: [] })
for (let round = 0; round < rounds; round++)
  for (const proxy of proxies) proxy.results.push(await measure(proxy.child, proxy.port))

const rows = proxies.map(p => ({
  name: p.name,
  perSecond: median(p.results.map(r => r.perSecond)),
  cpuUs: median(p.results.map(r => r.cpuUs)),
  // Round by round against the floor of the same round: a shared machine drifts more between rounds than the paths
  // differ.
  ratio: median(p.results.map((r, i) => r.perSecond / proxies[0]!.results[i]!.perSecond)),
  work: median(p.results.map((r, i) => proxies[0]!.results[i]!.cpuUs / r.cpuUs)),
  crossings: median(p.results.map(r => r.crossings)),
  p50: median(p.results.map(r => r.p50)),
  p99: median(p.results.map(r => r.p99)),
  memory: p.memory
}))
console.log(
  `${connections} connections, ${size}-byte QoS 1 messages, ${window} in flight each, median of ${rounds} interleaved rounds of ${seconds} s, ratios within each round, Node ${process.version}\n`
)
console.log(
  'path'.padEnd(42),
  'round trips/s'.padStart(14),
  'ratio'.padStart(6),
  'CPU µs each'.padStart(12),
  'work/CPU s'.padStart(11),
  'p50 ms'.padStart(8),
  'p99 ms'.padStart(8),
  'KB/idle conn'.padStart(13),
  'crossings each'.padStart(15)
)
for (const r of rows) {
  console.log(
    r.name.padEnd(42),
    r.perSecond.toFixed(0).padStart(14),
    r.ratio.toFixed(2).padStart(6),
    r.cpuUs.toFixed(2).padStart(12),
    r.work.toFixed(2).padStart(11),
    r.p50.toFixed(3).padStart(8),
    r.p99.toFixed(3).padStart(8),
    r.memory.toFixed(1).padStart(13),
    r.crossings.toFixed(2).padStart(15)
  )
}
// Versions of one path, round by round.
for (const [i, { name, results }] of proxies.entries()) {
  if (name !== BEFORE) continue
  const ratios = results.map((result, round) => result.cpuUs / proxies[i - 1]!.results[round]!.cpuUs).sort((a, b) =>
    a - b
  )
  const least = Math.min(...results.map(r => r.cpuUs)) / Math.min(...proxies[i - 1]!.results.map(r => r.cpuUs))
  const at = (share: number): string => ratios[Math.floor(share * (ratios.length - 1))]!.toFixed(3)
  console.log(
    `${proxies[i - 1]!.name}: CPU before / now ${at(0.5)} (quarters ${at(0.25)}, ${at(0.75)}), of the least ${
      least.toFixed(3)
    }`
  )
}
for (const p of proxies) await p.child.stop()
await backend.stop()
