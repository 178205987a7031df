import { beforeEach, describe, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { declaration } from './fake-declaration.ts'
import { FakeWeir } from './fake-weir.ts'

let weir: FakeWeir
let api: ApiClient

beforeEach(async () => {
  weir = new FakeWeir()
  await weir.config.replace({ lbVservers: [{ name: 'a' }, { name: 'b' }], certkeys: [{ name: 'k', key: 'SECRET' }] })
  api = await ApiClient.over({ weir })
})

describe('sessions', () => {
  beforeEach(() => {
    weir.entries = ['a', 'b'].flatMap(lbVserver =>
      ['x', 'ä & b', 'hex:00ff'].map((key, connections) => ({
        lbVserver,
        type: 'user-session',
        key,
        service: 's',
        connections,
        expiresInSeconds: connections === 0 ? 1.5 : undefined
      }))
    )
  })

  test('are listed by LB vserver and key', async () => {
    const all = await api.call('GET', '/v1/sessions')
    expect(all.body).toMatchObject({ truncated: false, items: { length: 6 } })
    expect(all.body.items[0]).toEqual({
      lbVserver: 'a',
      type: 'user-session',
      key: 'x',
      service: 's',
      connections: 0,
      expiresInSeconds: 1.5
    })
    const one = await api.call('GET', `/v1/sessions?lbVserver=b&key=${encodeURIComponent('ä & b')}`)
    expect(one.body.items).toEqual([{
      lbVserver: 'b',
      type: 'user-session',
      key: 'ä & b',
      service: 's',
      connections: 1
    }])
  })

  test.each(['localhost', '10.0.0.3:x', '[::1', '1.2.3.4:70000'])('from %s are not asked for', async client => {
    const { body } = await api.call('GET', `/v1/connections?client=${encodeURIComponent(client)}`)
    const message = `query parameter 'client': expected an IP address, or one with a port as in 127.0.0.1:50123 or [::1]:50123; got "${client}"`
    expect(body).toMatchObject({ status: 400, code: 'query-invalid', issues: [{ path: 'client', message }] })
  })

  test('say when there are more', async () => {
    expect((await api.call('GET', '/v1/sessions?limit=5')).body).toMatchObject({
      truncated: true,
      items: { length: 5 }
    })
    expect((await api.call('GET', '/v1/sessions?limit=6')).body).toMatchObject({
      truncated: false,
      items: { length: 6 }
    })
  })

  test('are deleted by LB vserver and key, or all', async () => {
    expect((await api.call('DELETE', '/v1/sessions?lbVserver=a&key=x')).body).toEqual({ deleted: 1 })
    expect((await api.call('DELETE', '/v1/sessions?key=x')).body).toEqual({ deleted: 1 })
    expect((await api.call('DELETE', '/v1/sessions?all=true&limit=3')).body).toEqual({ deleted: 3 })
    expect((await api.call('DELETE', '/v1/sessions?all=true')).body).toEqual({ deleted: 1 })
    expect(weir.entries).toEqual([])
  })

  test.each([
    ['', 'which sessions is not said; give some of `lbVserver`, `type` and `key`, or set `all` to true'],
    ['?limit=3', 'which sessions is not said; give some of `lbVserver`, `type` and `key`, or set `all` to true'],
    [
      '?all=true&key=x',
      '`all` is given beside a filter; give some of `lbVserver`, `type` and `key`, or set `all` to true'
    ],
    ['?all=false', 'query parameter \'all\': Invalid input: expected "true"; got "false"']
  ])('are not deleted by %j', async (query, message) => {
    expect((await api.call('DELETE', `/v1/sessions${query}`)).body).toMatchObject({
      status: 400,
      code: 'query-invalid',
      issues: [{ path: 'all', message }]
    })
    expect(weir.entries).toHaveLength(6)
  })
})

describe('sessions that are set', () => {
  const lines = async (body: string | Buffer, type = 'application/x-ndjson') =>
    await api.call('POST', '/v1/sessions/import', { raw: body, headers: { 'content-type': type } })
  const entry = (key: string, service = 's'): string => JSON.stringify({ lbVserver: 'a', key, service })

  test('one, and many with a line each', async () => {
    expect((await api.call('POST', '/v1/sessions', { body: { lbVserver: 'a', key: 'x', service: 's' } })).body).toEqual(
      { set: 1 }
    )
    expect((await lines(`${entry('y')}\n\r\n${entry('z')}`)).body).toEqual({ set: 2 })
    expect(weir.wanted.map(({ key }) => key)).toEqual(['x', 'y', 'z'])
    expect((await lines('')).body).toEqual({ set: 0 })
  })

  test.each([
    ['{"lbVserver":"a"', 'body-invalid', 'line 2'],
    ['\xff', 'body-invalid', 'line 2'],
    ['nothing', 'body-invalid', 'line 2'],
    ['['.repeat(65_537), 'body-invalid', 'line 2'],
    [entry('k', 'none'), 'session-invalid', 'line 2.service']
  ])('not with a line %j, which the answer names', async (bad, code, path) => {
    const { body } = await lines(Buffer.from(`${entry('x')}\n${bad}\n${entry('y')}\n`, 'latin1'))
    expect(body).toMatchObject({ code, issues: [{ path }] })
    expect(weir.wanted).toEqual([])
  })

  test('not too many', async () => {
    expect((await lines('{}\n'.repeat(200_001))).body).toMatchObject({ status: 413, code: 'body-too-large' })
    expect((await lines(entry('x'), 'application/json')).body).toMatchObject({
      status: 415,
      code: 'media-type-unsupported'
    })
    expect(
      (await api.call('POST', '/v1/sessions', { body: { lbVserver: 'a', key: 'x', service: 's', type: 'address' } }))
        .body
    ).toMatchObject({ code: 'body-invalid', issues: [{ path: 'type' }] })
    expect((await api.call('POST', '/v1/sessions', { body: { lbVserver: 'a', key: 'x', server: 's' } })).body)
      .toMatchObject({ code: 'body-invalid' })
    expect(weir.wanted).toEqual([])
  })

  test('also by the typed client, as lists', async () => {
    expect(
      (await api.client.call('importSessions', {
        body: [{ lbVserver: 'a', key: 'x', service: 's' }, { lbVserver: 'a', key: 'y', service: 's' }]
      })).body
    ).toEqual({ set: 2 })
    expect(weir.wanted.map(({ key }) => key)).toEqual(['x', 'y'])
    weir.entries = ['x', 'y'].map(key => ({
      lbVserver: 'a',
      type: 'user-session',
      key,
      service: 's',
      connections: 1,
      expiresInSeconds: undefined
    }))
    expect((await api.client.call('exportSessions')).body.map(({ key }) => key)).toEqual(['x', 'y'])
    weir.entries = []
    expect((await api.client.call('exportSessions', { query: { type: 'cookie' } })).body).toEqual([])
  })

  test('and come back as they were exported', async () => {
    weir.entries = ['x', 'y'].map(key => ({
      lbVserver: 'a',
      type: 'user-session',
      key,
      service: 's',
      connections: 1,
      expiresInSeconds: undefined
    }))
    const { text, headers } = await api.call('GET', '/v1/sessions/export?lbVserver=a')
    expect([headers['content-type'], text.split('\n').filter(Boolean).length]).toEqual(['application/x-ndjson', 2])
    expect((await lines(text)).body).toEqual({ set: 2 })
    expect((await api.call('GET', '/v1/sessions/export?lbVserver=none')).body).toMatchObject({ code: 'query-invalid' })
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
      serverName: undefined,
      certificate: undefined,
      psk: undefined,
      via: undefined,
      protocol: undefined,
      phase: n < 3 ? 'tunnel' as const : 'first-message' as const,
      lbVserver: n < 3 ? 'a' : undefined,
      service: n < 3 ? 's' : undefined,
      session: n < 3 ? `dev-${n}` : undefined,
      fields: { user: 'u' },
      since: 1_700_000_000_000,
      idleSeconds: 0,
      bytesIn: n,
      bytesOut: 0
    }))
  })

  test.each([['', 3], ['?userVserver=v', 2], ['?service=s&session=dev-1', 1], ['?client=10.0.0.3', 1], ['?service=none', 0]])('%s lists %d', async (query, count) => {
    const { body } = await api.call('GET', `/v1/connections${query}`)
    expect(body).toMatchObject({ truncated: false, items: { length: count } })
  })

  test('say when there are more', async () => {
    expect((await api.call('GET', '/v1/connections?limit=2')).body).toMatchObject({
      truncated: true,
      items: { length: 2 }
    })
  })

  test('are shown and closed one by one', async () => {
    expect((await api.call('GET', '/v1/connections/1-3')).body)
      .toEqual({
        id: '1-3',
        userVserver: 'w',
        version: 1,
        failedOpen: false,
        client: '10.0.0.3',
        phase: 'first-message',
        fields: { user: 'u' },
        since: 1_700_000_000_000,
        idleSeconds: 0,
        bytesIn: 3,
        bytesOut: 0
      })
    expect((await api.call('DELETE', '/v1/connections/1-3')).status).toBe(204)
    expect((await api.call('GET', '/v1/connections/1-3')).status).toBe(404)
    expect(weir.live).toHaveLength(2)
  })
})

describe('the whole configuration', () => {
  test('is read, edited and put back under its ETag', async () => {
    const { body, headers } = await api.call('GET', '/v1/config')
    expect(body.lbVservers.map((lb: { name: string }) => lb.name)).toEqual(['a', 'b'])
    expect((await api.call('GET', '/v1/config', { headers: { 'if-none-match': String(headers.etag) } })).status).toBe(
      304
    )
    const services = [{ name: 's', address: 'a', port: 1, status: { value: 'up' } }]
    const put = await api.call('PUT', '/v1/config', {
      body: { ...body, services },
      headers: { 'if-match': String(headers.etag) }
    })
    expect(put.body.services).toMatchObject([{ name: 's', maxClients: 0 }])
    expect(put.body.services[0]).not.toHaveProperty('status')
    const late = await api.call('PUT', '/v1/config', { body, headers: { 'if-match': String(headers.etag) } })
    expect(late.body).toMatchObject({ status: 412, code: 'precondition-failed' })
    expect(weir.certkeys.get('k')?.value.key).toBe('SECRET')
  })

  test('is checked without being applied', async () => {
    const { etag } = weir.config.get()
    expect(await api.call('POST', '/v1/config/check', { body: { services: [{ name: 's', address: 'a', port: 1 }] } }))
      .toMatchObject({ status: 200, body: { ok: true } })
    const { body } = await api.call('POST', '/v1/config/check', {
      body: { lbVservers: [{ name: 'lb', backup: 'gone' }] }
    })
    expect(body).toMatchObject({ code: 'reference-unknown', issues: [{ path: 'lbVservers[0].backup' }] })
    expect(weir.config.get().etag).toBe(etag)
  })

  test('with one bad entry is refused whole', async () => {
    const { etag } = weir.config.get()
    const { body } = await api.call('PUT', '/v1/config', {
      body: { services: [{ name: 's', address: 'a', port: 1 }, { name: 't', address: 'a', port: 0 }] }
    })
    expect(body).toMatchObject({ code: 'config-invalid', issues: [{ path: 'services[1].port' }] })
    expect(weir.config.get().etag).toBe(etag)
  })
})

test('an extension is tried out without being kept', async () => {
  const { body } = await api.call('POST', '/v1/extensions/validate', { body: { source: 'export default x' } })
  expect(body).toEqual(JSON.parse(JSON.stringify(declaration)))
  expect(weir.extensions.list()).toEqual([])
})

test('health is 200 while the API works, whatever else does not', async () => {
  expect(await api.call('GET', '/v1/health')).toMatchObject({
    status: 200,
    body: { status: 'degraded', services: { down: 1 } }
  })
})

test('counters are shown', async () => {
  expect((await api.call('GET', '/v1/stats')).body).toEqual(await weir.stats())
})

test('the log level is read and set', async () => {
  expect((await api.call('GET', '/v1/log')).body).toEqual({ level: 'info' })
  expect((await api.call('PUT', '/v1/log', { body: { level: 'debug' } })).body).toEqual({ level: 'debug' })
  expect(weir.log.level).toBe('debug')
})

describe('explain', () => {
  const path = '/v1/user-vservers/v/explain'
  const start = async () => {
    const weir = new FakeWeir()
    await weir.config.replace({
      extensions: [{ name: 'x', builtin: 'mqtt' }], userProtocols: [{ name: 'p', transport: 'tcp', extension: 'x' }],
      lbVservers: [{ name: 'lb' }], userVservers: [{ name: 'v', protocol: 'p', port: 1883, defaultLb: 'lb' }]
    })
    return await ApiClient.over({ weir })
  }

  test('takes hex with or without white space', async () => {
    const client = await start()
    expect((await client.call('POST', path, { body: { bytes: '10 0c\n0004' } })).body).toMatchObject({
      userVserver: 'v',
      side: 'client',
      rest: { length: 4 }
    })
    expect((await client.call('POST', path, { body: { bytes: '', side: 'server' } })).body).toMatchObject({
      side: 'server'
    })
  })

  test.each([
    [{ bytes: '10zz' }, 'bytes', "expected hex digits, got 'z' at position 2"],
    [{ bytes: '100' }, 'bytes', 'expected two hex digits for each byte, got 3 digits'],
    [{ bytes: '00'.repeat(1024 * 1024 + 1) }, 'bytes', 'expected at most 1048576 bytes, got 1048577'],
    [{}, 'bytes', 'is missing; expected string'],
    [{ bytes: '00', side: 'both' }, 'side', 'expected one of client, server, request; got "both"'],
    [{ bytes: '00', client: { address: 'localhost' } }, 'client.address', 'expected ipv4 or ipv6; got "localhost"'],
    [{ bytes: '00', client: { port: 0 } }, 'client.port', 'must be at least 1; got 0'],
    [{ bytes: '00', client: { host: 'x' } }, 'client', "unknown field 'host'; there are: address, port"],
    [[], '', 'expected object, got a list']
  ])('refuses a body that is wrong, with its field', async (body, field, message) => {
    const client = await start()
    const reply = await client.call('POST', path, { body })
    expect(reply).toMatchObject({ status: 400, body: { code: 'body-invalid', issues: [{ path: field }] } })
    expect(reply.body.issues[0].message).toContain(message)
  })

  test('answers 404 for a user vserver that there is not', async () => {
    const client = await start()
    expect(await client.call('POST', '/v1/user-vservers/w/explain', { body: { bytes: '00' } })).toMatchObject({
      status: 404,
      body: { code: 'not-found' }
    })
  })
})
