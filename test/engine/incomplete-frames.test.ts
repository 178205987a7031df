// A framing that does not fit lets a client wait without a word: the line of its end says how much of which frame was
// there.
import { TIME_SCALE, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestClient, TestServer } from '../support/engine-bench.ts'

const framed = (framing: string, more = ''): string => `
import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
export default defineProtocol({ name: 'f', api: 1, balance: 'per-connection',
  client: { framing: ${framing}, onMessage: () => forward({ token: 'x' }) }, ${more}
  goodbye: (reason, ctx) => encodeUtf8('bye ' + reason + '\\n') })
`

describe('how much of a frame was there', () => {
  test.each([
    [
      'a length that is too large',
      'frame.length({ at: 0, size: 2, max: 99 })',
      [0, 10, 1, 2, 3, 4, 5, 6],
      '8 of 12 bytes of the first frame'
    ],
    [
      'a header that is not whole',
      'frame.length({ at: 2, size: 4, max: 99 })',
      [1, 2, 3],
      '3 bytes of the first frame, whose length has not come'
    ],
    ['a fixed size', 'frame.fixed({ size: 12 })', [1], '1 of 12 bytes of the first frame'],
    [
      'a line without end',
      'frame.lines({ max: 99, atEnd: \'drop\' })',
      [104, 105],
      '2 bytes of the first frame, whose end has not come'
    ],
    ['a varint', 'frame.varint({ at: 1, max: 99 })', [16, 10, 0], '3 of 12 bytes of the first frame'],
    ['a count', 'frame.counted({ max: 99 })', [49, 50, 32, 65], '4 of 15 bytes of the first frame'],
    ['elements', "frame.elements({ lines: '+', bodies: '$', within: 99, max: 99 })", [36, 53, 13, 10, 65], '5 of 11 bytes of the first frame'],
    ['a second frame', 'frame.length({ at: 0, size: 1, max: 99 })', [1, 65, 9, 66], '2 of 10 bytes of a frame']
  ])('%s', async (_, framing, bytes, detail) => {
    const server = await TestServer.listen()
    const { port, log } = await startEngine(around(framed(framing), [server]))
    const client = new TestClient(port())
    client.socket.end(Uint8Array.from(bytes))
    await client.closes()
    expect(await log.ends()).toMatchObject([{ detail }])
  })

  test('a client that stays gets no further: its time-out tells', async () => {
    const { connect, log } = await startEngine(
      around(framed('frame.fixed({ size: 12 })'), [await TestServer.listen()], {
        userVservers: [{
          name: 'v',
          protocol: 'P',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'lb',
          limits: { firstMessageTimeoutSeconds: 0.2 * TIME_SCALE }
        }]
      })
    )
    const client = connect()
    client.socket.write('HELLO it')
    await client.closes()
    expect(await log.ends()).toMatchObject([{
      reason: 'first-message-timeout',
      detail: '8 of 12 bytes of the first frame'
    }])
  })

  test.each(['per-connection', 'per-message'])('a reply of the server, with balance %s', async balance => {
    const source = framed('frame.lines({ max: 99 })', 'server: { framing: frame.length({ at: 0, size: 2, max: 9999 }), onMessage: () => forward() },')
      .replace("'per-connection'", balance === 'per-message' ? "'per-message', replies: 'in-order'" : "'per-connection'")
    const server = await TestServer.listen(() => Uint8Array.of(1, 2, 65, 66))
    const { connect, engine, log } = await startEngine(
      around(source, [server], {
        userVservers: [{
          name: 'v',
          protocol: 'P',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'lb',
          limits: { halfClosedTimeoutSeconds: 1 }
        }]
      })
    )
    const client = connect()
    client.socket.write('hello\n')
    await until(() => engine.stats().services['s1']?.bytesOut === 4, 'the reply to arrive')
    client.socket.destroy()
    const [end] = await log.ends()
    expect(end!['detail']).toMatch(/^4 of 260 bytes of a frame of (the|a) server$/)
  })

  test('a stream whose extension needs more', async () => {
    const source = "import { defineProtocol, more, pass } from '@weirlb/sdk'\nexport default defineProtocol({ name: 's', api: 1, balance: 'per-connection', client: { onData: chunk => chunk.length < 12 ? more(12 - chunk.length) : pass(12) } })"
    const { connect, log } = await startEngine(around(source, [await TestServer.listen()], { userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits: { firstMessageTimeoutSeconds: 0.2 * TIME_SCALE } }] }))
    const client = connect()
    client.socket.write('HELLO it')
    await client.closes()
    expect(await log.ends()).toMatchObject([{
      reason: 'first-message-timeout',
      detail: '8 of 12 bytes that the extension needs'
    }])
  })

  test('a client whose frames are whole ends without a word about them', async () => {
    const server = await TestServer.listen(line => line)
    const { connect, log } = await startEngine(around(framed('frame.lines({ max: 99 })'), [server]))
    const client = connect()
    client.socket.write('hello\n')
    await client.gets('hello')
    client.socket.end()
    expect((await log.ends())[0]!['detail']).toBeUndefined()
  })
})

describe('a client whose first frame is refused gets the goodbye', () => {
  test.each([
    [
      'too large by its header',
      'frame.length({ at: 0, size: 2, max: 99 })',
      [1, 0],
      'a frame of 258 bytes is larger than its maximum of 99'
    ],
    [
      'too large without end',
      'frame.lines({ max: 9 })',
      [...'0123456789'].map(c => c.charCodeAt(0)),
      'a frame is larger than its maximum of 9 bytes'
    ],
    ['malformed', 'frame.counted({ max: 99 })', [65], 'the stream does not follow its framing'],
    [
      'with bytes that are refused',
      'frame.lines({ max: 99, never: [0] })',
      [65, 0, 66],
      'a frame holds bytes that its framing refuses'
    ]
  ])('%s', async (_, framing, bytes, detail) => {
    const { connect, log } = await startEngine(around(framed(framing), [await TestServer.listen()]))
    const client = connect()
    client.socket.write(Uint8Array.from(bytes))
    await client.closes()
    expect(client.text).toBe('bye protocol-error\n')
    expect(await log.ends()).toMatchObject([{ reason: 'protocol-error', detail }])
  })

  test('with state, with onClose, and with frames that no handler sees', async () => {
    for (const more of ["state: () => ({ seen: 0 }), onClose (why, ctx) { ctx.log('warn', why) },", '']) {
      const source = framed('frame.lines({ max: 9 })', more).replace(', onMessage: () => forward({ token: \'x\' })', more === '' ? '' : ', onMessage: () => forward()')
      const { connect, log } = await startEngine(around(source, [await TestServer.listen()]))
      const client = connect()
      client.socket.write('0123456789')
      await client.closes()
      expect(client.text).toBe('bye protocol-error\n')
      const said = () => log.lines.filter(({ message }) => message === 'extension says').length
      // It is told after the client is closed.
      if (more !== '') await until(() => said() === 1, 'the word of onClose')
      expect(said()).toBe(more === '' ? 0 : 1)
    }
  })

  test('one that has sent nothing is closed without a word', async () => {
    const { connect, engine } = await startEngine(
      around(framed('frame.lines({ max: 9 })'), [await TestServer.listen()])
    )
    const client = connect()
    await until(() => engine.connections({}).length === 1, 'the client to be there')
    await engine.stop(1000)
    await client.closes()
    expect(client.text).toBe('')
  })
})
