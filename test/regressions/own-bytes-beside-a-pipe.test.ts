// What `ctx.send` and `ctx.reply` say joins a peer's stream between two messages, also when that direction is not
// inspected any more and the other one is.
import { expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, turns } from '../support/fake-transport.ts'

/**
 * A client whose direction is piped by its first message, and a server that is inspected and has a line sent back for
 * each of its own.
 */
const PIPED = `
  import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
  export default defineProtocol({
    name: 'piped', api: 1, balance: 'per-connection',
    client: { framing: frame.lines({ max: 1000 }), onMessage: () => forward({ then: 'pipe' }) },
    server: { framing: frame.lines({ max: 1000 }), onMessage: (message, ctx) => { ctx.send(encodeUtf8('sent\\n')); return forward() } }
  })`

/**
 * The same with the sides changed: a server whose direction is piped, and a client that is inspected and has a reply
 * to each line.
 */
const PIPED_SERVER = `
  import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
  export default defineProtocol({
    name: 'piped', api: 1, balance: 'per-connection',
    client: { framing: frame.lines({ max: 1000 }), onMessage: (message, ctx) => { ctx.reply(encodeUtf8('sent\\n')); return forward() } },
    server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward({ then: 'pipe' }) }
  })`

const start = async (source: string, heldBytes?: number) => {
  const transport = new FakeTransport()
  const bench = await startEngine(
    around(
      source,
      [{ port: 1 }],
      heldBytes === undefined ? {} : { extensions: [{ name: 'ext', source, limits: { heldBytes } }] }
    ),
    { transport }
  )
  const client = transport.connect(bench.port())
  return { ...bench, client, server: () => transport.dials.at(-1)!.connect() }
}

test.each([0, 1, 3])(
  'bytes of ours wait for the end of the message that has %i of its bytes behind the pipe',
  async there => {
    const { client, server } = await start(PIPED)
    client.gives('hello\n')
    await turns()
    const behind = server()
    await turns()
    const message = 'abc\n'
    client.gives(message.slice(0, there))
    behind.gives('one\n')
    await turns()
    client.gives(message.slice(there))
    client.gives('d')
    await turns()
    expect(behind.text).toBe(there === 0 ? 'hello\nsent\nabc\nd' : 'hello\nabc\nsent\nd')
    expect(client.text).toBe('one\n')
  }
)

test('bytes of ours wait for the end of a message that stood behind the first one, before the server was there', async () => {
  const { client, server } = await start(PIPED)
  client.gives('hello\nab')
  await turns()
  const behind = server()
  behind.gives('one\n')
  await turns()
  client.gives('c\nd')
  await turns()
  expect(behind.text).toBe('hello\nabc\nsent\nd')
})

test('a reply waits for the end of the server\'s message that is going through a pipe, without a goodbye too', async () => {
  const { client, server } = await start(PIPED_SERVER)
  client.gives('hello\n')
  await turns()
  const behind = server()
  behind.gives('one\nab')
  await turns()
  client.gives('two\n')
  await turns()
  behind.gives('c\nd')
  await turns()
  expect(client.text).toBe('sent\none\nabc\nsent\nd')
})

test('while more of ours waits than may, no more messages of the server are asked about', async () => {
  const { client, server, engine } = await start(PIPED, 4096)
  client.gives('hello\nab')
  await turns()
  const behind = server()
  await turns()
  for (let n = 0; n < 10; n++) {
    behind.gives('1\n'.repeat(10))
    await turns()
  }
  expect(engine.stats().extensions['ext']!.messages).toBeLessThan(50)
  client.gives('c\n')
  await turns()
  expect(behind.text).toBe(`hello\nabc\n${'sent\n'.repeat(100)}`)
  expect(client.text).toBe('1\n'.repeat(100))
})
