// What a change, a pick and a session cost as the work grows.
//   node bench/src/growth/growth.ts [--part apply|pick|claim]... [--rounds N]
// apply: a configuration is put in place of an empty one, then one more service is made beside those; services without
// monitors, one worker. pick: balancing/picks.ts with four numbers of bound services, a process for each method. claim:
// sessions of one LB vserver, of which nine claims in ten find one, each claim timed by itself and followed by its
// release.
// Connections are scenario S11 of `npm run bench`.
import { spawnSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { SessionTable } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { createWeir } from 'weirlb'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'

const parts = ['apply', 'pick', 'claim'] as const
const { values } = parseArgs({
  options: { part: { type: 'string', multiple: true, default: [...parts] }, rounds: { type: 'string', default: '5' } }
})
const rounds = Number(values.rounds)
const wanted = (part: typeof parts[number]): boolean => values.part.includes(part)
const both = (numbers: readonly number[], digits: number): string =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)})`

console.log(
  `${rounds} rounds, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}; medians, the least in parentheses`
)

const serviceOf = (i: number): { name: string, address: string, port: number, monitors: [] } => ({
  name: `service-${i}`,
  address: '127.0.0.1',
  port: 1 + i,
  monitors: []
})

const withServices = (count: number): ConfigInput => ({
  extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
  userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
  services: Array.from({ length: count }, (_, i) => serviceOf(i)),
  lbVservers: [{
    name: 'lb',
    method: 'token',
    services: Array.from({ length: count }, (_, i) => ({ name: `service-${i}` }))
  }],
  userVservers: [{ name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
})

const timed = async (change: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await change()
  return performance.now() - begun
}

/** Milliseconds of a change, all workers included. */
const applyChanges = async (): Promise<void> => {
  const sizes = [10, 100, 500, 2000]
  const whole = new Map(sizes.map(size => [size, [] as number[]]))
  const more = new Map(sizes.map(size => [size, [] as number[]]))
  const bind = new Map(sizes.map(size => [size, [] as number[]]))
  const weir = createWeir({ log: { level: 'silent' }, config: withServices(1) })
  await weir.start()
  try {
    // What is compiled while it runs is not counted.
    for (let round = -1; round < rounds; round++) {
      for (const size of sizes) {
        await weir.config.replace(withServices(1))
        const times = [
          await timed(async () => await weir.config.replace(withServices(size))),
          await timed(async () => await weir.services.create(serviceOf(size))),
          await timed(async () => await weir.lbVservers.bind('lb', { name: `service-${size}` }))
        ] as const
        if (round >= 0) for (const [i, into] of [whole, more, bind].entries()) into.get(size)!.push(times[i]!)
      }
    }
  } finally {
    await weir.stop({ graceMs: 0 })
  }
  console.log('\n| services, all bound | ms to apply the whole | to add a service | to bind it |\n|--:|--:|--:|--:|')
  for (const size of sizes)
    console.log(
      `| ${size} | ${both(whole.get(size)!, 0)} | ${both(more.get(size)!, 1)} | ${both(bind.get(size)!, 1)} |`
    )
}

const OPERATIONS = 200_000
/** One claim in so many is of a key that nobody had. */
const NEW = 10
const TTL_MS = 3_600_000

/** Microseconds of each claim in a table, sorted. */
const claimTimes = (table: SessionTable, size: number): Float64Array => {
  const times = new Float64Array(OPERATIONS)
  const claim = { lbVserver: 'lb', key: '', proposal: 'service-1', unavailable: [] }
  for (let i = 0; i < OPERATIONS; i++) {
    // Scattered: neighbours in the table are not asked for one after the other.
    claim.key = i % NEW === 0 ? `new-${i}` : `client-${(Math.imul(i, 2_654_435_761) >>> 0) % size}`
    const begun = performance.now()
    table.claim(claim, 1)
    times[i] = (performance.now() - begun) * 1000
    table.release('lb', claim.key, TTL_MS, 1)
  }
  return times.sort()
}

const claimSessions = (): void => {
  console.log(`\n| sessions | µs of a claim: median | p99 | p99.9 | most |\n|--:|--:|--:|--:|--:|`)
  for (const size of [1e3, 1e4, 1e5, 1e6]) {
    const all: Float64Array[] = []
    for (let round = -1; round < rounds; round++) {
      const table = new SessionTable()
      for (let i = 0; i < size; i++) {
        table.pin('lb', `client-${i}`, `service-${i % 10}`, 1)
        table.release('lb', `client-${i}`, TTL_MS, 1)
      }
      const times = claimTimes(table, size)
      if (round >= 0) all.push(times)
    }
    const at = (share: number): string =>
      both(all.map(times => times[Math.min(OPERATIONS - 1, Math.floor(share * OPERATIONS))]!), 2)
    console.log(
      `| ${size.toLocaleString('en')} | ${at(0.5)} | ${at(0.99)} | ${at(0.999)} | ${
        both(all.map(times => times.at(-1)!), 0)
      } |`
    )
  }
}

if (wanted('apply')) await applyChanges()
if (wanted('claim')) claimSessions()
if (wanted('pick')) {
  console.log()
  spawnSync(process.execPath, [`${root}bench/src/balancing/picks.ts`, '--rounds', String(rounds), '--picks', '50000', ...[1, 10, 100, 1000].flatMap(size => ['--size', String(size)])], { stdio: 'inherit' })
}
