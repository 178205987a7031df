import { createRuntime } from '@weirlb/sandbox'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { head, unit, unitProtocol } from '../support/unit-protocol.ts'

// Lines are counted in the assertions below.
const SOURCE = `import { defineProtocol, drop, encodeUtf8, forward, frame, reject } from '@weirlb/sdk'
const PASS = forward()
const refuse = (why: string) =>
  reject(why, encodeUtf8('no\\n'))
export default defineProtocol({
  name: 'lines',
  api: 1,
  balance: 'per-connection',
  fields: { who: 'string', pin: 'secret' },
  onConnect: () => undefined,
  client: {
    framing: frame.lines({ max: 1000 }),
    onMessage (message, ctx) {
      const [word = '', rest = ''] = message.text().trim().split(' ')
      if (word === 'hello') {
        ctx.set('who', rest)
        ctx.set('pin', 'hunter2')
        ctx.log('debug', 'hello, ' + rest)
        return forward({ session: rest })
      }
      if (word === 'drop') return drop()
      if (word === 'hand') return { op: 'forward' }
      if (word === 'no') return refuse('told to')
      if (word === 'throw') throw new Error('told to throw')
      return PASS
    }
  }
})
`
const server = async () => [await TestServer.listen(() => 'ok\n')]

test('each call, with where its verdict was made', async () => {
  const { engine, traced, connect, log } = await startEngine(around(SOURCE, await server()))
  engine.trace('ext', { level: 'verdicts', filter: {} })
  const client = connect()
  for (const line of ['hello ann', 'drop', 'hand', 'other', 'no more']) {
    const before = traced.length
    client.socket.write(`${line}\n`)
    await until(() => traced.length > before + (before === 0 ? 1 : 0), line)
  }
  expect(traced.map(record => [record.call, record.side, record.frameLength, record.verdict?.op, record.verdict?.at]))
    .toEqual([
      ['connect', undefined, undefined, 'forward', undefined],
      ['message', 'client', 10, 'forward', 'ext.ts:19:16'],
      ['message', 'client', 5, 'drop', 'ext.ts:21:35'],
      ['message', 'client', 5, 'forward', undefined],
      ['message', 'client', 6, 'forward', 'ext.ts:2:14'],
      ['message', 'client', 8, 'reject', 'ext.ts:4:3']
    ])
  const hello = traced[1]!
  expect(hello).toMatchObject({ version: expect.any(Number) as number, userVserver: 'v', connection: '0-1', session: 'ann', verdict: { session: 'ann', then: 'continue' } })
  expect(hello.effects).toEqual([{ kind: 'set', field: 'who', value: 'ann' }, { kind: 'set', field: 'pin', value: undefined }, { kind: 'log', level: 'debug', text: 'hello, ann', at: 'ext.ts:18:13' }])
  expect(hello.crossing.calls).toBeGreaterThanOrEqual(1)
  expect(JSON.stringify(traced)).not.toContain('hunter2')
  expect(traced.at(-1)!.verdict).toMatchObject({ why: 'told to', reply: Buffer.from('no\n').toString('hex') })
  await log.ends()
})

test('calls alone, but what is thrown with its line', async () => {
  const { engine, traced, connect } = await startEngine(around(SOURCE, await server()))
  engine.trace('ext', { level: 'calls', filter: {} })
  connect().socket.write('hello ann\nthrow\n')
  await until(() => traced.length === 3, 'three calls')
  expect(traced.map(({ call, verdict, effects }) => [call, verdict?.op, verdict?.at, effects])).toEqual([
    ['connect', undefined, undefined, undefined],
    ['message', undefined, undefined, undefined],
    ['message', 'threw', 'ext.ts:24:35', undefined]
  ])
  expect(traced[2]!.verdict!.why).toContain('told to throw')
})

test('only the connections that are meant', async () => {
  const { engine, traced, connect } = await startEngine(around(SOURCE, await server()))
  const [ann, bob] = [connect(), connect()]
  engine.trace('ext', { level: 'verdicts', filter: { session: 'bob' } })
  ann.socket.write('hello ann\n')
  bob.socket.write('hello bob\n')
  await Promise.all([ann.gets('ok\n'), bob.gets('ok\n')])
  ann.socket.write('more\n')
  bob.socket.write('more\n')
  await until(() => traced.length === 2, 'both of one')
  expect(traced.map(record => record.session)).toEqual(['bob', 'bob'])

  engine.trace('ext', {
    level: 'verdicts',
    filter: { client: `127.0.0.1:${(ann.socket.address() as { port: number }).port}` }
  })
  traced.length = 0
  bob.socket.write('more\n')
  ann.socket.write('more\n')
  await until(() => traced.length === 1, 'the one')
  expect(traced[0]!.session).toBe('ann')
  engine.trace('ext', { level: 'verdicts', filter: { client: '::ffff:127.0.0.1' } })
  ann.socket.write('more\n')
  await until(() => traced.length === 2, 'the same in another form')
  traced.length = 1
  engine.trace('ext', { level: 'verdicts', filter: { client: '127.0.0.2' } })
  ann.socket.write('more\n')
  engine.trace('ext', undefined)
  bob.socket.write('drop\nno\n')
  await bob.gets('no\n')
  expect(traced).toHaveLength(1)
})

test('a new version is traced too, and nothing is once it is off', async () => {
  const { engine, traced, connect, apply } = await startEngine(around(SOURCE, await server()))
  engine.trace('ext', { level: 'calls', filter: {} })
  await apply({ extensions: [{ name: 'ext', source: `${SOURCE}// another\n` }] })
  connect().socket.write('hello ann\n')
  await until(() => traced.length === 2, 'both calls')
  engine.trace('ext', undefined)
  traced.length = 0
  const client = connect()
  client.socket.write('hello ann\n')
  await client.gets('ok\n')
  expect(traced).toEqual([])
})

test('what comes too fast is counted', async () => {
  const { engine, traced, lost, connect } = await startEngine(around(SOURCE, await server()))
  engine.trace('ext', { level: 'calls', filter: {} })
  const lines = 5000
  connect().socket.write(`${'drop\n'.repeat(lines)}no\n`)
  const calls = lines + 2
  await until(() => traced.length + lost.reduce((sum, n) => sum + n, 0) === calls, 'every call, told or counted')
  expect(traced.length).toBeLessThan(calls)
})

test('a chunk of a stream, with what was passed of it, and the close', async () => {
  const source = unitProtocol("onClose: (why, ctx) => { ctx.log('info', 'over: ' + why) },")
  const { engine, traced, connect } = await startEngine(around(source, await server()))
  engine.trace('ext', { level: 'verdicts', filter: {} })
  const client = connect()
  client.socket.write(Buffer.from(unit('K', 'ann') + unit('D', 1) + unit('R', 1) + head('W', 4), 'latin1'))
  await until(() => traced.length === 1, 'the chunk')
  const at: unknown = expect.stringMatching(/^ext\.ts:\d+:\d+$/)
  expect(traced[0]).toMatchObject({
    call: 'data', side: 'client', frameLength: 17, session: 'ann',
    verdict: { op: 'more', count: 4, session: 'ann', at },
    effects: [{ kind: 'pass', count: 6, at }, { kind: 'drop', count: 4, at }, { kind: 'reply', length: 1 }, { kind: 'pass', count: 4, at }]
  })
  client.socket.end()
  await until(() => traced.some(({ call }) => call === 'close'), 'the close')
  expect(traced.at(-1)).toMatchObject({
    call: 'close',
    side: undefined,
    verdict: undefined,
    effects: [{ kind: 'log', level: 'info', text: expect.stringMatching(/^over: /) as string, at }]
  })
})

test('calls about a stream alone, but what is thrown with its line', async () => {
  const { engine, traced, connect } = await startEngine(around(unitProtocol(), await server()))
  engine.trace('ext', { level: 'calls', filter: {} })
  connect().socket.write(Buffer.from(unit('P', 1) + unit('X'), 'latin1'))
  await until(() => traced.length === 1, 'the chunk')
  expect(traced[0]).toMatchObject({
    call: 'data',
    verdict: { op: 'threw', at: expect.stringMatching(/^ext\.ts:\d+:\d+$/) as string },
    effects: undefined
  })
})

test('a crossing is as many calls as it had of the author\'s code', async () => {
  const { engine, traced, connect } = await startEngine(around(unitProtocol(), await server()))
  engine.trace('ext', { level: 'calls', filter: {} })
  // The guest is told of the vserver and of the client with it.
  connect().socket.write(Buffer.from(unit('P', 1), 'latin1'))
  await until(() => traced.length === 1, 'the chunk')
  expect(traced[0]!.crossing.calls).toBe(1)
})

test('what is left unasked after a rejection is no call', async () => {
  const { engine, traced, connect } = await startEngine(around(SOURCE, await server()))
  engine.trace('ext', { level: 'calls', filter: {} })
  connect().socket.write('drop\nno\nother\n')
  await until(() => traced.some(({ call, frameLength }) => call === 'message' && frameLength === 3), 'the rejection')
  const messages = traced.filter(({ call }) => call === 'message')
  expect(messages).toHaveLength(2)
  for (const { crossing } of messages) expect(crossing).toEqual(messages[0]!.crossing)
  expect(traced.filter(({ crossing }) => crossing.calls === traced[0]!.crossing.calls)).toHaveLength(
    traced[0]!.crossing.calls
  )
})

test('a call that was cut, and where', async () => {
  const source = SOURCE.replace("if (word === 'throw')", "if (word === 'loop') for (;;) {}\n      if (word === 'throw')")
  const { engine, traced, connect } = await startEngine(around(source, await server(), { extensions: [{ name: 'ext', source, limits: { batchTimeoutMs: 250 } }] }), { runtime: createRuntime() })
  engine.trace('ext', { level: 'calls', filter: {} })
  const failure = {
    kind: 'timeout',
    message: expect.stringMatching(
      /^(it ran longer than its limit|the machine was too busy).* \(ext\.ts:\d+:\d+\)$/
    ) as string
  }
  const client = connect()
  client.socket.write('hello ann\n')
  await client.gets('ok\n')
  client.socket.write('drop\nloop\n')
  await until(() => traced.length === 4, 'both calls of the batch')
  for (const record of traced.slice(1, 3))
    expect(record).toMatchObject({ call: 'message', session: 'ann', failure: undefined })
  expect(traced[3]).toMatchObject({
    call: 'message',
    side: 'client',
    frameLength: 5,
    session: 'ann',
    verdict: undefined,
    effects: undefined,
    failure,
    crossing: { calls: 1 }
  })
  expect(traced[3]!.crossing.microseconds).toBeGreaterThan(40_000)
  await client.closes()
  expect(engine.stats().extensions['ext']!.rebuilds).toBe(0)

  engine.trace('ext', { level: 'calls', filter: { session: 'bob' } })
  const [ann, bob] = [connect(), connect()]
  ann.socket.write('hello ann\n')
  bob.socket.write('hello bob\n')
  await Promise.all([ann.gets('ok\n'), bob.gets('ok\n')])
  traced.length = 0
  bob.socket.write('loop\n')
  await bob.closes()
  await until(() => traced.length === 1, 'the one that is meant')
  expect(traced[0]).toMatchObject({ session: 'bob', failure })
})
