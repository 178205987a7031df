import { ApiError, WeirClient } from '@weirlb/admin/client'
import { adminPlugin } from '@weirlb/admin'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

// The generated client against the API on a socket.

let server: ReturnType<typeof Fastify>
let url: string

beforeEach(async () => {
  server = Fastify()
  await server.register(adminPlugin, { weir: new FakeWeir(), token: 'a-token-of-this-test' })
  url = await server.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => { await server.close() })

const client = (token: string | undefined = 'a-token-of-this-test'): WeirClient => new WeirClient({ url, token })

test('operations are called by name, with their path, body and ETag', async () => {
  const weir = client()
  const created = await weir.call('createService', { body: { name: 'a:b', address: '127.0.0.1', port: 1883 } })
  expect(created).toMatchObject({ status: 201, body: { name: 'a:b', port: 1883 } })
  const { body, etag } = await weir.call('getService', { path: { name: 'a:b' } })
  expectTypeOf(body.port).toEqualTypeOf<number>()
  expect((await weir.call('patchService', { path: { name: 'a:b' }, body: { port: 1884 }, ifMatch: etag })).body.port)
    .toBe(1884)
  await expect(weir.call('patchService', { path: { name: 'a:b' }, body: { port: 1885 }, ifMatch: etag })).rejects
    .toMatchObject({ code: 'precondition-failed', status: 412 })
  expect(
    (await weir.call('runTransaction', {
      body: { changes: [{ action: 'delete', collection: 'services', name: 'a:b' }] }
    })).body.changes
  ).toBe(1)
  expect((await weir.call('listServices')).body.items).toEqual([])
})

test('every answer is what the description of the API says', async () => {
  const { client: weir } = await ApiClient.over({ weir: new FakeWeir(), token: 'another' }, { prefix: '/below' })
  await weir.call('createService', { body: { name: 's', address: '127.0.0.1', port: 1883 } })
  // A name may be left out where the path has it.
  expect((await weir.call('replaceService', { path: { name: 's' }, body: { address: '127.0.0.1', port: 1884 } })).body)
    .toMatchObject({ name: 's', port: 1884, status: { value: 'up' } })
  expect(await weir.call('drainService', { path: { name: 's' }, body: { ratePerSecond: 5 } })).toMatchObject({
    status: 202,
    body: { id: 'drain-1', state: 'running' }
  })
  expect((await weir.call('deleteSessions', { query: { all: 'true' } })).body).toEqual({ deleted: 0 })
  expect((await weir.call('deleteService', { path: { name: 's' } })).status).toBe(204)
  await expect(weir.call('deleteSessions')).rejects.toMatchObject({
    code: 'query-invalid',
    problem: { issues: [{ path: 'all' }] }
  })
})

test('what is no success is an error with the code of the problem', async () => {
  await expect(client().call('getService', { path: { name: 'nobody' } })).rejects.toMatchObject({
    name: 'ApiError',
    status: 404,
    code: 'not-found',
    problem: { detail: expect.any(String) as string }
  })
  await expect(client('wrong').call('listServices')).rejects.toBeInstanceOf(ApiError)
})

test('types refuse what an operation does not take', () => {
  // @ts-expect-error: a service needs a port
  void (() => client().call('createService', { body: { name: 'a', address: 'b' } }))
  // @ts-expect-error: a name only where the path has it
  void (() => client().call('createService', { body: { address: 'b', port: 1 } }))
  // @ts-expect-error: whose service it is
  void (() => client().call('getService', {}))
  // @ts-expect-error: no such operation
  void (() => client().call('getServer'))
})
