// HTTP requests under way when their engine stops, or when a revision removes what they use.
import type { ServerResponse } from 'node:http'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { HttpBench, web } from '../support/http-bench.ts'
import { RawWebSocket } from '../support/raw-websocket.ts'

const LONG_MS = 60_000 * TIME_SCALE
let http: HttpBench
/** Responses that the server owes, in the order of their requests. */
let owed: ServerResponse[]

beforeEach(async () => {
  owed = []
  const { port } = await web((request, response) => {
    request.resume()
    if (request.url === '/at-once') response.end('now')
    else owed.push(response)
  })
  http = await HttpBench.start([port])
})

/** A client whose request is at the server. */
const asking = async (path = '/'): Promise<TestClient> => {
  const client = new TestClient(http.port)
  const before = owed.length
  client.socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await until(() => owed.length > before, 'the request to arrive')
  return client
}

const settled = async (promise: Promise<unknown>): Promise<() => boolean> => {
  let over = false
  void promise.then(() => { over = true })
  await new Promise(resolve => { setImmediate(resolve) })
  return () => over
}

const removeVserver = { userVservers: [] }

describe.each([
  ['a stop', () => http.bench.engine.stop(LONG_MS)],
  ['a drain', () => http.bench.engine.drain()]
])('%s waits for requests', (_, end) => {
  test('whose response has not begun: it says that the connection ends', async () => {
    const client = await asking()
    const ended = end()
    const isOver = await settled(ended)
    expect(isOver()).toBe(false)
    owed[0]!.end('late')
    await client.closes()
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*late/)
    await ended
    expect(http.requests).toEqual({ answered: 1 })
  })

  test('whose response has begun', async () => {
    const client = await asking()
    owed[0]!.writeHead(200, { 'Content-Length': '8' })
    owed[0]!.write('half')
    await client.gets('half')
    const ended = end()
    expect((await settled(ended))()).toBe(false)
    owed[0]!.end('more')
    await client.closes()
    expect(client.text).toMatch(/halfmore$/)
    await ended
  })

  test('that are pipelined: all are answered, and later ones are not', async () => {
    const client = await asking('/1')
    client.socket.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    await until(() => owed.length === 2, 'the second request')
    const ended = end()
    client.socket.write('GET /3 HTTP/1.1\r\nHost: a\r\n\r\n')
    await settled(ended)
    owed[1]!.end('two')
    owed[0]!.end('one')
    await client.closes()
    expect(client.text).toMatch(/one[^]*Connection: close[^]*two$/)
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(2)
    await ended
    expect([owed.length, http.requests]).toEqual([2, { answered: 2 }])
  })

  test('and closes connections without one', async () => {
    const idle = new TestClient(http.port)
    idle.socket.write('GET /at-once HTTP/1.1\r\nHost: a\r\n\r\n')
    await idle.gets('now')
    const fresh = new TestClient(http.port)
    await until(() => fresh.socket.readyState === 'open', 'the connection')
    const ended = end()
    await idle.closes()
    await ended
    await until(() => http.closed['client-closed'] === 1, 'the idle connection to be counted')
  })
})

test('a stop cuts what is under way when its time is over', async () => {
  const client = await asking()
  const behind = await asking()
  behind.socket.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => owed.length === 3, 'the second request of one client')
  await http.bench.engine.stop(50)
  await client.closes()
  await behind.closes()
  await until(() => http.requests['shutdown'] !== undefined, 'the count')
  await until(() => Object.values(http.requests).reduce((sum, n) => sum! + n!, 0) === 3, 'every request to be counted')
  expect(http.bench.engine.stats().services['w1']!.connections).toBe(0)
})

test('a stop closes WebSockets at once, and waits for the request beside them', async () => {
  const socket = await RawWebSocket.open(http.port)
  const client = await asking()
  const ended = http.bench.engine.stop(LONG_MS)
  await until(() => socket.closed, 'the WebSocket to be closed')
  expect((await settled(ended))()).toBe(false)
  owed[0]!.end('late')
  await client.gets('late')
  await ended
})

describe('a revision', () => {
  test('that removes the user vserver lets requests end', async () => {
    const client = await asking()
    await http.bench.apply(removeVserver)
    owed[0]!.end('late')
    await client.closes()
    expect(client.text).toMatch(/Connection: close\r\n[^]*late$/)
  })

  test.each([
    ['user vserver', removeVserver, 'draining'],
    ['service', {
      services: [{ name: 's1', address: '127.0.0.1', port: 1 }],
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP' as const, services: [] }]
    }, 'service-down']
  ])('that removes the %s cuts them when the grace time is over', async (_, change, reason) => {
    const short = await HttpBench.start(
      [
        (await web((_request, response) => {
          owed.push(response)
        })).port
      ],
      {},
      { requestGraceMs: 50 }
    )
    http = short
    const client = await asking()
    await http.bench.apply(change)
    await client.closes()
    await until(() => http.logged.length === 1, 'the line')
    expect(http.logged[0]).toMatchObject({ reason, status: 0 })
  })

  test('that removes the service lets requests end, and the next one gets another', async () => {
    const other = await web((_request, response) => { response.end('other') })
    const client = await asking()
    await http.bench.apply({
      services: [{ name: 's1', address: '127.0.0.1', port: 1 }, { name: 'w2', type: 'HTTP', address: '127.0.0.1', port: other.port }],
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP', services: [{ name: 'w2' }] }]
    })
    owed[0]!.end('late')
    await client.gets('late')
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.gets('other')
    expect(http.requests).toEqual({ answered: 2 })
  })

  test('that ends requests on an address refuses them to clients that stay connected', async () => {
    const client = await asking()
    owed[0]!.end('first')
    await client.gets('first')
    await http.bench.apply({
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
    })
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.gets('HTTP/1.1 503')
    expect(http.requests).toEqual({ answered: 1, 'no-service': 1 })
  })

  test('that no longer allows the address of a client refuses its next request', async () => {
    const client = await asking()
    owed[0]!.end('first')
    await client.gets('first')
    await http.bench.apply({
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        http: { defaultLb: 'web' },
        allowFrom: ['192.0.2.0/24']
      }]
    })
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.gets('HTTP/1.1 403')
    expect(client.text).not.toContain('allowFrom')
    expect(http.logged[1]).toMatchObject({
      reason: 'not-allowed',
      detail: '127.0.0.1 is not in allowFrom',
      status: 403
    })
    expect([http.requests, owed.length]).toEqual([{ answered: 1, 'not-allowed': 1 }, 1])
  })
})

test('a client that leaves takes all of its pipelined requests with it', async () => {
  const client = await asking('/1')
  client.socket.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => owed.length === 2, 'the second request')
  client.socket.destroy()
  await until(() => http.requests['client-reset'] === 2, `both to be counted: ${JSON.stringify(http.requests)}`)
  expect(http.bench.engine.stats().services['w1']!.connections).toBe(0)
})
