import type { Weir } from 'weirlb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ApiClient, Reply } from './api-client.ts'
import { runningApi } from './running-api.ts'

// Many changes as one revision, over a Weir that runs in this process.

let weir: Weir
let api: ApiClient

beforeEach(async () => { ({ weir, api } = await runningApi()) })

const run = async (changes: readonly object[], headers: Record<string, string> = {}): Promise<Reply> =>
  await api.call('POST', '/v1/transactions', { body: { changes }, headers })
const service = (name: string, port = 1883): object => ({ name, address: '127.0.0.1', port, monitors: [] })
const create = (collection: string, value: object): object => ({ action: 'create', collection, value })
const revision = async (): Promise<number> => (await weir.health()).revision

test('changes see each other, references may come later, and all are one revision', async () => {
  const reply = await run([
    create('lbVservers', { name: 'lb', services: [{ name: 'a' }] }),
    create('services', service('a')),
    create('services', service('b')),
    { action: 'patch', collection: 'services', name: 'b', value: { port: 1884 } },
    { action: 'replace', collection: 'services', name: 'a', value: { address: '127.0.0.2', port: 1885, monitors: [] } },
    { action: 'patch', collection: 'lbVservers', name: 'lb', value: { services: [{ name: 'b' }] } },
    { action: 'delete', collection: 'services', name: 'a' }
  ])
  expect(reply).toMatchObject({ status: 200, body: { revision: 1, changes: 7 } })
  expect(weir.services.list()).toMatchObject([{ name: 'b', port: 1884 }])
  expect(weir.lbVservers.require('lb').value.services).toMatchObject([{ name: 'b' }])
  expect(reply.headers['etag']).toBe(weir.config.get().etag)
})

test('a thousand entities are one revision', async () => {
  expect((await run(Array.from({ length: 1000 }, (_, i) => create('services', service(`s${i}`, i + 1))))).status).toBe(
    200
  )
  expect([await revision(), weir.services.list().length]).toEqual([1, 1000])
})

describe('nothing of it applies when', () => {
  beforeEach(async () => { expect((await run([create('services', service('there'))])).status).toBe(200) })
  afterEach(async () => {
    expect(await revision()).toBe(1)
    expect(weir.services.list().map(({ name }) => name)).toEqual(['there'])
  })

  test.each(
    [
      [
        'a value is wrong',
        create('services', { ...service('x'), port: 'many' }),
        422,
        'config-invalid',
        'changes[1].value.port'
      ],
      [
        'a field is unknown',
        create('services', { ...service('x'), prot: 1 }),
        422,
        'config-invalid',
        'changes[1].value'
      ],
      ['a name is taken', create('services', service('there')), 409, 'name-taken', 'changes[1].value.name'],
      [
        'a name is taken by a change before',
        create('services', service('new')),
        409,
        'name-taken',
        'changes[1].value.name'
      ],
      [
        'what is changed is not there',
        { action: 'patch', collection: 'services', name: 'nobody', value: {} },
        404,
        'not-found',
        'changes[1]'
      ],
      [
        'what is deleted is not there',
        { action: 'delete', collection: 'services', name: 'nobody' },
        404,
        'not-found',
        'changes[1]'
      ],
      [
        'an entity is renamed',
        { action: 'replace', collection: 'services', name: 'there', value: service('else') },
        422,
        'config-invalid',
        'changes[1].value.name'
      ],
      [
        'an entity was changed by somebody else',
        { action: 'delete', collection: 'services', name: 'there', ifMatch: '"old"' },
        412,
        'precondition-failed',
        'changes[1]'
      ],
      [
        'something refers to what is not there',
        create('lbVservers', { name: 'lb', services: [{ name: 'nobody' }] }),
        422,
        'reference-unknown',
        'lbVservers[0].services[0].name'
      ],
      [
        'an action is unknown',
        { action: 'move', collection: 'services', name: 'there' },
        400,
        'body-invalid',
        'changes[1].action'
      ],
      [
        'a collection is unknown',
        { action: 'delete', collection: 'servers', name: 'there' },
        400,
        'body-invalid',
        'changes[1].collection'
      ],
      [
        'a change says too much',
        { action: 'delete', collection: 'services', name: 'there', value: {} },
        400,
        'body-invalid',
        'changes[1]'
      ]
    ] as const
  )('%s', async (_, change, status, code, path) => {
    const reply = await run([create('services', service('new')), change])
    expect(reply).toMatchObject({ status, body: { code } })
    expect(reply.body.issues[0].path).toBe(path)
  })

  test('the configuration was changed by somebody else', async () => {
    expect(await run([create('services', service('new'))], { 'if-match': '"old"' })).toMatchObject({
      status: 412,
      body: { code: 'precondition-failed' }
    })
  })

  test('there are no changes, or too many', async () => {
    expect(await run([])).toMatchObject({ status: 400, body: { code: 'body-invalid', issues: [{ path: 'changes' }] } })
    const many = Array.from({ length: 10_001 }, () => ({ action: 'delete', collection: 'services', name: 'x' }))
    expect(await run(many)).toMatchObject({
      status: 400,
      body: { code: 'body-invalid', issues: [{ path: 'changes' }] }
    })
  })
})
