// CPU time of a claim and its release, in batches of a fixed size, so that a busy machine changes little of it.
//   node bench/src/cluster/claim-cpu.ts [--batch N] [--claims N] [--rounds N] [--before CHECKOUT]
// Each turn claims so many keys and releases those of the turn before, as a steady rate does: 10 a turn is 10,000 a
// second in turns of a millisecond. Prints µs of this process and of redis-server for each claim: the least and the
// median of the rounds; with --before, of another checkout in turns with it.
import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { loadavg } from 'node:os'
import type { SimulatedNode } from '../../../test/cluster/simulated-node.ts'
import { Redis } from '../../../test/support/redis.ts'
import { findService } from '../../../test/support/services.ts'
import { cpuUs } from '../process-tree.ts'

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '10' },
    claims: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '9' },
    before: { type: 'string' }
  }
})
const [batch, claims, rounds] = [values.batch, values.claims, values.rounds].map(Number) as [number, number, number]
const program = findService('redis')
if (program === undefined) throw new Error('this bench needs redis-server')
/** On a busy machine a reply may take long; a store that counts as away costs nothing. */
const PATIENCE_MS = 60_000
const services = Array.from({ length: 20 }, (_, i) => `broker-${i}`)

type Nodes = Pick<typeof SimulatedNode, 'start'>
/** One version on a store of its own. */
const start = async (name: string, checkout: string) => {
  const { SimulatedNode: nodes } = await import(resolve(checkout, 'test/cluster/simulated-node.ts')) as {
    readonly SimulatedNode: Nodes
  }
  const redis = await Redis.start(program)
  return {
    name,
    redis,
    node: await nodes.start('node', redis.port, services, 120, PATIENCE_MS),
    own: [] as number[],
    theirs: [] as number[]
  }
}
const sides = [await start('this', resolve(import.meta.dirname, '../../..'))]
if (values.before !== undefined) sides.push(await start('before', values.before))

let count = 0
const run = async ({ node, redis }: (typeof sides)[number]): Promise<readonly [number, number]> => {
  const directory = node.sessions.directory(0)
  const [from, theirs] = [process.cpuUsage(), cpuUs([redis.pid])]
  let before: string[] = []
  for (let done = 0; done < claims; done += batch) {
    for (const key of before) directory.release('lb', key, 120_000)
    const keys = Array.from({ length: batch }, () => `device-${count++}-0123456789abcdef`)
    await new Promise<void>(resolve => {
      let left = batch
      const sink = {
        onClaimed () {
          if (--left === 0) resolve()
        }
      }
      for (const key of keys)
        directory.claim({ lbVserver: 'lb', key, proposal: services[count % services.length]!, unavailable: [] }, sink)
    })
    before = keys
  }
  const used = process.cpuUsage(from)
  return [(used.user + used.system) / claims, (cpuUs([redis.pid]) - theirs) / claims]
}

for (let round = -1; round < rounds; round++) {
  for (const side of sides) {
    const [own, theirs] = await run(side)
    // The compiler warms up.
    if (round < 0) continue
    side.own.push(own)
    side.theirs.push(theirs)
  }
}
const shown = (times: number[]): string => {
  const sorted = times.toSorted((one, two) => one - two)
  return `${sorted[0]!.toFixed(1)} to ${sorted[Math.floor(sorted.length / 2)]!.toFixed(1)}`
}
for (const { name, own, theirs } of sides)
  console.log(
    `${name}: ${shown(own)} µs of the node for a claim and its release, ${
      shown(theirs)
    } µs of redis-server; batches of ${batch}, load ${loadavg()[0]!.toFixed(0)}`
  )
for (const { node, redis } of sides) {
  await node.stop()
  await redis.kill()
}
process.exit()
