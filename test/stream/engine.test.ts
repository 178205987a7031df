// Stream sides in the engine. The transport is the test's own, so every step is exact.
import type { ConfigInput } from '@weirlb/model'
import { describe, expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { head, SERVER_UNITS, unit, unitProtocol } from '../support/unit-protocol.ts'

const GOODBYE = "goodbye: (reason, ctx) => encodeUtf8('bye ' + reason),"

const start = async (more = '', config: Partial<ConfigInput> = {}) => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(unitProtocol(more), [{ port: 1 }], config), { transport, runtime })
  const connect = () => transport.connect(bench.port())
  /** The server that was dialled last. */
  const server = () => transport.dials.at(-1)!.connect()
  const stats = () => bench.engine.stats().extensions['ext']!
  /** The line of the one connection that ended. */
  const closed = async () => {
    const [line] = await bench.log.ends()
    return line!
  }
  return { ...bench, transport, runtime, connect, server, stats, closed }
}

const limits = (limits: object): Partial<ConfigInput> => ({
  userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits }]
})

describe('crossings', () => {
  test('a chunk of many units takes one; the first pass chooses the server', async () => {
    const { connect, server, stats, engine } = await start()
    const client = connect()
    const units = Array.from({ length: 500 }, (_, i) => unit(i % 2 === 0 ? 'P' : 'W', i % 7)).join('')
    client.gives(unit('K', 'ann') + units)
    await turns()
    const link = server()
    expect(link.text).toBe(unit('K', 'ann') + units)
    expect(stats()).toMatchObject({ crossings: 1, messages: 1, counters: { whole: 250 } })
    expect(engine.connections({})[0]).toMatchObject({ session: 'ann', phase: 'open' })
  })

  test('credit costs none, and more is waited for without asking', async () => {
    const { connect, server, stats } = await start()
    const client = connect()
    client.gives(head('P', 50_000))
    await turns()
    const link = server()
    for (let i = 0; i < 50; i++) {
      client.gives('x'.repeat(1000))
      await turns(1)
    }
    expect(link.text.length).toBe(50_003)
    expect(stats().crossings).toBe(1)
    for (const byte of unit('W', 20)) {
      client.gives(byte)
      await turns(1)
    }
    // The first byte, the header, the whole unit.
    expect(stats().crossings).toBe(4)
    expect(link.text).toBe(head('P', 50_000) + 'x'.repeat(50_000) + unit('W', 20))
    // Credit of 4 GB and more.
    client.gives(unit('H', 65_530))
    await turns()
    for (let i = 0; i < 20; i++) client.gives('y'.repeat(60_000))
    await turns()
    expect(stats().crossings).toBe(5)
    expect(link.text.length).toBe(50_003 + 23 + 65_533 + 1_200_000)
  })

  test('all connections of a tick share one', async () => {
    const { connect, stats } = await start()
    const clients = Array.from({ length: 20 }, connect)
    for (const client of clients) client.gives(unit('P', 5) + unit('D', 5))
    await turns()
    expect(stats()).toMatchObject({ crossings: 1, messages: 20, forwarded: 20, dropped: 20 })
  })

  test('what arrives while a chunk is before the extension is asked about next', async () => {
    const { connect, server, stats, runtime } = await start()
    const client = connect()
    runtime.held = true
    client.gives(unit('P', 'one') + 'W')
    await turns()
    for (const byte of head('x', 3).slice(1) + 'two') client.gives(byte)
    await turns()
    runtime.release()
    await turns()
    expect(server().text).toBe(unit('P', 'one') + unit('W', 'two'))
    expect(stats().crossings).toBe(2)
  })

  test('a pipe ends them', async () => {
    const { connect, server, stats } = await start(SERVER_UNITS)
    const client = connect()
    client.gives(unit('U') + 'rest')
    await turns()
    const link = server()
    client.gives('more')
    link.gives('not a unit at all')
    await turns()
    expect([link.text, client.text, stats().crossings]).toEqual([`${unit('U')}restmore`, 'not a unit at all', 1])
  })
})

describe('the counts', () => {
  test('drop, reply and send stand where they were said', async () => {
    const { connect, server } = await start()
    const client = connect()
    client.gives(unit('P', 'a') + unit('D', 'bb') + unit('S', 'cc') + unit('R', 'd') + unit('P', 'e'))
    await turns()
    expect([server().text, client.text]).toEqual([`${unit('P', 'a')}s${unit('R', 'd')}${unit('P', 'e')}`, 'r'])
  })

  test('what is dropped may be still to come, and what is sent waits for the end of what is passed', async () => {
    const { connect, server } = await start(SERVER_UNITS)
    const client = connect()
    client.gives(head('D', 10) + '12345')
    await turns()
    client.gives('67890' + head('P', 4) + 'ab')
    await turns()
    const link = server()
    // Of the server's side, towards the client's stream: its end is not there yet.
    link.gives(unit('S', 'x'))
    await turns()
    expect(client.text).toBe('')
    expect(link.text).toBe(`${head('P', 4)}ab`)
    client.gives('cd')
    await turns()
    expect(link.text).toBe(`${head('P', 4)}abcds`)
  })

  test('what is refused before anything passed chooses no server', async () => {
    const { connect, transport, closed } = await start()
    const client = connect()
    client.gives(unit('D', 3) + unit('J'))
    expect(await closed()).toMatchObject({ reason: 'rejected', detail: 'told to' })
    expect([client.text, client.closed, transport.dials.length]).toEqual(['no', 'close', 0])
  })

  test('what was decided before a throw goes on', async () => {
    const { connect, server, log } = await start()
    const client = connect()
    client.gives(unit('P', 'first'))
    await turns()
    const link = server()
    client.gives(unit('P', 'second') + unit('X') + unit('P', 'third'))
    await turns(6)
    expect(link.text).toBe(unit('P', 'first') + unit('P', 'second'))
    expect(client.text).toBe('')
    expect(log.closed[0]).toMatchObject({
      reason: 'extension-error',
      detail: expect.stringMatching(/^Error: told to throw \(ext\.ts:32:\d+\)$/) as string
    })
  })

  test('via an LB vserver that is not bound ends the connection', async () => {
    const { connect, closed } = await start()
    connect().gives(unit('V', 'elsewhere'))
    expect(await closed()).toMatchObject({ reason: 'extension-error', detail: expect.stringContaining("via 'elsewhere' is not bound") })
  })
})

describe('what no count can be', () => {
  test.each([
    [0, 'client.onData must not be async: it returned a promise'], [1, 'pass(0): expected a whole number of bytes from 1 to 9007199254740991'], [2, 'pass(-1)'],
    [3, 'pass(NaN)'], [4, 'pass(1.5)'], [5, 'pass(1e+300)'], [6, 'pass(4)'], [7, 'drop(0)'], [8, 'more(0)'], [9, 'more(-5)'],
    [10, 'onData returned an object with op "forward"'], [11, 'onData returned undefined'], [12, 'pipe({ then: yes }): there is: tunnel'],
    [14, "pipe({ both }): write pipe({ then: 'tunnel' })"], [15, 'drop(undefined): expected a whole number of bytes']
  ])('garbage %i: %s', async (n, message) => {
    const { connect, closed, stats } = await start()
    connect().gives(head('G', n))
    expect(await closed()).toMatchObject({ reason: 'extension-error', detail: expect.stringContaining(message) })
    expect(stats().throws).toBe(1)
  })

  test('more than may be originated has used all of that budget', async () => {
    const { connect, closed, stats } = await start('', {
      extensions: [{ name: 'ext', source: unitProtocol(), limits: { originatedBytes: 1024 } }]
    })
    connect().gives(unit('K', 'k'.repeat(1025)))
    expect(await closed()).toMatchObject({
      reason: 'extension-error',
      detail: expect.stringContaining('originatedBytes')
    })
    expect(stats().originatedBytesPeak).toBe(1024)
  })

  test('more than may be held', async () => {
    const { connect, closed } = await start()
    connect().gives(head('G', 13))
    expect(await closed()).toMatchObject({
      reason: 'protocol-error',
      detail: 'the extension needs 10000003 bytes at once; at most 262144 may wait (bufferedBytes, heldBytes)'
    })
  })

  test.each([
    ['the vserver\'s', limits({ bufferedBytes: 4096 })],
    ['the extension\'s, where that is lower', {
      extensions: [{ name: 'ext', source: unitProtocol(), limits: { heldBytes: 4096 } }]
    }]
  ])('the cap is %s', async (_, config) => {
    const { connect, server, closed } = await start('', config)
    const client = connect()
    client.gives(unit('W', 4093))
    await turns()
    expect(server().text.length).toBe(4096)
    client.gives(head('W', 4094))
    expect(await closed()).toMatchObject({
      reason: 'protocol-error',
      detail: 'the extension needs 4097 bytes at once; at most 4096 may wait (bufferedBytes, heldBytes)'
    })
  })

  test('a stream that ends undecided', async () => {
    const { connect, server, closed } = await start()
    const client = connect()
    client.gives(unit('P', 'a') + 'W')
    await turns()
    const link = server()
    client.fin()
    expect(await closed()).toMatchObject({
      reason: 'protocol-error',
      detail: 'the stream ended 2 bytes before the extension could judge its last 1'
    })
    expect(link.text).toBe(unit('P', 'a'))
  })

  test('the same of a server', async () => {
    const { connect, server, closed } = await start(SERVER_UNITS)
    const client = connect()
    client.gives(unit('P', 'a'))
    await turns()
    const link = server()
    link.gives(unit('P', 'b') + head('W', 9))
    link.fin()
    expect(await closed()).toMatchObject({
      reason: 'protocol-error',
      detail: 'from the server: the stream ended 9 bytes before the extension could judge its last 3'
    })
    expect(client.text).toBe(unit('P', 'b'))
  })
})

describe('ends', () => {
  test('the extension is told that the stream ends with what it sees', async () => {
    const { connect, server } = await start()
    const client = connect()
    client.gives(unit('P', 'a') + unit('E', 'all the rest'))
    await turns()
    const link = server()
    expect(link.text).toBe(unit('P', 'a'))
    client.fin()
    await turns()
    expect([link.text, link.ended]).toEqual([unit('P', 'a') + unit('E', 'all the rest'), true])
    // The other direction goes on.
    link.gives('answer')
    await turns()
    expect(client.text).toBe('answer')
  })

  test('an end behind a pipe reaches a server that is dialled after it', async () => {
    const { connect, server } = await start()
    const client = connect()
    client.gives(unit('T') + 'all')
    await turns()
    client.fin()
    await turns()
    const link = server()
    expect([link.text, link.ended]).toEqual([`${unit('T')}all`, true])
  })

  test('a client that ends before anything passed is gone, whatever was to be sent', async () => {
    const { connect, closed } = await start()
    const client = connect()
    client.gives(unit('S', 'x'))
    await turns()
    client.fin()
    expect(await closed()).toMatchObject({ reason: 'client-closed' })
  })

  test('an end inside credit is an end', async () => {
    const { connect, server, stats } = await start()
    const client = connect()
    client.gives(head('P', 100) + 'x')
    await turns()
    const link = server()
    client.fin()
    await turns()
    expect([link.text, link.ended, stats().crossings]).toEqual([`${head('P', 100)}x`, true, 1])
  })

  test('the server\'s last bytes are judged before the client is closed', async () => {
    const { connect, server, runtime, closed } = await start(SERVER_UNITS)
    const client = connect()
    client.gives(unit('P', 'a'))
    await turns()
    const link = server()
    runtime.held = true
    link.gives(unit('P', 'last words'))
    link.fin()
    link.leave()
    await turns()
    expect(client.closed).toBeUndefined()
    runtime.release()
    expect(await closed()).toMatchObject({ reason: 'server-closed' })
    expect(client.text).toBe(unit('P', 'last words'))
  })

  test('goodbye stands where what the extension passed has ended', async () => {
    const { connect, server, engine, closed } = await start(SERVER_UNITS + GOODBYE)
    const client = connect()
    client.gives(unit('P', 'a'))
    await turns()
    const link = server()
    link.gives(`${head('P', 4)}bb`)
    await turns()
    engine.kill(engine.connections({})[0]!.id)
    await turns()
    expect(client.text).toBe(`${head('P', 4)}bb`)
    link.gives('bb')
    expect(await closed()).toMatchObject({ reason: 'killed' })
    expect(client.text).toBe(`${head('P', 4)}bbbbbye killed`)
  })

  test.each([['piped', SERVER_UNITS, unit('T')], ['unseen', '', 'anything']])(
    'no goodbye in what is %s',
    async (_, side, said) => {
      const { connect, server, engine, closed } = await start(side + GOODBYE)
      const client = connect()
      client.gives(unit('P', 'a'))
      await turns()
      server().gives(said)
      await turns()
      engine.kill(engine.connections({})[0]!.id)
      expect(await closed()).toMatchObject({ reason: 'killed' })
      expect(client.text).toBe(said)
    }
  )

  test('a guest that dies ends those who wait for it', async () => {
    const { connect, runtime, closed } = await start()
    const client = connect()
    runtime.held = true
    client.gives(unit('P', 'a'))
    await turns()
    runtime.kill('told to die')
    expect(await closed()).toMatchObject({ reason: 'extension-error', detail: expect.stringContaining('told to die') })
  })
})

describe('flow', () => {
  test('a client that sends faster than is judged is paused, and read again', async () => {
    const { connect, server, runtime } = await start('', limits({ bufferedBytes: 8192 }))
    const client = connect()
    client.gives(unit('P', 'a'))
    await turns()
    const link = server()
    runtime.held = true
    const units = unit('P', 4093)
    for (let i = 0; i < 10; i++) client.gives(units)
    await turns()
    expect(client.paused).toBe(true)
    expect(client.unread).toBeGreaterThan(0)
    runtime.release()
    await turns(20)
    expect([client.paused, client.unread]).toEqual([false, 0])
    expect(link.text).toBe(unit('P', 'a') + units.repeat(10))
  })

  test('a full server holds the client, on credit too', async () => {
    const { connect, server } = await start()
    const client = connect()
    client.gives(head('P', 1000) + 'x'.repeat(100))
    await turns()
    const link = server()
    link.slow = true
    client.gives('x'.repeat(100))
    expect(client.paused).toBe(true)
    client.gives('x'.repeat(800))
    expect(client.unread).toBe(800)
    link.drain()
    expect([client.paused, link.text.length]).toEqual([false, 1003])
  })

  test('what is decided before the server is there waits for it', async () => {
    const { connect, server, transport } = await start()
    const client = connect()
    client.gives(head('P', 10) + 'abc')
    await turns()
    client.gives('defghij')
    client.gives(unit('P', 'two'))
    await turns()
    expect(transport.dials.length).toBe(1)
    expect(server().text).toBe(`${head('P', 10)}abcdefghij${unit('P', 'two')}`)
  })
})
