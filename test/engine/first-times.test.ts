// The times of a connection's beginning, as the histograms count them.
import { once } from 'node:events'
import { countsOf, statFields, sumOf, type EngineStats, type Histogram } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { FakeTransport, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'

const LONG_MS = 30

const start = async (source: string, services = 1) => {
  const transport = new FakeTransport()
  const bench = await startEngine(around(source, Array.from({ length: services }, (_, i) => ({ port: i + 1 }))), {
    transport
  })
  const client = transport.connect(bench.port())
  const dialOf = (number: number): FakeTransport['dials'][number] => transport.dials[number]!
  const dialled = (count: number): Promise<unknown> => until(() => transport.dials.length === count, `dial ${count}`)
  return { ...bench, transport, client, dialOf, dialled }
}

/** Let a while pass that each measured time shows. */
const pass = async (): Promise<void> => {
  const end = performance.now() + LONG_MS
  await until(() => performance.now() >= end, 'the while')
}

/** Number of times and the sum, of all entities of a collection. */
const timesOf = (
  stats: EngineStats,
  collection: 'userVservers' | 'services' | 'extensions',
  field: string
): { count: number, sum: number } => {
  const all = Object.values(stats[collection] as Record<string, object>).map(entity =>
    (entity as Record<string, Histogram>)[field]!
  )
  return {
    count: all.flatMap(countsOf).reduce((sum, count) => sum + count, 0),
    sum: all.map(sumOf).reduce((total, sum) => total + sum, 0)
  }
}
const shown = (stats: EngineStats): Record<string, { count: number, sum: number }> => ({
  firstMessage: timesOf(stats, 'userVservers', 'firstMessageMs'), connect: timesOf(stats, 'userVservers', 'connectMs'),
  dial: timesOf(stats, 'services', 'dialMs'), firstReply: timesOf(stats, 'services', 'firstReplyMs')
})
const numbers = (stats: EngineStats): number[] => Object.values(shown(stats)).map(({ count }) => count)

test.each([
  ['tunnelled', lineProtocol(), 'tunnel k\n'],
  ['unjudged', lineProtocol(), 'hello k\n'],
  [
    'both sides judged',
    lineProtocol('server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },'),
    'hello k\n'
  ],
  [
    'message by message',
    perMessageProtocol('in-order', 'server: { framing: frame.lines({ max: 1000 }) },'),
    'token k\n'
  ]
])('%s: each time is counted once, from its begin to its end', async (_, source, first) => {
  const begun = performance.now()
  const { engine, client, dialOf, dialled } = await start(source)
  await pass()
  client.gives(first)
  await dialled(1)
  await pass()
  const link = dialOf(0).connect()
  await turns()
  expect(numbers(engine.stats())).toEqual([1, 1, 1, 0])
  await pass()
  link.gives('welcome\n')
  await until(() => client.text === 'welcome\n', 'the reply')
  const all = performance.now() - begun
  for (let i = 0; i < 3; i++) {
    client.gives('more\n')
    link.gives('more\n')
    await turns()
  }
  const stats = shown(engine.stats())
  expect(numbers(engine.stats())).toEqual([1, 1, 1, 1])
  for (const [name, least] of [['firstMessage', 1], ['connect', 2], ['dial', 1], ['firstReply', 1]] as const) {
    expect([name, stats[name]!.sum >= least * LONG_MS, stats[name]!.sum < all]).toEqual([name, true, true])
  }
  expect(stats['connect']!.sum).toBeGreaterThanOrEqual(stats['firstMessage']!.sum + stats['dial']!.sum)
})

test('what precedes a message, as a PROXY header, is a part of its time', async () => {
  const proxyProtocol = { from: ['127.0.0.1'] }
  const bench = await startEngine(
    around(lineProtocol(), [await TestServer.listen()], {
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', proxyProtocol }]
    })
  )
  const { socket } = bench.connect()
  await once(socket, 'connect')
  socket.write('PROXY ')
  await pass()
  socket.write('TCP4 192.0.2.1 198.51.100.2 12345 1883\r\nhello k\n')
  await until(() => numbers(bench.engine.stats())[2] === 1, 'the dial')
  const { firstMessage, connect, dial } = shown(bench.engine.stats())
  // The server has the header a little later than it was written.
  expect(firstMessage!.sum).toBeGreaterThan(LONG_MS / 2)
  expect(connect!.sum).toBeGreaterThanOrEqual(firstMessage!.sum + dial!.sum)
})

test('a failed dial is none, and the time until a server is connected includes it', async () => {
  const { engine, client, dialOf, dialled } = await start(lineProtocol(), 2)
  client.gives('hello k\n')
  await dialled(1)
  await pass()
  dialOf(0).fail()
  await dialled(2)
  expect(numbers(engine.stats())).toEqual([1, 0, 0, 0])
  dialOf(1).connect()
  await turns()
  expect(numbers(engine.stats())).toEqual([1, 1, 1, 0])
  const { connect, dial } = shown(engine.stats())
  expect(connect!.sum - dial!.sum).toBeGreaterThanOrEqual(LONG_MS)
})

test('a message that is sent again has two dials, and one of all other times', async () => {
  const { engine, client, dialOf, dialled } = await start(lineProtocol("resend: 'first-message',"), 2)
  client.gives('hello k\n')
  await dialled(1)
  dialOf(0).connect().leave()
  await dialled(2)
  const link = dialOf(1).connect()
  await turns()
  expect(numbers(engine.stats())).toEqual([1, 1, 2, 0])
  link.gives('welcome\n')
  await turns()
  expect(numbers(engine.stats())).toEqual([1, 1, 2, 1])
})

test('a client that sends no message, and one whose server says nothing, have no later times', async () => {
  const { engine, client, transport, port, dialOf, dialled } = await start(lineProtocol())
  client.gives('drop it\n')
  await turns()
  client.leave()
  const other = transport.connect(port())
  other.gives('hello k\n')
  await dialled(1)
  dialOf(0).connect().leave()
  await until(() => engine.connections({}).length === 0, 'the end')
  expect(numbers(engine.stats())).toEqual([1, 1, 1, 0])
})

test('links of one client are counted each', async () => {
  const { engine, client, dialOf, dialled } = await start(
    perMessageProtocol('in-order', 'server: { framing: frame.lines({ max: 1000 }) },'),
    3
  )
  client.gives('one\ntwo\nthree\n')
  await dialled(3)
  const links = [0, 1, 2].map(number => dialOf(number).connect())
  await turns()
  for (const link of links) link.gives('reply\n')
  await turns()
  expect(numbers(engine.stats())).toEqual([1, 1, 3, 3])
})

test('one crossing in 64 is timed', async () => {
  const { engine, client } = await start(lineProtocol())
  for (let i = 0; i < 130; i++) {
    client.gives('drop it\n')
    await until(() => engine.stats().extensions['ext']!.dropped === i + 1, 'the verdict')
  }
  expect(engine.stats().extensions['ext']!.crossings).toBe(130)
  const { count, sum } = timesOf(engine.stats(), 'extensions', 'crossingMs')
  expect(count).toBe(3)
  expect(sum).toBeGreaterThan(0)
})

test('statistics that were taken stay as they are', async () => {
  const { engine, client, dialled } = await start(lineProtocol())
  const before = engine.stats()
  client.gives('hello k\n')
  await dialled(1)
  expect([numbers(before), numbers(engine.stats())]).toEqual([[0, 0, 0, 0], [1, 0, 0, 0]])
  expect(countsOf(before.userVservers['v']!.firstMessageMs)).toHaveLength(
    statFields.userVservers.firstMessageMs.bounds.length + 1
  )
})
