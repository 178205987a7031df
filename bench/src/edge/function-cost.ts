// What an edge function costs HTTP requests and upgrades to WebSockets: each per CPU second of a Weir in this process.
//   npx node --no-node-snapshot bench/src/edge/function-cost.ts [--rounds N] [--ms N] [--connections N]
// The load and the server are another process. Rounds of all kinds take turns.
import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, createServer, request as httpRequest } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createEngine, LocalSessionDirectory } from '@weirlb/engine'
import { chooseTransport } from '@weirlb/link'
import { config } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { bundle } from '@weirlb/sandbox/bundle'

type Kind = 'requests' | 'upgrades' | 'refused upgrades'
interface Load { readonly port: number, readonly kind: Kind, readonly connections: number, readonly ms: number }

const HEAD = 'GET /mqtt HTTP/1.1\r\nHost: edge.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\nOrigin: '

/** One exchange after the other on each of several connections, for a time. Returns how many there were. */
const loadFor = async ({ port, kind, connections, ms }: Load): Promise<number> => {
  const end = performance.now() + ms
  let done = 0
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const one = (): Promise<void> => kind === 'requests'
    ? new Promise((resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path: '/mqtt', agent, headers: { host: 'edge.test', origin: 'https://app.example.com', 'sec-websocket-protocol': 'mqtt' } }, response => {
        response.resume().on('end', resolve)
      }).on('error', reject).end()
    })
    : new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => { socket.write(`${HEAD}https://${kind === 'upgrades' ? 'app' : 'evil'}.example.com\r\n\r\n`) })
      socket.once('data', () => { socket.destroy(); resolve() }).once('error', reject)
    })
  await Promise.all(Array.from({ length: connections }, async () => {
    while (performance.now() < end) {
      await one()
      done++
    }
  }))
  agent.destroy()
  return done
}

if (process.send !== undefined) {
  const server = createServer((_request, response) => {
    response.end('ok')
  }).listen(0, '127.0.0.1', () => {
    process.send!({ port: (server.address() as AddressInfo).port })
  })
  process.on('message', (load: Load) => {
    void loadFor(load).then(done => process.send!({ done }))
  })
} else {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      ms: { type: 'string', default: '2000' },
      connections: { type: 'string', default: '16' }
    }
  })
  const child = fork(fileURLToPath(import.meta.url))
  const told = async (): Promise<{ readonly port: number, readonly done: number }> =>
    await new Promise(resolve => {
      child.once('message', resolve as (message: unknown) => void)
    })
  const { port } = await told()
  const runtime = createRuntime()
  const quiet = { debug () {}, info () {}, warn: console.error, error: console.error }
  const engine = createEngine({
    transport: chooseTransport('node').transport,
    runtime,
    functions: runtime.functions,
    sessions: new LocalSessionDirectory(),
    log: quiet,
    events: {
      onDecisions () {},
      onBan () {},
      onDefence () {},
      onFunctionFailed () {},
      onFunctionState () {},
      onServiceFailed () {},
      onExtensionState () {},
      onTraced () {}
    },
    worker: 0,
    reusePort: false
  })
  const lines = `import { defineProtocol, forward, frame } from '@weirlb/sdk'
    export default defineProtocol({ name: 'x', api: 1, balance: 'per-connection', websocket: { subprotocols: ['mqtt'] }, client: { framing: frame.lines({ max: 99 }), onMessage: () => forward() } })`
  const fixture = (name: string): string =>
    readFileSync(new URL(`../../../test/fixtures/edge/${name}`, import.meta.url), 'utf8')
  const sources = { 'service-worker': fixture('mqtt-origin.js'), native: fixture('native.ts') }
  const vservers = ['none', 'avoided', ...Object.keys(sources)]
  const parsed = config.parse({
    extensions: [{ name: 'x', source: lines, trusted: true }],
    userProtocols: [{ name: 'P', transport: 'ws', extension: 'x' }],
    services: [{ name: 's', address: '127.0.0.1', port, monitors: [] }, { name: 'w', type: 'HTTP', address: '127.0.0.1', port, monitors: [] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's' }] }, { name: 'web', type: 'HTTP', services: [{ name: 'w' }] }],
    userVservers: vservers.map(name => ({
      name,
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      http: { defaultLb: 'web', logRequests: false }
    })),
    edgeFunctions: Object.entries(sources).map(([name, source]) => ({ name, source })),
    triggers: vservers.slice(1).map(name => ({
      name,
      pattern: 'edge.test/mqtt*',
      vservers: [name],
      ...name !== 'avoided' && { function: name }
    }))
  })
  const prepared = await engine.prepare({
    ...parsed,
    revision: 1,
    extensions: [{
      ...parsed.extensions[0]!,
      version: 1,
      bundle: await bundle(lines, { name: 'x' }),
      mode: 'loop',
      canary: undefined
    }],
    edgeFunctions: await Promise.all(
      parsed.edgeFunctions.map(async ({ source, ...rest }) => ({
        ...rest,
        bundle: await bundle(source, { name: rest.name, kind: 'function' })
      }))
    )
  }, {})
  prepared.commit()
  /** Exchanges per CPU second of this process, all of its threads. */
  const measure = async (name: string, kind: Kind): Promise<number> => {
    const before = process.cpuUsage()
    child.send(
      {
        port: prepared.ports[name]!,
        kind,
        connections: Number(values.connections),
        ms: Number(values.ms)
      } satisfies Load
    )
    const { done } = await told()
    const { user, system } = process.cpuUsage(before)
    return done / (user + system) * 1e6
  }
  const cases = (['requests', 'upgrades'] as const).flatMap(kind =>
    vservers.map(name => ({ kind: kind as Kind, name }))
  ).concat(Object.keys(sources).map(name => ({ kind: 'refused upgrades', name })))
  const found = new Map(cases.map(each => [each, [] as number[]]))
  for (const each of cases) await measure(each.name, each.kind)
  for (let round = 0; round < Number(values.rounds); round++)
    for (const each of cases) found.get(each)!.push(await measure(each.name, each.kind))
  console.log(
    'per CPU second'.padEnd(34),
    'median'.padStart(8),
    'least'.padStart(8),
    'most'.padStart(8),
    'of none'.padStart(8)
  )
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!
  for (const [{ kind, name }, values] of found) {
    const none = found.get(cases.find(each => each.kind === kind && each.name === 'none') ?? cases[0]!)!
    console.log(
      `${kind}, ${name}`.padEnd(34),
      ...[median(values), Math.min(...values), Math.max(...values)].map(value => value.toFixed().padStart(8)),
      (median(values) / median(none)).toFixed(2).padStart(8)
    )
  }
  const { edgeFunctions } = engine.stats()
  for (const [name, { requests, runs, failures }] of Object.entries(edgeFunctions))
    console.log(`${name}: ${(requests / runs).toFixed(2)} requests a run, failures ${JSON.stringify(failures)}`)
  child.kill()
  await engine.stop(0)
}
