import { untilStill } from '@weirlb/link/testing'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { perMessageProtocol, SERVER_LINES, silentProtocol } from '../support/per-message-protocol.ts'
import { askedServer, closeOf, farmOf, linesOf, numbered, vserver } from '../support/per-message-servers.ts'

describe('replies in order', () => {
  test('come in the order of the requests, across a fast and a slow server', async () => {
    const slow = await askedServer('slow')
    const fast = await TestServer.listen(chunk => chunk.toString().replaceAll('m', 'fast m'))
    const bench = await startEngine(around(silentProtocol('in-order', SERVER_LINES), [slow.server, fast]))
    const client = bench.connect()
    client.socket.write(numbered(6))
    await until(() => slow.asked.length === 3 && linesOf(fast).length === 3, 'both servers to have their messages')
    expect(client.text).toBe('')
    slow.answer(1)
    await client.gets('fast m1\n')
    expect(client.text).toBe('slow m0\nfast m1\n')
    slow.answer()
    await client.gets('fast m5\n')
    expect(client.text).toBe('slow m0\nfast m1\nslow m2\nfast m3\nslow m4\nfast m5\n')
    expect(bench.engine.stats().extensions['ext']!.crossings).toBe(0)
  })

  test('what the extension answers itself has its turn, and requests without a reply have none', async () => {
    const { server, asked } = await askedServer('re')
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
    const client = bench.connect()
    client.socket.write('a\nown 1\nsilent\ntwice\nown 2\nown 3\nb\n')
    await until(() => asked.length === 4, 'the server to have the requests')
    expect(client.text).toBe('')
    server.sockets[0]!.write('re a\nre twice\nre twice\nre b\n')
    await client.gets('re b\n')
    expect(client.text).toBe('re a\nown 1\nre twice\nre twice\nown 2\nown 3\nre b\n')
  })

  test('hold however the replies are cut', async () => {
    const farm = [await askedServer('x'), await askedServer('y')]
    const bench = await startEngine(around(silentProtocol('in-order', SERVER_LINES), farm.map(f => f.server)))
    const client = bench.connect()
    for (let round = 0; round < 20; round++) {
      client.socket.write('1\n2\n3\n4\n')
      await until(() => farm.every(f => f.asked.length === 2 * (round + 1)), 'the requests to arrive')
      const [a, b] = [farm[0]!.server.sockets.at(-1)!, farm[1]!.server.sockets.at(-1)!]
      const cut = round % 4 + 1
      b.write('y2\ny4\n'.slice(0, cut))
      a.write('x1\nx3\n'.slice(0, cut))
      await new Promise(resolve => { setImmediate(resolve) })
      a.write('x1\nx3\n'.slice(cut))
      b.write('y2\ny4\n'.slice(cut))
      await until(() => client.text.length === 12 * (round + 1), 'the replies')
    }
    expect(client.text).toBe('x1\ny2\nx3\ny4\n'.repeat(20))
  })

  test('are bounded: a client with too many requests waits', async () => {
    const { server, asked, answer } = await askedServer('re')
    const bench = await startEngine(
      around(silentProtocol('in-order', SERVER_LINES), [server], vserver({ outstandingReplies: 4 }))
    )
    const client = bench.connect()
    client.socket.write(numbered(10))
    await until(() => asked.length === 4, 'as many requests as may be outstanding')
    answer(1)
    await until(() => asked.length === 5, 'one more')
    expect(client.text).toBe('re m0\n')
    const feed = setInterval(() => { answer() }, 1)
    await client.gets('re m9\n')
    clearInterval(feed)
    expect(client.text).toBe(Array.from({ length: 10 }, (_, i) => `re m${i}\n`).join(''))
  })

  test('that come too early are held up to a limit, then their server is not read', async () => {
    const slow = await askedServer('slow')
    const big = `${'y'.repeat(149_999)}\n`
    const fast = await TestServer.listen(chunk => big.repeat(chunk.toString().split('\n').length - 1))
    const bench = await startEngine(around(silentProtocol('in-order', SERVER_LINES), [slow.server, fast]))
    const client = bench.connect()
    client.socket.write(numbered(40))
    await until(() => slow.asked.length === 20, 'the slow server to have its requests')
    const last = await untilStill(() => {
      const now = bench.engine.stats().services['s2']!.bytesOut
      return now > 0 ? now : undefined
    }, 'the fast server to be stopped')
    expect(last).toBeLessThan(1_500_000)
    slow.answer()
    await until(
      () => client.received.length === 20 * big.length + slow.asked.join('').length + 20 * 'slow \n'.length,
      'all replies'
    )
    expect(client.text.split('\n').map(line => line[0] ?? '').join('')).toBe('sy'.repeat(20))
  })

  test('a refusal waits for the replies before it', async () => {
    const { server, asked, answer } = await askedServer('re')
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
    const client = bench.connect()
    client.socket.write('a\nreject x\nb\n')
    await until(() => asked.length === 1, 'the request before')
    answer()
    await client.closes()
    expect(client.text).toBe('re a\nno x\n')
    expect(await closeOf(bench)).toBe('rejected')
    expect(asked).toEqual(['a'])
  })

  test('a refusal does not wait for ever', async () => {
    const { server, asked } = await askedServer('re')
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
    const client = bench.connect()
    client.socket.write('a\nreject x\n')
    await until(() => asked.length === 1, 'the request before')
    await client.closes()
    expect(await closeOf(bench)).toBe('rejected')
  })

  test('a message that answers no request ends the client', async () => {
    const server = await TestServer.listen(() => 're\nre\n')
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
    const client = bench.connect()
    client.socket.write('a\n')
    await client.closes()
    expect(client.text).toBe('re\ngoodbye protocol-error\n')
    expect(await closeOf(bench)).toBe('reply-unexpected')
    expect(bench.log.closed[0]!['detail']).toBe('s1 sent a message that answers no request')
  })

  test('a server that ends with requests outstanding ends the client; without, it is dialled again', async () => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const { server, asked, answer } = await askedServer('re')
      const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
      const client = bench.connect()
      client.socket.write('a\n')
      await until(() => asked.length === 1, 'the request')
      answer()
      await client.gets('re a\n')
      server.sockets[0]![end]()
      await until(() => bench.engine.stats().services['s1']!.connections === 0, 'the link to be gone')
      client.socket.write('b\n')
      await until(() => asked.length === 2, 'the request over a new link')
      server.sockets[1]![end]()
      await client.closes()
      expect(client.text).toBe('re a\ngoodbye service-down\n')
      expect(await closeOf(bench)).toBe('reply-missing')
    }
  })

  test('a service that goes down answers what it was asked', async () => {
    const { server, asked, answer } = await askedServer('re')
    const bench = await startEngine(
      around(perMessageProtocol('in-order', SERVER_LINES), [server, await TestServer.listen(chunk => chunk)])
    )
    const client = bench.connect()
    client.socket.write('a\n')
    await until(() => asked.length === 1, 'the request')
    bench.engine.setServiceHealth('s1', 'down')
    client.socket.write('b\n')
    await until(() => bench.engine.stats().services['s2']!.messages === 1, 'the next to go elsewhere')
    answer()
    await client.gets('b\n')
    expect(client.text).toBe('re a\nb\n')
  })

  test('a service that goes down ends the clients that it owes replies, where its LB vserver wants that', async () => {
    const { server, asked, answer } = await askedServer('re')
    const bench = await startEngine(
      around(perMessageProtocol('in-order', SERVER_LINES), [server, await TestServer.listen(chunk => chunk)], {
        lbVservers: [{ name: 'lb', onDown: 'close', services: [{ name: 's1' }, { name: 's2' }] }]
      })
    )
    const owed = bench.connect()
    owed.socket.write('a\n')
    await until(() => asked.length === 1, 'the request')
    const paid = bench.connect()
    paid.socket.write('skip\nb\n')
    await until(() => asked.length === 2, 'the request')
    answer(0)
    bench.engine.setServiceHealth('s1', 'down')
    expect((await bench.log.ends(2)).map(l => l['reason'])).toEqual(['service-down', 'service-down'])
    const next = bench.connect()
    next.socket.write('c\n')
    await next.gets('c\n')
    bench.engine.setServiceHealth('s1', 'up')
    bench.engine.setServiceHealth('s1', 'down')
    expect(bench.engine.connections({})).toHaveLength(1)
  })

  test('a client that has said its last gets what it is owed', async () => {
    const { server, asked, answer } = await askedServer('re')
    const bench = await startEngine(around(silentProtocol('in-order', SERVER_LINES), [server]))
    const client = bench.connect(undefined)
    client.socket.allowHalfOpen = true
    client.socket.end('a\nb\n')
    await until(() => asked.length === 2, 'the requests')
    answer()
    await client.closes()
    expect(client.text).toBe('re a\nre b\n')
    expect(await closeOf(bench)).toBe('client-closed')
  })

  test('a goodbye stands behind the reply that is being passed on', async () => {
    const server = await TestServer.listen()
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server]))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => linesOf(server).length === 2, 'the requests')
    server.sockets[0]!.write('re a\nhalf')
    await client.gets('re a\n')
    const stopped = bench.engine.stop(2000)
    await client.closes()
    await stopped
    expect(client.text).toBe('re a\ngoodbye shutdown\n')
  })

  test('server messages are judged: dropped ones answer nothing, replaced ones do', async () => {
    const judge = `server: {
      framing: frame.lines({ max: 1000 }),
      onMessage: message => message.text().startsWith('push') ? drop() : forward({ bytes: encodeUtf8('<' + message.text().trim() + '>\\n') })
    },`
    const farm = [
      await TestServer.listen(chunk => `push\n${chunk.toString()}push\n`),
      await TestServer.listen(chunk => chunk)
    ]
    const bench = await startEngine(around(perMessageProtocol('in-order', judge), farm))
    const client = bench.connect()
    client.socket.write(numbered(4))
    await client.gets('<m3>\n')
    expect(client.text).toBe('<m0>\n<m1>\n<m2>\n<m3>\n')
  })

  test('fewest outstanding requests choose the server, where the method counts', async () => {
    const slow = await askedServer('slow')
    const fast = await TestServer.listen(chunk => chunk)
    const bench = await startEngine(around(silentProtocol('in-order', SERVER_LINES), [slow.server, fast], {
      lbVservers: [{ name: 'lb', method: 'least-connection', services: [{ name: 's1' }, { name: 's2' }] }]
    }))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => slow.asked.length === 1 && linesOf(fast).length === 1, 'one request each')
    for (let n = 0; n < 5; n++) {
      client.socket.write(`n${n}\n`)
      await until(() => linesOf(fast).includes(`n${n}`), 'the fast server to have it')
    }
    expect(slow.asked).toEqual(['a'])
  })
})

describe('replies as they come', () => {
  test('are whole, whoever begins first', async () => {
    const farm = await farmOf(2)
    const bench = await startEngine(
      around(silentProtocol('as-they-come', 'server: { framing: frame.length({ at: 0, size: 2, max: 65535 }) },'), farm)
    )
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => farm.every(server => linesOf(server).length === 1), 'both servers to be there')
    const frameOf = (letter: string, length: number): Buffer =>
      Buffer.concat([Buffer.from([length >> 8, length & 255]), Buffer.alloc(length, letter)])
    const [x, y] = farm.map(server => server.sockets[0]!)
    const long = frameOf('x', 60_000)
    x!.write(long.subarray(0, 40_000))
    await until(() => client.received.length === 40_000, 'the first part')
    y!.write(Buffer.concat([frameOf('y', 5), frameOf('y', 6)]))
    await until(() => bench.engine.stats().services['s2']!.bytesOut === 15, 'the other to have spoken')
    x!.write(Buffer.concat([long.subarray(40_000), frameOf('x', 3)]))
    await until(() => client.received.length === 60_002 + 5 + 15, 'everything')
    expect(client.received.equals(Buffer.concat([long, frameOf('x', 3), frameOf('y', 5), frameOf('y', 6)])) ||
      client.received.equals(Buffer.concat([long, frameOf('y', 5), frameOf('y', 6), frameOf('x', 3)]))).toBe(true)
  })

  test('a client that does not read stops its servers', async () => {
    const farm = await Promise.all([0, 1].map(async () => await TestServer.listen((_, socket) => {
      for (let n = 0; n < 300; n++) socket.write(`${'z'.repeat(49_999)}\n`)
      return undefined
    })))
    const bench = await startEngine(around(silentProtocol('as-they-come', SERVER_LINES), farm))
    const client = bench.connect()
    client.socket.pause()
    client.socket.write('a\nb\n')
    const last = await untilStill(() => {
      const { s1, s2 } = bench.engine.stats().services
      const now = s1!.bytesOut + s2!.bytesOut
      return now > 0 ? now : undefined
    }, 'the servers to be stopped')
    expect(last).toBeLessThan(30_000_000)
    let got = 0
    client.socket.removeAllListeners('data').on('data', chunk => { got += chunk.length }).resume()
    await until(() => got === 30_000_000, 'the rest')
  })

  test('the end of a server is the end of the client', async () => {
    for (const [end, reason] of [['end', 'server-closed'], ['resetAndDestroy', 'server-reset']] as const) {
      const farm = await farmOf(2)
      const bench = await startEngine(around(perMessageProtocol('as-they-come', SERVER_LINES), farm))
      const client = bench.connect()
      client.socket.write('a\nb\n')
      await until(() => farm.every(server => linesOf(server).length === 1), 'both servers to be there')
      farm[0]!.sockets[0]![end]()
      await client.closes()
      expect(await closeOf(bench)).toBe(reason)
      await until(() => farm[1]!.ended[0] === true, 'the other server to be left')
    }
  })

  test('a client that has said its last hears its servers out', async () => {
    const farm = await farmOf(2)
    const bench = await startEngine(around(silentProtocol('as-they-come', SERVER_LINES), farm))
    const client = bench.connect()
    client.socket.allowHalfOpen = true
    client.socket.end('a\nb\n')
    await until(() => farm.every(server => server.ended[0] === true), 'both servers to hear the end')
    // The fake servers end when they are ended: what they said before is passed on.
    await client.closes()
    expect(await closeOf(bench)).toBe('client-closed')
  })
})
