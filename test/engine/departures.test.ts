import type { DepartureQuery } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine, TestServer, type TestClient } from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'
import { perMessageProtocol, SERVER_LINES as REPLY_LINES } from '../support/per-message-protocol.ts'

const ask = (more: Partial<DepartureQuery> = {}): DepartureQuery => ({
  service: 's1',
  count: 1,
  order: 'oldest-first',
  reason: 'draining',
  force: false,
  ...more
})

/** A protocol whose goodbyes are words, clients of two servers by turns, and one of one of them. */
const startLines = async (verb: 'hello' | 'tunnel', clients: number) => {
  const servers = [await TestServer.listen(chunk => chunk), await TestServer.listen(chunk => chunk)]
  const bench = await startEngine(around(lineProtocol(SERVER_LINES), servers))
  const all: TestClient[] = []
  for (let i = 0; i < clients; i++) {
    const client = bench.connect()
    client.socket.write(`${verb} ${i}\n`)
    await client.gets(`${verb} ${i}\n`)
    all.push(client)
  }
  const at = (service: string): TestClient[] => {
    const ports = new Set(bench.engine.connections({ service }).map(({ client }) => Number(client.split(':')[1])))
    return all.filter(({ socket }) => ports.has(socket.localPort!))
  }
  return { bench, servers, all, at }
}

test('each client of a service is told once, and none of another', async () => {
  const { bench, at } = await startLines('hello', 9)
  const mine = at('s1')
  const others = at('s2')
  expect(mine).toHaveLength(5)
  expect(bench.engine.depart(ask({ count: 2 }))).toMatchObject({ told: 2, more: true })
  expect(bench.engine.depart(ask({ count: 2 }))).toMatchObject({ told: 2, more: true })
  expect(bench.engine.depart(ask({ count: 100 }))).toMatchObject({ told: 1, more: false })
  expect(bench.engine.depart(ask({ count: 100 }))).toMatchObject({ told: 0, more: false })
  for (const client of mine) await client.closes()
  for (const client of mine) expect(client.text.match(/goodbye draining/g)).toHaveLength(1)
  expect(others.map(({ closed, text }) => closed || text.includes('goodbye'))).toEqual(others.map(() => false))
  expect((await bench.log.ends(5)).map(({ reason, detail, service }) => `${reason} ${detail} ${service}`)).toEqual(
    mine.map(() => 'draining s1 s1')
  )
  expect(bench.engine.depart(ask())).toEqual({ told: 0, present: 0, more: false })
  expect(bench.engine.depart(ask({ service: 'gone' }))).toEqual({ told: 0, present: 0, more: false })
  expect(bench.engine.stats().services['s1']).toMatchObject({ told: 5, connections: 0 })
})

test('a clock that is set changes no duration, and no age of a client', async () => {
  const realNow = Date.now
  const { bench, all: [client] } = await startLines('hello', 1)
  const before = bench.engine.connections({})[0]!
  try {
    Date.now = () => realNow() + 3_600_000
    const later = bench.engine.connections({})[0]!
    // The time of day is the clock's, and stays the same while that does.
    expect(later.since - before.since - 3_600_000).toBeGreaterThan(-100)
    expect(bench.engine.connections({})[0]!.since).toBe(later.since)
    expect(later.idleSeconds).toBeLessThan(3600)
    Date.now = () => realNow() - 3_600_000
    client!.socket.end()
    const [end] = await bench.log.ends()
    expect(end!['durationMs']).toBeGreaterThanOrEqual(0)
    expect(end!['durationMs']).toBeLessThan(3_600_000)
  } finally { Date.now = realNow }
})

test('clients go in the asked order: by age, by silence, or by chance', async () => {
  const { bench, at } = await startLines('hello', 8)
  const [first, second, third, fourth] = at('s1') as [TestClient, TestClient, TestClient, TestClient]
  await until(() => bench.engine.connections({}).every(({ idleSeconds }) => idleSeconds >= 2), 'a silence that is seen')
  for (const client of [first, third, fourth]) {
    client.socket.write('still here\n')
    await client.gets('still here\n')
  }
  bench.engine.depart(ask({ order: 'idle-first' }))
  await second.closes()
  bench.engine.depart(ask({ order: 'oldest-first' }))
  await first.closes()
  expect([third.closed, fourth.closed]).toEqual([false, false])
  bench.engine.depart(ask({ order: 'random', count: 2 }))
  await third.closes()
  await fourth.closes()
})

test.each(['hello', 'tunnel'] as const)('messages under way arrive whole on both sides before a client is closed (%s)', async verb => {
  const { bench, servers, at } = await startLines(verb, 1)
  const [client] = at('s1') as [TestClient]
  const [socket] = servers[0]!.sockets
  // The head of a line has been forwarded where nothing is inspected; else it waits here.
  client.socket.write('half of a ')
  if (verb === 'tunnel') await until(() => servers[0]!.text().includes('half of a '), 'the half to be forwarded')
  expect(bench.engine.depart(ask())).toMatchObject({ told: 1, present: 1 })
  if (verb === 'tunnel') {
    expect(bench.engine.depart(ask())).toMatchObject({ told: 0, present: 1 })
    client.socket.write('message\nand of the next')
    await until(() => servers[0]!.text().endsWith('half of a message\n'), 'the whole message')
  }
  await client.closes()
  expect(client.text).toMatch(/goodbye draining after \d answered\n$/)
  expect(servers[0]!.text()).not.toContain('next')
  expect(socket!.destroyed || servers[0]!.ended[0]).toBeTruthy()
})

test('without a goodbye, the message of the server is sent to its end', async () => {
  const server = await TestServer.listen()
  const source = lineProtocol(SERVER_LINES).replace(/goodbye: .*/, 'goodbye: () => undefined,')
  const bench = await startEngine(around(source, [server]))
  const client = bench.connect()
  client.socket.write('tunnel x\n')
  await until(() => server.sockets.length === 1, 'the server')
  server.sockets[0]!.write('half of ')
  await client.gets('half of ')
  const other = bench.connect()
  other.socket.write('tunnel y\n')
  await until(() => server.sockets.length === 2, 'the other client')
  expect(bench.engine.depart(ask({ count: 2 }))).toMatchObject({ told: 2 })
  // The one whose server is between two messages goes first.
  await other.closes()
  expect(client.closed).toBe(false)
  server.sockets[0]!.write('a message\nnever sent')
  await client.closes()
  expect(client.text).toBe('half of a message\n')
})

test('a link of a client whose messages have servers of their own is closed between two requests', async () => {
  const servers = [await TestServer.listen(), await TestServer.listen()]
  const bench = await startEngine(around(perMessageProtocol('in-order', REPLY_LINES), servers))
  const client = bench.connect()
  client.socket.write('one\n')
  await until(() => servers[0]!.text() === 'one\n', 'the request')
  // It owes a reply.
  expect(bench.engine.depart(ask())).toMatchObject({ told: 0, present: 1, more: false })
  servers[0]!.sockets[0]!.write('reply to one\n')
  await client.gets('reply to one\n')
  expect(bench.engine.depart(ask())).toMatchObject({ told: 1 })
  await until(() => servers[0]!.ended[0] === true, 'the link to be closed')
  expect(client.closed).toBe(false)
  client.socket.write('two\n')
  await until(() => servers[1]!.text() === 'two\n', 'the next request')
  expect(bench.engine.depart(ask({ service: 's2', force: true }))).toMatchObject({ told: 1 })
  await client.closes()
})

test('clients of a service that is about to be disabled come back to it by their session, and no others', async () => {
  const { bench, servers, at } = await startLines('hello', 4)
  const services = servers.map(({ port }, i) => ({ name: `s${i + 1}`, address: '127.0.0.1', port }))
  const pinned = at('s1').map(({ text }) => text)
  await bench.apply({ services: [{ ...services[0]!, state: 'sessions-only' }, services[1]!] })
  expect(at('s1').map(({ closed }) => closed)).toEqual([false, false])
  const come = async (line: string): Promise<string> => {
    const client = bench.connect()
    client.socket.write(line)
    await client.gets(line)
    return bench.engine.connections({}).find(({ client: at }) => at.endsWith(`:${client.socket.localPort}`))!.service!
  }
  expect([await come(pinned[0]!), await come('hello new\n'), await come('hello newer\n')]).toEqual(['s1', 's2', 's2'])
  // Also where no other service takes clients.
  await bench.apply({ services: [{ ...services[0]!, state: 'sessions-only' }, { ...services[1]!, state: 'draining' }] })
  expect(await come(pinned[1]!)).toBe('s1')
  const stranger = bench.connect()
  stranger.socket.write('hello newest\n')
  await stranger.closes()
  expect(stranger.text).toContain('goodbye no-service')
  // Its client does not hold the place of others.
  expect(bench.engine.stats().services['s1']).toMatchObject({ connections: 4 })
  await bench.apply({ services: [{ ...services[0]!, state: 'disabled' }, services[1]!] })
  expect(await come(pinned[1]!)).toBe('s2')
})

test('clients go past services that have too many, pinned ones too, as long as there is another', async () => {
  const { bench, at } = await startLines('hello', 4)
  const [pinned] = at('s1').map(({ text }) => text)
  const come = async (line: string): Promise<string> => {
    const client = bench.connect()
    client.socket.write(line)
    await client.gets(line)
    return bench.engine.connections({}).find(({ client: at }) => at.endsWith(`:${client.socket.localPort}`))!.service!
  }
  bench.engine.steerFrom('lb', ['s1'])
  expect([await come('hello a\n'), await come('hello b\n'), await come(pinned!)]).toEqual(['s2', 's2', 's2'])
  bench.engine.steerFrom('lb', ['s1', 's2'])
  expect([await come('hello c\n'), await come('hello d\n'), await come('hello a\n')].sort()).toEqual(['s1', 's2', 's2'])
  bench.engine.steerFrom('lb', [])
  bench.engine.steerFrom('nobody', ['s1'])
  expect(new Set([await come('hello e\n'), await come('hello f\n'), await come('hello g\n')])).toEqual(
    new Set(['s1', 's2'])
  )
})

test('with a rate, a service that goes down keeps its clients until they are told', async () => {
  const servers = [await TestServer.listen(chunk => chunk)]
  const bench = await startEngine(
    around(lineProtocol(SERVER_LINES), servers, {
      lbVservers: [{ name: 'lb', onDown: 'close', onDownRatePerSecond: 1, services: [{ name: 's1' }] }]
    })
  )
  const clients = [bench.connect(), bench.connect()]
  for (const client of clients) {
    client.socket.write('hello x\n')
    await client.gets('hello x\n')
  }
  bench.engine.setServiceHealth('s1', 'down')
  expect(bench.engine.depart(ask({ lbVserver: 'another', reason: 'service-down' }))).toMatchObject({
    told: 0,
    present: 2,
    more: false
  })
  expect(bench.engine.depart(ask({ lbVserver: 'lb', reason: 'service-down' }))).toMatchObject({ told: 1, present: 2 })
  await clients[0]!.closes()
  expect(clients.map(({ text }) => text.includes('goodbye service-down'))).toEqual([true, false])
})

test('a stop tells clients one after the other, and waits for the first answer to one that has only just come', async () => {
  const { bench, all } = await startLines('hello', 40)
  const slow = await TestServer.listen()
  await bench.apply({ services: [{ name: 's1', address: '127.0.0.1', port: slow.port }, { name: 's2', address: '127.0.0.1', port: slow.port }] })
  for (const client of all) await client.closes()
  const clients = Array.from({ length: 40 }, () => bench.connect())
  for (const client of clients) client.socket.write('hello x\n')
  await until(() => slow.sockets.length === 40, 'the servers')
  for (const socket of slow.sockets.slice(0, 39)) socket.write('hello\n')
  for (const client of clients)
    await Promise.race([
      client.gets('hello\n'),
      until(() => clients.filter(({ text }) => text === 'hello\n').length === 39, 'all answers but one')
    ])
  const begun = performance.now()
  const times: number[] = []
  for (const client of clients) client.socket.on('close', () => { times.push(performance.now() - begun) })
  const end = bench.engine.stop(10_000)
  await until(() => times.length > 0, 'the first to be told')
  slow.sockets[39]!.write('late\n')
  await end
  await until(() => times.length === 40, 'all to be told')
  expect(Math.max(...times)).toBeGreaterThan(200)
  for (const { text } of clients) expect(text).toMatch(/^(hello|late)\ngoodbye shutdown after 1 answered\n$/)
})
