import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { testBytes } from '../../test/bytes-suite.ts'
import type { Pairs } from '../../test/pairs.ts'
import { testPauses } from '../../test/pauses-suite.ts'
import { latin1, RecordingSink, until } from '../../testing/recording-sink.ts'
import { wheel } from '../../timers/wheel.ts'
import { WebSocketLink } from './websocket-link.ts'
import { wsLimits, type WebSocketRules } from './websocket-rules.ts'

const MB = 1024 * 1024
const rules: WebSocketRules = { messages: 'binary', masks: false, maxPingsPerSecond: 10, pingMs: 0 }
const open: (() => void)[] = []
afterEach(() => { for (const end of open.splice(0)) end() })

/** A server whose clients are links, and the links. */
const serve = async (
  onLink?: (link: WebSocketLink) => void,
  own: Partial<WebSocketRules> = {}
): Promise<{ port: number, links: RecordingSink[], close: () => void }> => {
  const links: RecordingSink[] = []
  const server = createServer()
  const upgrades = new WebSocketServer({ noServer: true, clientTracking: false, ...wsLimits(16 * MB, 64, 10) })
  server.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, webSocket => {
      const link = new WebSocketLink(webSocket, socket as Socket, {
        address: '127.0.0.1',
        port: (socket as Socket).remotePort!
      }, { ...rules, ...own })
      links.push(new RecordingSink(link))
      onLink?.(link)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const close = (): void => {
    server.close()
    for (const { link } of links) link.abort()
  }
  open.push(close)
  return { port: (server.address() as AddressInfo).port, links, close: () => { server.close() } }
}

/** A plain client of `ws`. */
const plainClient = async (port: number): Promise<WebSocket> => {
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  open.push(() => { client.terminate() })
  await new Promise((resolve, reject) => { client.once('open', resolve).once('error', reject) })
  return client
}

const closing = (client: WebSocket): Promise<{ code: number, reason: string }> =>
  new Promise(resolve => { client.once('close', (code, reason) => { resolve({ code, reason: reason.toString() }) }) })

const pairs: Pairs = {
  async connect (onLink) {
    const { port, links } = await serve(onLink)
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}`, { ...wsLimits(16 * MB, 64, 10) })
    let raw: Socket | undefined
    webSocket.once('upgrade', ({ socket }) => { raw = socket })
    const client = await new Promise<RecordingSink>((resolve, reject) => {
      webSocket.once('error', reject)
      webSocket.once('open', () => {
        resolve(
          new RecordingSink(
            new WebSocketLink(webSocket, raw!, { address: '127.0.0.1', port }, { ...rules, masks: true })
          )
        )
      })
    })
    open.push(() => { client.link.abort() })
    await until(() => links.length === 1)
    return { client, server: links[0]! }
  },
  closeListeners () {}
}

describe('a link on a WebSocket', () => {
  testBytes(pairs)
  testPauses(pairs)
})

describe('the end of a link on a WebSocket', () => {
  test.each(
    [
      ['draining', 1001],
      ['shutdown', 1001],
      ['service-down', 1001],
      ['rejected', 1008],
      ['idle-timeout', 1008],
      ['limit', 1013],
      ['no-service', 1013],
      ['dial-failed', 1013],
      ['protocol-error', 1002],
      ['internal-error', 1011],
      ['server-closed', 1000]
    ] as const
  )('%s is told as %i, with the reason in words', async (reason, code) => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    await until(() => links.length === 1)
    links[0]!.link.write(latin1('last words'))
    links[0]!.link.close(reason)
    expect(await closing(client)).toEqual({ code, reason })
    await until(() => links[0]!.closes === 1)
    expect([links[0]!.error, links[0]!.ends]).toEqual([undefined, 0])
  })

  test('a client that closes is told of once, without an error', async () => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    client.send(latin1('bye'))
    client.close(1000)
    await until(() => links[0]?.closes === 1)
    expect([links[0]!.text, links[0]!.ends, links[0]!.error]).toEqual(['bye', 1, undefined])
  })

  test('a FIN without a Close frame is an end, and a reset is a reset', async () => {
    const { port, links } = await serve()
    const [fin, rst] = [await plainClient(port), await plainClient(port)]
    await until(() => links.length === 2)
    const socketOf = (client: WebSocket): Socket => (client as unknown as { _socket: Socket })._socket
    socketOf(fin).end()
    socketOf(rst).resetAndDestroy()
    await until(() => links.every(link => link.closes === 1))
    expect([links[0]!.error, links[0]!.ends, links[1]!.error?.kind]).toEqual([undefined, 1, 'reset'])
  })

  test('end() says 1000 and reads on until the client has closed', async () => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    await until(() => links.length === 1)
    client.pause()
    client.send(latin1('still here'))
    links[0]!.link.end()
    expect(links[0]!.link.write(latin1('too late'))).toBe(true)
    await until(() => links[0]!.text === 'still here')
    client.resume()
    expect((await closing(client)).code).toBe(1000)
    await until(() => links[0]!.closes === 1)
  })

  test('a client that never answers a Close frame is left after the linger time', async () => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    await until(() => links.length === 1)
    client.pause()
    const start = wheel.now
    links[0]!.link.close('draining')
    await until(() => links[0]!.closes === 1)
    expect(wheel.now - start).toBeGreaterThan(900)
  })

  test('close() reads on when it was paused, so that the client\'s Close frame is heard', async () => {
    const { port, links } = await serve(link => { link.pause() })
    const client = await plainClient(port)
    client.send(Buffer.alloc(MB))
    await until(() => links.length === 1)
    links[0]!.link.close('shutdown')
    expect((await closing(client)).code).toBe(1001)
    await until(() => links[0]!.closes === 1)
    expect(links[0]!.bytes).toBe(0)
  })

  test('what arrived in a pause is delivered after it, also when the client has gone', async () => {
    const { port, links } = await serve(link => { link.pause() })
    const client = await plainClient(port)
    for (let i = 0; i < 100; i++) client.send(latin1(`${i};`))
    client.close(1000)
    await until(() => links.length === 1)
    links[0]!.link.resume()
    await until(() => links[0]!.closes === 1)
    expect(links[0]!.text).toBe(Array.from({ length: 100 }, (_, i) => `${i};`).join(''))
  })
})

describe('what a peer may not do', () => {
  test('a text message, where the protocol is binary, ends it with 1003', async () => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    client.send('text')
    expect((await closing(client)).code).toBe(1003)
    await until(() => links[0]!.closes === 1)
    expect([links[0]!.bytes, links[0]!.error]).toEqual([0, {
      kind: 'protocol',
      message: 'a text message, where the protocol is binary'
    }])
  })

  test('a binary message, where the protocol is text, ends it with 1003', async () => {
    const { port, links } = await serve(undefined, { messages: 'text' })
    const client = await plainClient(port)
    let heard = ''
    client.on('message', (data, isBinary) => { heard = isBinary ? '' : (data as Buffer).toString() })
    client.send('text')
    await until(() => links[0]?.text === 'text')
    links[0]!.link.write(latin1('answer'))
    await until(() => heard === 'answer')
    client.send(latin1('binary'))
    expect((await closing(client)).code).toBe(1003)
  })

  test('where both are spoken, the answer is of the kind that came last', async () => {
    const { port, links } = await serve(link => {
      link.sink.onBytes = bytes => {
        link.write(bytes)
      }
    }, { messages: 'both' })
    const client = await plainClient(port)
    const heard: string[] = []
    client.on('message', (data, isBinary) => {
      heard.push(`${isBinary ? 'binary' : 'text'} ${(data as Buffer).toString()}`)
    })
    client.send('one')
    await until(() => heard.length === 1)
    client.send(latin1('two'))
    await until(() => heard.length === 2)
    expect(heard).toEqual(['text one', 'binary two'])
    expect(links).toHaveLength(1)
  })

  test('a flood of pings ends it with 1008; some pings are answered', async () => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    let pongs = 0
    client.on('pong', () => { pongs++ })
    for (let i = 0; i < 10; i++) client.ping()
    await until(() => pongs === 10)
    for (let i = 0; i < 11; i++) client.ping()
    expect((await closing(client)).code).toBe(1008)
    await until(() => links[0]!.closes === 1)
    expect(links[0]!.error).toEqual({ kind: 'protocol', message: 'more than 10 pings in a second' })
  })

  test('a client that does not answer our ping is reset; one that does, stays', async () => {
    const { port, links } = await serve(undefined, { pingMs: 100 })
    const client = await plainClient(port)
    let pings = 0
    client.on('ping', () => { pings++ })
    await until(() => pings === 3)
    expect(links[0]!.closes).toBe(0)
    client.pause()
    await until(() => links[0]!.closes === 1)
    expect(links[0]!.error?.kind).toBe('timeout')
  })

  test('a message over the limit ends it with 1009', async () => {
    const { port, links } = await serve()
    const client = await plainClient(port)
    client.send(Buffer.alloc(16 * MB + 1))
    client.on('error', () => {})
    expect((await closing(client)).code).toBe(1009)
    await until(() => links[0]!.closes === 1)
    expect(links[0]!.error).toMatchObject({ kind: 'protocol', message: 'Max payload size exceeded' })
  })
})
