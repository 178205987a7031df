import { beforeEach, describe, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { declaration, FakeWeir } from './fake-weir.ts'

let weir: FakeWeir
let api: ApiClient

beforeEach(async () => {
  weir = new FakeWeir()
  await weir.apply({ lbVservers: [{ name: 'a' }, { name: 'b' }], certkeys: [{ name: 'k', key: 'SECRET' }] })
  api = await ApiClient.over({ weir })
})

describe('sessions', () => {
  beforeEach(() => {
    weir.entries = ['a', 'b'].flatMap(lbVserver => ['x', 'ä & b', 'hex:00ff'].map((key, connections) =>
      ({ lbVserver, key, service: 's', connections, expiresInSeconds: connections === 0 ? 1.5 : undefined })))
  })

  test('are listed by LB vserver and key', async () => {
    const all = await api.call('GET', '/v1/sessions')
    expect(all.body).toMatchObject({ truncated: false, items: { length: 6 } })
    expect(all.body.items[0]).toEqual({ lbVserver: 'a', key: 'x', service: 's', connections: 0, expiresInSeconds: 1.5 })
    const one = await api.call('GET', `/v1/sessions?lbVserver=b&key=${encodeURIComponent('ä & b')}`)
    expect(one.body.items).toEqual([{ lbVserver: 'b', key: 'ä & b', service: 's', connections: 1 }])
  })

  test('say when there are more', async () => {
    expect((await api.call('GET', '/v1/sessions?limit=5')).body).toMatchObject({ truncated: true, items: { length: 5 } })
    expect((await api.call('GET', '/v1/sessions?limit=6')).body).toMatchObject({ truncated: false, items: { length: 6 } })
  })

  test('are deleted by LB vserver and key, or all', async () => {
    expect((await api.call('DELETE', '/v1/sessions?lbVserver=a&key=x')).body).toEqual({ deleted: 1 })
    expect((await api.call('DELETE', '/v1/sessions?key=x')).body).toEqual({ deleted: 1 })
    expect((await api.call('DELETE', '/v1/sessions?limit=3')).body).toEqual({ deleted: 3 })
    expect((await api.call('DELETE', '/v1/sessions')).body).toEqual({ deleted: 1 })
    expect(weir.entries).toEqual([])
  })
})

describe('connections', () => {
  beforeEach(() => {
    weir.live = [1, 2, 3].map(n => ({
      id: `1-${n}`,
      userVserver: n < 3 ? 'v' : 'w',
      version: 1,
      failedOpen: false,
      client: `10.0.0.${n}`,
      phase: n < 3 ? 'tunnel' as const : 'first-message' as const,
      lbVserver: n < 3 ? 'a' : undefined,
      service: n < 3 ? 's' : undefined,
      session: n < 3 ? `dev-${n}` : undefined,
      fields: { user: 'u' },
      since: 1_700_000_000_000,
      bytesIn: n,
      bytesOut: 0
    }))
  })

  test.each([['', 3], ['?userVserver=v', 2], ['?service=s&session=dev-1', 1], ['?client=10.0.0.3', 1], ['?service=none', 0]])('%s lists %d', async (query, count) => {
    const { body } = await api.call('GET', `/v1/connections${query}`)
    expect(body).toMatchObject({ truncated: false, items: { length: count } })
  })

  test('say when there are more', async () => {
    expect((await api.call('GET', '/v1/connections?limit=2')).body).toMatchObject({ truncated: true, items: { length: 2 } })
  })

  test('are shown and closed one by one', async () => {
    expect((await api.call('GET', '/v1/connections/1-3')).body)
      .toEqual({ id: '1-3', userVserver: 'w', version: 1, failedOpen: false, client: '10.0.0.3', phase: 'first-message', fields: { user: 'u' }, since: 1_700_000_000_000, bytesIn: 3, bytesOut: 0 })
    expect((await api.call('DELETE', '/v1/connections/1-3')).status).toBe(204)
    expect((await api.call('GET', '/v1/connections/1-3')).status).toBe(404)
    expect(weir.live).toHaveLength(2)
  })
})

describe('the whole configuration', () => {
  test('is read, edited and put back under its ETag', async () => {
    const { body, headers } = await api.call('GET', '/v1/config')
    expect(body.lbVservers.map((lb: { name: string }) => lb.name)).toEqual(['a', 'b'])
    expect((await api.call('GET', '/v1/config', { headers: { 'if-none-match': String(headers.etag) } })).status).toBe(304)
    const services = [{ name: 's', address: 'a', port: 1, status: { status: 'up' } }]
    const put = await api.call('PUT', '/v1/config', { body: { ...body, services }, headers: { 'if-match': String(headers.etag) } })
    expect(put.body.services).toMatchObject([{ name: 's', maxClients: 0 }])
    expect(put.body.services[0]).not.toHaveProperty('status')
    const late = await api.call('PUT', '/v1/config', { body, headers: { 'if-match': String(headers.etag) } })
    expect(late.body).toMatchObject({ status: 412, code: 'precondition-failed' })
    expect(weir.get('certkeys', 'k')?.value.key).toBe('SECRET')
  })

  test('is checked without being applied', async () => {
    const { etag } = weir.config()
    expect(await api.call('POST', '/v1/config/check', { body: { services: [{ name: 's', address: 'a', port: 1 }] } })).toMatchObject({ status: 200, body: { ok: true } })
    const { body } = await api.call('POST', '/v1/config/check', { body: { lbVservers: [{ name: 'lb', backup: 'gone' }] } })
    expect(body).toMatchObject({ code: 'reference-unknown', issues: [{ path: 'lbVservers[0].backup' }] })
    expect(weir.config().etag).toBe(etag)
  })

  test('with one bad entry is refused whole', async () => {
    const { etag } = weir.config()
    const { body } = await api.call('PUT', '/v1/config', { body: { services: [{ name: 's', address: 'a', port: 1 }, { name: 't', address: 'a', port: 0 }] } })
    expect(body).toMatchObject({ code: 'config-invalid', issues: [{ path: 'services[1].port' }] })
    expect(weir.config().etag).toBe(etag)
  })
})

test('an extension is tried out without being kept', async () => {
  const { body } = await api.call('POST', '/v1/extensions/validate', { body: { source: 'export default x' } })
  expect(body).toEqual(JSON.parse(JSON.stringify(declaration)))
  expect(weir.list('extensions')).toEqual([])
})

test('health is 200 while the API works, whatever else does not', async () => {
  expect(await api.call('GET', '/v1/health')).toMatchObject({ status: 200, body: { status: 'degraded', services: { down: 1 } } })
})

test('counters are shown', async () => {
  expect((await api.call('GET', '/v1/stats')).body).toEqual(await weir.stats())
})

test('the log level is read and set', async () => {
  expect((await api.call('GET', '/v1/log')).body).toEqual({ level: 'info' })
  expect((await api.call('PUT', '/v1/log', { body: { level: 'debug' } })).body).toEqual({ level: 'debug' })
  expect(weir.logLevel).toBe('debug')
})
