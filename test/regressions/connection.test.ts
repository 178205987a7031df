// Ends of connections and of guests: what once was lost, said twice or never said.
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, engineConfig, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'

const JUDGED = lineProtocol('server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },')

const start = async (source: string, more: Partial<ConfigInput> = {}) => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(source, [{ port: 1 }], more), { transport, runtime })
  const connect = () => transport.connect(bench.port())
  const server = () => transport.dials.at(-1)!.connect()
  return { ...bench, transport, runtime, connect, server }
}

test('the last messages of a server arrive, also when it is gone before they are judged', async () => {
  const { connect, server, runtime, log } = await start(JUDGED)
  const client = connect()
  client.gives('hello\n')
  await turns()
  const behind = server()
  client.fin()
  runtime.held = true
  behind.gives('the answer\n')
  behind.fin()
  behind.leave()
  await turns()
  runtime.release()
  await turns()
  expect(client.text).toBe('the answer\n')
  expect((await log.ends())[0]).toMatchObject({ reason: 'client-closed' })
})

test('a handler that hears of closes hears of them without other traffic', async () => {
  const { connect, server, engine, runtime } = await start(lineProtocol("onClose: (reason, ctx) => { ctx.count('closed ' + reason) },"))
  const staying = connect()
  const leaving = connect()
  leaving.gives('hello a\n')
  await turns()
  server()
  runtime.held = true
  staying.gives('hello b\n')
  await turns()
  leaving.leave({ kind: 'reset', message: 'reset' })
  await turns()
  const before = engine.stats().extensions['ext']!.crossings
  runtime.release()
  await turns()
  expect(engine.stats().extensions['ext']!.crossings).toBe(before + 1)
})

test('a client that waits for an extension which then goes out of service is told at once', async () => {
  const { connect, runtime, states, log } = await start(lineProtocol())
  const first = connect()
  runtime.held = true
  first.gives('hello\n')
  await turns()
  runtime.failure = new Error('no more memory')
  runtime.kill('told to die')
  const waiting = connect()
  waiting.gives('hello\n')
  await until(() => states.includes('down'), 'the extension to be out of service')
  expect((await log.ends(2))[1]).toMatchObject({ reason: 'extension-down' })
})

test('two directions that were piped one after the other outlive the guest like a tunnel', async () => {
  const { connect, server, runtime, engine } = await start(lineProtocol())
  const client = connect()
  client.gives('pipe\n')
  await turns()
  const behind = server()
  expect(engine.connections({})).toMatchObject([{ phase: 'tunnel' }])
  const other = connect()
  runtime.held = true
  other.gives('hello\n')
  await turns()
  runtime.kill('told to die')
  client.gives('still here')
  expect(behind.text).toBe('pipe\nstill here')
})

test('a revision that is committed after the stop leaves no listener and no guest', async () => {
  const { engine, transport } = await start(lineProtocol())
  const prepared = await engine.prepare(await engineConfig(around(lineProtocol(), [{ port: 1 }], {
    userVservers: [{ name: 'w', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
  }), 2), {})
  expect(transport.listening.size).toBe(2)
  await engine.stop(1000)
  prepared.commit()
  expect(transport.listening.size).toBe(0)
})

test('a stop whose grace is over counts and logs every connection before it answers', async () => {
  const { connect, server, engine, log } = await start(lineProtocol())
  connect().gives('hello a\n')
  await turns()
  server()
  connect().gives('hello b\n')
  await turns()
  connect()
  await engine.stop(0)
  expect(log.closed.map(l => l['reason'])).toEqual(['shutdown', 'shutdown', 'shutdown'])
  expect(engine.stats().userVservers['v']).toMatchObject({ connections: 0, closed: { shutdown: 3 } })
  await turns()
  expect(log.closed).toHaveLength(3)
})

test('a client whose handshake ends when its listener is closed is turned away', async () => {
  const { transport, port, engine, apply } = await start(lineProtocol())
  const old = transport.listening.get(port())!
  await apply({
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', state: 'disabled' }]
  })
  const { FakeLink } = await import('../support/fake-transport.ts')
  const late = new FakeLink()
  old.onLink(late)
  expect(late.closed).toBe('abort')
  expect(engine.connections({})).toEqual([])
})

test('nothing of a client reaches a server before the extension has agreed to the client', async () => {
  const source = (verdict: string): string => `
    import { defineProtocol, forward, frame, reject } from '@weirlb/sdk'
    export default defineProtocol({
      name: 'x', api: 1, balance: 'per-connection',
      client: { framing: frame.lines({ max: 99 }) },
      onConnect: () => ${verdict}
    })`
  const refused = await start(source("reject('not you')"))
  const stranger = refused.connect()
  stranger.gives('let me in\n')
  await turns()
  expect(refused.transport.dials).toHaveLength(0)
  expect(refused.log.closed).toMatchObject([{ reason: 'rejected' }])

  const agreed = await start(source('undefined'))
  const client = agreed.connect()
  client.gives('let me in\nand this\n')
  client.fin()
  await turns()
  const behind = agreed.server()
  expect(behind.text).toBe('let me in\nand this\n')
  expect(behind.ended).toBe(true)
})

test('a counter of an extension may have any name', async () => {
  const { connect, engine } = await start(lineProtocol())
  const client = connect()
  for (const name of ['constructor', 'toString', 'hasOwnProperty', 'constructor']) client.gives(`count ${name}\n`)
  await turns()
  expect(engine.stats().extensions['ext']!.counters).toEqual({ constructor: 2, toString: 1, hasOwnProperty: 1 })
})

test('a version that is replaced hears of the close of its last connection', async () => {
  const { connect, server, engine, apply, runtime } = await start(lineProtocol("onClose: (reason, ctx) => { ctx.count('closed') },"))
  const client = connect()
  client.gives('hello\n')
  await turns()
  server()
  await apply({ extensions: [{ name: 'ext', source: lineProtocol() }] })
  runtime.held = true
  client.leave()
  await turns()
  expect(engine.connections({})).toEqual([])
  runtime.release()
  await turns()
  expect(engine.stats().extensions['ext']!.counters).toEqual({ closed: 1 })
})
