// GET of one key at a time, and 16 in each write, through one worker and through twemproxy, before four servers: CPU
// time of a command, its ratio within a round, and the 99th percentile of a round trip.
//   node bench/src/forward/redis-commands.ts [--rounds N] [--ms N] [--connections N] [--transport node|uring] [--before
// CHECKOUT] [--warm MS] [--idle N] [--links]
// It needs redis-server, and nutcracker (Debian's twemproxy) if there is to be a comparison. `--idle` measures the
// memory of so many connections that have had one reply each. `--links` adds a prototype with a link for each client and
// server, and the same with one link to each server for all clients.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Child } from '../processes/child.ts'
import { memoryKb, spentUs, threadTimes } from '../process-tree.ts'
import { root } from '../run-info.ts'
import { median } from '../statistics.ts'
import { commandOf, ELEMENT, VALUE } from '../wire/redis-messages.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    ms: { type: 'string', default: '500' },
    connections: { type: 'string', default: '50' },
    transport: { type: 'string', default: 'uring' },
    before: { type: 'string', default: '' },
    warm: { type: 'string', default: '3000' },
    idle: { type: 'string', default: '0' },
    links: { type: 'boolean', default: false }
  }
})
const [rounds, ms, connections, warm, idle] = [values.rounds, values.ms, values.connections, values.warm, values.idle]
  .map(Number) as [number, number, number, number, number]
const SERVERS = 4
const KEYS = Array.from({ length: 100 }, (_, i) => `key:${String(i).padStart(3, '0')}`)

const started: ChildProcess[] = []
const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'))
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

const connected = async (port: number): Promise<net.Socket> => {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1').setNoDelay()
    try {
      await once(socket, 'connect')
      return socket
    } catch { await new Promise(setImmediate) }
  }
}

/**
 * Clients that send `depth` commands in one write, and the next ones when all are answered. Returns commands each
 * second; `times` gets those of round trips, in ms.
 */
const load = async (
  port: number,
  depth: number,
  forMs: number,
  times: number[]
): Promise<{ done: number, took: number }> => {
  const sockets = await Promise.all(Array.from({ length: connections }, async () => await connected(port)))
  let done = 0
  const begun = performance.now()
  await Promise.all(sockets.map(async (socket, client) => {
    await new Promise<void>((resolve, reject) => {
      let at = client * 7
      let missing = 0
      let sent = 0
      const next = (): void => {
        sent = performance.now()
        if (sent - begun >= forMs) {
          socket.destroy()
          resolve()
          return
        }
        missing = depth * ELEMENT.length
        let bytes = ''
        for (let n = 0; n < depth; n++) bytes += gets[at++ % KEYS.length]!
        socket.write(bytes, 'latin1')
      }
      socket.on('error', reject).on('close', () => { reject(new Error('closed')) }).on('data', chunk => {
        missing -= chunk.length
        if (missing > 0) return
        done += depth
        times.push(performance.now() - sent)
        next()
      })
      next()
    })
  }))
  return { done, took: performance.now() - begun }
}
const gets = KEYS.map(key => commandOf('GET', key))

const serverPorts: number[] = []
for (let n = 0; n < SERVERS; n++) {
  const port = await freePort()
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/'], { stdio: ['ignore', 'pipe', 'ignore'] })
  started.push(server)
  serverPorts.push(port)
  let words = ''
  for await (const chunk of server.stdout as AsyncIterable<Buffer>)
    if ((words += String(chunk)).includes('Ready to accept connections')) break
}

/** Fill every server: twemproxy places keys in its own way. */
for (const port of serverPorts) {
  const socket = await connected(port)
  socket.write(KEYS.map(key => commandOf('SET', key, VALUE)).join('') + commandOf('ECHO', 'done'))
  let text = ''
  for await (const chunk of socket as AsyncIterable<Buffer>)
    if ((text += chunk.toString('latin1')).endsWith('done\r\n')) break
}

interface Path { readonly name: string, readonly pid: number, readonly port: number }
const paths: Path[] = []
const children: Child[] = []
for (const [name, checkout] of [['Weir', root], ...values.before === '' ? [] : [['before', values.before]]] as [string, string][]) {
  const child = Child.start(import.meta.resolve('./proxy-redis.ts'), checkout, values.transport, ...serverPorts.map(String))
  children.push(child)
  paths.push({ name, pid: child.pid, ...await child.hear<{ port: number }>() })
}
for (const kind of values.links ? ['own', 'shared'] : []) {
  const child = Child.start(import.meta.resolve('./proxy-links.ts'), kind, values.transport, ...serverPorts.map(String))
  children.push(child)
  paths.push({ name: `${kind} links`, pid: child.pid, ...await child.hear<{ port: number }>() })
}
if (spawnSync('nutcracker', ['--version']).error === undefined) {
  const port = await freePort()
  const file = join(folder, 'nutcracker.yml')
  writeFileSync(
    file,
    `pool:\n  listen: 127.0.0.1:${port}\n  hash: fnv1a_64\n  distribution: ketama\n  redis: true\n  servers:\n${
      serverPorts.map(server => `   - 127.0.0.1:${server}:1\n`).join('')
    }`
  )
  const child = spawn('nutcracker', ['-c', file, '-s', String(await freePort())], { stdio: 'ignore' })
  started.push(child)
  paths.push({ name: 'twemproxy', pid: child.pid!, port })
}

interface Figures { readonly path: Path, readonly depth: number, readonly cpuUs: number[], readonly times: number[] }
const figures: Figures[] = [1, 16].flatMap(depth => paths.map(path => ({ path, depth, cpuUs: [], times: [] })))
// The first round is not counted: V8 compiles.
for (let round = -1; round < rounds; round++) {
  for (const { path, depth, cpuUs, times } of figures) {
    const before = threadTimes([path.pid])
    const { done } = await load(path.port, depth, round < 0 ? warm : ms, round < 0 ? [] : times)
    const after = threadTimes([path.pid])
    const spent = spentUs(before.own, after.own) + spentUs(before.ofRings, after.ofRings)
    if (round >= 0) cpuUs.push(spent / done)
  }
}
console.log(
  `${connections} clients, ${SERVERS} servers, ${rounds} interleaved slices of ${ms} ms, ${values.transport}, Node ${process.version}\n`
)
console.log(
  'path'.padEnd(12),
  'at once'.padStart(8),
  'CPU µs'.padStart(8),
  'least'.padStart(8),
  'work of twemproxy'.padStart(20),
  'least to most'.padStart(16),
  'p99 ms'.padStart(8)
)
for (const { path, depth, cpuUs, times } of figures) {
  const beside = figures.find(other => other.depth === depth && other.path.name === 'twemproxy')
  const ratios = beside === undefined ? [] : cpuUs.map((us, i) => beside.cpuUs[i]! / us)
  const shown = ratios.length === 0
    ? ['', '']
    : [median(ratios).toFixed(2), `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`]
  console.log(
    path.name.padEnd(12),
    String(depth).padStart(8),
    median(cpuUs).toFixed(2).padStart(8),
    Math.min(...cpuUs).toFixed(2).padStart(8),
    shown[0]!.padStart(20),
    shown[1]!.padStart(16),
    [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)]!.toFixed(2).padStart(8)
  )
}
if (idle > 0) {
  for (const path of paths) {
    const before = memoryKb([path.pid])
    const held: net.Socket[] = []
    for (let n = 0; n < idle; n++) {
      const socket = await connected(path.port)
      socket.write(gets[n % KEYS.length]!)
      await once(socket, 'data')
      held.push(socket)
    }
    const kb = (memoryKb([path.pid]) - before) / idle
    console.log(`${path.name}: ${kb.toFixed(1)} KB for each of ${idle} connections with one server link`)
    for (const socket of held) socket.destroy()
  }
}
for (const child of children) await child.stop()
process.exit(0)
