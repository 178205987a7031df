// What rules and rate limits cost each message that is inspected anyway: MQTT between links in memory, with sets of
// rules in turn.
//   node bench/src/rules/message-cost.ts [--rounds N] [--ms N]
// Short slices of all sets alternate, so that they share what else the machine does. A round trip has one message of
// the client and its answer; the rules look at the message.
import { parseArgs } from 'node:util'
import { Child } from '../processes/child.ts'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'
import type { Slice, SliceOrder } from '../forward/engine-in-memory.ts'
import { limitSets } from './limit-sets.ts'
import { ruleSets } from './rule-sets.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, ms: { type: 'string', default: '250' } }
})
const [rounds, ms] = [values.rounds, values.ms].map(Number) as [number, number]
const TOGETHER = 32

const sides = await Promise.all([...Object.keys(ruleSets), ...Object.keys(limitSets)].map(async name => {
  const child = Child.start(import.meta.resolve('../forward/engine-in-memory.ts'), root, 'mqtt', name)
  await child.hear()
  return { name, child, slices: [] as number[] }
}))
const slice = async (child: Child, length: number): Promise<number> =>
  (await child.ask<Slice>({ kind: 'slice', together: TOGETHER, ms: length } satisfies SliceOrder)).cpuUs
// What is compiled while it runs is not counted.
for (const { child } of sides) await slice(child, 4 * ms)
for (let round = 0; round < rounds; round++) for (const { child, slices } of sides) slices.push(await slice(child, ms))
const [none] = sides
console.log(`${rounds} slices of ${ms} ms for each, ${TOGETHER} messages in a turn, Node ${process.version}\n`)
console.log(
  'rules'.padEnd(16),
  'µs each: least'.padStart(15),
  'median'.padStart(10),
  'beyond none: least'.padStart(20),
  'median'.padStart(10)
)
for (const { name, slices } of sides) {
  const [least, middle] = [Math.min(...slices), median(slices)]
  const beyond = [least - Math.min(...none!.slices), median(slices.map((value, n) => value - none!.slices[n]!))]
  console.log(
    name.padEnd(16),
    least.toFixed(3).padStart(15),
    middle.toFixed(3).padStart(10),
    beyond[0]!.toFixed(3).padStart(20),
    beyond[1]!.toFixed(3).padStart(10)
  )
}
for (const { child } of sides) await child.stop()
