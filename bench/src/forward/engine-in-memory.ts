// The engine of a checkout between links in memory. usage: engine-in-memory.ts CHECKOUT
// tunnel|inspect|per-message|split|mqtt [RULES] `mqtt` is the extension that ships, with every message inspected and
// the named rules of ../rules/rule-sets.ts; `split` the one for Redis, with an MGET of 100 keys on four servers.
// It answers a SliceOrder with a Slice, or with the bytes of heap that each of so many idle connections has.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Engine from '@weirlb/engine'
import type { ByteLink, ListenerEvents, ListenOptions, LinkSink, Transport } from '@weirlb/link'
import type * as Model from '@weirlb/model'
import type * as Sandbox from '@weirlb/sandbox'
import type * as Bundler from '@weirlb/sandbox/bundle'
import type * as Protocols from '../wire/protocol.ts'
import { limitSets } from '../rules/limit-sets.ts'
import { ruleSets } from '../rules/rule-sets.ts'
import { connack, connectPacket, puback, publishPacket } from '../wire/messages.ts'
import { mgetOf, valuesFor } from '../wire/redis-messages.ts'

/** Round trips of this many connections at once for so many ms; or so many connections that have had one. */
export type SliceOrder = { readonly kind: 'slice', readonly together: number, readonly ms: number } | {
  readonly kind: 'idle'
  readonly connections: number
}
/** CPU time of the process for each round trip. */
export interface Slice { readonly cpuUs: number }

const [, , checkout, protocol, ruleSet = 'none'] = process.argv
const CONNECTIONS = 50
const SIZE = 256
const KEYS = Array.from({ length: 100 }, (_, i) => `key:${String(i).padStart(3, '0')}`)
const splits = protocol === 'split'
const message = splits ? mgetOf(KEYS) : publishPacket(SIZE)

const load = async <T>(file: string): Promise<T> => await import(pathToFileURL(resolve(checkout!, file)).href) as T
const { createEngine, LocalSessionDirectory } = await load<typeof Engine>('packages/engine/src/index.ts')
const { config } = await load<typeof Model>('packages/model/src/index.ts')
const { createRuntime } = await load<typeof Sandbox>('packages/sandbox/src/index.ts')
const { bundle } = await load<typeof Bundler>('packages/sandbox/src/bundle/index.ts')

const nobody: LinkSink = {
  onBytes () {},
  onEnd () {},
  onDrained () {},
  onClosed () {},
  onFault (error) {
    throw error
  }
}

/** One end of a connection: counts what it is given, or remembers that it was given something. Nothing is ever full. */
class Link {
  readonly peer = { address: '127.0.0.1', port: 49152, serverName: undefined }
  readonly queued = 0
  readonly unsent = 0
  readonly readFor = Infinity
  sink: LinkSink = nobody
  bytesRead = 0
  bytesWritten = 0
  meter = { read: 0, written: 0 }
  readonly #onWritten: (link: Link) => void
  /** What it was given last. */
  given: Uint8Array = message

  constructor (onWritten: (link: Link) => void) { this.#onWritten = onWritten }

  says (bytes: Uint8Array): void {
    this.bytesRead += bytes.length
    this.meter.read += bytes.length
    this.sink.onBytes(bytes)
  }

  write (bytes: Uint8Array): boolean {
    this.bytesWritten += bytes.length
    this.meter.written += bytes.length
    this.given = bytes
    this.#onWritten(this)
    return true
  }

  writeOwned (bytes: Uint8Array): boolean { return this.write(bytes) }
  // Like Node's sockets.
  keep (): boolean { return false }
  release (): void {}
  pause (): void {}
  resume (): void {}
  end (): void {}
  close (): void { this.sink.onClosed(undefined) }
  abort (): void { this.close() }
}

let accept: ListenerEvents['onLink']
/** Servers that were given something and have not answered. */
const asked: Link[] = []
const servers: Link[] = []
/** Chunks that clients were given. */
let got = 0
const onServer = (link: Link): void => { asked.push(link) }
const onClient = (): void => { got++ }
const transport = {
  checkTls () {},
  async listen ({ address }: ListenOptions, events: ListenerEvents) {
    accept = link => { events.onLink(link) }
    return { address, port: 1, setTls () {}, setKeepAlive () {}, close () {} }
  },
  dial (_options: unknown, sink: { onConnected (link: ByteLink): void }) {
    setImmediate(() => {
      const link = new Link(onServer)
      servers.push(link)
      sink.onConnected(link as unknown as ByteLink)
    })
    return { cancel () {} }
  }
} as unknown as Transport

const quiet = { debug () {}, info () {}, warn: console.error, error: console.error }
const engine = createEngine({
  transport,
  runtime: createRuntime(),
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
// As the checkout has them: another version may have another SDK.
const { inspectingProtocol, perMessageProtocol, tunnellingProtocol } = await load<typeof Protocols>(
  'bench/src/wire/protocol.ts'
)
/** The name of an extension that ships. */
const shipped = splits ? 'redis' : protocol === 'mqtt' ? 'mqtt' : undefined
const services = Array.from({ length: splits ? 4 : 1 }, (_, i) => `s${i}`)
const source = shipped !== undefined
  ? ''
  : { tunnel: tunnellingProtocol, inspect: inspectingProtocol, 'per-message': perMessageProtocol }[protocol as 'tunnel']
const parsed = config.parse({
  extensions: [{
    name: 'bench',
    ...shipped !== undefined ? { builtin: shipped } : { source, trusted: true },
    limits: { batchTimeoutMs: 1000 }
  }],
  userProtocols: [{ name: 'P', transport: 'tcp', extension: 'bench' }],
  services: services.map((name, i) => ({ name, address: '127.0.0.1', port: i + 1 })),
  lbVservers: [{
    name: 'lb',
    method: 'token',
    ...!splits && { persistence: { type: 'user-session' } },
    services: services.map(name => ({ name }))
  }],
  userVservers: [{
    name: 'v',
    protocol: 'P',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb',
    params: splits ? { severalServers: 'split' } : shipped === 'mqtt' ? { inspect: 'messages' } : {}
  }],
  // A checkout before rules takes none.
  ...shipped === 'mqtt'
    ? { rules: ruleSets[ruleSet]?.() ?? [], ...limitSets[ruleSet] && { rateLimits: limitSets[ruleSet]() } }
    : {}
})
const extension = parsed.extensions[0]!
const prepared = await engine.prepare({
  ...parsed,
  revision: 1,
  edgeFunctions: [],
  extensions: [{
    ...extension,
    version: 1,
    bundle: await bundle(
      source,
      shipped !== undefined
        ? { name: extension.name, file: resolve(checkout!, `extensions/${shipped}/src/index.ts`) }
        : { name: extension.name }
    ),
    mode: 'loop',
    canary: undefined
  }]
}, {})
prepared.commit()

const turn = async (): Promise<void> => { await new Promise(resolve => { setImmediate(resolve) }) }
/** What a server answers; `given`: what it was given. */
type Answer = (given: Uint8Array) => Uint8Array
const accepted: Answer = () => connack
const answered: Answer = splits ? valuesFor : () => puback

/** Let servers answer, until clients have been given so many chunks. */
const settle = async (chunks: number, answer: Answer): Promise<void> => {
  for (let turns = 0; got < chunks; turns++) {
    if (turns > 100_000) throw new Error(`stuck at ${got} of ${chunks}`)
    for (const server of asked) server.says(answer(server.given))
    asked.length = 0
    await turn()
  }
}

const clients: Link[] = []
const open = async (count: number): Promise<void> => {
  for (let opened = 0; opened < count; opened += CONNECTIONS) {
    const fresh = Array.from({ length: Math.min(CONNECTIONS, count - opened) }, () => new Link(onClient))
    got = 0
    for (const client of fresh) {
      accept(client as unknown as ByteLink)
      clients.push(client)
      client.says(splits ? message : connectPacket(`client-${clients.length}`))
    }
    await settle(fresh.length, splits ? answered : accepted)
  }
}

let next = 0
const roundTrips = async (together: number): Promise<void> => {
  got = 0
  for (let n = 0; n < together; n++) {
    clients[next]!.says(message)
    next = (next + 1) % clients.length
  }
  await settle(together, answered)
}

const slice = async (together: number, ms: number): Promise<Slice> => {
  const until = performance.now() + ms
  const before = process.cpuUsage()
  let done = 0
  for (; performance.now() < until; done += together) await roundTrips(together)
  const { user, system } = process.cpuUsage(before)
  return { cpuUs: (user + system) / done }
}

const heapOf = async (connections: number): Promise<number> => {
  const heap = async (): Promise<number> => {
    await roundTrips(clients.length)
    await new Promise(resolve => { setTimeout(resolve, 200) })
    globalThis.gc!()
    globalThis.gc!()
    return process.memoryUsage().heapUsed
  }
  await open(1000)
  const before = await heap()
  await open(connections)
  return (await heap() - before) / connections
}

await open(CONNECTIONS)
process.on('message', (order: SliceOrder) => {
  const answer: Promise<Slice | number> = order.kind === 'slice'
    ? slice(order.together, order.ms)
    : heapOf(order.connections)
  answer.then(result => process.send!(result), (error: unknown) => process.send!({ failed: String(error) }))
})
process.on('disconnect', () => process.exit())
process.send!('ready')
