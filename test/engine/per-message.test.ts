import { untilStill } from '@weirlb/link/testing'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { perMessageProtocol, silentProtocol } from '../support/per-message-protocol.ts'
import { closeOf, farmOf, linesOf, numbered, textOf, vserver } from '../support/per-message-servers.ts'

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
    expect(bench.engine.connections({ service: 's2' })).toMatchObject([{
      phase: 'open',
      service: 's1, s2, s3',
      lbVserver: 'lb'
    }])
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
    for (const key of ['0', '1', '2', '3'])
      expect(farm.filter(server => linesOf(server).includes(`session ${key}`))).toHaveLength(1)
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
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        lbVservers: ['other']
      }]
    }))
    const client = bench.connect()
    client.socket.write(Array.from({ length: 40 }, (_, i) => `token ${i % 8}\nvia other\n`).join(''))
    await until(() => farm.flatMap(linesOf).length === 80, 'all messages to arrive')
    expect(linesOf(farm[3]!)).toEqual(Array(40).fill('via other'))
    for (let key = 0; key < 8; key++)
      expect(farm.filter(server => linesOf(server).includes(`token ${key}`))).toHaveLength(1)
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
    const last = await untilStill(() => {
      const now = bench.engine.connections({})[0]!.bytesIn
      return now > 4 ? now : undefined
    }, 'the client to be stopped')
    expect(last).toBeLessThan(total)
    let got = 0
    for (const server of farm)
      server.sockets[0]!.removeAllListeners('data').on('data', chunk => {
        got += chunk.length
      }).resume()
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
    const bench = await startEngine(
      around(perMessageProtocol('none'), [{ port: await freePort() }, { port: await freePort() }])
    )
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

  test.each(['keep', 'close'] as const)(
    'a service that goes down gets no more messages, and the client stays (%s)',
    async onDown => {
      const farm = await farmOf(2)
      const bench = await startEngine(
        around(silentProtocol('none'), farm, {
          lbVservers: [{ name: 'lb', onDown, services: [{ name: 's1' }, { name: 's2' }] }]
        })
      )
      const client = bench.connect()
      client.socket.write('a\nb\n')
      await until(() => farm.every(server => linesOf(server).length === 1), 'both servers to be there')
      bench.engine.setServiceHealth('s1', 'down')
      if (onDown === 'close') await until(() => farm[0]!.ended[0] === true, 'its link to be closed')
      client.socket.write('c\nd\n')
      await until(() => linesOf(farm[1]!).length === 3, 'the other to get all')
      expect(bench.engine.connections({})[0]!.service).toBe(onDown === 'close' ? 's2' : 's1, s2')
    }
  )

  test('a limit of clients counts a client once, however many messages it sends', async () => {
    const farm = await farmOf(1)
    const bench = await startEngine(
      around(silentProtocol('none'), farm, {
        services: [{ name: 's1', address: '127.0.0.1', port: farm[0]!.port, maxClients: 1 }]
      })
    )
    const client = bench.connect()
    client.socket.write(numbered(10))
    await until(() => linesOf(farm[0]!).length === 10, 'all messages to arrive')
    const second = bench.connect()
    second.socket.write('x\n')
    await second.closes()
    expect(await closeOf(bench)).toBe('limit')
  })

  test('messages wait in the queue of a full service; all of a client follow its first, and those of one that goes leave', async () => {
    const farm = await farmOf(1)
    const bench = await startEngine(around(silentProtocol('none'), farm, {
      services: [{ name: 's1', address: '127.0.0.1', port: farm[0]!.port, maxClients: 1 }],
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }], queue: { clients: 9, timeoutSeconds: 300 } }]
    }))
    const lines = ([id, count]: readonly [string, number]): string =>
      Array.from({ length: count }, (_, i) => `${id}${i}\n`).join('')
    const waiting = async (count: number): Promise<void> => {
      await until(() => bench.engine.stats().lbVservers['lb']!.waiting === count, `${count} messages to wait`)
    }
    const [first, second, third] = [bench.connect(), bench.connect(), bench.connect()]
    first.socket.write(lines(['a', 1]))
    await until(() => linesOf(farm[0]!).length === 1, 'the first')
    second.socket.write(lines(['b', 3]))
    await waiting(3)
    third.socket.write(lines(['c', 4]))
    await waiting(7)
    for (const { id } of bench.engine.connections({}).slice(1, 2)) bench.engine.kill(id)
    await waiting(4)
    first.socket.destroy()
    await until(() => linesOf(farm[0]!).length === 5, 'all of the third')
    expect(linesOf(farm[0]!)).toEqual(['a0', 'c0', 'c1', 'c2', 'c3'])
    await waiting(0)
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
      expect.stringMatching(/^TypeError: then: 'tunnel' needs balance: 'per-connection' \(ext\.ts:\d+:\d+\)$/),
      expect.stringContaining('send(): with balance: \'per-message\''),
      expect.stringMatching(/^TypeError: forward\(\{ replies \}\) needs replies: 'in-order' \(ext\.ts:\d+:\d+\)$/)
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
