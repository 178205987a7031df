// Pipelines of Redis commands, and MGET of keys on four servers, through one worker; the latter beside a client that
// asks each server itself, and beside sockets of node:net that send and receive the same and parse nothing.
//   node bench/src/forward/redis.ts [--rounds N] [--ms N] [--connections N] [--transport node|uring] [--before
// CHECKOUT] [--only mget|pipelines] [--warm MS]
// It needs redis-server. Short slices of all paths alternate, and ratios are taken within a round.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { parseArgs } from 'node:util'
import type { Usage } from '../processes/answer-usage.ts'
import { Child } from '../processes/child.ts'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'
import { commandOf, ELEMENT, mgetOf, VALUE, valuesOf } from '../wire/redis-messages.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    ms: { type: 'string', default: '500' },
    connections: { type: 'string', default: '8' },
    transport: { type: 'string', default: 'node' },
    before: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    warm: { type: 'string', default: '5000' }
  }
})
const [rounds, ms, connections, warm] = [values.rounds, values.ms, values.connections, values.warm].map(Number) as [
  number,
  number,
  number,
  number
]
const SERVERS = 4
const KEYS = Array.from({ length: 100 }, (_, i) => `key:${String(i).padStart(3, '0')}`)
const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** What one client sends at once on one connection, and how many bytes it gets for it. */
interface Request { readonly port: number, readonly bytes: Buffer, readonly reply: number }

/**
 * Rounds of requests of so many clients, each on connections of its own, for so long. Returns how many there were each
 * second.
 */
const load = async (clients: number, requests: readonly Request[], ms: number): Promise<number> => {
  let done = 0
  const begun = performance.now()
  await Promise.all(Array.from({ length: clients }, async () => {
    await new Promise<void>((resolve, reject) => {
      let waiting = requests.length
      const sockets = requests.map(({ port, reply }) => {
        let missing = reply
        return net.connect(port, '127.0.0.1').on('error', reject).on('connect', next).on('data', chunk => {
          missing -= chunk.length
          if (missing > 0) return
          missing = reply
          if (waiting === 1) done++
          next()
        })
      })
      function next (): void {
        if (--waiting > 0) return
        waiting = requests.length
        if (performance.now() - begun < ms) requests.forEach(({ bytes }, i) => sockets[i]!.write(bytes))
        else {
          for (const socket of sockets) socket.destroy()
          resolve()
        }
      }
    })
  }))
  return done / (performance.now() - begun) * 1000
}

/** What a client gets for one request, once. */
const ask = async (port: number, bytes: string, end: string): Promise<string> => {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) if ((text += chunk.toString('latin1')).endsWith(end)) break
  return text
}

const servers: ChildProcess[] = []
process.on('exit', () => { for (const server of servers) server.kill('SIGKILL') })
const serverPorts: number[] = []
for (let n = 0; n < SERVERS; n++) {
  const port = await freePort()
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dbfilename',
    'weir-bench-none.rdb'
  ]
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  servers.push(server)
  serverPorts.push(port)
  let words = ''
  for await (const chunk of server.stdout as AsyncIterable<Buffer>)
    if ((words += String(chunk)).includes('Ready to accept connections')) break
}

interface Worker { readonly name: string, readonly child: Child, readonly port: number, readonly splits: boolean }
const workers: Worker[] = []
for (const [name, checkout] of [['now', root], ...values.before === '' ? [] : [['before', values.before]]] as [string, string][]) {
  const child = Child.start(import.meta.resolve('./proxy-redis.ts'), checkout, values.transport, ...serverPorts.map(String))
  workers.push({ name, child, ...await child.hear<{ port: number, splits: boolean }>() })
}
await ask(
  workers[0]!.port,
  KEYS.map(key => commandOf('SET', key, VALUE)).join('') + commandOf('ECHO', 'done'),
  'done\r\n'
)
const owned = await Promise.all(serverPorts.map(async port => {
  const has = await ask(
    port,
    KEYS.map(key => commandOf('EXISTS', key)).join('') + commandOf('ECHO', 'done'),
    'done\r\n'
  )
  return KEYS.filter((_, i) => has.split('\r\n')[i] === ':1')
}))

interface Path {
  readonly name: string
  readonly requests: readonly Request[]
  readonly worker: Worker | undefined
  readonly each: number
  readonly rates: number[]
  readonly cpuUs: number[]
}
const mget = (port: number, keys: readonly string[]): Request => ({
  port,
  bytes: mgetOf(keys),
  reply: valuesOf(keys.length).length
})
const wholeReply = valuesOf(KEYS.length).toString()
const floorChild = Child.start(import.meta.resolve('./proxy-split.ts'), String(mgetOf(KEYS).length), wholeReply,
  ...serverPorts.flatMap((port, i) => { const { bytes, reply } = mget(port, owned[i]!); return [String(port), bytes.toString('latin1'), String(reply)] }))
const floor: Worker = { name: 'node:net alone', child: floorChild, ...await floorChild.hear<{ port: number }>(), splits: true }
const paths: Path[] = [
  {
    name: 'MGET of 100 keys, each server by itself',
    requests: serverPorts.map((port, i) => mget(port, owned[i]!)),
    worker: undefined,
    each: 1,
    rates: [],
    cpuUs: []
  },
  ...[...workers, floor].filter(({ splits }) => splits && values.only !== 'pipelines').map(worker => ({
    name: `MGET of 100 keys, split, ${worker.name}`,
    requests: [mget(worker.port, KEYS)],
    worker,
    each: 1,
    rates: [],
    cpuUs: []
  })),
  ...workers.filter(() => values.only !== 'mget').map(worker => ({
    name: `pipelines of 100 GET, ${worker.name}`,
    requests: [{
      port: worker.port,
      bytes: Buffer.from(KEYS.map(key => commandOf('GET', key)).join('')),
      reply: KEYS.length * ELEMENT.length
    }],
    worker,
    each: KEYS.length,
    rates: [],
    cpuUs: []
  }))
]
// The first round is not counted: V8 compiles. measured: in the first second a split takes a fifth more CPU time than
// after five.
for (let round = -1; round < rounds; round++) {
  for (const { requests, worker, each, rates, cpuUs } of paths) {
    const before = await worker?.child.ask<Usage>('usage')
    const begun = performance.now()
    const rate = await load(connections, requests, round < 0 ? warm : ms)
    const took = performance.now() - begun
    const after = await worker?.child.ask<Usage>('usage')
    if (round < 0) continue
    rates.push(rate * each)
    cpuUs.push(before === undefined ? 0 : (after!.cpuUs - before.cpuUs) / (rate * took / 1000 * each))
  }
}
console.log(`${connections} clients, ${SERVERS} servers, median of ${rounds} interleaved slices of ${ms} ms, ${values.transport}, Node ${process.version}\n`)
console.log('path'.padEnd(42), 'a second'.padStart(10), 'of direct'.padStart(10), "worker's CPU µs".padStart(16), 'least'.padStart(8))
for (const { name, worker, each, rates, cpuUs } of paths) {
  const ratio = each > 1 ? '' : median(rates.map((rate, i) => rate / paths[0]!.rates[i]!)).toFixed(2)
  console.log(
    name.padEnd(42),
    median(rates).toFixed(0).padStart(10),
    ratio.padStart(10),
    ...worker === undefined ? [] : [median(cpuUs).toFixed(2).padStart(16), Math.min(...cpuUs).toFixed(2).padStart(8)]
  )
}
for (const { child } of [...workers, floor]) await child.stop()
process.exit(0)
