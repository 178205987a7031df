// Links to servers that clients share: `serverLinks: 'shared'`.
import { until } from '@weirlb/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { echoing, holding, SHARING, sharedVserver, startSharing } from '../support/sharing-bench.ts'

test('clients share one link, and each gets its replies in its order', async () => {
  const servers = [await echoing(), await echoing()]
  const bench = await startSharing(servers)
  const clients = Array.from({ length: 20 }, () => bench.connect())
  const sent = clients.map((_, n) => Array.from({ length: 50 }, (_, i) => `GET k${i % 9} c${n} m${i}\n`).join(''))
  for (const [n, client] of clients.entries()) client.socket.write(sent[n]!)
  for (const [n, client] of clients.entries()) {
    await until(() => client.received.length >= sent[n]!.length, 'every reply')
    expect(client.text).toBe(sent[n])
  }
  expect(servers.map(({ sockets }) => sockets.length)).toEqual([1, 1])
  const { services } = bench.engine.stats()
  expect([services['s1']!.dialled, services['s2']!.dialled]).toEqual([1, 1])
  expect(services['s1']!.messages + services['s2']!.messages).toBe(1000)
  for (const client of clients) client.socket.destroy()
  await until(() => bench.log.closed.length === 20, 'the clients to be gone')
  expect(bench.engine.stats().services['s1']!.connections).toBe(0)
  const next = bench.connect()
  next.socket.write('GET k1 next\n')
  await next.gets('next\n')
  expect(servers.map(({ sockets }) => sockets.length), 'the same link serves who comes later').toEqual([1, 1])
})

test('a message that may leave something behind goes over a link of its own, in its order', async () => {
  const { server, lines, of, answer } = await holding()
  const bench = await startSharing([server])
  const [client, other] = [bench.connect(), bench.connect()]
  other.socket.write('GET k other\n')
  await until(() => lines.length === 1, 'the other one')
  client.socket.write('GET k 1\nGET k 2\nSET k 3\nGET k 4\n')
  await until(() => lines.length === 3, 'what is shared')
  await until(() => server.sockets.length === 2, 'its own link')
  expect(lines, 'the rest waits for the replies over the shared link').toEqual(['GET k other', 'GET k 1', 'GET k 2'])
  answer()
  await until(() => lines.length === 5, 'the rest')
  answer()
  await client.gets('to GET k 4\n')
  expect(client.text).toBe('to GET k 1\nto GET k 2\nto SET k 3\nto GET k 4\n')
  expect(of).toEqual([0, 0, 0, 1, 1])
  client.socket.write('GET k 5\n')
  other.socket.write('GET k other 2\n')
  await until(() => lines.length === 7, 'later ones')
  expect([of[lines.indexOf('GET k 5')], of[lines.indexOf('GET k other 2')]]).toEqual([1, 0])
})

test('a link that has state of the client ends with it, and the shared one goes on', async () => {
  const { server, lines, answer } = await holding()
  const bench = await startSharing([server])
  const [client, other] = [bench.connect(), bench.connect()]
  for (const each of [client, other]) each.socket.write('GET k 1\n')
  await until(() => lines.length === 2, 'both')
  answer()
  await client.gets('to GET k 1\n')
  client.socket.write('STATE k\n')
  await until(() => lines.length === 3, 'its state')
  answer()
  await client.gets('to STATE k\n')
  server.sockets[1]!.destroy()
  await client.closes()
  other.socket.write('GET k 2\n')
  await until(() => lines.length === 4, 'the other one')
  answer()
  await other.gets('to GET k 2\n')
})

test('a client that stops within a message delays nobody', async () => {
  const { server, lines, answer } = await holding()
  const bench = await startSharing([server])
  const [client, other] = [bench.connect(), bench.connect()]
  client.socket.write('GET k whole\nGET k ha')
  await until(() => lines.length === 1, 'what is whole')
  other.socket.write('GET k other\n')
  await until(() => lines.length === 2, 'the other one')
  answer()
  await client.gets('to GET k whole\n')
  await other.gets('to GET k other\n')
  client.socket.write('lf\n')
  await until(() => lines.length === 3, 'the rest')
  expect(lines[2]).toBe('GET k half')
  answer()
  await client.gets('to GET k half\n')
  client.socket.write('GET k never the e')
  client.socket.destroy()
  other.socket.write('GET k 2\n')
  await until(() => lines.length === 4, 'no part of a message')
  expect(lines[3]).toBe('GET k 2')
})

test('a long message goes over a link of its own', async () => {
  const server = await echoing()
  const bench = await startSharing([server])
  const [client, other] = [bench.connect(), bench.connect()]
  const long = `GET k ${'x'.repeat(100_000)}\n`
  client.socket.write(`GET k 1\n${long}GET k 2\n`)
  await client.gets('GET k 2\n')
  expect(client.text).toBe(`GET k 1\n${long}GET k 2\n`)
  other.socket.write('GET k other\n')
  await other.gets('other\n')
  expect(server.sockets.length).toBe(2)
})

test('replies to a client that is gone are discarded, and the next one gets its own', async () => {
  const { server, lines, answer } = await holding()
  const bench = await startSharing([server])
  const [gone, client] = [bench.connect(), bench.connect()]
  gone.socket.write('GET k 1\nGET k 2\n')
  await until(() => lines.length === 2, 'its messages')
  gone.socket.resetAndDestroy()
  await bench.log.ends(1)
  client.socket.write('GET k mine\n')
  await until(() => lines.length === 3, 'those of the next one')
  answer()
  await client.gets('\n')
  expect(client.text).toBe('to GET k mine\n')
  expect(server.sockets.length).toBe(1)
})

test('a link that is lost ends those whom it owes a reply, and the others get another link', async () => {
  const { server, lines, answer } = await holding()
  const bench = await startSharing([server])
  const [owed, idle] = [bench.connect(), bench.connect()]
  idle.socket.write('GET k idle\n')
  await until(() => lines.length === 1, 'its message')
  answer()
  await idle.gets('\n')
  owed.socket.write('GET k owed\n')
  await until(() => lines.length === 2, 'the other message')
  server.sockets[0]!.destroy()
  await owed.closes()
  expect(owed.text).toBe('goodbye service-down\n')
  expect((await bench.log.ends())[0]).toMatchObject({ reason: 'reply-missing' })
  idle.socket.write('GET k again\n')
  await until(() => lines.length === 3, 'the next link')
  answer(1)
  answer()
  await idle.gets('to GET k again\n')
  expect(server.sockets.length).toBe(2)
})

test.each([
  ['an unasked message', 'unasked\n'],
  ['more than one reply', 'one\ntwo\n']
])('a server that sends %s loses the link', async (_, said) => {
  const { server, lines } = await holding()
  const bench = await startSharing([server])
  const client = bench.connect()
  client.socket.write('GET k 1\n')
  await until(() => lines.length === 1, 'the message')
  if (said.startsWith('unasked')) {
    server.sockets[0]!.write('to it\n')
    await client.gets('to it\n')
  }
  server.sockets[0]!.write(said)
  await until(() => server.sockets[0]!.destroyed, 'the link to be closed')
  expect(client.text).toBe(said.startsWith('unasked') ? 'to it\n' : 'one\n')
  expect(client.closed).toBe(false)
  client.socket.write('GET k 2\n')
  await until(() => lines.length === 2, 'another link')
})

test('a client that leaves its replies unread ends, and nobody waits for it', async () => {
  const server = await TestServer.listen(chunk => Buffer.from(
    String(chunk).split('\n').slice(0, -1).map(line => `${'r'.repeat(line.endsWith('big') ? 50_000 : 1)}\n`).join('')
  ))
  const bench = await startSharing([server], { limits: { bufferedBytes: 65_536 } })
  const [slow, other] = [bench.connect(), bench.connect()]
  slow.socket.pause()
  for (let n = 0; n < 400; n++) slow.socket.write('GET k big\n')
  const ends = await bench.log.ends()
  expect(ends[0]).toMatchObject({ reason: 'reply-missing' })
  expect(String(ends[0]!['detail'])).toContain('more than 1048576 bytes of replies wait for this client')
  other.socket.write('GET k\n')
  await other.gets('r\n')
  expect(server.sockets.length).toBe(1)
})

test('only clients that greet alike share a link', async () => {
  const { server, lines, of, answer } = await holding()
  const bench = await startSharing([server])
  const clients = Array.from({ length: 4 }, () => bench.connect())
  const settle = async (count: number): Promise<void> => {
    await until(() => { answer(); return lines.length >= count }, `${count} lines`)
    answer()
  }
  for (const [n, client] of clients.entries()) {
    client.socket.write(`GREET ${n % 2}\nGET k ${n}\n`)
    // The message behind the greeting enters the sandbox too, and is shared all the same.
    await settle(lines.length + (n < 2 ? 2 : 1))
    await client.gets(`to GET k ${n}\n`)
    expect(client.text).toBe(`own GREET\nto GET k ${n}\n`)
  }
  expect(lines).toEqual(['hello 0', 'GET k 0', 'hello 1', 'GET k 1', 'GET k 2', 'GET k 3'])
  expect(of).toEqual([0, 0, 1, 1, 0, 1])
  // Who greets otherwise from then on has a link of its own, which has got both.
  clients[0]!.socket.write('GREET 7\nGET k 8\n')
  await settle(9)
  await clients[0]!.gets('to GET k 8\n')
  expect(lines.slice(6)).toEqual(['hello 0', 'hello 7', 'GET k 8'])
  expect(clients[0]!.text).toBe('own GREET\nto GET k 0\nown GREET\nto GET k 8\n')
})

test('a link without clients is closed when it was idle, and at once when its service goes away', async () => {
  const server = await echoing()
  const bench = await startSharing([server], { limits: { serverIdleTimeoutSeconds: 0.05 } })
  const client = bench.connect()
  client.socket.write('GET k 1\n')
  await client.gets('1\n')
  client.socket.destroy()
  await until(() => server.sockets[0]!.destroyed, 'the idle link to be closed')
  await bench.apply(sharedVserver({ serverIdleTimeoutSeconds: 0 }))
  const second = bench.connect()
  second.socket.write('GET k 2\n')
  await second.gets('2\n')
  second.socket.destroy()
  await bench.log.ends(2)
  expect(server.sockets[1]!.destroyed).toBe(false)
  await bench.apply({ services: [{ name: 's1', address: '127.0.0.1', port: (await echoing()).port }] })
  await until(() => server.sockets[1]!.destroyed, 'the link to be closed with its service')
})

test('a server that cannot be reached, or does not answer the greeting, is an error of each client', async () => {
  const bench = await startSharing([{ port: await freePort() }])
  const clients = [bench.connect(), bench.connect()]
  for (const client of clients) client.socket.write('GET k\n')
  for (const client of clients) {
    await client.closes()
    expect(client.text).toMatch(/^goodbye (dial-failed|no-service)\n$/)
  }
  const silent = await TestServer.listen((_, socket) => { socket.end(); return undefined })
  const other = await startSharing([silent])
  const client = other.connect()
  client.socket.write('GREET 1\nGET k\n')
  await client.closes()
  expect(client.text).toMatch(/^own GREET\ngoodbye (dial-failed|no-service)\n$/)
})

test('a client that needs its own link no longer goes back to the shared one', async () => {
  const server = await echoing()
  const bench = await startSharing([server], { limits: { serverIdleTimeoutSeconds: 0.3 } })
  const [client, other] = [bench.connect(), bench.connect()]
  other.socket.write('GET k other\n')
  await other.gets('other\n')
  client.socket.write('SET k 1\n')
  await client.gets('SET k 1\n')
  expect(server.sockets.length).toBe(2)
  let n = 0
  // Never idle for long, on either link.
  await until(async () => {
    n++
    for (const each of [client, other]) each.socket.write(`GET k ${n}\n`)
    await client.gets(`GET k ${n}\n`)
    await other.gets(`GET k ${n}\n`)
    return server.sockets[1]!.destroyed
  }, 'its own link to be closed')
  expect(server.sockets.length).toBe(2)
  expect(client.text).toBe(`SET k 1\n${Array.from({ length: n }, (_, i) => `GET k ${i + 1}\n`).join('')}`)
  client.socket.write('GET k over\n')
  await client.gets('over\n')
  expect(server.text(0)).toContain('GET k over\n')
})

test('a server that is told of each client has a link for each', async () => {
  const server = await TestServer.listen(() => 'reply\n')
  const bench = await startEngine(around(SHARING, [server], {
    services: [{ name: 's1', address: '127.0.0.1', port: server.port, proxyProtocol: 'v1' }],
    lbVservers: [{ name: 'lb', method: 'token', services: [{ name: 's1' }] }],
    ...sharedVserver()
  }))
  for (const client of [bench.connect(), bench.connect()]) {
    client.socket.write('GET k\n')
    await client.gets('reply\n')
  }
  expect(server.sockets.length).toBe(2)
  for (const i of [0, 1]) expect(server.text(i)).toMatch(/^PROXY TCP4 127\.0\.0\.1 /)
})

const handler = "framing: frame.lines({ max: 1000000 }), onMessage: () => forward() }"

test.each([
  ['no client.keys', SHARING.replace(/ {4}keys:.*\n/, '')],
  [
    "replies: 'as-they-come', and not 'in-order'",
    SHARING.replace("replies: 'in-order'", "replies: 'as-they-come'").replace(/ctx\.prelude[^\n]*/, '')
  ],
  ['server.onMessage without server.unasked', SHARING.replace('framing: frame.lines({ max: 1000000 }) },\n  goodbye', `${handler},\n  goodbye`)]
])('an extension that declares %s is refused, and nothing is applied', async (why, source) => {
  const server = await echoing()
  await expect(startSharing([server], { source })).rejects.toMatchObject({
    code: 'config-invalid',
    message: `userVservers[0].serverLinks: expected 'own', got 'shared': extension 'ext' declares ${why}`
  })
  await startSharing([server], { source, serverLinks: 'own' })
})

describe('any mix of messages', () => {
  test('each client gets what it asked for, in its order, however its bytes are cut', async () => {
    const servers = [await echoing(), await echoing(), await echoing()]
    const bench = await startSharing(servers, { limits: { bufferedBytes: 16 * 1024 * 1024 } })
    const line = fc.tuple(
      fc.oneof({ weight: 20, arbitrary: fc.constant('GET') }, { weight: 1, arbitrary: fc.constant('SET') }),
      fc.integer({ min: 0, max: 12 }),
      fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 60 }) },
        { weight: 2, arbitrary: fc.integer({ min: 900, max: 5000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 65_500, max: 66_000 }) }
      )
    ).map(([word, key, size]) => `${word} k${key} ${'v'.repeat(size)}`)
    const client = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 60 }),
      cuts: fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 8 })
    })
    await fc.assert(
      fc.asyncProperty(fc.array(client, { minLength: 1, maxLength: 6 }), async clients => {
        const seen = await Promise.all(clients.map(async ({ lines, cuts }, n) => {
          const sent = lines.map((text, i) => `${text} ${n}.${i}\n`).join('')
          const one = bench.connect()
          await one.writeSplit(Buffer.from(sent), cuts)
          await until(
            () =>
              one.received.length >= sent.length ||
              (one.closed && Promise.reject(new Error(`closed after ${one.received.length} of ${sent.length} bytes`))),
            'every reply'
          )
          const same = one.text === sent
          one.socket.destroy()
          return same
        }))
        expect(seen.every(Boolean)).toBe(true)
      }),
      { numRuns: 40, endOnFailure: true }
    )
  })
})
