import { connect, type AddressInfo } from 'node:net'
import { errorCodes, WeirError, type ErrorCode } from '@weirlb/model'
import { serverOptions } from '@weirlb/admin'
import Fastify from 'fastify'
import { beforeEach, describe, expect, test } from 'vitest'
import { ApiClient, type Sent } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

let weir: FakeWeir
let api: ApiClient
let logged: { fields: object, message: string }[]

beforeEach(async () => {
  weir = new FakeWeir()
  logged = []
  const keep = (fields: object, message: string): void => { logged.push({ fields, message }) }
  api = await ApiClient.over({ weir, log: { info: keep, error: keep }, bodyLimit: 2000 })
})

interface Refusal {
  readonly why: string
  readonly request: readonly [method: Parameters<ApiClient['call']>[0], path: string, sent?: Sent]
  readonly code: ErrorCode
  readonly detail: string | RegExp
  readonly headers?: Readonly<Record<string, string>>
}

const service = { name: 's', address: 'a', port: 1 }
const refusals: readonly Refusal[] = [
  {
    why: 'unknown path',
    request: ['GET', '/v1/nothing'],
    code: 'not-found',
    detail: /\/v1 has no 'nothing'; there are: .*services/
  },
  { why: 'the root', request: ['GET', '/v1'], code: 'not-found', detail: 'there are: extensions' },
  { why: 'the root with a slash', request: ['GET', '/v1/'], code: 'not-found', detail: 'there are: extensions' },
  { why: 'a path that goes on too long', request: ['GET', '/v1/config/deep/down'], code: 'not-found', detail: "/v1/config has no 'deep'; there are: check" },
  { why: 'a path that goes on below a leaf', request: ['GET', '/v1/health/x'], code: 'not-found', detail: 'nothing is below /v1/health' },
  { why: 'unknown path with a body of a foreign type', request: ['POST', '/v1/nothing', { raw: 'x', headers: { 'content-type': 'text/plain' } }], code: 'not-found', detail: 'nothing' },
  { why: 'a slash within a name', request: ['GET', '/v1/services/a%2Fb'], code: 'not-found', detail: "no service 'a/b'" },
  { why: 'method of a collection', request: ['DELETE', '/v1/services'], code: 'method-not-allowed', detail: 'there are: GET, HEAD, POST', headers: { allow: 'GET, HEAD, POST' } },
  { why: 'method of an entity', request: ['POST', '/v1/services/s'], code: 'method-not-allowed', detail: 'POST', headers: { allow: 'GET, HEAD, PUT, PATCH, DELETE' } },
  { why: 'method of an action', request: ['GET', '/v1/services/s/enable'], code: 'method-not-allowed', detail: 'POST', headers: { allow: 'POST' } },
  {
    why: 'method of a path that is both a word and a name',
    request: ['OPTIONS', '/v1/extensions/validate'],
    code: 'method-not-allowed',
    detail: 'OPTIONS',
    headers: { allow: 'POST, GET, HEAD, PUT, PATCH, DELETE' }
  },
  {
    why: 'body that is not JSON',
    request: ['POST', '/v1/services', { raw: '{"name": x' }],
    code: 'body-invalid',
    detail: /^the body is not JSON: .*'?x/
  },
  {
    why: 'body that ends early',
    request: ['POST', '/v1/services', { raw: '{"name"' }],
    code: 'body-invalid',
    detail: 'the body is not JSON'
  },
  {
    why: 'body that is not UTF-8',
    request: ['POST', '/v1/services', { raw: Buffer.from([0x22, 0xff, 0x22]) }],
    code: 'body-invalid',
    detail: 'the body is not UTF-8'
  },
  {
    why: 'body that would reach a prototype',
    request: ['POST', '/v1/services', { raw: '{"__proto__":{"port":1}}' }],
    code: 'body-invalid',
    detail: '__proto__'
  },
  { why: 'no body', request: ['POST', '/v1/services'], code: 'body-invalid', detail: 'no body' },
  { why: 'empty body', request: ['POST', '/v1/services', { raw: '' }], code: 'body-invalid', detail: 'no body' },
  { why: 'no body for the configuration', request: ['PUT', '/v1/config'], code: 'body-invalid', detail: 'no body' },
  {
    why: 'body over the limit',
    request: ['POST', '/v1/services', { body: { ...service, comment: 'x'.repeat(3000) } }],
    code: 'body-too-large',
    detail: /2000|large/
  },
  {
    why: 'what curl -d sends',
    request: ['POST', '/v1/services', { raw: '{}', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    code: 'media-type-unsupported',
    detail: "content type 'application/x-www-form-urlencoded' is not taken; there are: application/json",
    headers: { accept: 'application/json, application/merge-patch+json' }
  },
  {
    why: 'no content type',
    request: ['POST', '/v1/services', { raw: '{}', headers: { 'content-type': undefined } }],
    code: 'media-type-unsupported',
    detail: 'content type'
  },
  {
    why: 'a merge patch for the whole',
    request: ['PUT', '/v1/services/s', { body: service, headers: { 'content-type': 'application/merge-patch+json' } }],
    code: 'media-type-unsupported',
    detail: "content type 'application/merge-patch+json' is not taken here; there are: application/json"
  },
  { why: 'unknown query parameter', request: ['GET', '/v1/connections?user=x'], code: 'query-invalid', detail: "unknown query parameter 'user'; there are: userVserver, service, session, client, reason, limit" },
  { why: 'query where there is none', request: ['GET', '/v1/health?verbose'], code: 'query-invalid', detail: "unknown query parameter 'verbose'; there are: (none)" },
  { why: 'query of a write', request: ['POST', '/v1/services?dry=1', { body: service }], code: 'query-invalid', detail: "unknown query parameter 'dry'" },
  { why: 'query given twice', request: ['GET', '/v1/sessions?key=a&key=b'], code: 'query-invalid', detail: "query parameter 'key' is given twice" },
  { why: 'limit of 0', request: ['GET', '/v1/sessions?limit=0'], code: 'query-invalid', detail: /'limit'.*1.*got "0"/ },
  { why: 'limit that is no number', request: ['GET', '/v1/connections?limit=all'], code: 'query-invalid', detail: /'limit'.*number.*got "all"/ },
  { why: 'limit over the limit', request: ['DELETE', '/v1/sessions?limit=10001'], code: 'query-invalid', detail: /'limit'.*10000/ },
  { why: 'empty filter', request: ['DELETE', '/v1/sessions?lbVserver='], code: 'query-invalid', detail: "'lbVserver'" },
  { why: 'filter that names nothing', request: ['GET', '/v1/sessions?lbVserver=nix'], code: 'query-invalid', detail: "no LB vserver 'nix'; there are: (none)" },
  { why: 'unknown connection', request: ['GET', '/v1/connections/0-1'], code: 'not-found', detail: "no connection '0-1'" },
  { why: 'unknown connection to close', request: ['DELETE', '/v1/connections/0-1'], code: 'not-found', detail: "no connection '0-1'" },
  { why: 'unknown error code', request: ['GET', '/v1/errors/oops'], code: 'not-found', detail: 'there are: config-invalid' },
  { why: 'log level', request: ['PUT', '/v1/log', { body: { level: 'loud' } }], code: 'body-invalid', detail: 'level: expected one of debug, info, warn, error, silent; got "loud"' },
  { why: 'log field', request: ['PUT', '/v1/log', { body: { level: 'info', x: 1 } }], code: 'body-invalid', detail: "the body: unknown field 'x'; there are: level" },
  { why: 'extension without source', request: ['POST', '/v1/extensions/validate', { body: {} }], code: 'body-invalid', detail: 'source: is missing; expected string' },
  { why: 'extension that does not load', request: ['POST', '/v1/extensions/validate', { body: { source: '' } }], code: 'extension-no-default', detail: 'no default export' },
  { why: 'If-Match without quotes', request: ['DELETE', '/v1/services/s', { headers: { 'if-match': 'abc' } }], code: 'not-found', detail: "no service 's'" }
]

test.each(refusals)('$why is refused as $code', async ({ request, code, detail, headers }) => {
  const reply = await api.call(...request)
  const { status, source, doc } = errorCodes[code]
  expect(reply.status).toBe(status)
  expect(reply.body).toMatchObject({ type: `/v1/errors/${code}`, title: doc, status, code, source, retry: false })
  if (typeof detail === 'string') expect(reply.body.detail).toContain(detail)
  else expect(reply.body.detail).toMatch(detail)
  expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', ...headers })
  expect(weir.services.list()).toEqual([])
})

test('a body of 2,000 bytes is taken where that is the limit, and one byte more is not', async () => {
  const sized = (bytes: number): string => JSON.stringify(service).padEnd(bytes)
  expect((await api.call('POST', '/v1/services', { raw: sized(2001) })).status).toBe(413)
  for (const bytes of [1999, 2000])
    expect([400, 413]).not.toContain((await api.call('POST', '/v1/services', { raw: sized(bytes) })).status)
})

// Fastify's router answers these before any plugin is asked.
describe.each(['/v1/services/%zz', '/v1/%', '/%'])('a path that is not a URL (%s)', url => {
  test('is a problem on a server that is made for the API', async () => {
    const { app } = await ApiClient.over({ weir }, { app: Fastify(serverOptions) })
    const response = await app.inject(url)
    expect(response.statusCode).toBe(404)
    expect(response.headers['content-type']).toMatch('application/problem+json')
    expect(response.json()).toMatchObject({
      code: 'not-found',
      type: '/v1/errors/not-found',
      detail: expect.stringContaining(url)
    })
  })

  test('is refused by a program of its own in its own words', async () => {
    expect((await api.app.inject(url)).json()).toMatchObject({ code: 'FST_ERR_BAD_URL' })
  })
})

test.each(Object.keys(errorCodes) as ErrorCode[])('%s of the library is answered with its status', async code => {
  weir.failure = new WeirError(code, 'what happened', { retry: true, issues: [{ path: 'a[0]', message: 'm' }] })
  const response = await api.app.inject('/v1/stats')
  const { status, source, doc } = errorCodes[code]
  expect(response.statusCode).toBe(status)
  expect(response.json()).toEqual({
    type: `/v1/errors/${code}`,
    title: doc,
    status,
    detail: 'what happened',
    code,
    source,
    retry: true,
    issues: [{ path: 'a[0]', message: 'm' }]
  })
  expect(response.headers['retry-after']).toBe(
    code === 'worker-unavailable' || code === 'authentication-throttled' ? '1' : undefined
  )
  const page = await api.call('GET', response.json().type)
  expect(page.body).toEqual({ code, status, source, doc })
})

describe('a fault of our own', () => {
  test.each([
    new TypeError('x.y of secret is not a function'),
    Object.assign(new Error('ENOENT /etc/secret'), { code: 'ENOENT' }),
    'a secret string',
    undefined
  ])('%s', async thrown => {
    weir.stats = () => Promise.reject(thrown as Error)
    const { status, body, text } = await api.call('GET', '/v1/stats')
    expect(status).toBe(500)
    expect(body).toMatchObject({ code: 'internal', source: 'internal', issues: [] })
    expect(text).not.toMatch(/secret|stack|at /)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({ message: 'API request failed', fields: { method: 'GET', path: '/stats' } })
    if (thrown instanceof Error) expect(logged[0]!.fields).toMatchObject({ err: thrown })
  })
})

test('an error of another copy of the model is known by its code', async () => {
  weir.stats = () =>
    Promise.reject(
      Object.assign(new Error('taken'), {
        code: 'address-taken',
        status: 409,
        source: 'config',
        retry: false,
        issues: []
      })
    )
  expect((await api.app.inject('/v1/stats')).json()).toMatchObject({
    status: 409,
    code: 'address-taken',
    detail: 'taken'
  })
})

test('a client that goes away in the middle of a body leaves the API working', async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const { port } = api.app.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('POST /v1/services HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"name"')
    await new Promise(resolve => socket.once('connect', resolve))
    socket.resetAndDestroy()
    const response = await fetch(`http://127.0.0.1:${port}/v1/health`)
    expect(response.status).toBe(200)
  } finally {
    await api.app.close()
  }
})

describe('the log of writes', () => {
  const lines = (): object[] => logged.filter(line => line.message === 'API write').map(line => line.fields)

  test('says who did what to which entity and how it ended, and never a body', async () => {
    await api.call('POST', '/v1/certkeys', { body: { name: 'k', key: 'SECRET' } })
    await api.call('POST', '/v1/certkeys', { body: { name: 'k', key: 'SECRET' } })
    await api.call('PATCH', '/v1/certkeys/k', { body: { key: 7 } })
    await api.call('POST', '/v1/services', { body: { name: 'not a name' } })
    await api.call('DELETE', '/v1/certkeys/k')
    await api.call('PUT', '/v1/config', { body: {} })
    await api.call('DELETE', '/v1/sessions?all=true')
    await api.call('DELETE', '/v1/connections/1-7')
    await api.call('PUT', '/v1/log', { body: { level: 'warn' } })
    await api.call('POST', '/v1/services', { raw: '{' })
    await api.call('POST', `/v1/services/${'n'.repeat(120)}/drain`)
    const who = { who: '127.0.0.1', as: 'loopback' }
    expect(lines()).toEqual([
      { ...who, action: 'create', collection: 'certkeys', name: 'k', status: 201, code: 'ok' },
      { ...who, action: 'create', collection: 'certkeys', name: 'k', status: 409, code: 'name-taken' },
      { ...who, action: 'patch', collection: 'certkeys', name: 'k', status: 422, code: 'config-invalid' },
      { ...who, action: 'create', collection: 'services', name: undefined, status: 422, code: 'config-invalid' },
      { ...who, action: 'delete', collection: 'certkeys', name: 'k', status: 204, code: 'ok' },
      { ...who, action: 'replace', collection: undefined, name: undefined, status: 200, code: 'ok' },
      { ...who, action: 'delete-sessions', collection: undefined, name: undefined, status: 200, code: 'ok' },
      { ...who, action: 'kill-connection', collection: undefined, name: '1-7', status: 404, code: 'not-found' },
      { ...who, action: 'set-log-level', collection: undefined, name: undefined, status: 200, code: 'ok' },
      { ...who, action: 'create', collection: 'services', name: undefined, status: 400, code: 'body-invalid' },
      { ...who, action: 'drain', collection: 'services', name: 'n'.repeat(120), status: 404, code: 'not-found' }
    ])
    expect(JSON.stringify(logged)).not.toContain('SECRET')
  })

  test('says nothing of reads and of checks', async () => {
    for (const path of ['/v1/services', '/v1/config', '/v1/stats', '/v1/nothing']) await api.call('GET', path)
    await api.call('POST', '/v1/config/check', { body: {} })
    expect(lines()).toEqual([])
  })
})
