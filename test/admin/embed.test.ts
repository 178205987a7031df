import { adminPlugin } from '@weirlb/admin'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { beforeEach, describe, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

// A program of its own with everything that a plugin could spoil.
const program = (): FastifyInstance => {
  const app = Fastify()
  app.setErrorHandler((error, _request, reply) =>
    reply.code((error as { statusCode?: number }).statusCode ?? 500).send({
      own: 'error',
      message: (error as Error).message
    })
  )
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ own: 'not found' }))
  app.setReplySerializer(payload => JSON.stringify({ own: 'serializer', payload }))
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'string' },
    (_request, body, done) => done(null, (body as string).split(','))
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-own', 'hook')
    if (request.headers['x-banned'] !== undefined) throw Object.assign(new Error('slow down'), { statusCode: 429 })
  })
  app.post('/csv', (request, reply) => reply.send(request.body))
  app.post('/json', (request, reply) => reply.send(request.body))
  app.get('/fail', async () => { throw Object.assign(new Error('tea'), { statusCode: 418 }) })
  return app
}

let app: FastifyInstance
let weir: FakeWeir

beforeEach(async () => {
  weir = new FakeWeir()
  app = program()
})

describe.each(['/weir', ''])('mounted under %j', prefix => {
  let api: ApiClient
  beforeEach(async () => { api = await ApiClient.over({ weir, token: 't' }, { prefix, app }) })
  const headers = { authorization: 'Bearer t' }

  test('the API is what it is anywhere', async () => {
    const { body, headers: answered } = await api.call('POST', '/v1/services', {
      headers,
      body: { name: 's', address: 'a', port: 1 }
    })
    expect(body).toMatchObject({ name: 's' })
    expect(answered).toMatchObject({ location: `${prefix}/v1/services/s`, 'x-own': 'hook' })
    expect((await api.call('GET', '/v1/nothing', { headers })).body).toMatchObject({
      type: `${prefix}/v1/errors/not-found`,
      detail: expect.stringContaining('there are: ')
    })
    expect((await api.call('DELETE', '/v1/services', { headers })).body).toMatchObject({ code: 'method-not-allowed' })
    expect(
      (await api.call('POST', '/v1/services', { headers: { ...headers, 'content-type': 'text/csv' }, raw: 'a,b' })).body
    ).toMatchObject({ code: 'media-type-unsupported' })
    expect((await api.call('GET', '/v1/openapi.json', { headers })).body.servers).toEqual([{
      url: prefix === '' ? '/' : prefix
    }])
  })

  test.each<InjectOptions>([
    { method: 'POST', url: '/csv', headers: { 'content-type': 'text/csv' }, payload: 'a,b' },
    { method: 'POST', url: '/json', payload: { a: 1 } },
    { method: 'POST', url: '/json', headers: { 'content-type': 'application/merge-patch+json' }, payload: '{}' },
    { method: 'POST', url: '/json', headers: { 'content-type': 'application/json' }, payload: '{' },
    { method: 'POST', url: '/json', payload: { a: 'x'.repeat(2_000_000) } },
    { method: 'GET', url: '/fail' },
    { method: 'GET', url: '/nothing' },
    { method: 'GET', url: '/weir' },
    { method: 'GET', url: '/v10' },
    { method: 'DELETE', url: '/json' }
  ])('the program answers $method $url as it did without', async request => {
    const [before, after] = await Promise.all([program(), app].map(async one => {
      const { statusCode, headers: { date: _, ...headers }, payload } = await one.inject(request)
      return { statusCode, headers, payload }
    }))
    expect(after).toEqual(before)
  })

  test('what a hook of the program refuses, the program words', async () => {
    const response = await app.inject({ url: `${prefix}/v1/health`, headers: { ...headers, 'x-banned': '1' } })
    expect([response.statusCode, response.json()]).toEqual([429, {
      own: 'serializer',
      payload: { own: 'error', message: 'slow down' }
    }])
  })
})

test('two can be mounted in one program', async () => {
  const other = new FakeWeir()
  await app.register(adminPlugin, { prefix: '/a', weir, token: 'a' })
  await app.register(adminPlugin, { prefix: '/b', weir: other, token: 'b' })
  const create = async (prefix: string, token: string): Promise<number> =>
    (await app.inject({
      method: 'POST',
      url: `${prefix}/v1/services`,
      headers: { authorization: `Bearer ${token}` },
      payload: { name: 's', address: 'a', port: 1 }
    })).statusCode
  expect([await create('/a', 'b'), await create('/b', 'b'), other.services.list().length, weir.services.list().length])
    .toEqual([401, 201, 1, 0])
})

test('writes are told to the log of the program when there is no other', async () => {
  const lines: string[] = []
  const own = Fastify({ logger: { level: 'info', stream: { write: line => { lines.push(line) } } } })
  const api = await ApiClient.over({ weir }, { app: own })
  await api.call('POST', '/v1/services', { body: { name: 's', address: 'a', port: 1 } })
  expect(lines.map(line => JSON.parse(line) as { msg: string }).filter(line => line.msg === 'API write')).toMatchObject(
    [{ action: 'create', name: 's', code: 'ok' }]
  )
})
