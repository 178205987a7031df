// Rate limits and bans over REST: HTTP requests and upgrades, what is wrong with them, and what explain shows.
import { beforeEach, describe, expect, test } from 'vitest'
import type { RateLimitInput } from '@weirlb/admin/client'
import { until } from '@weirlb/testing'
import { startWebFarm, type WebFarm } from '../support/web-farm.ts'
import type { WeirProcess } from '../support/weir-process.ts'

let farm: WebFarm
let weir: WeirProcess
beforeEach(async () => {
  farm = await startWebFarm(1, (request, response) => {
    response.statusCode = request.url === '/login' ? 401 : 200
    response.end('served')
  })
  weir = farm.weir
  await weir.api.call('deleteBans', { query: { all: 'true' } })
})

const get = async (path: string, headers?: Record<string, string>): Promise<Response> => await farm.get(path, headers)
const statusOf = async (path: string, headers: Record<string, string> = {}): Promise<number> => (
  await get(path, headers)
).status
const limit = async (body: RateLimitInput): Promise<void> => { await weir.api.call('createRateLimit', { body }) }

interface Refusal {
  readonly status: number,
  readonly body: {
    readonly code: string,
    readonly issues: readonly {
      readonly path: string, readonly message: string, readonly line?: number, readonly column?: number
    }[]
  }
}
const send = async (method: string, path: string, body?: object): Promise<Refusal> => {
  const response = await fetch(
    `${weir.api.base}/v1/${path}`,
    { method, ...body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } }
  )
  return { status: response.status, body: response.status === 204 ? {} : await response.json() } as Refusal
}

test('requests over the limit get 429 and when to come again, by a header of theirs', async () => {
  await limit({
    name: 'requests', counts: 'requests', expression: 'starts_with(http.request.uri.path, "/api")',
    by: ['ip.src', 'http.request.headers["x-key"][0]'], limit: 2, periodSeconds: 600, action: 'block'
  })
  expect([
    await statusOf('/api/1', { 'x-key': 'a' }), await statusOf('/api/2', { 'x-key': 'a' }),
    await statusOf('/api/1', { 'x-key': 'b' })
  ]).toEqual([200, 200, 200])
  const refused = await get('/api/3', { 'x-key': 'a' })
  expect([refused.status, Number(refused.headers.get('retry-after')) > 590, await refused.text()]).toEqual([
    429, true, 'this client may not be served\n'
  ])
  // A missing value has a counter of its own, and so has an empty one.
  expect([
    await statusOf('/api/1'), await statusOf('/api/1'), await statusOf('/api/1'),
    await statusOf('/other', { 'x-key': 'a' })
  ]).toEqual([200, 200, 429, 200])
  const stats = (await weir.api.call('getStats')).body
  expect(stats.rateLimits).toMatchObject({ requests: { counted: 5, over: 2, blocked: 2, keys: 3 } })
  expect(stats.userVservers['web']!.requests['rate-limit']).toBe(2)
  expect((await weir.api.call('getRateLimit', { path: { name: 'requests' } })).body.status).toMatchObject({
    value: 'up', phase: 'request', userVservers: ['mqtt', 'web']
  })
  // Explain looks, and counts nothing.
  const { body: { rateLimits } } = await weir.api.call(
    'explain',
    {
      path: { name: 'web' },
      body: { side: 'request', bytes: '', client: { http: { path: '/api/9', headers: { 'x-key': 'a' } } } }
    }
  )
  expect(rateLimits).toMatchObject([{ rateLimit: 'requests', applies: true, counted: 2, limit: 2, over: true }])
})

test('a limit is for those on a list, which may become others, and cannot go while it is named', async () => {
  const { api } = weir
  const addresses = { name: 'known', type: 'ip', items: ['127.0.0.1'] } as const
  await limit({
    name: 'unlisted', counts: 'requests', expression: 'ip.src in $known', limit: 1, periodSeconds: 600, action: 'block',
    state: 'draft'
  })
  const wanted = {
    counts: 'requests', expression: 'not ip.src in $known', limit: 1, periodSeconds: 600, action: 'block'
  } as const
  expect(await send('POST', 'rate-limits', { name: 'others', ...wanted })).toMatchObject({
    status: 422, body: { code: 'limit-invalid', issues: [{ line: 1, column: 15 }] }
  })
  await api.call('createList', { body: addresses })
  await limit({ name: 'others', ...wanted })
  expect([await statusOf('/'), await statusOf('/'), await statusOf('/')]).toEqual([200, 200, 200])
  await api.call('replaceList', { path: { name: 'known' }, body: { ...addresses, items: ['127.0.0.2'] } })
  expect([await statusOf('/'), await statusOf('/')]).toEqual([200, 429])
  const refused = await send('DELETE', 'lists/known')
  expect(refused).toMatchObject({
    status: 409, body: { code: 'in-use', issues: [{ path: 'rateLimits[1].expression' }] }
  })
  const retyped = await send('PUT', 'lists/known', { name: 'known', type: 'string', items: ['a'] })
  expect(retyped).toMatchObject({ status: 422, body: { code: 'limit-invalid' } })
  expect(await statusOf('/')).toBe(429)
})

test('responses of the server are counted, and block for a time', async () => {
  await limit({
    name: 'logins', counts: 'requests', expression: 'http.request.uri.path eq "/login"',
    counting: 'http.response.code eq 401', limit: 2, periodSeconds: 600, timeoutSeconds: 600, action: 'block',
    response: { status: 420, contentType: 'application/json', body: '{}' }
  })
  for (let n = 0; n < 3; n++) expect(await statusOf('/login')).toBe(401)
  const refused = await get('/login')
  expect([refused.status, refused.headers.get('content-type'), await refused.text()]).toEqual([
    420, 'application/json; charset=utf-8', '{}'
  ])
  expect(await statusOf('/')).toBe(200)
})

test('upgrades are limited before a WebSocket is opened', async () => {
  await limit({
    name: 'upgrades', counts: 'upgrades', by: ['ws.origin'], limit: 1, periodSeconds: 600, action: 'block'
  })
  const first = await farm.upgrade({ origin: 'https://good.example' })
  const second = await farm.upgrade({ origin: 'https://good.example' })
  expect([first.status, second.status, Number(second.retryAfter) > 590]).toEqual([101, 429, true])
  expect(await statusOf('/')).toBe(200)
  await until(
    async () => (await weir.api.call('getStats')).body.userVservers['mqtt']!.closed['rate-limit'] === 1,
    'the refusal to be counted'
  )
})

test('a banned address is refused everywhere but at the API, also by requests of open connections', async () => {
  const { api } = weir
  expect(await send('POST', 'bans', { address: '::ffff:127.0.0.1', seconds: 600, comment: 'test' })).toMatchObject({
    status: 201, body: { address: '127.0.0.1', comment: 'test' }
  })
  await until(async () => await statusOf('/').catch(() => 0) === 0, 'a reset')
  expect((await api.call('listBans')).body).toMatchObject({ items: [{ address: '127.0.0.1' }], truncated: false })
  expect((await api.call('getStats')).body.userVservers['web']!.closed['banned']).toBeGreaterThan(0)
  expect(await send('POST', 'bans', { address: '2001:db8::1', seconds: 60 })).toMatchObject({
    status: 201, body: { address: '2001:db8:0:0::/64' }
  })
  expect(await send('GET', `bans/${encodeURIComponent('2001:db8::/64')}`)).toMatchObject({ status: 200 })
  expect((await send('DELETE', 'bans?all=true')).body).toEqual({ deleted: 2 })
  await until(async () => await statusOf('/').catch(() => 0) === 200, 'the address to be served again')
})

test.each([
  [{ address: 'localhost', seconds: 1 }, 422, 'ban-invalid'],
  [{ address: '192.0.2.0/24', seconds: 1 }, 422, 'ban-invalid'],
  [{ address: '192.0.2.1', seconds: 0 }, 400, 'body-invalid'],
  [{ address: '192.0.2.1' }, 400, 'body-invalid']
] as const)('a ban %j is refused', async (body, status, code) => {
  expect(await send('POST', 'bans', body)).toMatchObject({ status, body: { code } })
  expect(await send('DELETE', 'bans/192.0.2.1')).toMatchObject({ status: 404, body: { code: 'not-found' } })
  expect(await send('DELETE', 'bans')).toMatchObject({ status: 400, body: { code: 'query-invalid' } })
})

type Wrong = readonly [
  what: string, more: Partial<RateLimitInput>, code: string, path: string, message: RegExp, line?: number,
  column?: number
]

const wrong: readonly Wrong[] = [
  [
    'an unknown field', { expression: 'mqtt.tpye eq "PUBLISH"', vservers: ['mqtt'] }, 'limit-invalid', 'expression',
    /unknown field 'mqtt.tpye'; there are: mqtt.type.*user vserver 'mqtt'/, 1, 1
  ],
  ['a fault in a value', { by: ['ip.src', 'lower('] }, 'limit-invalid', 'by[1]', /expected .*got the end/, 1, 7],
  [
    'a condition for a value', { by: ['ip.src eq 127.0.0.1'] }, 'limit-invalid', 'by[0]',
    /this is a condition; expected a value/
  ],
  ['a list for a value', { by: ['http.request.headers.names'] }, 'limit-invalid', 'by[0]', /expected a single value/],
  [
    'every item of a list for a value', { counts: 'requests', by: ['http.request.headers["x"][*]'] }, 'limit-invalid',
    'by[0]', /expected a single value/
  ],
  [
    'a fault in what it counts', { counts: 'first-messages', counting: 'mqtt.connack.return_code' }, 'limit-invalid',
    'counting', /is a number and has to be compared/
  ],
  [
    'a field that comes later', { counts: 'requests', by: ['mqtt.connect.client_id'], vservers: ['mqtt'] },
    'limit-invalid', 'counts', /mqtt.connect.client_id is not known yet in phase request/
  ],
  [
    'a message\'s field at the first message', { counts: 'first-messages', by: ['mqtt.publish.topic'] },
    'limit-invalid', 'counts', /not known yet in phase first-message/
  ],
  [
    'messages where there are none', { counts: 'messages', vservers: ['web'] }, 'limit-invalid', 'counts',
    /no extension that shows the messages of clients/
  ],
  [
    'the status of a response in a rule', { counts: 'requests', expression: 'http.response.code eq 401' },
    'limit-invalid', 'expression', /unknown field/
  ],
  ['replies of connections', { counting: 'ssl' }, 'config-invalid', 'counting', /have no reply/],
  ['a throttle of connections', { action: 'throttle' }, 'config-invalid', 'action', /cannot be read more slowly/],
  [
    'a throttle that waits for hours', { counts: 'messages', action: 'throttle', limit: 1, periodSeconds: 3600 },
    'config-invalid', 'limit', /expected 120 or more/
  ],
  [
    'a throttle with a time', { counts: 'messages', action: 'throttle', timeoutSeconds: 5 }, 'config-invalid',
    'timeoutSeconds', /expected 0/
  ],
  ['a ban without an end', { action: 'ban' }, 'config-invalid', 'timeoutSeconds', /a ban has an end/],
  ['a response of no request', { response: { status: 429 } }, 'config-invalid', 'response', /answers HTTP requests/],
  [
    'a status that is no refusal', { counts: 'requests', response: { status: 200 as never } }, 'config-invalid',
    'response.status', /400/
  ],
  ['nine values', { by: Array<string>(9).fill('ip.src') }, 'config-invalid', 'by', /8/],
  ['an unknown vserver', { vservers: ['w'] }, 'reference-unknown', 'vservers[0]', /no user vserver 'w'/]
]

test.each([
  [{ action: 'throttle' }, 'messagesPerSecond', /throttle needs it/],
  [{ action: 'throttle', messagesPerSecond: 5, phase: 'connect' }, 'phase', /expected message, got connect/],
  [{ action: 'ban' }, 'banSeconds', /ban needs it/],
  [{ action: 'block', banSeconds: 5 }, 'banSeconds', /is of ban; the action is block/],
  [{ action: 'block', messagesPerSecond: 5 }, 'messagesPerSecond', /is of throttle/]
] as const)('a rule with %j is refused', async (more, path, message) => {
  const { status, body } = await send('POST', 'rules', { name: 'r', expression: 'ip.src eq 192.0.2.1', ...more })
  expect([status, body.code, body.issues[0]!.path]).toEqual([422, 'config-invalid', path])
  expect(body.issues[0]!.message).toMatch(message)
})

test('every preset can be created as it is', async () => {
  const { items } = (await weir.api.call('listRateLimitPresets')).body
  for (const { rateLimit } of items) expect(await send('POST', 'rate-limits', rateLimit)).toMatchObject({
    status: 201, body: { status: { value: 'up' } }
  })
  expect(items.map(({ name }) => name)).toContain('mqtt-logins')
})

describe('a rate limit', () => {
  test.each(wrong.map(each => ({ what: each[0], each })))('with $what is refused', async ({
    each: [, more, code, path, message, line, column]
  }) => {
    const { status, body } = await send(
      'POST', 'rate-limits', { name: 'l', counts: 'connections', limit: 5, action: 'block', ...more }
    )
    expect({ status, code: body.code }).toEqual({ status: 422, code })
    expect(body.issues[0]!.path.replace(/^rateLimits\[0\]\./, '')).toBe(path)
    expect(body.issues[0]!.message).toMatch(message)
    if (line !== undefined) expect([body.issues[0]!.line, body.issues[0]!.column]).toEqual([line, column])
    expect((await weir.api.call('listRateLimits')).body.items).toEqual([])
  })
})

test('the fullest counters are listed, the fullest first, with private values as hashes', async () => {
  await limit({
    name: 'agents',
    counts: 'requests',
    by: ['ip.src', 'http.cookie'],
    limit: 2,
    periodSeconds: 600,
    action: 'block',
    timeoutSeconds: 600
  })
  for (const cookie of ['a=1', 'a=1', 'a=1', 'b=2']) await get('/', { cookie })
  const { items, truncated } = (await weir.api.call('listRateLimitCounters', { path: { name: 'agents' } })).body
  expect(items.map(({ counted, limit }) => [Math.round(counted), limit])).toEqual([[2, 2], [1, 2]])
  expect(items[0]!.key).toMatch(/^127\.0\.0\.1, sha256:[0-9a-f]{16}$/)
  expect([items[0]!.actsForSeconds > 0, items[1]!.actsForSeconds, truncated]).toEqual([true, 0, false])
  expect((await weir.api.call('listRateLimitCounters', { path: { name: 'agents' }, query: { limit: 1 } })).body)
    .toMatchObject({ items: [{ limit: 2 }], truncated: true })
  expect(await send('GET', 'rate-limits/absent/counters')).toMatchObject({ status: 404, body: { code: 'not-found' } })
})
