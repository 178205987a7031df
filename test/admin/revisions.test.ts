import type { Weir } from 'weirlb'
import { beforeEach, expect, test } from 'vitest'
import type { ApiClient, Reply } from './api-client.ts'
import { runningApi } from './running-api.ts'

// The history of the configuration, over a Weir that runs in this process.

let weir: Weir
let api: ApiClient

beforeEach(async () => { ({ weir, api } = await runningApi()) })

const call = async (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
  headers: Record<string, string> = {}
): Promise<Reply> => await api.call(method, `/v1/${path}`, { ...(body === undefined ? {} : { body }), headers })
const service = (name: string, port = 1883): object => ({ name, address: '127.0.0.1', port })

test('revisions have author, time, summary and configuration, and any can be restored', async () => {
  await call('POST', 'services', service('a'))
  await call('POST', 'exec', { commands: 'add service b 127.0.0.1 USER_TCP 1884\nset service a -maxClient 7' })
  await weir.services.delete('b')
  const { body } = await call('GET', 'revisions')
  expect(body).toMatchObject({
    items: [
      { id: 3, current: true, author: { via: 'program' }, summary: { added: 0, changed: 0, removed: 1 } },
      { id: 2, current: false, author: { via: 'exec' }, summary: { added: 1, changed: 1, removed: 0, entities: [{ action: 'added', collection: 'services', name: 'b' }, { action: 'changed', collection: 'services', name: 'a', fields: ['maxClients'] }] } },
      { id: 1, current: false, author: { via: 'api' }, savedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string }
    ]
  })
  expect((await call('GET', 'revisions/2')).body).toMatchObject({
    id: 2,
    config: { services: [{ name: 'a', maxClients: 7 }, { name: 'b' }], userVservers: [] }
  })
  expect((await call('GET', 'revisions/2/diff')).body).toEqual({
    from: 1, to: 2, changes: [{ action: 'added', collection: 'services', name: 'b' }, { action: 'changed', collection: 'services', name: 'a', fields: [{ path: 'maxClients', before: 0, after: 7 }] }]
  })
  expect((await call('GET', 'revisions/3/diff?from=0')).body).toMatchObject({
    from: 0,
    changes: [{ action: 'added', name: 'a' }]
  })

  const { etag } = weir.config.get()
  expect(await call('POST', 'revisions/2/rollback', undefined, { 'if-match': '"old"' })).toMatchObject({
    status: 412,
    body: { code: 'precondition-failed' }
  })
  const restored = await call('POST', 'revisions/2/rollback', undefined, { 'if-match': etag })
  expect(restored).toMatchObject({ status: 200, body: { services: [{ name: 'a' }, { name: 'b' }] } })
  expect(restored.headers['etag']).toBe(weir.config.get().etag)
  expect((await call('GET', 'revisions')).body).toMatchObject({
    items: [{ id: 4, current: true, author: { via: 'api' }, rollbackTo: 2 }, {}, {}, {}]
  })
  const shown = await call('POST', 'exec', { commands: 'show ns revision\nsh ns revision 2' })
  expect(shown.body).toMatchObject({ results: [{ text: expect.stringMatching(/^Id {2}Time .*\n4\* .* api loopback {3}rollback to 2, added service 'b'\n 3 .*program {8}removed service 'b'\n/) as string }, { text: "+ service 'b'\n~ service 'a'\n    maxClients: 0 -> 7\n" }] })
})

test.each([
  'revisions/9',
  'revisions/0',
  'revisions/x',
  'revisions/-1',
  'revisions/99999999999',
  'revisions/9/diff',
  'revisions/1/diff?from=7'
])('%s is not found', async path => {
  await call('POST', 'services', service('a'))
  const reply = await call('GET', path)
  expect(reply).toMatchObject({ status: 404, body: { code: 'not-found' } })
  expect((reply.body as { detail: string }).detail).toMatch(/there are: 1$|expected a number/)
})

test('a diff with a wrong query is refused', async () => {
  expect(await call('GET', 'revisions/1/diff?from=x')).toMatchObject({ status: 400, body: { code: 'query-invalid' } })
})

test('of two writers with the same ETag one gets 412, and the revisions have the other', async () => {
  const { etag } = weir.config.get()
  const replies = await Promise.all(
    ['a', 'b'].map(async name => await call('PUT', 'config', { services: [service(name)] }, { 'if-match': etag }))
  )
  expect(replies.map(reply => reply.status).toSorted()).toEqual([200, 412])
  expect(await weir.revisions.list()).toHaveLength(1)
})

test('a check has what would start, change, drain and stop, and a document may name its schema', async () => {
  await call('PUT', 'config', {
    $schema: './weir.schema.json',
    services: [service('a'), service('b', 1884), service('c', 1885), service('d', 1886)]
  })
  const reply = await call('POST', 'config/check', {
    services: [
      { ...service('a'), state: 'draining' },
      { ...service('b', 1884), state: 'disabled' },
      service('c', 1),
      service('e')
    ]
  })
  expect(reply).toMatchObject({ status: 200 })
  expect(reply.body).toEqual({
    ok: true, revision: 1, changes: [
      { action: 'start', collection: 'services', name: 'e' },
      { action: 'drain', collection: 'services', name: 'a', fields: ['state'], connections: 0 },
      { action: 'stop', collection: 'services', name: 'b', fields: ['state'], connections: 0 },
      { action: 'change', collection: 'services', name: 'c', fields: ['port'] },
      { action: 'stop', collection: 'services', name: 'd', connections: 0 }
    ]
  })
})
