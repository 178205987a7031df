// Clients that share links, with servers and clients that are slow, stuck, or go.
import type { Socket } from 'node:net'
import { until } from '@weirlb/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EngineBench, TestServer } from '../support/engine-bench.ts'
import { echoing, holding, SHARING, startSharing } from '../support/sharing-bench.ts'

const KINDS = ['shared', 'own'] as const
const MANY_BYTES = 64 * 1024 * 1024
const statsOf = ({ engine }: EngineBench, service = 's1') => engine.stats().services[service]!
/** Nothing more goes to the server: what is on the way fills its socket. */
const standsStill = async (bench: EngineBench): Promise<void> => {
  let before = -1
  let same = 0
  await until(() => {
    const now = statsOf(bench).bytesIn
    same = now === before ? same + 1 : 0
    before = now
    return same > 40
  }, 'the link to be full')
}

// With a link of its own it is not read while its client reads nothing.
test('replies that wait for a slow client keep their bytes', async () => {
  const server = await TestServer.listen(chunk =>
    String(chunk).split('\n').slice(0, -1).map(line => `${line.slice(6).repeat(10_000)}\n`).join('')
  )
  const bench = await startSharing([server], { limits: { bufferedBytes: MANY_BYTES } })
  const [slow, other] = [bench.connect(), bench.connect()]
  slow.socket.pause()
  for (let i = 0; i < 200; i++) slow.socket.write('GET k mine.\n')
  await until(() => statsOf(bench).bytesOut >= 200 * 50_001, 'its replies')
  for (let i = 0; i < 20; i++) {
    other.socket.write('GET k OTHER\n')
    await until(() => other.received.length >= (i + 1) * 50_001, 'the reply of the other')
  }
  slow.socket.resume()
  await until(() => slow.received.length >= 200 * 50_001 || slow.closed, 'every reply')
  expect(slow.text === `${'mine.'.repeat(10_000)}\n`.repeat(200)).toBe(true)
})

test.each(['end', 'destroySoon'] as const)('replies that have come reach a slow client though the server ends (%s)', async how => {
  const server = await TestServer.listen(chunk =>
    String(chunk).split('\n').slice(0, -1).map(line => `${line} ${'r'.repeat(100_000)}\n`).join('')
  )
  const bench = await startSharing([server], { limits: { bufferedBytes: MANY_BYTES } })
  const slow = bench.connect()
  slow.socket.pause()
  for (let i = 10; i < 60; i++) slow.socket.write(`GET k ${i}\n`)
  const all = 50 * 100_010
  await until(() => statsOf(bench).bytesOut === all, 'the replies')
  server.sockets[0]![how]()
  await until(() => server.sockets[0]!.destroyed || server.ended[0], 'the end of the link')
  slow.socket.resume()
  await until(() => slow.received.length >= all || slow.closed, 'all replies')
  expect(slow.received.length).toBe(all)
})

test('a client whose other server is slow gets all replies', async () => {
  const late: (() => void)[] = []
  const replies = (chunk: Buffer): string =>
    String(chunk).split('\n').slice(0, -1).map(line => `${line} ${'r'.repeat(5000)}\n`).join('')
  const slow = await TestServer.listen((chunk, socket) => {
    late.push(() => { socket.write(replies(chunk)) })
    return undefined
  })
  const bench = await startSharing([slow, await TestServer.listen(replies)])
  const client = bench.connect()
  client.socket.write(Array.from({ length: 1000 }, (_, i) => `GET k${i} ${i}\n`).join(''))
  await until(() => late.length > 0 && statsOf(bench, 's2').bytesOut > 600_000, 'replies of the other')
  await until(() => {
    for (const say of late.splice(0)) say()
    return client.received.length > 5_000_000 || client.closed
  }, 'all replies')
  await until(() => client.text.endsWith('\n') && client.text.split('\n').length === 1001, 'the last one')
  expect(client.closed).toBe(false)
})

describe.each(KINDS)('%s links', serverLinks => {
  test('replies stay apart where the delimiter is cut between two of its bytes', async () => {
    const source = SHARING.replace(
      'server: { framing: frame.lines({ max: 1000000 })',
      'server: { framing: frame.delimiter({ bytes: [13, 10], max: 1000000 })'
    )
    const sockets: Socket[] = []
    const server = await TestServer.listen((chunk, socket) => {
      for (const _ of String(chunk).split('\n').slice(0, -1)) sockets.push(socket)
      return undefined
    })
    const bench = await startSharing([server], { source, serverLinks })
    const [one, two] = [bench.connect(), bench.connect()]
    one.socket.write('GET k 1\nGET k 2\n')
    await until(() => sockets.length === 2, 'both of one')
    two.socket.write('GET k 3\n')
    await until(() => sockets.length === 3, 'that of the other')
    sockets[0]!.write('for 1\r')
    await until(() => statsOf(bench).bytesOut === 6, 'a part of the first')
    sockets[0]!.write('\nfor 2\r\n')
    sockets[2]!.write('for 3\r\n')
    await one.gets('for 2\r\n')
    await two.gets('\r\n')
    expect([one.text, two.text]).toEqual(['for 1\r\nfor 2\r\n', 'for 3\r\n'])
  })

  test('a message without a reply is not lost when its client ends', async () => {
    const source = SHARING.replace(
      "if (word === 'STATE')",
      "if (word === 'PUSH') return forward({ token: key, replies: 0 })\n      if (word === 'STATE')"
    )
    const { server, lines, answer } = await holding()
    const bench = await startSharing([server], { source, serverLinks })
    const client = bench.connect()
    client.socket.write('GET k 1\n')
    await until(() => lines.length === 1, 'the first')
    answer()
    await client.gets('to GET k 1\n')
    client.socket.end('PUSH k 2\n')
    await client.closes()
    await until(() => lines.length === 2, 'the last')
    expect(lines).toEqual(['GET k 1', 'PUSH k 2'])
  })

  test('a client that was stopped at a full link goes on over its own', async () => {
    let stops = true
    const rests = new Map<Socket, string>()
    const server = await TestServer.listen((chunk, socket) => {
      const parts = ((rests.get(socket) ?? '') + String(chunk)).split('\n')
      rests.set(socket, parts.pop()!)
      for (const line of parts) {
        // Those behind it stay where they are, so the link stays full.
        if (stops && line === 'GET k mine') server.sockets[0]!.pause()
        socket.write(line.length < 100 ? `${line}\n` : '.\n')
      }
      return undefined
    })
    const bench = await startSharing([server], { serverLinks })
    const filler = bench.connect()
    filler.socket.write('GET k x\n')
    await filler.gets('x\n')
    const first = server.sockets[0]!
    first.pause()
    const big = `GET k ${'f'.repeat(60_000)}\n`
    for (let n = 0; n < 600; n++) filler.socket.write(big)
    await standsStill(bench)
    const { messages } = statsOf(bench)
    const mine = bench.connect()
    mine.socket.write('GET k mine\nSET k own\n')
    await until(() => statsOf(bench).messages >= messages + 2, 'its messages')
    const others = Array.from({ length: 100 }, () => bench.connect())
    for (const each of others) each.socket.write(big)
    await until(() => statsOf(bench).messages >= messages + 102, 'those of the others')
    first.resume()
    await mine.gets('own\n')
    expect(mine.text).toBe('GET k mine\nSET k own\n')
    stops = false
    first.resume()
    mine.socket.write('GET k later\n')
    await mine.gets('later\n')
    expect(mine.text).toBe('GET k mine\nSET k own\nGET k later\n')
  })

  test('a client that comes after a link has hung gets a server that answers again', async () => {
    let heard = 0
    const server = await TestServer.listen((chunk, socket) => {
      if (server.sockets.indexOf(socket) > 0) return chunk
      heard++
      return undefined
    })
    const bench = await startSharing([server], { service: { connectTimeoutSeconds: 0.05 }, serverLinks })
    const first = bench.connect()
    first.socket.write('GET k 1\n')
    await until(() => heard > 0, 'the first')
    first.socket.resetAndDestroy()
    await bench.log.ends()
    await until(async () => {
      const next = bench.connect()
      next.socket.write('GET k 2\n')
      await until(() => statsOf(bench).messages > 1, 'its message')
      await new Promise(resolve => { setImmediate(resolve) })
      return next.text === 'GET k 2\n' || server.sockets.length > 1
    }, 'another link')
    const last = bench.connect()
    last.socket.write('GET k 3\n')
    await last.gets('GET k 3\n')
  })

  test.each(['end', 'resetAndDestroy'] as const)('any mix with clients and servers that go (%s)', async how => {
    let killAt = 0
    const over = new Set<Socket>()
    const make = async (): Promise<TestServer> => await TestServer.listen((chunk, socket) => {
      if (over.has(socket)) return undefined
      if (killAt === 0 || --killAt > 0) return socket.writable ? chunk : undefined
      over.add(socket)
      socket.write(chunk.subarray(0, chunk.length >> 1), () => { socket[how]() })
      return undefined
    })
    const servers = [await make(), await make()]
    const bench = await startSharing(servers, {
      limits: { bufferedBytes: 4096, serverIdleTimeoutSeconds: 0.05 },
      source: SHARING.replace(
        'server: { framing: frame.lines({ max: 1000000 })',
        "server: { framing: frame.lines({ max: 1000000, atEnd: 'drop' })"
      ),
      serverLinks
    })
    const line = fc.tuple(
      fc.oneof(
        { weight: 12, arbitrary: fc.constant('GET') },
        { weight: 1, arbitrary: fc.constant('SET') },
        { weight: 1, arbitrary: fc.constant('OWN') }
      ),
      fc.integer({ min: 0, max: 6 }),
      fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 60 }) },
        { weight: 1, arbitrary: fc.integer({ min: 900, max: 5000 }) },
        { weight: 1, arbitrary: fc.constant(66_000) }
      )
    ).map(([word, key, size]) => `${word} k${key} ${'v'.repeat(size)}`)
    const client = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 40 }),
      cuts: fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 8 }),
      leave: fc.constantFrom('stay', 'stay', 'resetAndDestroy', 'end')
    })
    const play = async (
      clients: readonly { lines: string[], cuts: number[], leave: string }[],
      kill: number
    ): Promise<void> => {
      killAt = kill
      await Promise.all(clients.map(async ({ lines, cuts, leave }, n) => {
        const sent = lines.map((text, i) => `${text} ${n}.${i}\n`)
        const want = sent.map(text => text.startsWith('OWN') ? 'own OWN\n' : text).join('')
        const one = bench.connect()
        await one.writeSplit(Buffer.from(sent.join('')), cuts)
        if (leave !== 'stay') one.socket[leave as 'end']()
        await until(() => one.received.length >= want.length || one.closed, 'every reply, or the end')
        const got = one.text.replace(/goodbye [a-z-]+\n$/, '')
        // Of no other client, none twice, none out of turn.
        if (!want.startsWith(got)) throw new Error(`got ${JSON.stringify(got.slice(-200))}`)
        one.socket.destroy()
      }))
      await until(
        () => [statsOf(bench), statsOf(bench, 's2')].every(each => each.connections === 0 && each.established === 0),
        'nothing to be counted any more'
      )
    }
    await fc.assert(
      fc.asyncProperty(fc.array(client, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 30 }), play),
      { numRuns: 30, endOnFailure: true }
    )
    await until(() => servers.every(({ sockets }) => sockets.every(({ destroyed }) => destroyed)), 'no link to be left')
  })
})

/** Takes what begins with `*` for no reply, and declares another first byte, or that one (42). */
const declaring = (unasked: number, verdict: string): string =>
  SHARING.replace(
    'server: { framing: frame.lines({ max: 1000000 }) }',
    `server: {
    framing: frame.lines({ max: 1000000 }),
    unasked: [{ from: ${unasked}, to: ${unasked} }],
    onMessage: line => line.text().startsWith('*') ? ${verdict} : forward()
  }`
  )

// Whose reply a message is has to be known before it enters the sandbox.
const noReply = ['forward({ replies: 0 })', 'drop()']

test.each(noReply)('a message that nobody asked for ends the link, and is given to nobody (%s)', async verdict => {
  const source = declaring(42, verdict)
  const { server, lines, answer } = await holding()
  const bench = await startSharing([server], { source })
  const [one, two] = [bench.connect(), bench.connect()]
  one.socket.write('GET k 1\n')
  await until(() => lines.length === 1, 'one')
  two.socket.write('GET k 2\n')
  await until(() => lines.length === 2, 'two')
  server.sockets[0]!.write('* note\n')
  answer()
  for (const client of [one, two]) {
    await client.closes()
    expect(client.text).toBe('goodbye service-down\n')
  }
})

test.each(noReply)('an extension that did not declare such a message loses the link (%s)', async verdict => {
  const source = declaring(1, verdict)
  const { server, lines } = await holding()
  const bench = await startSharing([server], { source })
  const clients = [bench.connect(), bench.connect()]
  for (const [n, client] of clients.entries()) {
    client.socket.write(`GET k ${n}\n`)
    await until(() => lines.length === n + 1, 'its message')
  }
  server.sockets[0]!.write('* note\n')
  for (const client of clients) {
    await client.closes()
    expect(client.text.replace('* note\n', '')).toBe('goodbye service-down\n')
  }
  // A client sees its end before that is reported.
  for (const { detail } of await bench.log.ends(2)) expect(detail).toContain('did not declare as unasked')
})

test.each(['removed', 'disabled', 'moved'] as const)('a service that is %s leaves no link, whatever its clients do', async how => {
  const { server, lines, answer } = await holding()
  const next = await echoing()
  const bench = await startSharing([server])
  const [idle, owed, leaving, part] = [bench.connect(), bench.connect(), bench.connect(), bench.connect()]
  idle.socket.write('GET k idle\n')
  await until(() => lines.length === 1, 'idle')
  answer()
  await idle.gets('idle\n')
  owed.socket.write('GET k owed\n')
  leaving.socket.write('GET k leaving\nSET k own\nSET k own2\n')
  part.socket.write('GET k pa')
  await until(() => lines.length === 3 && server.sockets.length === 2, 'all')
  const service = { name: 's1', address: '127.0.0.1', port: how === 'moved' ? next.port : server.port }
  await bench.apply(how === 'removed'
    ? { services: [], lbVservers: [{ name: 'lb', method: 'token', services: [] }] }
    : { services: [{ ...service, state: how === 'disabled' ? 'disabled' : 'enabled' }] })
  await owed.closes()
  await leaving.closes()
  await until(() => server.sockets.every(({ destroyed }) => destroyed), 'the links to be closed')
  if (how !== 'removed') expect(statsOf(bench).connections).toBe(0)
  expect(idle.closed).toBe(false)
  if (how !== 'moved') return
  idle.socket.write('GET k after\n')
  await idle.gets('after\n')
  part.socket.write('rt\n')
  await part.gets('GET k part\n')
})

test('a hot swap leaves no link behind that nobody can use', async () => {
  const server = await echoing()
  const bench = await startSharing([server], { limits: { serverIdleTimeoutSeconds: 0 } })
  for (let i = 0; i < 4; i++) {
    if (i > 0) await bench.apply({ extensions: [{ name: 'ext', source: `${SHARING}\n;globalThis.x${i} = 1` }] })
    const client = bench.connect()
    client.socket.write('GET k 2\n')
    await client.gets('2\n')
    client.socket.destroy()
    await bench.log.ends(1 + i)
  }
  await until(() => server.sockets.filter(({ destroyed }) => !destroyed).length === 1, 'one link')
})

test('clients that greet in many ways have links of their own, and no more are shared', async () => {
  const server = await echoing()
  const bench = await startSharing([server])
  const clients = Array.from({ length: 20 }, () => bench.connect())
  for (const [n, client] of clients.entries()) {
    client.socket.write(`GREET ${n}\n`)
    await client.gets('own GREET\n')
    client.socket.write(`GET k ${n}\n`)
    await client.gets(`GET k ${n}\n`)
  }
  expect(server.sockets.length).toBe(20)
  const again = bench.connect()
  again.socket.write('GREET 3\n')
  await again.gets('own GREET\n')
  again.socket.write('GET k again\n')
  await again.gets('again\n')
  expect(server.sockets.length).toBe(20)
})

test('the engine stops with a server that takes nothing, and leaves no socket', async () => {
  const server = await TestServer.listen()
  const bench = await startSharing([server])
  const [filler, ...others] = Array.from({ length: 5 }, () => bench.connect())
  filler!.socket.write('GET k x\n')
  await until(() => server.text(0).includes('x\n'), 'the first')
  server.sockets[0]!.pause()
  for (let n = 0; n < 600; n++) filler!.socket.write(`GET k ${'f'.repeat(60_000)}\n`)
  for (const each of others) each.socket.write('GET k y\nSET k z\n')
  await standsStill(bench)
  await bench.engine.stop(200)
  server.sockets[0]!.resume()
  await until(() => server.sockets.every(({ destroyed }) => destroyed), 'no socket to be left')
  expect(statsOf(bench).connections).toBe(0)
})
