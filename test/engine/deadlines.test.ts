// No deadline runs for a side that we have stopped reading, that takes what it is sent, or whose message is before
// the extension.
import net from 'node:net'
import { wheel } from '@weirlb/link'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, atEnd, startEngine, TestServer } from '../support/engine-bench.ts'
import { FakeTransport, HeldRuntime, turns } from '../support/fake-transport.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol } from '../support/per-message-protocol.ts'

/** Over the buffers of two loopback connections and Weir's own together. */
const MUCH = 14_000_000
const LINE = `${'x'.repeat(999)}\n`
const JUDGED = 'server: { framing: frame.lines({ max: 1000 }), onMessage: () => forward() },'

const pause = (ms: number): Promise<void> => new Promise(resolve => { setTimeout(resolve, ms) })
const lines = (bytes: number): Buffer => Buffer.alloc(bytes, LINE)
const limited = (limits: object): Partial<ConfigInput> => ({
  userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', limits }]
})

/** A server that takes the first chunk of a connection, and of the rest as much as it is told to. */
const shyServer = async (
  answer: (socket: net.Socket) => void = () => {}
): Promise<{ readonly port: number, readonly sockets: net.Socket[], bytes: number }> => {
  const sockets: net.Socket[] = []
  const server = net.createServer({ allowHalfOpen: true }, socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.pause()
      answer(socket)
    })
    socket.on('data', chunk => { shy.bytes += chunk.length })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const shy = { port: (server.address() as net.AddressInfo).port, sockets, bytes: 0 }
  return shy
}

/** A client that counts what it gets, and takes it when it is told to. */
class SlowClient {
  bytes = 0
  #most = Infinity
  /** The end of it. */
  tail = ''
  ended = false
  closed = false
  error: Error | undefined
  readonly socket: net.Socket

  constructor (port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    this.socket.on('data', chunk => {
      this.bytes += chunk.length
      if (this.bytes >= this.#most) this.socket.pause()
      this.tail = (this.tail + chunk.toString('latin1', Math.max(0, chunk.length - 100))).slice(-100)
    })
    this.socket.on('end', () => { this.ended = true })
    this.socket.on('close', () => { this.closed = true })
    this.socket.on('error', error => { this.error = error })
    atEnd(() => { this.socket.destroy() })
  }

  /** Take half a megabyte now and then, for so long. */
  async takeSlowly (ms: number): Promise<void> {
    for (const end = performance.now() + ms; performance.now() < end; await pause(200)) {
      this.#most = this.bytes + 500_000
      this.socket.resume()
      await until(() => this.bytes >= this.#most || this.closed || this.ended, 'half a megabyte')
    }
    this.#most = Infinity
  }
}

const modes = [
  ['tunnelled', lineProtocol(), 'tunnel\n'],
  ['both sides judged', lineProtocol(JUDGED), 'hello\n']
] as const

describe.each(modes)('%s', (_, source, first) => {
  test('a client that sends while its server does not read is not silent; one that says nothing is', async () => {
    const server = await shyServer()
    const { port, log } = await startEngine(around(source, [server]))
    const client = new SlowClient(port())
    client.socket.write('idle 0.3\n')
    await until(() => server.bytes > 0, 'the first line')
    client.socket.write(first)
    client.socket.write(lines(MUCH))
    await pause(1300)
    expect([client.closed, log.closed]).toEqual([false, []])
    server.sockets[0]!.resume()
    await until(() => server.bytes === 9 + first.length + MUCH, 'all of it to arrive')
    const start = performance.now()
    await until(() => client.ended, 'the end')
    expect(performance.now() - start).toBeGreaterThan(200)
    expect((await log.ends())[0]).toMatchObject({ reason: 'idle-timeout' })
  })

  /**
   * A client that takes slowly what its server has said before that ended; half-closed connections have less time
   * than it needs.
   */
  const startSlow = async (begin: (socket: net.Socket) => void) => {
    const server = await shyServer(socket => {
      socket.write(lines(MUCH))
      socket.end()
      socket.resume()
    })
    const { port, log } = await startEngine(around(source, [server], limited({ halfClosedTimeoutSeconds: 0.3 })))
    const client = new SlowClient(port())
    client.socket.pause()
    begin(client.socket)
    await client.takeSlowly(1500)
    expect(client.bytes).toBeLessThan(MUCH)
    client.socket.resume()
    await until(() => client.ended, 'the end')
    expect([client.bytes, client.error]).toEqual([MUCH, undefined])
    return { client, log }
  }

  test('a half-closed client that reads slowly gets everything', async () => {
    const { log } = await startSlow(socket => { socket.end(first) })
    expect((await log.ends())[0]).toMatchObject({ reason: 'client-closed' })
  })

  test('a client whose server has ended gets everything, too', async () => {
    const { client, log } = await startSlow(socket => { socket.write(first) })
    client.socket.end()
    expect((await log.ends())[0]).toMatchObject({ reason: 'server-closed' })
  })

  test('a server that is silent behind the end of its client has its time, and no more', async () => {
    const server = await shyServer(socket => { setTimeout(() => { socket.write('late\n') }, 700) })
    const { port, log } = await startEngine(around(source, [server], limited({ halfClosedTimeoutSeconds: 1 })))
    const client = new SlowClient(port())
    client.socket.end(first)
    await until(() => client.tail === 'late\n', 'the late answer')
    // By the clock that timers go by, which is behind while the loop is busy.
    const start = wheel.now
    await until(() => client.ended, 'the end')
    expect(wheel.now - start).toBeGreaterThan(900)
    expect((await log.ends())[0]).toMatchObject({ reason: 'client-closed' })
  })
})

test('a first message that waits for the extension is not late', async () => {
  const transport = new FakeTransport()
  const runtime = new HeldRuntime()
  const { port, log } = await startEngine(
    around(lineProtocol(), [{ port: 1 }], limited({ firstMessageTimeoutSeconds: 0.1 })),
    { transport, runtime }
  )
  const client = transport.connect(port())
  const silent = transport.connect(port())
  runtime.held = true
  client.gives('hello\n')
  await until(() => silent.closed !== undefined, 'the other to be late')
  await pause(300)
  expect(log.closed).toMatchObject([{ reason: 'first-message-timeout' }])
  runtime.release()
  await turns()
  expect(transport.dials.length).toBe(1)
})

test('a goodbye waits for a client that is still taking the message before it', async () => {
  const source = `
    import { defineProtocol, encodeUtf8, forward, frame } from '@weirlb/sdk'
    export default defineProtocol({
      name: 'x', api: 1, balance: 'per-connection',
      client: { framing: frame.lines({ max: 99 }), onMessage: () => forward({ then: 'tunnel' }) },
      server: { framing: frame.length({ at: 0, size: 4, max: ${2 * MUCH} }) },
      goodbye: reason => encodeUtf8('goodbye ' + reason)
    })`
  const message = Buffer.alloc(MUCH + 4)
  message.writeUInt32BE(MUCH)
  const server = await TestServer.listen(() => message)
  const { engine, port, apply } = await startEngine(around(source, [server]))
  const client = new SlowClient(port())
  client.socket.pause()
  client.socket.write('hello\n')
  await until(() => engine.stats().userVservers['v']!.bytesOut > 0, 'the message to begin')
  await apply({ services: [{ name: 's1', address: '127.0.0.1', port: server.port, state: 'disabled' }] })
  await client.takeSlowly(1500)
  client.socket.resume()
  await until(() => client.ended, 'the end')
  expect(client.bytes).toBe(message.length + 20)
  expect(client.tail.slice(-20)).toBe('goodbye service-down')
})

test('a link to a server that still has to take messages is not idle', async () => {
  const server = await shyServer()
  const { connect } = await startEngine(
    around(perMessageProtocol('none'), [server], limited({ serverIdleTimeoutSeconds: 0.2 }))
  )
  const client = connect()
  client.socket.write('first\n')
  await until(() => server.bytes > 0, 'the first line')
  client.socket.write(lines(MUCH))
  await pause(1300)
  server.sockets[0]!.resume()
  await until(() => server.bytes === 6 + MUCH, 'all of it to arrive')
  expect(server.sockets.length).toBe(1)
})
