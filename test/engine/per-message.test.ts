import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer, freePort, type EngineBench } from '../support/engine-bench.ts'
import { perMessageProtocol, SERVER_LINES, silentProtocol } from '../support/per-message-protocol.ts'

const farmOf = async (count: number): Promise<TestServer[]> => await Promise.all(Array.from({ length: count }, async () => await TestServer.listen()))
/** What a server got over all its connections. */
const textOf = (server: TestServer): string => server.received.map(part => part.toString('latin1')).join('')
const linesOf = (server: TestServer): string[] => textOf(server).split('\n').filter(line => line !== '')
const numbered = (count: number): string => Array.from({ length: count }, (_, i) => `m${i}\n`).join('')
const vserver = (limits: object): object => ({ userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits }] })
const closeOf = async ({ log }: EngineBench): Promise<unknown> => {
  await until(() => log.closed.length > 0, 'the connection to be closed')
  return log.closed[0]!['reason']
}
/** A server that answers each line when it is told to. */
const askedServer = async (name: string): Promise<{ server: TestServer, asked: string[], answer: (count?: number) => void }> => {
  const asked: string[] = []
  let answered = 0
  let rest = ''
  const server = await TestServer.listen(chunk => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    asked.push(...lines)
    return undefined
  })
  const answer = (count = Infinity): void => {
    for (let n = 0; n < count && answered < asked.length; n++) server.sockets.at(-1)!.write(`${name} ${asked[answered++]}\n`)
  }
  return { server, asked, answer }
}

describe('without replies', () => {
  test('messages of one client are dealt over the services without a crossing, each in order', async () => {
    const farm = await farmOf(3)
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
    client.socket.end()
    expect(await closeOf(bench)).toBe('client-closed')
    expect(bench.engine.stats().services['s1']).toMatchObject({ connections: 0, bytesIn: textOf(farm[0]!).length })
  })

  test('a session keeps its messages at one service, whatever comes between', async () => {
    const farm = await farmOf(3)
    const bench = await startEngine(around(perMessageProtocol('none'), farm))
    const client = bench.connect()
    client.socket.write(Array.from({ length: 60 }, (_, i) => `session ${i % 4}\nplain ${i}\n`).join(''))
    await until(() => farm.flatMap(linesOf).length === 120, 'all messages to arrive')
    for (const key of ['0', '1', '2', '3']) expect(farm.filter(server => linesOf(server).includes(`session ${key}`))).toHaveLength(1)
    expect(bench.engine.stats().lbVservers['lb']).toMatchObject({ sessionMisses: 4, sessionHits: 56 })
    expect(bench.engine.connections({ session: '2' })).toHaveLength(1)
    expect(bench.engine.connections({ session: '9' })).toHaveLength(0)
  })

  test('a token chooses per message, and `via` another LB vserver', async () => {
    const farm = await farmOf(4)
    const bench = await startEngine(around(perMessageProtocol('none'), farm, {
      lbVservers: [
        { name: 'lb', method: 'token', services: [{ name: 's1' }, { name: 's2' }, { name: 's3' }] },
        { name: 'other', services: [{ name: 's4' }] }
      ],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', lbVservers: ['other'] }]
    }))
    const client = bench.connect()
    client.socket.write(Array.from({ length: 40 }, (_, i) => `token ${i % 8}\nvia other\n`).join(''))
    await until(() => farm.flatMap(linesOf).length === 80, 'all messages to arrive')
    expect(linesOf(farm[3]!)).toEqual(Array(40).fill('via other'))
    for (let key = 0; key < 8; key++) expect(farm.filter(server => linesOf(server).includes(`token ${key}`))).toHaveLength(1)
    client.socket.write('via nowhere\n')
    expect(await closeOf(bench)).toBe('extension-error')
  })

  test('every message is whole wherever the stream is cut', async () => {
    const stream = Buffer.from('session a\nxx\nreplace y\ndrop\nsession b\nlast\n')
    const farm = await farmOf(2)
    const bench = await startEngine(around(perMessageProtocol('none'), farm))
    for (let cut = 1; cut < stream.length; cut++) {
      const before = farm.flatMap(linesOf).length
      const client = bench.connect()
      await client.writeSplit(stream, [cut])
      await until(() => farm.flatMap(linesOf).length === before + 5, `all messages to arrive, cut at ${cut}`)
      client.socket.end()
      await client.closes()
    }
    expect(new Set(farm.flatMap(linesOf))).toEqual(new Set(['session a', 'xx', '<y>', 'session b', 'last']))
  })

  test('a message longer than every buffer streams to its server, and others do not get in between', async () => {
    const farm = await farmOf(2)
    const bench = await startEngine(around(perMessageProtocol('none'), farm, vserver({ bufferedBytes: 4096 })))
    const client = bench.connect()
    const long = `long ${'x'.repeat(900_000)}\n`
    client.socket.write(`a\n${long}b\nc\n`)
    await until(() => farm.flatMap(linesOf).length === 4, 'all messages to arrive')
    expect(linesOf(farm[0]!).map(line => line.length)).toEqual([1, 1])
    expect(linesOf(farm[1]!).map(line => line.length)).toEqual([long.length - 1, 1])
  })

  test('what servers say is not heard', async () => {
    const server = await TestServer.listen(() => 'hm\n')
    const bench = await startEngine(around(silentProtocol('none'), [server]))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => bench.engine.stats().services['s1']!.bytesOut >= 3, 'the server to have spoken')
    client.socket.end()
    await client.closes()
    expect(client.text).toBe('')
  })

  test('a full server stops the client until it reads again', async () => {
    const farm = await farmOf(2)
    const bench = await startEngine(around(silentProtocol('none'), farm))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => farm.every(server => linesOf(server).length === 1), 'both servers to be there')
    farm[0]!.sockets[0]!.pause()
    const total = 24_000_000
    const line = `${'x'.repeat(9_999)}\n`
    client.socket.write(line.repeat(total / 10_000))
    let last = -1
    await until(async () => {
      const now = bench.engine.connections({})[0]!.bytesIn
      const stalled = now === last && now > 4
      last = now
      await new Promise(resolve => setTimeout(resolve, 50))
      return stalled
    }, 'the client to be stopped')
    expect(last).toBeLessThan(total)
    let got = 0
    for (const server of farm) server.sockets[0]!.removeAllListeners('data').on('data', chunk => { got += chunk.length }).resume()
    // What the second server had before is not counted again.
    const had = farm[1]!.received[0]!.length - 2
    await until(() => got + had >= total, 'the rest')
  })

  test('messages for a server that cannot be reached go to another, in order, and one that ends is dialled again', async () => {
    const farm = await farmOf(1)
    const bench = await startEngine(around(silentProtocol('none'), [{ port: await freePort() }, ...farm]))
    const client = bench.connect()
    client.socket.write(numbered(20))
    await until(() => linesOf(farm[0]!).length === 20, 'all messages to arrive')
    const odd = linesOf(farm[0]!).map(line => Number(line.slice(1)))
    expect(odd.filter(n => n % 2 === 0)).toEqual(Array.from({ length: 10 }, (_, i) => 2 * i))
    expect(bench.dialFailures).toEqual(['s1'])
    farm[0]!.sockets[0]!.end()
    await until(() => bench.engine.stats().services['s2']!.connections === 0, 'the link to be gone')
    client.socket.write('again\n')
    await until(() => farm[0]!.text(1) === 'again\n', 'the server to be dialled again')
  })

  test('no service for a message ends the client with the protocol\'s words', async () => {
    const bench = await startEngine(around(perMessageProtocol('none'), [{ port: await freePort() }, { port: await freePort() }]))
    const client = bench.connect()
    client.socket.write('a\n')
    await client.closes()
    expect(client.text).toBe('goodbye dial-failed\n')
    bench.engine.setServiceHealth('s1', 'down')
    bench.engine.setServiceHealth('s2', 'down')
    const next = bench.connect()
    next.socket.write('a\n')
    await next.closes()
    expect(next.text).toBe('goodbye no-service\n')
  })

  test.each(['keep', 'close'] as const)('a service that goes down gets no more messages, and the client stays (%s)', async onDown => {
    const farm = await farmOf(2)
    const bench = await startEngine(around(silentProtocol('none'), farm, { lbVservers: [{ name: 'lb', onDown, services: [{ name: 's1' }, { name: 's2' }] }] }))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => farm.every(server => linesOf(server).length === 1), 'both servers to be there')
    bench.engine.setServiceHealth('s1', 'down')
    if (onDown === 'close') await until(() => farm[0]!.ended[0] === true, 'its link to be closed')
    client.socket.write('c\nd\n')
    await until(() => linesOf(farm[1]!).length === 3, 'the other to get all')
    expect(bench.engine.connections({})[0]!.service).toBe(onDown === 'close' ? 's2' : 's1, s2')
  })

  test('a limit of clients counts a client once, however many messages it sends', async () => {
    const farm = await farmOf(1)
    const bench = await startEngine(around(silentProtocol('none'), farm, { services: [{ name: 's1', address: '127.0.0.1', port: farm[0]!.port, maxClients: 1 }] }))
    const client = bench.connect()
    client.socket.write(numbered(10))
    await until(() => linesOf(farm[0]!).length === 10, 'all messages to arrive')
    const second = bench.connect()
    second.socket.write('x\n')
    await second.closes()
    expect(await closeOf(bench)).toBe('limit')
  })

  test('an idle link is closed and opened again by the next message', async () => {
    const farm = await farmOf(1)
    const bench = await startEngine(around(silentProtocol('none'), farm, vserver({ serverIdleTimeoutSeconds: 0.1 })))
    const client = bench.connect()
    client.socket.write('a\n')
    await until(() => farm[0]!.ended[0] === true, 'the link to be closed')
    client.socket.write('b\n')
    await until(() => farm[0]!.text(1) === 'b\n', 'a new link')
    expect(bench.engine.connections({})).toHaveLength(1)
  })

  test('a tunnel and bytes to no server are mistakes of the extension', async () => {
    const farm = await farmOf(1)
    const bench = await startEngine(around(perMessageProtocol('none'), farm))
    for (const word of ['tunnel', 'send', 'twice']) {
      const client = bench.connect()
      client.socket.write(`${word}\n`)
      await client.closes()
      expect(client.text).toBe('goodbye extension-error\n')
    }
    expect((await bench.log.ends(3)).map(l => l['detail'])).toEqual([
      'TypeError: then: \'tunnel\' needs balance: \'per-connection\'',
      expect.stringContaining('send(): with balance: \'per-message\''),
      'TypeError: forward({ replies }) needs replies: \'in-order\''
    ])
  })

  test('stopping says goodbye between messages and loses none that was read', async () => {
    const farm = await farmOf(2)
    const bench = await startEngine(around(perMessageProtocol('none'), farm))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => farm.flatMap(linesOf).length === 2, 'the messages to arrive')
    await bench.engine.stop(1000)
    await client.closes()
    expect(client.text).toBe('goodbye shutdown\n')
    expect(await closeOf(bench)).toBe('shutdown')
  })
})

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
    const bench = await startEngine(around(silentProtocol('in-order', SERVER_LINES), [server], vserver({ outstandingReplies: 4 })))
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
    let last = -1
    await until(async () => {
      const now = bench.engine.stats().services['s2']!.bytesOut
      const stalled = now === last && now > 0
      last = now
      await new Promise(resolve => setTimeout(resolve, 50))
      return stalled
    }, 'the fast server to be stopped')
    expect(last).toBeLessThan(1_500_000)
    slow.answer()
    await until(() => client.received.length === 20 * big.length + slow.asked.join('').length + 20 * 'slow \n'.length, 'all replies')
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
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server, await TestServer.listen(chunk => chunk)]))
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
    const bench = await startEngine(around(perMessageProtocol('in-order', SERVER_LINES), [server, await TestServer.listen(chunk => chunk)], {
      lbVservers: [{ name: 'lb', onDown: 'close', services: [{ name: 's1' }, { name: 's2' }] }]
    }))
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
    const farm = [await TestServer.listen(chunk => `push\n${chunk.toString()}push\n`), await TestServer.listen(chunk => chunk)]
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
    const bench = await startEngine(around(silentProtocol('as-they-come', 'server: { framing: frame.length({ at: 0, size: 2, max: 65535 }) },'), farm))
    const client = bench.connect()
    client.socket.write('a\nb\n')
    await until(() => farm.every(server => linesOf(server).length === 1), 'both servers to be there')
    const frameOf = (letter: string, length: number): Buffer => Buffer.concat([Buffer.from([length >> 8, length & 255]), Buffer.alloc(length, letter)])
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
    let last = -1
    await until(async () => {
      const { s1, s2 } = bench.engine.stats().services
      const now = s1!.bytesOut + s2!.bytesOut
      const stalled = now === last && now > 0
      last = now
      await new Promise(resolve => setTimeout(resolve, 50))
      return stalled
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
