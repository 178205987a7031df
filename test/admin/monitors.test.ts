// Monitors over REST, with what runs: made, bound, followed, and refused where they cannot be.
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { until } from '@weirlb/testing'
import type { Weir } from 'weirlb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApiClient, Reply } from './api-client.ts'
import { runningApi } from './running-api.ts'

let weir: Weir
let api: ApiClient
let status = 200
const site = createServer((request, response) => {
  response.writeHead(request.headers.host === 'www.example.com' ? status : 404).end('ALIVE')
})

beforeEach(async () => {
  status = 200
  await once(site.listen(0, '127.0.0.1'), 'listening')
  const running = await runningApi()
  weir = running.weir
  api = running.api
})

afterEach(() => {
  site.closeAllConnections()
  site.close()
})

const ok = async (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Reply> => {
  const reply = await api.call(method, path, { body })
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`)
  return reply
}
const port = (): number => (site.address() as AddressInfo).port
const statusOf = async (path: string): Promise<{ value: string, reason?: string }> =>
  (await api.call('GET', path)).body.status
const monitor = {
  name: 'site',
  type: 'http',
  path: '/health',
  headers: { Host: 'www.example.com' },
  expectedBody: 'alive',
  intervalSeconds: 0.05,
  downAfter: 2
}

test('a monitor of the list is bound, seen at work, and followed by its events and its history', async () => {
  const created = await ok('POST', '/v1/monitors', monitor)
  expect(created.body).toMatchObject({
    ...monitor,
    expectedCodes: ['2xx'],
    redirects: 0,
    reverse: false,
    weight: 1,
    status: { value: 'unused' }
  })
  await ok('POST', '/v1/services', { name: 'web', address: '127.0.0.1', port: port(), type: 'HTTP', monitors: [] })
  await ok('POST', '/v1/services', {
    name: 'web-2',
    address: '127.0.0.1',
    port: port(),
    type: 'HTTP',
    monitors: [{ type: 'named', name: 'site', weight: 3 }]
  })
  await ok('POST', '/v1/lb-vservers', {
    name: 'pool',
    type: 'HTTP',
    services: [{ name: 'web' }],
    monitors: [{ type: 'named', name: 'site' }]
  })
  const events: object[] = []
  weir.on('service-down', event => { events.push(event) })
  weir.on('service-up', event => { events.push(event) })

  await until(async () => (await statusOf('/v1/monitors/site')).value === 'up', 'the monitor to be up')
  expect([(await statusOf('/v1/services/web')).value, (await statusOf('/v1/services/web-2')).value]).toEqual([
    'up',
    'up'
  ])
  status = 503
  await until(async () => (await statusOf('/v1/services/web')).value === 'down' && (await statusOf('/v1/services/web-2')).value === 'down', 'both to be down')
  expect(await statusOf('/v1/services/web')).toMatchObject({ value: 'down', reason: "monitor 'site': GET /health got status 503; expected 2xx" })
  expect(await statusOf('/v1/monitors/site')).toEqual({ value: 'down', reason: "service 'web' and 1 more: GET /health got status 503; expected 2xx" })
  expect((await statusOf('/v1/lb-vservers/pool')).value).toBe('down')
  status = 200
  await until(async () => (await statusOf('/v1/monitors/site')).value === 'up', 'the monitor to be up again')

  const reason = `127.0.0.1:${port()}: monitor 'site': GET /health got status 503; expected 2xx`
  const { body } = await api.call('GET', '/v1/services/web/health')
  expect(body).toMatchObject({
    health: 'up',
    monitors: [{
      name: 'site',
      type: 'http',
      weight: 1,
      health: 'up',
      last: { time: expect.any(Number), ms: expect.any(Number) }
    }]
  })
  expect(body.changes).toEqual([
    { time: body.since, from: 'down', to: 'up', lastedMs: expect.any(Number), reason: 'GET /health got status 200' },
    { time: expect.any(Number), from: 'up', to: 'down', lastedMs: expect.any(Number), reason },
    { time: expect.any(Number), from: 'unknown', to: 'up', lastedMs: expect.any(Number), reason: 'it has no monitors' }
  ])
  expect(events.filter(event => (event as { service: string }).service === 'web')).toEqual([
    { type: 'service-down', time: expect.any(Number), service: 'web', reason, upForMs: expect.any(Number) },
    {
      type: 'service-up',
      time: expect.any(Number),
      service: 'web',
      reason: 'GET /health got status 200',
      downForMs: body.changes[0].lastedMs
    }
  ])
  expect((await api.call('GET', '/v1/services/web-2/health')).body.monitors).toMatchObject([{ weight: 3 }])

  // What changes at the monitor changes at every service.
  await ok('PATCH', '/v1/monitors/site', { headers: { Host: 'other.example' } })
  await until(async () => (await statusOf('/v1/services/web-2')).value === 'down', 'the other host to be asked for')
  expect((await api.call('DELETE', '/v1/monitors/site')).body).toMatchObject({
    code: 'in-use',
    issues: [{ path: 'services[1].monitors[0].name' }, { path: 'lbVservers[0].monitors[0].name' }]
  })
  await ok('PATCH', '/v1/services/web-2', { monitors: [] })
  await ok('PATCH', '/v1/lb-vservers/pool', { monitors: [] })
  await ok('DELETE', '/v1/monitors/site')
  expect((await statusOf('/v1/services/web')).value).toBe('up')
})

test.each<[what: string, path: string, body: object, code: string, issue: object]>([
  ['an unknown type', '/v1/monitors', { name: 'm', type: 'icmp' }, 'config-invalid', { path: 'type', message: 'expected one of tcp, tls, http, https, ws, wss, send-expect, extension, passive; got "icmp"' }],
  ['a field of another type', '/v1/monitors', { name: 'm', type: 'tcp', path: '/' }, 'config-invalid', { path: '', message: "unknown field 'path'; there are: name, type, port, intervalSeconds, jitter, timeoutSeconds, retries, downAfter, upAfter, downSeconds, reverse, weight, comment" }],
  ['a status that is none', '/v1/monitors', { name: 'm', type: 'http', expectedCodes: ['ok'] }, 'config-invalid', { path: 'expectedCodes[0]', message: 'expected a status such as "200", "2xx" or "200-299"; got "ok"' }],
  ['a range that ends before it begins', '/v1/monitors', { name: 'm', type: 'http', expectedCodes: ['299-200'] }, 'config-invalid', { path: 'expectedCodes[0]', message: 'expected a range that begins with its smaller status' }],
  ['a header twice', '/v1/monitors', { name: 'm', type: 'http', headers: { Host: 'a', host: 'b' } }, 'config-invalid', { path: 'headers', message: 'a header is given twice, in upper and lower case' }],
  ['a header of the connection', '/v1/monitors', { name: 'm', type: 'http', headers: { 'Content-Length': '5' } }, 'config-invalid', { path: 'headers', message: expect.stringMatching(/^these headers are not given: connection, /) }],
  ['a header of two lines', '/v1/monitors', { name: 'm', type: 'http', headers: { 'X-A': 'a\r\nX-B: b' } }, 'config-invalid', { path: 'headers.X-A', message: 'expected the value of a header, of one line; got "a\\r\\nX-B: b"' }],
  ['hexadecimal that is none', '/v1/monitors', { name: 'm', type: 'send-expect', format: 'hex', expect: '2g' }, 'config-invalid', { path: 'expect', message: 'expected bytes in hexadecimal, two digits each, or `??`; got "2g"' }],
  ['bytes to ignore that are sent', '/v1/monitors', { name: 'm', type: 'send-expect', format: 'hex', send: '10 ??', expect: '20' }, 'config-invalid', { path: 'send', message: 'expected bytes in hexadecimal, two digits each; got "10 ??"' }],
  ['an unknown monitor', '/v1/services', { name: 's', address: 'a', port: 1, monitors: [{ type: 'named', name: 'm' }] }, 'reference-unknown', { path: 'monitors[0].name', message: "no monitor 'm'; there are: there" }],
  ['one monitor twice', '/v1/services', { name: 's', address: 'a', port: 1, monitors: [{ type: 'named', name: 'there' }, { type: 'named', name: 'there' }] }, 'config-invalid', { path: 'monitors[1].name', message: "monitor 'there' is bound twice; give it a weight instead" }],
  ['a threshold beyond all weights', '/v1/services', { name: 's', address: 'a', port: 1, monitors: [{ type: 'named', name: 'there' }], monitorThreshold: 3 }, 'config-invalid', { path: 'monitorThreshold', message: "monitorThreshold 3 is more than all monitors of service 's' weigh, which is 2" }],
  ['a certkey without a bundle', '/v1/monitors', { name: 'm', type: 'tls', ca: 'psk' }, 'config-invalid', { path: 'ca', message: "certkey 'psk' has no ca bundle; those that have: (none)" }],
  ['an extension without a probe', '/v1/monitors', { name: 'm', type: 'extension', extension: 'sni' }, 'probe-absent', { path: 'extension', message: "extension 'sni' has no probe; those that have: (none)" }]
])('%s is refused', async (_what, path, body, code, issue) => {
  await ok('POST', '/v1/certkeys', { name: 'psk', psk: 'a:00112233445566778899aabbccddeeff' })
  await ok('POST', '/v1/extensions', { name: 'sni', builtin: 'sni' })
  await ok('POST', '/v1/monitors', { name: 'there', type: 'tcp', weight: 2 })
  const before = weir.config.get().value
  const reply = await api.call('POST', path, { body })
  expect(reply.body).toMatchObject({ code, issues: [issue] })
  expect(weir.config.get().value).toEqual(before)
})

test('the health of a service that is not there', async () => {
  expect((await api.call('GET', '/v1/services/none/health')).body).toMatchObject({ status: 404, code: 'not-found' })
})
