// What a peer has said before its reset goes on, also when nobody has judged it yet and when its server is not there
// yet.
import type { ConfigInput } from '@weirlb/model'
import { describe, expect, test } from 'vitest'
import { around, startEngine } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'

const RESET = { kind: 'reset', message: 'by the test' } as const
const JUDGED = 'server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },'

const start = async (source: string, more: Partial<ConfigInput> = {}) => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const bench = await startEngine(around(source, [{ port: 1 }], more), { transport, runtime })
  const client = transport.connect(bench.port())
  return { ...bench, transport, runtime, client }
}

/** A client that has said hello, and the server that has heard it. */
const startOpen = async (source: string) => {
  const started = await start(source)
  started.client.gives('hello\n')
  await turns()
  const server = started.transport.dials[0]!.connect()
  await turns()
  return { ...started, server }
}

describe.each([
  ['per connection', lineProtocol(JUDGED)],
  ['per message, as they come', perMessageProtocol('as-they-come', JUDGED)],
  ['per message, in order', perMessageProtocol('in-order', JUDGED)]
])('%s', (_, source) => {
  test('what a server said before its reset is judged and passed on before its client is told', async () => {
    const { client, transport, runtime, log } = await start(source)
    client.gives('hello\nmore\nand more\n')
    await turns()
    const server = transport.dials[0]!.connect()
    await turns()
    runtime.held = true
    server.gives('the answer\nand one')
    server.leave(RESET)
    await turns()
    expect(client.text).toBe('')
    runtime.release()
    await turns()
    expect(client.text).toMatch(/^the answer\nand one(goodbye service-down|$)/)
    expect((await log.ends())[0]!['reason']).toMatch(/server-reset|reply-missing/)
  })

  test('what a client said before its reset is judged and passed on before its server is closed', async () => {
    const { client, runtime, log, server } = await startOpen(source)
    runtime.held = true
    client.gives('the last word\nand one')
    client.leave(RESET)
    await turns()
    expect([server.text, server.closed]).toEqual(['hello\n', undefined])
    runtime.release()
    await turns()
    expect([server.text, server.closed]).toEqual(['hello\nthe last word\nand one', 'close'])
    expect(await log.ends()).toMatchObject([{ reason: 'client-reset', detail: 'by the test' }])
  })

  test('a client that resets before its server is there is heard all the same', async () => {
    const { client, transport, log } = await start(source)
    client.gives('hello\nthe last word\n')
    await turns()
    client.leave(RESET)
    await turns()
    const server = transport.dials[0]!.connect()
    await turns()
    expect([server.text, server.closed]).toEqual(['hello\nthe last word\n', 'close'])
    expect(await log.ends()).toMatchObject([{ reason: 'client-reset' }])
  })

  test('a client that resets while its server does not take all is heard when it does', async () => {
    const { client, transport, log } = await start(source)
    client.gives('hello\n')
    await turns()
    const server = transport.dials[0]!.connect()
    server.slow = true
    await turns()
    client.gives('one\n')
    await turns()
    // Its link waits with the reset until it is read again.
    client.gives('two\n')
    server.drain()
    client.leave(RESET)
    await turns()
    expect([server.text, server.closed]).toEqual(['hello\none\ntwo\n', 'close'])
    expect(await log.ends()).toMatchObject([{ reason: 'client-reset' }])
  })

  test('a client that has ended and then resets ends its server in order', async () => {
    const { client, runtime, log, server } = await startOpen(source)
    runtime.held = true
    client.gives('the last word\n')
    client.fin()
    client.leave(RESET)
    await turns()
    runtime.release()
    await turns()
    expect([server.text, server.closed]).toEqual(['hello\nthe last word\n', 'close'])
    expect(await log.ends()).toMatchObject([{ reason: 'client-reset' }])
  })

  test('an extension that dies with the last words of a client leaves nothing behind', async () => {
    const { client, runtime, log, engine, server } = await startOpen(source)
    runtime.held = true
    client.gives('the last word\n')
    client.leave(RESET)
    await turns()
    runtime.kill('by the test')
    await turns()
    expect([server.text, server.closed]).toEqual(['hello\n', 'close'])
    expect(await log.ends()).toMatchObject([{ reason: 'extension-error' }])
    expect(engine.connections({})).toEqual([])
  })

  test('a client that resets and whose server cannot be reached is over', async () => {
    const { client, transport, log, engine } = await start(source)
    client.gives('hello\n')
    await turns()
    client.leave(RESET)
    transport.dials[0]!.fail()
    await turns()
    expect(await log.ends()).toMatchObject([{ reason: 'dial-failed' }])
    expect(engine.connections({})).toEqual([])
  })

  test('a client that resets before its first message is over at once', async () => {
    const { client, log } = await start(source)
    client.leave(RESET)
    await turns()
    expect(await log.ends()).toMatchObject([{ reason: 'client-reset', detail: 'by the test' }])
  })
})
