import Fastify from 'fastify'
import { adminPlugin } from '@weirlb/admin'
import { describe, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

const token = 'correct-horse~battery+staple/=='

describe('with a token', () => {
  const open = async (): Promise<ApiClient> => ApiClient.over({ weir: new FakeWeir(), token })

  test.each(['Bearer', 'bearer', 'BEARER  '])('%s lets the holder in', async scheme => {
    const api = await open()
    expect((await api.call('GET', '/v1/health', { headers: { authorization: `${scheme} ${token}` } })).status).toBe(200)
  })

  test.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token}`,
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token} x`,
    'Bearer ä'
  ])('%s does not', async authorization => {
    const api = await open()
    for (const [method, path] of [['GET', '/metrics'], ['GET', '/v1/health'], ['GET', '/v1/openapi.json'], ['GET', '/v1/errors'], ['GET', '/v1/nothing'], ['PUT', '/v1/health'], ['PUT', '/v1/config']] as const) {
      const reply = await api.call(method, path, { headers: { authorization }, ...method === 'PUT' ? { raw: 'not even JSON' } : {} })
      expect(reply).toMatchObject({ status: 401, body: { code: 'unauthorized' }, headers: { 'www-authenticate': 'Bearer realm="weir"' } })
      expect(reply.text).not.toContain(token)
    }
  })

  test('whoever watches the process needs none', async () => {
    const { app } = await open()
    for (const url of ['/livez', '/readyz']) {
      const { statusCode, body } = await app.inject({
        url,
        headers: { host: '192.0.2.1:8080' },
        remoteAddress: '192.0.2.7'
      })
      expect([statusCode, body]).toEqual([200, 'ok\n'])
    }
  })

  test('callers and pages from elsewhere may use it', async () => {
    const api = await open()
    const headers = { authorization: `Bearer ${token}`, host: 'weir.example', origin: 'https://console.example' }
    expect((await api.call('GET', '/v1/health', { headers })).status).toBe(200)
    const remote = await api.app.inject({ url: '/v1/health', headers, remoteAddress: '192.0.2.7' })
    expect(remote.statusCode).toBe(200)
  })

  test('a wrong token is logged for writes', async () => {
    const lines: object[] = []
    const api = await ApiClient.over({
      weir: new FakeWeir(),
      token,
      log: { info: fields => lines.push(fields), error: () => {} }
    })
    await api.call('DELETE', '/v1/services/s', { headers: { authorization: 'Bearer guess' } })
    expect(lines).toEqual([{
      who: '127.0.0.1',
      action: 'delete',
      collection: 'services',
      name: 's',
      status: 401,
      code: 'unauthorized'
    }])
  })

  test.each(['', ' ', 'two words', 'tab\t', 'ä', 'line\n'])(
    'the plugin refuses to be registered with %j',
    async token => {
      const app = Fastify()
      await expect(app.register(adminPlugin, { weir: new FakeWeir(), token }).ready()).rejects.toMatchObject({
        code: 'config-invalid'
      })
    }
  )
})

describe('without a token', () => {
  const open = async (): Promise<ApiClient> => ApiClient.over({ weir: new FakeWeir() })
  const forbidden = { status: 403, body: { code: 'forbidden' } }

  test.each([
    'localhost',
    'localhost:9090',
    'LOCALHOST',
    'a.localhost',
    '127.0.0.1:80',
    '127.9.9.9',
    '[::1]',
    '[::1]:9090'
  ])('Host %s is this machine', async host => {
    const api = await open()
    expect((await api.call('GET', '/v1/health', { headers: { host } })).status).toBe(200)
    expect((await api.call('GET', '/v1/health', { headers: { host, origin: `http://${host}` } })).status).toBe(200)
  })

  test.each([
    'weir.example',
    'localhost.example',
    '10.0.0.1',
    '0.0.0.0',
    '[::2]',
    'localhost@weir.example',
    'weir.example/localhost',
    ' ',
    '127.0.0.1.weir.example',
    '[::1'
  ])(
    'Host %j is not: a name in DNS can be made to lead here',
    async host => {
      const api = await open()
      expect(await api.call('GET', '/v1/health', { headers: { host } })).toMatchObject(forbidden)
    })

  test.each([
    'null',
    'https://evil.example',
    'http://localhost:1',
    'http://localhost.evil.example',
    'http://127.0.0.1:9090',
    'file://',
    'x'
  ])('Origin %s is another page', async origin => {
    const api = await open()
    const reply = await api.call('PUT', '/v1/config', { body: {}, headers: { host: 'localhost:9090', origin } })
    expect(reply).toMatchObject(forbidden)
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test.each([['127.0.0.1', 200], ['::1', 200], ['::ffff:127.0.0.1', 200], ['192.0.2.7', 403], ['2001:db8::1', 403], ['::ffff:192.0.2.7', 403]])('a peer at %s gets %d', async (remoteAddress, status) => {
    const api = await open()
    expect((await api.app.inject({ url: '/v1/health', remoteAddress })).statusCode).toBe(status)
  })

  test('a proxy in front cannot claim to be this machine for another', async () => {
    const api = await ApiClient.over({ weir: new FakeWeir() }, { app: Fastify({ trustProxy: true }) })
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'localhost', host: 'weir.example' }
    expect(await api.call('GET', '/v1/health', { headers })).toMatchObject(forbidden)
    expect(
      (await api.app.inject({
        url: '/v1/health',
        headers: { ...headers, host: 'localhost' },
        remoteAddress: '192.0.2.7'
      })).statusCode
    ).toBe(403)
  })
})
