// The engine's own share of a round trip, and of an idle connection's memory: links in memory in place of sockets.
//   node bench/src/forward/without-sockets.ts [--rounds N] [--ms N] [--idle N] [--only PROTOCOL] [--before CHECKOUT]
// Short slices of both versions alternate, so that they share what else the machine does. The least of the slices is
// printed beside the median: a busy machine only adds. Two processes of one version differ by up to 7 %.
import { parseArgs } from 'node:util'
import { Child } from '../processes/child.ts'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'
import type { Slice, SliceOrder } from './engine-in-memory.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    ms: { type: 'string', default: '250' },
    idle: { type: 'string', default: '5000' },
    only: { type: 'string' },
    before: { type: 'string', default: '' }
  }
})
const [rounds, ms, idle] = [values.rounds, values.ms, values.idle].map(Number) as [number, number, number]
/** Connections that say a message in the same turn of the loop: few and many share a crossing. */
const TOGETHER = [5, 32]

interface Side { readonly name: string, readonly child: Child, readonly slices: Map<number, number[]>, heap: number }

const checkouts = [
  { name: 'now', checkout: root },
  ...values.before === '' ? [] : [{ name: 'before', checkout: values.before }]
]
console.log(`${rounds} slices of ${ms} ms for each, Node ${process.version}\n`)
console.log(
  'protocol'.padEnd(16),
  'version'.padEnd(8),
  ...TOGETHER.map(n => `µs each, ${n} a turn: least`.padStart(28) + 'median'.padStart(8)),
  'bytes of heap/idle conn'.padStart(25)
)
for (const protocol of values.only === undefined ? ['tunnel', 'inspect', 'per-message', 'split'] : [values.only]) {
  const sides: Side[] = []
  for (const { name, checkout } of checkouts) {
    const memory = Child.start(import.meta.resolve('./engine-in-memory.ts'), checkout, protocol)
    await memory.hear()
    const heap = await memory.ask<number>({ kind: 'idle', connections: idle } satisfies SliceOrder)
    await memory.stop()
    const child = Child.start(import.meta.resolve('./engine-in-memory.ts'), checkout, protocol)
    await child.hear()
    sides.push({ name, child, slices: new Map(TOGETHER.map(n => [n, []])), heap })
  }
  // What is compiled while it runs is not counted.
  for (const { child } of sides)
    for (const together of TOGETHER) await child.ask({ kind: 'slice', together, ms: 4 * ms } satisfies SliceOrder)
  for (let round = 0; round < rounds; round++) {
    for (const together of TOGETHER) {
      for (const { child, slices } of sides)
        slices.get(together)!.push((await child.ask<Slice>({ kind: 'slice', together, ms } satisfies SliceOrder)).cpuUs)
    }
  }
  for (const { name, slices, heap } of sides) {
    const columns = TOGETHER.map(n =>
      Math.min(...slices.get(n)!).toFixed(3).padStart(28) + median(slices.get(n)!).toFixed(3).padStart(8)
    )
    console.log(protocol.padEnd(16), name.padEnd(8), ...columns, heap.toFixed(0).padStart(25))
  }
  for (const { child } of sides) await child.stop()
}
