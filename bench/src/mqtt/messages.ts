// What it costs to see every message: round trips through one worker, tunnelled and inspected, beside a plain onread
// proxy in the same rounds.
//   node bench/src/mqtt/messages.ts [--rounds N] [--seconds N] [--connections N] [--size BYTES] [--window N] [--path
// PART_OF_A_NAME]
import { parseArgs } from 'node:util'
import type { Usage } from '../processes/answer-usage.ts'
import { Child } from '../processes/child.ts'
import type { Order, Outcome } from '../processes/order.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '50' },
    window: { type: 'string', default: '1' },
    size: { type: 'string', default: '256' },
    path: { type: 'string', default: '' }
  }
})
const [rounds, seconds, connections, window, size] = [
  values.rounds,
  values.seconds,
  values.connections,
  values.window,
  values.size
].map(Number) as [number, number, number, number, number]

/** A list as operators have them: some for all, some for a few, and a default. */
const rules = [
  { effect: 'deny', on: 'publish', topic: '$SYS/#' },
  { effect: 'deny', topic: 'plant/secret/#' },
  { effect: 'allow', topic: 'devices/%c/#' },
  { effect: 'allow', clientId: 'client-*', topic: '+/#' }
]
const ruled = JSON.stringify({
  inspect: 'messages',
  topicRules: rules,
  topicDefault: 'deny',
  maxPacketBytes: 1024 * 1024
})

const local = (file: string): string => new URL(file, import.meta.url).href
type Path = readonly [name: string, script: string, ...args: string[]]
const paths: readonly Path[] = [
  ['plain onread proxy', local('../processes/plain-proxy.ts')],
  ['connect (loop)', local('./proxy.ts'), 'loop', '{}'],
  ['messages, no rules (loop)', local('./proxy.ts'), 'loop', '{"inspect":"messages"}'],
  ['messages, topic rules (loop)', local('./proxy.ts'), 'loop', ruled],
  ['messages, topic rules (thread)', local('./proxy.ts'), 'thread', ruled]
]

interface Result {
  readonly perSecond: number
  readonly cpuUs: number
  readonly crossings: number
  readonly p99: number
}

const backend = Child.start(local('../processes/backend.ts'))
const { ports: [backendPort] } = await backend.hear<{ ports: number[] }>()

const measure = async (proxy: Child, port: number): Promise<Result> => {
  const load = Child.start(local('../processes/load.ts'))
  await load.hear()
  await load.ask({ kind: 'messages', port, connections, window, size, warmUpSeconds: 1, seconds } satisfies Order)
  const before = await proxy.ask<Usage>('usage')
  const { done, seconds: took, p99 } = await load.hear<Outcome>()
  const after = await proxy.ask<Usage>('usage')
  await load.stop()
  return {
    perSecond: done / took,
    cpuUs: (after.cpuUs - before.cpuUs) / done,
    crossings: (after.crossings - before.crossings) / done,
    p99: p99!
  }
}

const proxies: { readonly name: string, readonly child: Child, readonly port: number, readonly results: Result[] }[] =
  []
for (const [name, script, ...args] of paths.filter(([name], i) => i === 0 || name.includes(values.path))) {
  const child = Child.start(script, String(backendPort), ...args)
  proxies.push({ name, child, port: (await child.hear<{ port: number }>()).port, results: [] })
}
for (let round = 0; round < rounds; round++)
  for (const proxy of proxies) proxy.results.push(await measure(proxy.child, proxy.port))

console.log(
  `${connections} connections, ${size}-byte QoS 1 messages, ${window} in flight each, median of ${rounds} interleaved rounds of ${seconds} s, ratios within each round, Node ${process.version}\n`
)
console.log(
  'path'.padEnd(34),
  'round trips/s'.padStart(14),
  'ratio'.padStart(6),
  'CPU µs each'.padStart(12),
  'work/CPU s'.padStart(11),
  'p99 ms'.padStart(8),
  'crossings each'.padStart(15)
)
const floor = proxies[0]!.results
for (const { name, results } of proxies) {
  const middle = (value: (r: Result, i: number) => number): number => median(results.map(value))
  console.log(
    name.padEnd(34),
    middle(r => r.perSecond).toFixed(0).padStart(14),
    middle((r, i) => r.perSecond / floor[i]!.perSecond).toFixed(2).padStart(6),
    middle(r => r.cpuUs).toFixed(2).padStart(12),
    middle((r, i) => floor[i]!.cpuUs / r.cpuUs).toFixed(2).padStart(11),
    middle(r => r.p99).toFixed(3).padStart(8),
    middle(r => r.crossings).toFixed(3).padStart(15)
  )
}
for (const { child } of proxies) await child.stop()
await backend.stop()
