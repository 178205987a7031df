// A long run of faults, with the check of every connection. `test/cluster/faults.test.ts` has a short one.
//   node bench/src/cluster/faults.ts [--minutes N] [--keys N] [--rate N] [--nodes N] [--seed N]
// A fault begins about every 20 seconds. Prints what the check found; ends with status 1 if it found anything.
import { parseArgs } from 'node:util'
import { findService } from '../../../test/support/services.ts'
import { faults, runFaults } from '../../../test/cluster/fault-run.ts'
import { countsOf } from '../../../test/cluster/windows.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    keys: { type: 'string', default: '50000' },
    rate: { type: 'string', default: '500' },
    nodes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' }
  }
})
const [minutes, keys, rate, nodes, seed] = [values.minutes, values.keys, values.rate, values.nodes, values.seed].map(
  Number
) as [number, number, number, number, number]
const program = findService('redis')
if (program === undefined) throw new Error('this run needs redis-server')
const EVERY_MS = 20_000
const FAULT_MS = 6000
const report = await runFaults({
  program,
  nodes,
  keys,
  rate,
  seed,
  faultMs: FAULT_MS,
  calmMs: EVERY_MS - FAULT_MS - 2000,
  faults: Array.from({ length: Math.round(minutes * 60_000 / EVERY_MS) }, (_, i) => faults[i % faults.length]!)
})
const { found, short, excused } = report.overlaps
console.log(`${report.connects} connects of ${keys} keys over ${nodes} nodes; a node was away for ${(report.awayMs / 1000).toFixed(0)} s on average; keys at two servers: ${excused.length} within windows (${countsOf(excused)}), ${short.length} outside of them for less than a second, ${found.length} for longer; ${report.disagreements.length} disagreements afterwards, ${report.unanswered} claims unanswered within 10 s`)
for (const overlap of [...found, ...short].slice(0, 5)) console.log(JSON.stringify(overlap))
for (const disagreement of report.disagreements.slice(0, 5)) console.log(disagreement)
process.exitCode = found.length + report.disagreements.length + report.unanswered === 0 ? 0 : 1
