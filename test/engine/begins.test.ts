// What a client may begin with: one that begins with something else is closed at its first byte, and nobody is asked
// about it.
import type { Explanation } from '@weirlb/engine'
import { createRuntime } from '@weirlb/sandbox'
import { drive, everySplit, TIME_SCALE, until } from '@weirlb/testing'
import { defineProtocol, forward, frame, pass } from '@weirlb/sdk'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer } from '../support/engine-bench.ts'

const protocol = (client: string, more = ''): string =>
  `import { defineProtocol, forward, frame, pass } from '@weirlb/sdk'
export default defineProtocol({
  name: 'begins', api: 1, balance: 'per-connection', ${more}
  client: { begins: [{ from: 0x41, to: 0x5a }, { from: 0x23, to: 0x23 }], ${client} }
})`
const messages = 'framing: frame.length({ at: 1, size: 2, max: 65536 }), onMessage: () => forward()'
const stream = 'onData: chunk => pass(chunk.length)'
const WHY = "the first byte is 0x67 ('g'); a client begins with 0x41 ('A') to 0x5a ('Z'), 0x23 ('#')"

describe.each([
  ['messages', messages, ''],
  ['a stream', stream, ''],
  ['messages of clients that are asked about first', messages, 'onConnect: () => undefined,'],
  ['messages that nobody sees', 'framing: frame.length({ at: 1, size: 2, max: 65536 })', '']
])('%s', (_, client, more) => {
  test('another first byte ends the connection at once', async () => {
    const server = await TestServer.listen()
    const { connect, log, engine } = await startEngine(around(protocol(client, more), [server]))
    const stranger = connect()
    stranger.socket.write('g')
    await stranger.closes()
    const [end] = await log.ends()
    expect(end).toMatchObject({ reason: 'rejected', detail: WHY })
    // Long before the first message is missed.
    expect(end!['durationMs']).toBeLessThan(5000 * TIME_SCALE)
    expect(stranger.text).toBe('')
    expect(server.sockets).toHaveLength(0)
    expect(engine.stats().extensions['ext']).toMatchObject({ messages: 0 })
  })

  test('the first and the last byte of a range, and one in a list, are taken; later bytes are free', async () => {
    const server = await TestServer.listen(() => 'ok')
    const { connect } = await startEngine(around(protocol(client, more), [server]))
    for (const first of ['A', 'Z', '#']) {
      const taken = connect()
      taken.socket.write(`${first}\0\u0001gg\0\u0001g`)
      await taken.gets('ok')
      taken.socket.destroy()
    }
  })

  test('explain says the same', async () => {
    const { engine } = await startEngine(around(protocol(client, more), [await TestServer.listen()]))
    const ask = async (bytes: string): Promise<Explanation> =>
      await engine.explain({
        userVserver: 'v',
        bytes: Buffer.from(bytes),
        side: 'client',
        client: { address: '127.0.0.1', port: 50_000 }
      })
    expect(await ask('g\0\u0001g')).toMatchObject({
      frames: [],
      rest: { offset: 0, length: 4, why: 'after-end' },
      outcome: { becomes: 'closed', reason: 'rejected', detail: WHY }
    })
    expect((await ask('A\0\u0001g')).outcome.reason).toBeUndefined()
    expect((await ask('')).outcome.reason).toBeUndefined()
  })
})

test.each([
  ['messages', { framing: frame.length({ at: 1, size: 2, max: 65536 }), onMessage: () => forward() }],
  ['a stream', { onData: (chunk: Uint8Array) => pass(chunk.length) }]
])('the kit refuses it too, however it is cut: %s', (_, client) => {
  const kit = defineProtocol({ name: 'begins', api: 1, balance: 'per-connection', client: { begins: [{ from: 0x41, to: 0x5a }], ...client } })
  expect(everySplit(kit, Buffer.from('g\0\u0001g'))).toMatchObject({ closed: 'rejected', crossings: 0, detail: "the first byte is 0x67 ('g'); a client begins with 0x41 ('A') to 0x5a ('Z')" })
  expect(drive(kit, Buffer.from('A\0\u0001g'))).toMatchObject({ closed: undefined })
})

test('a client that passes because nobody can be asked may begin with anything', async () => {
  const source = protocol(
    'framing: frame.lines({ max: 100 }), onMessage: () => forward()',
    'onConnect: () => { for (;;) {} },'
  )
  const server = await TestServer.listen(chunk => chunk)
  const config = {
    ...around(source, [server]),
    extensions: [{ name: 'ext', source, limits: { batchTimeoutMs: 100 }, failOpen: true }]
  }
  const { connect, log } = await startEngine(config, { runtime: createRuntime() })
  const client = connect()
  await until(() => log.lines.some(({ message }) => message === 'connection fails open'), 'the connection to fail open')
  client.socket.write('g')
  await client.gets('g')
})
