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

const latencies: number[] = []
let claimed = 0
/** How long a client stays. */
const STAY_MS = 500
/** Clients by the time of their end, from `ended` on: a timer for each would cost more than a claim. */
const leaving: { readonly directory: SessionDirectory, readonly key: string, readonly at: number }[] = []
let ended = 0
const claim = (directory: SessionDirectory, key: string): void => {
  const at = performance.now()
  directory.claim({ lbVserver: 'lb', key, proposal: services[claimed++ % services.length]!, unavailable: [] }, {
    onClaimed () {
      const now = performance.now()
      latencies.push(now - at)
      leaving.push({ directory, key, at: now + STAY_MS })
    }
  })
}
const letGo = (until: number): void => {
  for (; ended < leaving.length && leaving[ended]!.at <= until; ended++)
    leaving[ended]!.directory.release('lb', leaving[ended]!.key, 120_000)
  if (ended < 10_000) return
  leaving.splice(0, ended)
  ended = 0
}
const run = async (ms: number): Promise<void> => {
  const began = performance.now()
  const first = claimed
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      letGo(performance.now())
      const passed = performance.now() - began
      for (const due = Math.min(passed, ms) * rate / 1000; claimed - first < due;)
        claim(directories[claimed % count]!, keyOf(claimed % keys))
      if (passed < ms) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
}
const quantile = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2)

// The compiler warms up.
await run(1500)
latencies.length = 0
const [cpu, redisCpu, before, bytes, net] = [
  process.cpuUsage(),
  cpuUs([redis.pid]),
  claimed,
  await bytesOf(),
  await netOf()
]
await run(seconds * 1000)
const used = process.cpuUsage(cpu)
const done = claimed - before
const own = used.user + used.system
latencies.sort((one, two) => one - two)
console.log(
  `${count} node${count === 1 ? '' : 's'}, ${rate} claims/s, ${seconds} s: p50 ${quantile(0.5)} ms, p99 ${
    quantile(0.99)
  } ms, p99.9 ${quantile(0.999)} ms`
)
console.log(
  `nodes: ${(own / done).toFixed(1)} µs of CPU a claim and release, ${
    (own / seconds / 10_000).toFixed(1)
  } % of a core; redis-server: ${((cpuUs([redis.pid]) - redisCpu) / done).toFixed(1)} µs; ${
    ((await netOf() - net) / done).toFixed(0)
  } bytes on the wire, ${((await bytesOf() - bytes) / Math.min(done, keys)).toFixed(0)} bytes of memory a key`
)
for (const node of nodes) await node.stop()
await redis.kill()
