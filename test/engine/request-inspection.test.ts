// What becomes of requests while they are inspected elsewhere: their bodies, their clients, their connections.
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { InspectionResult, RequestInspector } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { TestClient } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { HttpBench, web } from '../support/http-bench.ts'

const PASSES: InspectionResult = { refused: false, score: 0, rules: [] }
const BLOCKS: InspectionResult = { refused: true, score: 5, rules: [{ id: '942100', text: 'SQL' }] }

/** Refuses what has `attack` in its path or its body; `hold` keeps results back until it is called. */
class FakeInspector implements RequestInspector {
  readonly bodies: (string | undefined)[] = []
  readonly headers: (readonly string[] | undefined)[] = []
  waiting: (() => void)[] = []
  holds = false
  used: (readonly string[])[] = []
  use (checks: readonly { readonly name: string }[]): void { this.used.push(checks.map(({ name }) => name)) }
  inspect (...[, , { path, rawHeaders }, body, done]: Parameters<RequestInspector['inspect']>): void {
    const seen = body === undefined ? undefined : Buffer.from(body).toString('latin1')
    this.bodies.push(seen)
    this.headers.push(rawHeaders)
    const finish = (): void => { done(path.includes('attack') || seen?.includes('attack') === true ? BLOCKS : PASSES) }
    if (this.holds) this.waiting.push(finish)
    else queueMicrotask(finish)
  }

  stop (): void {}
}

const check = (more: object = {}): object => ({
  managedChecks: [{ name: 'waf', group: 'owasp-crs', bodyBytes: 1000, ...more }]
})
const echo = async (): Promise<{ readonly port: number, readonly got: string[] }> => {
  const got: string[] = []
  const { port } = await web((request, response) => { void text(request).then(body => { got.push(body); response.end('served') }, () => {}) })
  return { port, got }
}
const start = async (
  ports: readonly number[],
  more: object = {}
): Promise<{ bench: HttpBench, inspector: FakeInspector }> => {
  const inspector = new FakeInspector()
  return { bench: await HttpBench.start(ports, {}, { inspector, more: check(more) }), inspector }
}

test.each([['with its length', 5000, false], ['in chunks', 5000, true], ['smaller than what is inspected', 10, false], ['of just that size', 1000, true]] as const)('a body %s reaches the server whole', async (_, size, chunked) => {
  const { port, got } = await echo()
  const { bench, inspector } = await start([port])
  const body = 'x'.repeat(size)
  const answer = await bench.ask('/', {
    method: 'POST',
    body,
    ...chunked ? { headers: { 'transfer-encoding': 'chunked' } } : {}
  })
  expect(answer).toMatchObject({ status: 200, body: 'served' })
  expect(got).toEqual([body])
  expect(inspector.bodies).toEqual([body.slice(0, 1000)])
})

test('an inspector is used while a user vserver with requests is there', async () => {
  const { port } = await echo()
  const { bench: { bench }, inspector } = await start([port])
  const raw = { name: 'RAW', transport: 'tcp' as const, extension: 'ext' }
  const userProtocols = [raw, { name: 'P', transport: 'ws' as const, extension: 'ext' }]
  const lines = { name: 'lines', protocol: 'RAW', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
  await bench.apply({ userProtocols, userVservers: [lines] })
  await bench.apply({ userProtocols, userVservers: [lines, { ...lines, name: 'v', protocol: 'P' }] })
  await bench.apply({ userProtocols, userVservers: [lines] })
  expect(inspector.used).toEqual([['waf'], [], ['waf'], []])
})

test('a body goes to the next server when the first one cannot be reached', async () => {
  const { port, got } = await echo()
  const { bench } = await start([await freePort(), port])
  const body = 'x'.repeat(50_000)
  for (let n = 0; n < 4; n++) expect(await bench.ask('/', { method: 'POST', body })).toMatchObject({ status: 200 })
  expect(got).toEqual([body, body, body, body])
})

test('a body that a server does not wait for is let go, and its response reaches the client', async () => {
  const { port } = await web((_request, response) => { response.writeHead(200, { connection: 'close' }).end('early') })
  const { bench } = await start([port])
  expect(await bench.ask('/', { method: 'POST', body: 'x'.repeat(200_000) })).toMatchObject({
    status: 200,
    body: 'early'
  })
})

test('a client that waits to be asked for its body is asked', async () => {
  const { port, got } = await echo()
  const { bench } = await start([port])
  const request = httpRequest({
    host: '127.0.0.1',
    port: bench.port,
    method: 'POST',
    agent: false,
    headers: { expect: '100-continue', 'content-length': '4' }
  })
  request.flushHeaders()
  await once(request, 'continue')
  request.end('body')
  const [response] = await once(request, 'response') as [IncomingMessage]
  expect([response.statusCode, await text(response)]).toEqual([200, 'served'])
  expect(got).toEqual(['body'])
})

test('what is refused never reaches a server, and the connection goes on or ends cleanly', async () => {
  const { port, got } = await echo()
  const { bench } = await start([port])
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async (path: string, body: string): Promise<number> => {
    const request = httpRequest({ host: '127.0.0.1', port: bench.port, path, method: 'POST', agent })
    request.on('error', () => {})
    request.end(body)
    const [response] = await once(request, 'response') as [IncomingMessage]
    await text(response)
    return response.statusCode!
  }
  try {
    expect(await ask('/', 'an attack')).toBe(403)
    // Its rest is not read: the connection ends behind the response.
    expect(await ask('/', `attack${'x'.repeat(100_000)}`)).toBe(403)
    expect(await ask('/attack', '')).toBe(403)
    expect(await ask('/', 'no harm')).toBe(200)
  } finally { agent.destroy() }
  expect(got).toEqual(['no harm'])
  expect(bench.requests).toMatchObject({ rule: 3, answered: 1 })
  expect(bench.bench.decisions.map(({ name, action, detail }) => ({ name, action, detail }))).toEqual(
    Array.from({ length: 3 }, () => ({ name: 'waf/949', action: 'block', detail: { score: 5, rules: ['942100 SQL'] } }))
  )
})

test('headers are inspected as they were sent, also where one is sent twice', async () => {
  const { port } = await echo()
  const { bench, inspector } = await start([port])
  await bench.raw(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: one\r\nuser-agent: two\r\nContent-Type: text/plain\r\nContent-Type: text/xml\r\n\r\n'
  )
  expect(inspector.headers).toEqual([[
    'Host',
    'a',
    'Connection',
    'close',
    'User-Agent',
    'one',
    'user-agent',
    'two',
    'Content-Type',
    'text/plain',
    'Content-Type',
    'text/xml'
  ]])
})

test('a client that leaves during the inspection, or before its body is here, leaves nothing', async () => {
  const { port, got } = await echo()
  const { bench, inspector } = await start([port])
  inspector.holds = true
  const leaving = new TestClient(bench.port)
  leaving.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => inspector.waiting.length === 1, 'the inspection')
  leaving.socket.destroy()
  await until(() => bench.requests['client-reset'] === 1, 'its end')
  for (const finish of inspector.waiting.splice(0)) finish()
  const halfway = new TestClient(bench.port)
  halfway.socket.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 900\r\n\r\nhalf')
  await until(() => halfway.text.startsWith('HTTP/1.1 100 '), 'its body to be read')
  halfway.socket.destroy()
  await until(() => bench.requests['client-reset'] === 2, 'its end')
  inspector.holds = false
  expect(await bench.ask('/', { method: 'POST', body: 'whole' })).toMatchObject({ status: 200 })
  expect(got).toEqual(['whole'])
  expect(inspector.bodies).toEqual([undefined, 'whole'])
})

test('an upgrade waits for its inspection, and is refused by it', async () => {
  const { port } = await echo()
  const { bench } = await start([port])
  const upgrade = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  expect(await bench.raw(upgrade('/attack'))).toMatch(/^HTTP\/1\.1 403 /)
  const client = new TestClient(bench.port)
  client.socket.write(upgrade('/'))
  await until(() => client.text.startsWith('HTTP/1.1 101 '), 'the WebSocket')
  client.socket.destroy()
})

test('bodies of slow clients hold no more memory than there is for them', async () => {
  const { port } = await echo()
  const { bench, inspector } = await start([port], { bodyBytes: 1_048_576, onFailure: 'closed' })
  const clients: TestClient[] = []
  // Each sends all but the last byte of what is inspected.
  const part = Buffer.alloc(1_048_575, 'x')
  for (let n = 0; n < 70; n++) {
    const client = new TestClient(bench.port)
    clients.push(client)
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n')
    client.socket.write(part)
  }
  await until(
    () => clients.some(({ text: answer }) => answer.startsWith('HTTP/1.1 503 ')),
    'the first that has no room'
  )
  expect(inspector.bodies).toEqual([])
  expect(bench.bench.decisions[0]).toMatchObject({
    name: 'waf/000',
    action: 'block',
    detail: { why: 'other requests hold all memory that there is for bodies' }
  })
  for (const { socket } of clients) socket.destroy()
  // It is given back.
  await until(() => (bench.requests['client-reset'] ?? 0) + (bench.requests['rule'] ?? 0) === 70, 'all to end')
  expect(await bench.ask('/', { method: 'POST', body: 'x'.repeat(1000) })).toMatchObject({ status: 200 })
})
