// What records of ended connections cost: the access log, and OpenTelemetry spans, each beside none.
//   node bench/src/records/connection-records.ts [--rounds N] [--seconds N]
// Connect, CONNECT, CONNACK, close, 50 at a time: every connection is a line, or a span with its children. All ways run
// in turn, round by round, and each is compared with none in the same round.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { usual } from '../paths/path.ts'
import { weirWith } from '../paths/weir.ts'
import type { Order } from '../processes/order.ts'
import type { Sample } from '../result.ts'
import { Ends } from '../scenario/ends.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, seconds: { type: 'string', default: '4' } }
})
const [rounds, seconds] = [values.rounds, values.seconds].map(Number) as [number, number]

const folder = mkdtempSync(join(tmpdir(), 'weir-records-'))
const file = (name: string): string => join(folder, name)
const sdk = ['--import', import.meta.resolve('./discarding-sdk.ts')]
const ways = [
  weirWith('none', {}),
  weirWith('access log, JSON', { args: ['--access-log', file('json')] }),
  weirWith('access log, template', {
    args: ['--access-log', file('text'), '--access-log-format', '{time} {client} {service} {reason}']
  }),
  weirWith('spans, 1 %', { args: ['--spans', '0.01'], nodeArgs: sdk }),
  weirWith('spans, all', { args: ['--spans', '1'], nodeArgs: sdk })
]

const nothing = { cert: '', key: '' }
const ends = await Ends.start(nothing)
const running = []
for (const way of ways)
  running.push({ name: way.name, proxy: await way.start(usual, ends.servers, nothing), samples: [] as Sample[] })
const order = (port: number, seconds: number): Order => ({
  kind: 'connects',
  port,
  over: 'tcp',
  connections: 50,
  ids: 301,
  warmUpSeconds: 0.5,
  seconds
})
const load = loadavg()[0]!
// What is compiled while it runs is not counted.
for (const { proxy } of running) await ends.sample(proxy, order(proxy.port, 2 * seconds))
for (let round = 0; round < rounds; round++)
  for (const { proxy, samples } of running) samples.push(await ends.sample(proxy, order(proxy.port, seconds)))

const [none] = running
console.log(
  `${rounds} rounds of ${seconds} s, one worker, load average ${load.toFixed(1)} before and ${
    loadavg()[0]!.toFixed(1)
  } after, Node ${process.version}\n`
)
console.log(
  'records'.padEnd(22),
  'connects/s'.padStart(11),
  'CPU µs each'.padStart(12),
  'of none'.padStart(8),
  'quarters'.padStart(14),
  'p99 ms'.padStart(8)
)
for (const { name, samples } of running) {
  const ratios = samples.map((sample, n) => sample.cpuUs! / none!.samples[n]!.cpuUs!).sort((a, b) => a - b)
  const at = (share: number): string => ratios[Math.floor(share * (ratios.length - 1))]!.toFixed(3)
  const columns = [
    median(samples.map(({ perSecond }) => perSecond)).toFixed(0).padStart(11),
    median(samples.map(({ cpuUs }) => cpuUs!)).toFixed(1).padStart(12)
  ]
  console.log(
    name.padEnd(22),
    ...columns,
    at(0.5).padStart(8),
    `${at(0.25)}–${at(0.75)}`.padStart(14),
    median(samples.map(({ p99 }) => p99!)).toFixed(2).padStart(8)
  )
}
console.log(
  `\nfiles: JSON ${(statSync(file('json')).size / 1e6).toFixed(1)} MB, template ${
    (statSync(file('text')).size / 1e6).toFixed(1)
  } MB`
)
for (const { proxy } of running) await proxy.stop()
await ends.stop()
rmSync(folder, { recursive: true })
