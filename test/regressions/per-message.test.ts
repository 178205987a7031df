// Messages balanced one by one: replies that changed places, bytes that were lost or went elsewhere, and what a
// client could make Weir hold.
import { LocalSessionDirectory } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { type FakeLink, FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { perMessageProtocol, SERVER_LINES, silentProtocol } from '../support/per-message-protocol.ts'

const SERVER_FRAMES = 'server: { framing: frame.length({ at: 0, size: 1, max: 256 }) },'
/** A message of a server with so many bytes behind its length. */
const framed = (body: string): string => String.fromCharCode(body.length) + body

/** LB vserver `one` has s1, and `two`, which has s2, for the time when that is not there. */
const start = async (source: string, limits: object = {}, persistence: object = { type: 'none' }) => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const sessions = new LocalSessionDirectory()
  const more: Partial<ConfigInput> = {
    lbVservers: [
      { name: 'one', services: [{ name: 's1' }], backup: 'two', persistence },
      { name: 'two', services: [{ name: 's2' }], persistence },
      { name: 'three', services: [{ name: 's1' }, { name: 's2' }], persistence }
    ],
    userVservers: [{
      name: 'v',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'one',
      lbVservers: ['two', 'three'],
      limits
    }]
  }
  const bench = await startEngine(around(source, [{ port: 1 }, { port: 2 }], more), { transport, runtime, sessions })
  const client = transport.connect(bench.port())
  /** The client says this, and it is decided. */
  const says = async (text: string): Promise<void> => {
    client.gives(text)
    await turns()
  }
  return { ...bench, transport, runtime, sessions, client, says }
}

test('replies keep their places when a message comes late to a server that has later ones', async () => {
  const { client, says, transport } = await start(perMessageProtocol('in-order', SERVER_LINES))
  await says('via two 0\n')
  const two = transport.dials[0]!.connect()
  two.gives('to 0\n')
  await says('via one A\nvia two B\n')
  transport.dials[1]!.fail()
  await says('via two C\n')
  expect(two.text).toBe('via two 0\nvia two B\nvia one A\nvia two C\n')
  two.gives('to B\nto A\nto C\n')
  expect(client.text).toBe('to 0\nto A\nto B\nto C\n')
})

test('replies of the extension keep their order while a message of a server goes out', async () => {
  const { client, says, transport } = await start(perMessageProtocol('as-they-come', SERVER_FRAMES))
  await says('hello\n')
  const server = transport.dials[0]!.connect()
  server.gives(framed('123456').slice(0, 3))
  await says('own a\n')
  await says('own b\n')
  await says('reject c\n')
  expect(client.text).toBe('\x0612')
  server.gives('3456')
  expect(client.text).toBe(`${framed('123456')}own a\nown b\nno c\n`)
})

test('a server whose replies wait for their turn stays paused however often the client takes bytes', async () => {
  const { client, says, transport } = await start(perMessageProtocol('in-order', SERVER_FRAMES), {
    bufferedBytes: 4096
  })
  await says('via one\n')
  await says('via two\n'.repeat(30))
  const [one, two] = transport.dials.map(dial => dial.connect()) as [FakeLink, FakeLink]
  one.gives(framed('x'.repeat(200)).slice(0, 10))
  two.gives(framed('y'.repeat(200)).repeat(25))
  expect(two.paused).toBe(true)
  client.slow = true
  one.gives('x')
  client.drain()
  expect(two.paused).toBe(true)
  one.gives('x'.repeat(190))
  expect([client.text.length, two.paused]).toEqual([26 * 201, false])
})

test('the last messages of a server that closes after the client has ended reach it when they are judged', async () => {
  const { client, says, transport, runtime, log } = await start(
    perMessageProtocol('as-they-come', 'server: { framing: frame.lines({ max: 99 }), onMessage: () => forward() },')
  )
  await says('hello\n')
  const server = transport.dials[0]!.connect()
  client.fin()
  runtime.held = true
  server.gives('last\n')
  server.fin()
  server.leave()
  await turns()
  runtime.release()
  await turns()
  expect(client.text).toBe('last\n')
  client.leave()
  await turns()
  expect(log.closed).toMatchObject([{ reason: 'client-closed' }])
})

test('a client that ends while the last messages of a closed server are judged leaves nothing behind', async () => {
  const { client, says, transport, runtime, engine } = await start(
    perMessageProtocol('as-they-come', 'server: { framing: frame.lines({ max: 99 }), onMessage: () => forward() },')
  )
  await says('hello\n')
  const server = transport.dials[0]!.connect()
  client.fin()
  runtime.held = true
  server.gives('last\n')
  server.fin()
  server.leave()
  await turns()
  client.leave({ kind: 'reset', message: 'by the test' })
  await turns()
  expect(engine.connections({})).toEqual([])
  expect(engine.stats().services['s1']).toMatchObject({ connections: 0, bytesOut: 5 })
  runtime.release()
})

test('a message that finds its server after the client has ended is written before that server is told of the end', async () => {
  const { client, says, transport } = await start(perMessageProtocol('as-they-come', SERVER_LINES))
  await says('via two 0\n')
  const two = transport.dials[0]!.connect()
  await says('via one A\n')
  client.fin()
  transport.dials[1]!.fail()
  await turns()
  expect([two.text, two.ended]).toEqual(['via two 0\nvia one A\n', true])
})

test('a client that asks for replies while a message of a server goes out is not asked about without end', async () => {
  const { client, says, transport, engine } = await start(perMessageProtocol('as-they-come', SERVER_FRAMES), {
    bufferedBytes: 4096
  })
  await says('hello\n')
  const server = transport.dials[0]!.connect()
  server.gives(framed('123456').slice(0, 3))
  for (let n = 0; n < 20; n++) await says('own x\n'.repeat(2048))
  expect(engine.stats().extensions['ext']!.messages).toBeLessThan(4096)
  server.gives('3456')
  const all = framed('123456') + 'own x\n'.repeat(20 * 2048)
  await until(() => client.text.length === all.length, 'all replies')
  expect([client.text === all, client.unread, client.paused]).toEqual([true, 0, false])
})

test('a client has only so many messages wait for a server: each costs more than its bytes', async () => {
  const { client, transport, engine } = await start(silentProtocol('none'))
  client.gives('\n'.repeat(50_000))
  expect(engine.stats().lbVservers['one']!.picks).toBeLessThanOrEqual(1024)
  const server = transport.dials[0]!.connect()
  await turns()
  expect([server.text.length, client.unread, client.paused]).toEqual([50_000, 0, false])
})

test('a message that nobody can be given does not go to the server of the one before it', async () => {
  const source = `
    import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
    export default defineProtocol({
      name: 'x', api: 1, balance: 'per-message', replies: 'as-they-come',
      client: { framing: frame.length({ at: 0, size: 1, max: 256 }), only: { at: 1, mask: 0xff, in: [115] }, onMessage: () => forward({ via: 'two' }) },
      server: { framing: frame.lines({ max: 99 }) },
      goodbye: () => encodeUtf8('bye')
    })`
  const { client, says, transport, apply } = await start(source)
  await apply({ lbVservers: [{ name: 'one', services: [] }, { name: 'two', services: [{ name: 's2' }] }] })
  await says(framed('seen'))
  const two = transport.dials[0]!.connect()
  client.gives(framed('unseen'))
  await turns()
  expect([two.text, client.text]).toEqual([framed('seen'), 'bye'])
})

test('a message that comes late to a server does not get into the middle of another', async () => {
  const { client, says, transport } = await start(
    perMessageProtocol('in-order', SERVER_LINES).replace(
      'frame.lines({ max: 1_000_000 }),\n    peek: 64',
      'frame.length({ at: 0, size: 1, max: 256 }), peek: 12'
    ).replace('.text().trim()', '.text().slice(1)')
  )
  await says(framed('via two ...'))
  const two = transport.dials[0]!.connect()
  two.gives('to 0\n')
  await says(framed('via one ...'))
  const long = framed(`via two ${'x'.repeat(50)}`)
  await says(long.slice(0, 20))
  transport.dials[1]!.fail()
  await turns()
  expect(two.text).toBe(framed('via two ...') + long.slice(0, 20))
  client.gives(long.slice(20))
  expect(two.text).toBe(framed('via two ...') + long + framed('via one ...'))
  two.gives('to long\nto late\n')
  expect(client.text).toBe('to 0\nto late\nto long\n')
})

test('a reply that waits behind one that is missing is not said in its place', async () => {
  const { client, says, transport, log } = await start(perMessageProtocol('in-order', SERVER_LINES))
  await says('via one\nvia two\nown three\n')
  const [one, two] = transport.dials.map(dial => dial.connect()) as [FakeLink, FakeLink]
  two.gives('to two\n')
  one.leave()
  await turns()
  expect([client.text, client.closed]).toEqual(['goodbye service-down\n', 'close'])
  two.leave()
  await turns()
  expect(log.closed).toMatchObject([{ reason: 'reply-missing' }])
})

const RESET = { kind: 'reset', message: 'by the test' } as const

test.each([['closes', undefined], ['is reset', RESET]])(
  'a client that has said its last is told at once when a server %s that owes it a reply',
  async (_, error) => {
    const { client, says, transport, log } = await start(perMessageProtocol('in-order', SERVER_LINES))
    await says('via one\nvia two\n')
    const [one, two] = transport.dials.map(dial => dial.connect()) as [FakeLink, FakeLink]
    client.fin()
    two.gives('to two\n')
    one.leave(error)
    await turns()
    // What the other said is not the answer to the first, for which the client would take it.
    expect([client.text, client.closed]).toEqual(['goodbye service-down\n', 'close'])
    two.leave()
    await turns()
    expect(log.closed).toMatchObject([{ reason: 'reply-missing' }])
  }
)

test('a server that owes nothing may go when the client has said its last, and the others are heard out', async () => {
  const { client, says, transport, log } = await start(perMessageProtocol('in-order', SERVER_LINES))
  await says('via one\nvia two\n')
  const [one, two] = transport.dials.map(dial => dial.connect()) as [FakeLink, FakeLink]
  client.fin()
  one.gives('to one\n')
  one.leave(RESET)
  await turns()
  expect([client.text, client.closed]).toEqual(['to one\n', undefined])
  two.gives('to two\n')
  await turns()
  expect([client.text, client.closed]).toEqual(['to one\nto two\n', 'close'])
  two.leave()
  await turns()
  expect(log.closed).toMatchObject([{ reason: 'client-closed' }])
})

test('a server that is lost in the middle of a message ends a client that has said its last', async () => {
  const { client, says, transport, log } = await start(perMessageProtocol('as-they-come', SERVER_FRAMES))
  await says('via one\nvia two\n')
  const [one, two] = transport.dials.map(dial => dial.connect()) as [FakeLink, FakeLink]
  client.fin()
  two.gives(framed('whole'))
  two.leave()
  await turns()
  expect(client.closed).toBe(undefined)
  one.gives(framed('123456').slice(0, 3))
  one.leave(RESET)
  await turns()
  expect([client.text, client.closed]).toEqual([`${framed('whole')}\x0612`, 'close'])
  await turns()
  expect(log.closed).toMatchObject([{ reason: 'server-reset' }])
})

/** A server's message names a session of its own. */
const ASSIGNING = `server: {
  framing: frame.lines({ max: 1000 }),
  onMessage (message, ctx) {
    ctx.pin(message.text().trim())
    return forward()
  }
},`
/** Where the LB vservers lead this session. */
const pinned = ({ table }: LocalSessionDirectory, key: string): Record<string, string> =>
  Object.fromEntries(['one', 'two', 'three'].flatMap(lb => {
    const service = table.find(lb, key)
    return service === undefined ? [] : [[lb, service]]
  }))
const PERSISTENT = { type: 'user-session' }

test('a session that a server names is pinned where the message was balanced that it answers', async () => {
  const { client, says, transport, sessions } = await start(perMessageProtocol('in-order', ASSIGNING), {}, PERSISTENT)
  await says('via one\nvia three\nhello\nvia two\n')
  const [one, two] = transport.dials.map(dial => dial.connect()) as [FakeLink, FakeLink]
  expect([one.text, two.text]).toEqual(['via one\nvia three\nhello\n', 'via two\n'])
  two.gives('D\n')
  one.gives('A\nB\nC\n')
  await turns()
  expect(client.text).toBe('A\nB\nC\nD\n')
  expect(['A', 'B', 'C', 'D'].map(key => pinned(sessions, key))).toEqual([
    { one: 's1' },
    { three: 's1' },
    { one: 's1' },
    { two: 's2' }
  ])
})

test('a session that a server names is pinned at the backup that chose it, and found there', async () => {
  const { engine, says, transport, sessions } = await start(
    perMessageProtocol('as-they-come', ASSIGNING),
    {},
    PERSISTENT
  )
  engine.setServiceHealth('s1', 'down')
  await says('hello\n')
  transport.dials[0]!.connect().gives('A\n')
  await turns()
  expect(pinned(sessions, 'A')).toEqual({ two: 's2' })
  await says('session A\n')
  expect(engine.stats().lbVservers['two']).toMatchObject({ sessionHits: 1, sessionMisses: 0 })
})
