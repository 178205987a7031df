// Whatever happens to a connection, in whatever order, it ends once, with one reason, and holds nothing.
import { LocalSessionDirectory, type SessionDirectory } from '@weirlb/engine'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { around, type EngineBench, startEngine } from '../support/engine-bench.ts'
import { type FakeLink, FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

/** A directory that answers when it is told to. */
class HeldSessions implements SessionDirectory {
  readonly local = new LocalSessionDirectory()
  held = false
  readonly #waiting: (() => void)[] = []

  claim (...args: Parameters<SessionDirectory['claim']>): void {
    if (this.held) this.#waiting.push(() => { this.local.claim(...args) })
    else this.local.claim(...args)
  }

  find (...args: Parameters<SessionDirectory['find']>): void { this.local.find(...args) }
  pin (...args: Parameters<SessionDirectory['pin']>): void { this.local.pin(...args) }
  release (...args: Parameters<SessionDirectory['release']>): void { this.local.release(...args) }

  answer (): void {
    this.held = false
    for (const go of this.#waiting.splice(0)) go()
  }
}

const vserver = (
  more: object = {}
) => [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', ...more }]
const lb = (
  names: readonly string[]
) => [{ name: 'lb', services: names.map(name => ({ name })), persistence: { type: 'user-session' as const } }]
const reset = { kind: 'reset', message: 'reset by the test' } as const

interface World {
  readonly bench: EngineBench
  readonly transport: FakeTransport
  readonly runtime: HeldRuntime
  readonly sessions: HeldSessions
  client: FakeLink
  servers: FakeLink[]
}

const steps: Record<string, (world: World) => unknown> = {
  hello: ({ client }) => { client.gives('hello k\n') },
  tunnel: ({ client }) => { client.gives('tunnel k\n') },
  pipe: ({ client }) => { client.gives('pipe k\n') },
  reply: ({ client }) => { client.gives('reply x\n') },
  reject: ({ client }) => { client.gives('reject x\n') },
  throw: ({ client }) => { client.gives('throw\n') },
  plain: ({ client }) => { client.gives('plain\nanother\n') },
  half: ({ client }) => { client.gives('half a') },
  fin: ({ client }) => { client.fin() },
  reset: ({ client }) => { client.leave(reset) },
  slow: ({ client }) => { client.slow = true },
  drain: ({ client }) => { client.drain() },
  'server answers': ({ servers }) => { servers.at(-1)?.gives('an answer\nhalf') },
  'server ends': ({ servers }) => { servers.at(-1)?.fin() },
  'server resets': ({ servers }) => { servers.at(-1)?.leave(reset) },
  connected: ({ transport, servers }) => {
    const dial = transport.dials.shift()
    if (dial !== undefined && !dial.cancelled) servers.push(dial.connect())
  },
  refused: ({ transport }) => {
    const dial = transport.dials.shift()
    if (dial !== undefined && !dial.cancelled) dial.fail()
  },
  'guest is slow': ({ runtime }) => {
    runtime.held = true
  },
  'guest answers': ({ runtime }) => {
    runtime.release()
  },
  'guest dies': ({ runtime }) => {
    runtime.kill('killed by the test')
  },
  'directory is slow': ({ sessions }) => {
    sessions.held = true
  },
  'directory answers': ({ sessions }) => {
    sessions.answer()
  },
  kill: ({ bench }) => {
    for (const { id } of bench.engine.connections({})) bench.engine.kill(id)
  },
  'service goes down': ({ bench }) => {
    bench.engine.setServiceHealth('s1', 'down')
  },
  'service is back': ({ bench }) => {
    bench.engine.setServiceHealth('s1', 'up')
  },
  'service moves': async ({ bench }) => {
    await bench.apply({
      services: [{ name: 's1', address: '127.0.0.1', port: 3 }, { name: 's2', address: '127.0.0.1', port: 2 }]
    })
  },
  'service is unbound': async ({ bench }) => {
    await bench.apply({ lbVservers: lb(['s2']) })
  },
  'extension is replaced': async ({ bench }) => {
    await bench.apply({ extensions: [{ name: 'ext', source: lineProtocol(SERVER_LINES) + '// the next version' }] })
  },
  'vserver is disabled': async ({ bench }) => {
    await bench.apply({ userVservers: vserver({ state: 'disabled' }) })
  },
  turn: async () => {
    await turns(1)
  },
  turns: async () => {
    await turns(3)
  }
}

test.each([['stays', false], ['leaves', true]])('a client that %s, whose LB vserver is removed before the directory answers, has its service and holds no entry in the end', async (_what, leaves) => {
  const transport = new FakeTransport()
  const sessions = new HeldSessions()
  // The entry names another service than the method.
  sessions.local.pin('lb', 'k', 's2')
  sessions.local.release('lb', 'k', 60_000)
  sessions.held = true
  const bench = await startEngine(around(lineProtocol(SERVER_LINES), [{ port: 1 }, { port: 2 }]), { transport, sessions })
  const client = transport.connect(bench.port())
  client.gives('hello k\n')
  await turns()
  await bench.apply({ lbVservers: [{ name: 'other', services: [{ name: 's1' }, { name: 's2' }] }], userVservers: vserver({ defaultLb: 'other' }) })
  if (leaves) for (const { id } of bench.engine.connections({})) bench.engine.kill(id)
  await turns()
  sessions.answer()
  await turns()
  if (!leaves) {
    expect(transport.dials.map(({ options }) => options.port)).toEqual([2])
    transport.dials[0]!.connect().gives('welcome\n')
    await turns()
    expect(client.text).toBe('welcome\n')
  }
  client.leave(reset)
  await turns()
  expect(bench.log.lines.filter(({ level }) => level === 'error')).toEqual([])
  expect(bench.log.closed).toMatchObject([{ reason: leaves ? 'killed' : 'client-reset' }])
  expect(sessions.local.table.holdsAny).toBe(false)
})

const JUDGED = 'server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() }, onConnect: () => {},'
const perMessage = (replies: string, more = ''): string => lineProtocol(more).replace("'per-connection'", `'per-message', replies: '${replies}'`)

test.each([
  ['per connection', lineProtocol(SERVER_LINES)],
  ['per connection, both sides judged', lineProtocol(JUDGED)],
  ['per connection, first messages sent again', lineProtocol(`resend: 'first-message', ${SERVER_LINES}`)],
  ['per message', perMessage('none')],
  ['per message, replies as they come', perMessage('as-they-come', SERVER_LINES)],
  ['per message, replies in order', perMessage('in-order', SERVER_LINES)],
  ['per message, replies in order, both sides judged', perMessage('in-order', JUDGED)]
])('every connection ends once and lets go of everything (%s)', async (_what, source) => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const sessions = new HeldSessions()
  const config = around(source, [{ port: 1 }, { port: 2 }])
  const word = fc.constantFrom(...Object.keys(steps))
  await fc.assert(fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 25 }), async script => {
    const bench = await startEngine(config, { transport, runtime, sessions })
    const world: World = { bench, transport, runtime, sessions, client: transport.connect(bench.port()), servers: [] }
    for (const step of script) await steps[step]!(world)
    runtime.release()
    sessions.answer()
    await turns()
    world.client.leave(reset)
    await turns()
    // What the client said last waits for servers that are being dialled, and nothing else does.
    for (let dial = transport.dials.shift(); dial !== undefined; dial = transport.dials.shift()) {
      if (!dial.cancelled) dial.fail()
      await turns()
    }
    const stats = bench.engine.stats()
    expect(bench.engine.connections({})).toEqual([])
    expect(bench.log.closed).toHaveLength(1)
    expect(stats.userVservers['v']).toMatchObject({ accepted: 1, connections: 0, closed: { [bench.log.closed[0]!['reason'] as string]: 1 } })
    expect(Object.values(stats.services).map(s => s.connections)).toEqual([0, 0])
    expect(sessions.local.table.list({}).filter(entry => entry.connections > 0)).toEqual([])
    expect(world.servers.every(server => server.gone)).toBe(true)
    expect([world.client, ...world.servers].filter(link => link.kept !== 0)).toEqual([])
    await bench.engine.stop(0)
    expect(bench.log.closed).toHaveLength(1)
  }), { numRuns: 150 })
})
