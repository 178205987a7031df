// Bytes of one direction: what once hung, leaked past its verdict or was held without bound. The transport is the
// test's own, so every step is exact.
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const start = async (source: string, more: Partial<ConfigInput> = {}) => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(source, [{ port: 1 }], more), { transport, runtime })
  const connect = () => transport.connect(bench.port())
  /** The server that was dialled last. */
  const server = () => transport.dials.at(-1)!.connect()
  return { ...bench, transport, runtime, connect, server }
}

const protocol = (client: string, more = ''): string => `
  import { defineProtocol, drop, encodeUtf8, forward, frame } from '@weirlb/sdk'
  export default defineProtocol({ name: 'x', api: 1, balance: 'per-connection', client: { ${client} }, ${more} })`

const limits = (bufferedBytes: number): Partial<ConfigInput> => ({
  userVservers: [{
    name: 'v',
    protocol: 'P',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb',
    limits: { bufferedBytes }
  }]
})

test('a framing error behind a frame that is forwarded ends the connection when that frame has a server, and nothing more is held', async () => {
  const { connect, log, server } = await start(lineProtocol())
  const client = connect()
  client.gives(`hello me\n${'x'.repeat(2000)}`)
  await turns()
  expect(client.closed).toBeUndefined()
  const link = server()
  await turns()
  expect([client.closed, link.text]).toEqual(['close', 'hello me\n'])
  await turns()
  expect(log.closed).toMatchObject([{
    reason: 'protocol-error',
    detail: 'a frame is larger than its maximum of 1000 bytes'
  }])
})

test('thousands of messages before the extension at once, never all of them decided, go on in order', async () => {
  const { connect, server, runtime } = await start(lineProtocol())
  const client = connect()
  client.gives('hello me\n')
  await turns()
  const link = server()
  let sent = 'hello me\n'
  // One that is replaced and one that is dropped among the others: each verdict meets its own message.
  const line = (n: number): string => n % 100 === 7 ? `replace ${n}\n` : n % 100 === 8 ? `drop ${n}\n` : `line ${n}\n`
  const passed = (n: number): string => n % 100 === 7 ? `<${n}>\n` : n % 100 === 8 ? '' : `line ${n}\n`
  for (let n = 0; n < 5000; n += 250) {
    runtime.held = true
    let lines = ''
    for (let i = n; i < n + 250; i++) {
      lines += line(i)
      sent += passed(i)
    }
    client.gives(lines)
    await turns(1)
    // Answered while the next ones are already there.
    client.gives('line between\n')
    sent += 'line between\n'
    runtime.release()
    runtime.held = true
    await turns(1)
  }
  runtime.release()
  await turns(20)
  expect(link.text === sent).toBe(true)
})

test('the rest of a replaced message does not follow its replacement into the pipe', async () => {
  const { connect, server } = await start(protocol("framing: frame.length({ at: 0, size: 1, max: 256 }), peek: 2, onMessage: () => forward({ bytes: encodeUtf8('short'), then: 'pipe' })"))
  const client = connect()
  client.gives(`${String.fromCharCode(20)}head`)
  await turns()
  const behind = server()
  client.gives('x'.repeat(16))
  client.gives('after')
  expect(behind.text).toBe('shortafter')
})

test('the rest of a replaced server message does not reach the client either', async () => {
  const { connect, server } = await start(protocol(
    'framing: frame.lines({ max: 99 }), onMessage: () => forward()',
    "server: { framing: frame.length({ at: 0, size: 1, max: 256 }), peek: 2, onMessage: () => forward({ bytes: encodeUtf8('short'), then: 'tunnel' }) }"
  ))
  const client = connect()
  client.gives('hi\n')
  await turns()
  const behind = server()
  behind.gives(`${String.fromCharCode(20)}head`)
  await turns()
  behind.gives('x'.repeat(16))
  behind.gives('after')
  expect(client.text).toBe('shortafter')
})

test('a tunnel behind a message that is still arriving becomes one when the message is over, and the guest is told', async () => {
  const { connect, server, engine } = await start(protocol("framing: frame.length({ at: 0, size: 1, max: 256 }), peek: 2, onMessage: () => forward({ then: 'tunnel' })"))
  const client = connect()
  client.gives(`${String.fromCharCode(20)}head`)
  await turns()
  const behind = server()
  client.gives('x'.repeat(16))
  expect(engine.connections({})).toMatchObject([{ phase: 'tunnel' }])
  client.gives('after')
  expect(behind.text).toBe(`${String.fromCharCode(20)}head${'x'.repeat(16)}after`)
})

test('a goodbye waits for the end of a server message of which a part was there when the tunnel began', async () => {
  for (const [before, after] of [['5\n', ''], ['half a ', 'line\n']] as const) {
    const { connect, server, engine } = await start(lineProtocol(SERVER_LINES))
    const client = connect()
    client.gives('hello\n')
    await turns()
    const behind = server()
    behind.gives(before)
    client.gives('tunnel\n')
    await turns()
    engine.kill(engine.connections({})[0]!.id)
    await turns()
    if (after !== '') {
      expect(client.text).toBe(before)
      behind.gives(`${after}more`)
    }
    expect(client.text).toBe(`${before}${after}goodbye killed after 2 answered\n`)
  }
})

test('a goodbye waits for the rest of a server message whose length was known when the tunnel began', async () => {
  const { connect, server, engine } = await start(protocol(
    "framing: frame.lines({ max: 99 }), onMessage: message => forward({ then: message.text() === 'tunnel\\n' ? 'tunnel' : 'continue' })",
    "server: { framing: frame.length({ at: 0, size: 1, max: 256 }), onMessage: () => forward() }, goodbye: () => encodeUtf8('bye')"
  ))
  const client = connect()
  client.gives('hello\n')
  await turns()
  const behind = server()
  behind.gives(`${String.fromCharCode(20)}half`)
  client.gives('tunnel\n')
  await turns()
  engine.kill(engine.connections({})[0]!.id)
  await turns()
  behind.gives('x'.repeat(16))
  expect(client.text).toBe(`${String.fromCharCode(20)}half${'x'.repeat(16)}bye`)
})

test('a client that asks for replies and does not read them is not read either', async () => {
  const { connect } = await start(lineProtocol())
  const client = connect()
  client.slow = true
  client.gives('reply a\n')
  await turns()
  client.gives('reply b\n')
  await turns()
  expect(client.text).toBe('reply a\n')
  expect(client.unread).toBe(8)
  client.drain()
  await turns()
  expect(client.text).toBe('reply a\nreply b\n')
})

test('a message that is longer than what may be buffered, and whose end has to be searched, still arrives', async () => {
  const line = `${'x'.repeat(50_000)}\n`
  for (const handler of ['', 'onMessage: () => forward(),', 'peek: 10, onMessage: () => forward(),']) {
    const { connect, server, transport } = await start(
      protocol(`framing: frame.lines({ max: 200_000 }), ${handler}`),
      limits(4096)
    )
    const client = connect()
    for (let at = 0; at < line.length; at += 1000) {
      client.gives(line.slice(at, at + 1000))
      await turns(1)
    }
    await turns()
    expect(transport.dials).toHaveLength(1)
    expect(server().text).toBe(line)
  }
})

test('a message as large as the memory that is shared with the guest is asked about', async () => {
  const { connect, transport } = await start(
    protocol('framing: frame.length({ at: 0, size: 4, max: 1_048_576 }), onMessage: () => forward()')
  )
  const message = Buffer.alloc(1_048_576)
  message.writeUInt32BE(message.length - 4)
  const client = connect()
  client.gives(message)
  await turns()
  expect(transport.dials).toHaveLength(1)
})

test('an unfinished message at the end of the stream is what its own framing says it is', async () => {
  const { connect, server, engine } = await start(protocol("framing: frame.byFirstByte([{ from: 49, to: 57, use: frame.counted({ max: 99 }) }], frame.lines({ max: 99 })), onMessage: () => forward()"))
  const client = connect()
  client.gives('a line\n12')
  await turns()
  const behind = server()
  client.fin()
  await turns()
  expect(behind.text).toBe('a line\n')
  expect(behind.ended).toBe(true)
  expect(engine.stats().extensions['ext']).toMatchObject({ messages: 1 })
})

test('a client that asks for replies while a message of the server goes out is not asked about without end', async () => {
  const { connect, server, engine } = await start(protocol(
    "framing: frame.lines({ max: 99 }), onMessage: (message, ctx) => { if (message.text() === 'hi\\n') return forward(); ctx.reply(encodeUtf8('re\\n')); return drop() }",
    'server: { framing: frame.length({ at: 0, size: 1, max: 256 }) }'
  ), limits(4096))
  const client = connect()
  client.gives('hi\n')
  await turns()
  const behind = server()
  behind.gives(`${String.fromCharCode(6)}123`)
  for (let n = 0; n < 20; n++) {
    client.gives('?\n'.repeat(2048))
    await turns()
  }
  expect(engine.stats().extensions['ext']!.messages).toBeLessThan(4096)
  behind.gives('456')
  const all = `${String.fromCharCode(6)}123456${'re\n'.repeat(20 * 2048)}`
  await until(() => client.text.length === all.length, 'all replies')
  expect([client.text === all, client.unread, client.paused]).toEqual([true, 0, false])
})

test('nor is one whose side is a stream', async () => {
  const { connect, server, engine } = await start(`
    import { defineProtocol, drop, encodeUtf8, frame, pass } from '@weirlb/sdk'
    export default defineProtocol({
      name: 'x', api: 1, balance: 'per-connection',
      client: {
        onData (chunk, end, ctx) {
          if (chunk[0] === 104) return pass(chunk.length)
          ctx.reply(encodeUtf8('re\\n'))
          return drop(chunk.length)
        }
      },
      server: { framing: frame.length({ at: 0, size: 1, max: 256 }) }
    })`, limits(4096))
  const client = connect()
  client.gives('hi\n')
  await turns()
  const behind = server()
  behind.gives(`${String.fromCharCode(6)}123`)
  for (let n = 0; n < 200; n++) {
    client.gives('?')
    await turns(2)
  }
  expect(engine.stats().extensions['ext']!.messages).toBeLessThan(100)
  behind.gives('456')
  await turns()
  expect(client.text.endsWith('re\n')).toBe(true)
  expect([client.unread, client.paused]).toEqual([0, false])
})
