// What claims of one node cost on a real redis-server.
//   node bench/src/cluster/claims.ts [--rate N] [--seconds N] [--nodes N] [--keys N]
// Claims arrive at a steady rate, spread over the nodes, all of this process; each is released after half a second.
// Prints the time from a claim to its reply, and the CPU time of this process and of redis-server for each claim; then
// the store's memory for each key.
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { SessionDirectory } from '@weirlb/engine'
import { Redis } from '../../../test/support/redis.ts'
import { findService } from '../../../test/support/services.ts'
import { SimulatedNode } from '../../../test/cluster/simulated-node.ts'
import { cpuUs } from '../process-tree.ts'
import { quantileOf } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '5' },
    nodes: { type: 'string', default: '1' },
    keys: { type: 'string', default: '1000000' }
  }
})
const [rate, seconds, count, keys] = [values.rate, values.seconds, values.nodes, values.keys].map(Number) as [
  number,
  number,
  number,
  number
]
const services = Array.from({ length: 20 }, (_, i) => `broker-${i}`)
const program = findService('redis')
if (program === undefined) throw new Error('this bench needs redis-server')
const redis = await Redis.start(program)
const nodes = await Promise.all(
  Array.from({ length: count }, async (_, i) => await SimulatedNode.start(`node-${i}`, redis.port, services))
)
const directories = nodes.map(node => node.sessions.directory(0))

const bytesOf = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.whole('INFO', 'memory'))![1])
const netOf = async (): Promise<number> => {
  const text = await redis.whole('INFO', 'stats')
  return Number(/total_net_input_bytes:(\d+)/.exec(text)![1]) + Number(/total_net_output_bytes:(\d+)/.exec(text)![1])
}
const keyOf = (i: number): string => `device-${i}-0123456789abcdef`

/** How long a client stays. */
const STAY_MS = 500
/** For V8's compilers, and the young generation to grow. */
const WARM_UP_MS = 3000
// Clients are numbers, and what is known of them has its place beforehand: the collector's work is the node's alone.
const most = Math.ceil(rate * (WARM_UP_MS / 1000 + seconds)) + 1
/** Milliseconds that each claim took, and when its client ends. */
const [latencies, endsAt] = [new Float64Array(most), new Float64Array(most).fill(Infinity)]
let claimed = 0
let answered = 0
let ended = 0
const directoryOf = (client: number): SessionDirectory => directories[client % count]!
const claim = (client: number): void => {
  const at = performance.now()
  const proposal = services[client % services.length]!
  directoryOf(client).claim({ lbVserver: 'lb', key: keyOf(client % keys), proposal, unavailable: [] }, {
    onClaimed () {
      const now = performance.now()
      latencies[client] = now - at
      answered++
      endsAt[client] = now + STAY_MS
    }
  })
}
const letGo = (until: number): void => {
  for (; endsAt[ended]! <= until; ended++) directoryOf(ended).release('lb', keyOf(ended % keys), 120_000)
}
const spent = (): { readonly own: number, readonly redis: number } => {
  const { user, system } = process.cpuUsage()
  return { own: user + system, redis: cpuUs([redis.pid]) }
}

const [bytes, net] = [await bytesOf(), await netOf()]
const began = performance.now()
/** Claims before what is measured, and what they have cost. */
let first = 0
let warm = spent()
await new Promise<void>(resolve => {
  const timer = setInterval(() => {
    letGo(performance.now())
    const passed = performance.now() - began
    if (first === 0 && passed >= WARM_UP_MS) {
      first = claimed
      warm = spent()
    }
    const due = Math.min(passed, WARM_UP_MS + seconds * 1000) * rate / 1000
    while (claimed < due) claim(claimed++)
    if (claimed < most - 1 || answered < claimed) return
    clearInterval(timer)
    resolve()
  }, 1)
})
const done = claimed - first
const [own, redisOwn] = [spent().own - warm.own, spent().redis - warm.redis]
const sorted = latencies.slice(first, claimed).sort()
const quantile = (share: number): string => quantileOf(sorted, share).toFixed(2)
console.log(
  `${count} node${count === 1 ? '' : 's'}, ${rate} claims/s, ${seconds} s: p50 ${quantile(0.5)} ms, p99 ${
    quantile(0.99)
  } ms, p99.9 ${quantile(0.999)} ms`
)
console.log(
  `nodes: ${(own / done).toFixed(1)} µs of CPU a claim and release, ${
    (own / seconds / 10_000).toFixed(1)
  } % of a core; redis-server: ${(redisOwn / done).toFixed(1)} µs; ${
    ((await netOf() - net) / claimed).toFixed(0)
  } bytes on the wire, ${((await bytesOf() - bytes) / Math.min(claimed, keys)).toFixed(0)} bytes of memory a key`
)
for (const node of nodes) await node.stop()
await redis.kill()
