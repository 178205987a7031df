// What it costs to pick a service, and to count its client until that leaves, with ten services bound and with a
// thousand, or as many as `--size` says.
//   node bench/src/balancing/picks.ts [--rounds N] [--picks N] [--size N]... [--method NAME]... [--before CHECKOUT]
// Rounds of both sizes alternate, so that they share what else the machine does. The least of the rounds is printed
// beside the median: a busy machine only adds.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseConfig } from '@weirlb/model'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    picks: { type: 'string', default: '100000' },
    size: { type: 'string', multiple: true, default: ['10', '1000'] },
    method: { type: 'string', multiple: true },
    before: { type: 'string', default: '' },
    // Without the head of the table.
    rows: { type: 'boolean', default: false }
  }
})
const rounds = Number(values.rounds)
const picks = Number(values.picks)
const methods = values.method ??
  [
    'round-robin',
    'least-connection',
    'least-response-time',
    'least-outstanding',
    'token',
    'source-ip-hash',
    'random-two-choices'
  ]
const sizes = values.size.map(Number)
/** Clients of each service that are there at a time. */
const STAYING = 20

/** A version of the engine, as far as this uses it. */
interface Service {
  enter?(link: boolean): void
  leave?(link: boolean): void
  active: number
  health: string
}
interface Lb {
  configure(config: unknown, services: ReadonlyMap<string, Service>): void
  pick(placement: object): void
}
interface Version {
  readonly LbRuntime: new (...args: unknown[]) => Lb
  readonly ServiceRuntime: new (...args: unknown[]) => Service
  readonly methods: Readonly<Record<string, () => unknown>>
}

const load = async (checkout: string): Promise<Version> => {
  const part = async (file: string): Promise<object> =>
    await import(`${checkout}/packages/engine/src/balancing/${file}.ts`) as object
  return { ...await part('lb-vserver'), ...await part('service'), ...await part('methods') } as Version
}

const tokens = Array.from({ length: picks }, (_, i) => `device-${(i * 2654435761 >>> 0).toString(16)}`)
const addresses = Array.from({ length: 1 << 16 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
const sessions = { claim () {}, find () {}, pin () {}, release () {} }

/** Returns a function that picks for `picks` clients, of which the last ones stay, and returns nanoseconds a client. */
const picker = ({ LbRuntime, ServiceRuntime, methods }: Version, method: string, count: number): (() => number) => {
  const config = parseConfig({
    services: Array.from(
      { length: count },
      (_, i) => ({ name: `broker-${i}`, address: '127.0.0.1', port: 1 + i, monitors: [] })
    ),
    lbVservers: [{ name: 'lb', method, services: Array.from({ length: count }, (_, i) => ({ name: `broker-${i}` })) }]
  })
  const stats = (): object => ({ connections: 0, picks: 0, noService: 0 })
  const services = new Map(
    config.services.map(service => [service.name, new ServiceRuntime(service, { layers: [] }, stats())])
  )
  const [lbConfig] = config.lbVservers
  const lb = new LbRuntime(lbConfig, sessions, methods[method], () => performance.now(), stats())
  lb.configure(lbConfig, services)
  const staying: (Service | undefined)[] = Array.from({ length: STAYING * count }, () => undefined)
  let at = 0
  const placement = {
    token: '',
    session: undefined,
    client: { address: '', port: 1 },
    tried: [],
    stray: undefined,
    anyHealth: false,
    known: undefined,
    onPlaced (_lb: Lb, service: Service) {
      if (service.enter === undefined) service.active++
      else service.enter(false)
      const leaving = staying[at]
      if (leaving?.leave !== undefined) leaving.leave(false)
      else if (leaving !== undefined) leaving.active--
      staying[at] = service
      at = at + 1 === staying.length ? 0 : at + 1
    }
  }
  return () => {
    const begun = performance.now()
    for (let i = 0; i < picks; i++) {
      placement.token = tokens[i]!
      placement.client.address = addresses[i & 65_535]!
      lb.pick(placement)
    }
    return (performance.now() - begun) / picks * 1e6
  }
}

// Each method in a process of its own: V8 compiles for what it has seen.
if (values.method === undefined) {
  for (const [i, method] of methods.entries()) {
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2), '--method', method, ...i > 0 ? ['--rows'] : []], { stdio: 'inherit' })
  }
  process.exit()
}

const versions = [
  { name: 'now', version: await load(root) },
  ...values.before === '' ? [] : [{ name: 'before', version: await load(values.before) }]
]
if (!values.rows) {
  console.log(`${rounds} rounds of ${picks} clients, Node ${process.version}\n`)
  console.log(
    'method'.padEnd(22),
    'version'.padEnd(8),
    ...sizes.flatMap(size => [`ns with ${size}: least`.padStart(22), 'median'.padStart(8)]),
    'ratio: least'.padStart(14),
    'median'.padStart(8)
  )
}
for (const method of methods) {
  for (const { name, version } of versions) {
    if (version.methods[method] === undefined) continue
    const times = sizes.map((): number[] => [])
    const pickers = sizes.map(size => picker(version, method, size))
    // What is compiled while it runs is not counted, nor is the filling of tables.
    for (let round = -2; round < rounds; round++) {
      for (const [i, pick] of pickers.entries()) {
        const time = pick()
        if (round >= 0) times[i]!.push(time)
      }
    }
    const least = times.map(all => Math.min(...all))
    const middle = times.map(median)
    console.log(
      method.padEnd(22),
      name.padEnd(8),
      ...sizes.flatMap((_, i) => [least[i]!.toFixed(0).padStart(22), middle[i]!.toFixed(0).padStart(8)]),
      (least.at(-1)! / least[0]!).toFixed(2).padStart(14),
      (middle.at(-1)! / middle[0]!).toFixed(2).padStart(8)
    )
  }
}
