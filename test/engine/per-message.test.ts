import { until } from '@weir/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { perMessageProtocol, silentProtocol } from '../support/per-message-protocol.ts'

const servers = async (count: number): Promise<TestServer[]> => await Promise.all(Array.from({ length: count }, async () => await TestServer.listen()))
const linesOf = (server: TestServer): string[] => server.text().split('\n').filter(line => line !== '')
const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `m${i}\n`).join('')

test('messages of one client are dealt over the services without a crossing, each in order', async () => {
  const farm = await servers(3)
  const bench = await startEngine(around(silentProtocol('none'), farm))
  const client = bench.connect()
  client.socket.write(numbered(300))
  await until(() => farm.every(server => linesOf(server).length === 100), 'each server to have a third')
  farm.forEach((server, s) => {
    expect(linesOf(server)).toEqual(Array.from({ length: 100 }, (_, i) => `m${3 * i + s}`))
  })
  const stats = bench.engine.stats()
  expect(stats.extensions['ext']!.crossings).toBe(0)
  expect(stats.services['s1']).toMatchObject({ messages: 100, connections: 1, dialled: 1 })
  expect(stats.lbVservers['lb']!.picks).toBe(300)
  expect(bench.engine.connections({ service: 's2' })).toMatchObject([{ phase: 'open', service: 's1, s2, s3', lbVserver: 'lb' }])
})

test('a session keeps its messages at one service, whatever comes between', async () => {
  const farm = await servers(3)
  const bench = await startEngine(around(perMessageProtocol('none'), farm))
  const client = bench.connect()
  client.socket.write(Array.from({ length: 60 }, (_, i) => `session ${i % 4}\nplain ${i}\n`).join(''))
  await until(() => farm.flatMap(linesOf).length === 120, 'all messages to arrive')
  for (const key of ['0', '1', '2', '3']) expect(farm.filter(server => linesOf(server).includes(`session ${key}`))).toHaveLength(1)
  expect(bench.engine.stats().lbVservers['lb']).toMatchObject({ sessionMisses: 4, sessionHits: 56 })
  expect(bench.engine.connections({ session: '2' })).toHaveLength(1)
})

const SERVER = 'server: { framing: frame.lines({ max: 1_000_000 }) },'

test('replies come in the order of the requests, across a fast and a slow server', async () => {
  const slow: (() => void)[] = []
  const farm = [
    await TestServer.listen((chunk, socket) => {
      slow.push(() => { socket.write(chunk.toString().replaceAll('m', 'slow ')) })
      return undefined
    }),
    await TestServer.listen(chunk => chunk.toString().replaceAll('m', 'fast '))
  ]
  const bench = await startEngine(around(silentProtocol('in-order', SERVER), farm))
  const client = bench.connect()
  client.socket.write(numbered(6))
  await until(() => slow.length > 0 && farm[1]!.received[0]?.length === 9, 'both servers to have their messages')
  expect(client.text).toBe('')
  while (farm[0]!.text().length < 9) await new Promise(resolve => { setImmediate(resolve) })
  for (const answer of slow) answer()
  await client.gets('fast 5\n')
  expect(client.text).toBe('slow 0\nfast 1\nslow 2\nfast 3\nslow 4\nfast 5\n')
  expect(bench.engine.stats().extensions['ext']!.crossings).toBe(0)
})

test('what the extension answers itself has its turn, and requests without a reply have none', async () => {
  const answers: (() => void)[] = []
  const server = await TestServer.listen((chunk, socket) => {
    for (const line of chunk.toString().split('\n')) {
      if (line === '' || line.startsWith('silent')) continue
      for (let n = line.startsWith('twice') ? 2 : 1; n > 0; n--) answers.push(() => { socket.write(`re ${line}\n`) })
    }
    return undefined
  })
  const bench = await startEngine(around(perMessageProtocol('in-order', SERVER), [server]))
  const client = bench.connect()
  client.socket.write('a\nown 1\nsilent\ntwice\nown 2\nown 3\nb\n')
  await until(() => answers.length === 4, 'the server to have the requests')
  expect(client.text).toBe('')
  for (const answer of answers) answer()
  await client.gets('re b\n')
  expect(client.text).toBe('re a\nown 1\nre twice\nre twice\nown 2\nown 3\nre b\n')
})
