import { collectionNames, collections, WeirError, type CollectionName, type ConfigInput } from '@weirlb/model'
import { beforeEach, describe, expect, test } from 'vitest'
import { ApiClient } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'

const config: ConfigInput = {
  extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
  userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
  certkeys: [{ name: 'ca', ca: 'PEM' }],
  monitors: [{ name: 'm1', type: 'tcp' }],
  services: [{ name: 's1', address: '127.0.0.1', port: 1884 }],
  lbVservers: [{ name: 'lb1', services: [{ name: 's1' }] }],
  glbs: [{ name: 'glb1', match: { sni: ['b.example'] }, pools: [{ name: 'lb1' }] }],
  userVservers: [{ name: 'v1', protocol: 'MQTT', port: 1883, defaultLb: 'lb1' }]
}

interface Case {
  readonly name: string
  readonly body: object
  /** A field to change: what a PUT or a PATCH sends, and a value that the schema refuses. */
  readonly change: object
  readonly wrong: object
  readonly actions: readonly string[]
}

const cases: Readonly<Record<CollectionName, Case>> = {
  extensions: {
    name: 'x',
    body: { source: 'export default 1' },
    change: { source: 'export default 2' },
    wrong: { trusted: 'yes' },
    actions: []
  },
  userProtocols: {
    name: 'LINES',
    body: { transport: 'tcp', extension: 'mqtt' },
    change: { comment: 'c' },
    wrong: { transport: 'udp' },
    actions: []
  },
  certkeys: {
    name: 'k',
    body: { cert: 'PEM', key: 'SECRET' },
    change: { cert: 'PEM2' },
    wrong: { cert: 1 },
    actions: []
  },
  monitors: {
    name: 'm2',
    body: { type: 'http', path: '/health' },
    change: { type: 'http', expectedCodes: ['200'] },
    wrong: { path: 'health', type: 'http' },
    actions: []
  },
  services: {
    name: 's2',
    body: { address: 'server.example', port: 1 },
    change: { port: 2 },
    wrong: { port: 70000 },
    actions: ['enable']
  },
  serviceGroups: {
    name: 'g2',
    body: { members: [{ address: '10.0.0.1', port: 1 }] },
    change: { maxClients: 5 },
    wrong: { members: [{}] },
    actions: ['enable', 'disable', 'drain']
  },
  lbVservers: {
    name: 'lb2',
    body: { services: [{ name: 's1', weight: 3 }] },
    change: { method: 'token' },
    wrong: { state: 'off' },
    actions: ['enable', 'disable']
  },
  glbs: {
    name: 'glb2',
    body: { match: { hosts: ['a.example'] }, pools: [{ name: 'lb1' }] },
    change: { fallback: 'lb1' },
    wrong: { match: { hosts: [] } },
    actions: ['enable', 'disable']
  },
  userVservers: {
    name: 'v2',
    body: { protocol: 'MQTT', port: 1, defaultLb: 'lb1', params: {} },
    change: { port: 2 },
    wrong: { limits: { maxClients: -1 } },
    actions: ['enable', 'disable', 'drain']
  },
  geoDatabases: {
    name: 'geo',
    body: { mmdbFile: '/var/lib/geo.mmdb' },
    change: { mmdbFile: '/var/lib/geo2.mmdb' },
    wrong: { mmdbFile: 'geo.mmdb' },
    actions: []
  },
  lists: {
    name: 'office',
    body: { type: 'ip', items: ['10.0.0.0/8'] },
    change: { items: ['10.0.0.1'] },
    wrong: { items: ['office'] },
    actions: []
  },
  accessRules: {
    name: 'a1',
    body: { source: '10.0.0.0/8', action: 'allow' },
    change: { source: 'AS64496' },
    wrong: { source: 'Germany' },
    actions: ['enable', 'disable']
  },
  lockdowns: {
    name: 'l1',
    body: { paths: ['/admin/*'], sources: ['10.0.0.0/8'] },
    change: { priority: 2 },
    wrong: { paths: ['admin'] },
    actions: ['enable', 'disable']
  },
  userAgentRules: {
    name: 'u1',
    body: { contains: 'bad' },
    change: { contains: 'worse' },
    wrong: { contains: '' },
    actions: ['enable', 'disable']
  },
  rules: {
    name: 'r1',
    body: { expression: 'ssl', action: 'log' },
    change: { priority: 2 },
    wrong: { priority: -1 },
    actions: ['enable', 'disable']
  },
  edgeFunctions: {
    name: 'f1',
    body: { source: 'export default 1' },
    change: { failOpen: true },
    wrong: { source: '' },
    actions: []
  },
  triggers: {
    name: 't1',
    body: { pattern: 'a.example/x*' },
    change: { comment: 'c' },
    wrong: { pattern: 'a.example/x?y' },
    actions: ['enable', 'disable']
  },
  rateLimits: {
    name: 'l1',
    body: { counts: 'connections', limit: 5, action: 'block' },
    change: { limit: 6 },
    wrong: { limit: 0 },
    actions: ['enable', 'disable']
  },
  managedChecks: {
    name: 'm1',
    body: { group: 'mqtt-core' },
    change: { mode: 'simulate' },
    wrong: { mode: 'loud' },
    actions: ['enable', 'disable']
  }
}

const states: Readonly<Record<string, string>> = { enable: 'enabled', disable: 'disabled', drain: 'draining' }

let weir: FakeWeir
let api: ApiClient

beforeEach(async () => {
  weir = new FakeWeir()
  await weir.config.replace(config)
  api = await ApiClient.over({ weir })
})

describe.each(collectionNames)('%s', collection => {
  const { name, body, change, wrong, actions } = cases[collection]
  const all = `/v1/${collections[collection].path}`
  const one = `${all}/${name}`
  const create = async () => api.call('POST', all, { body: { name, ...body } })

  test('is created, listed, shown and deleted', async () => {
    const before = (await api.call('GET', all)).body.items.length
    const created = await create()
    expect(created.status).toBe(201)
    expect(created.headers.location).toBe(one)
    expect(created.body).toMatchObject({ name, status: { value: 'up' } })

    const shown = await api.call('GET', one)
    expect(shown.body).toEqual(created.body)
    expect(shown.headers.etag).toBe(created.headers.etag)
    expect(shown.headers.etag).toMatch(/^"[^"]+"$/)

    const list = await api.call('GET', all)
    expect(list.body.items).toHaveLength(before + 1)
    expect(list.body.items.at(-1)).toEqual(created.body)

    const deleted = await api.call('DELETE', one)
    expect(deleted.status).toBe(204)
    expect(deleted.text).toBe('')
    expect((await api.call('GET', one)).body).toMatchObject({
      code: 'not-found',
      detail: expect.stringContaining('there are: ')
    })
  })

  test('HEAD answers as GET does, without the body', async () => {
    const { headers } = await create()
    const head = await api.call('HEAD', one)
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers.etag).toBe(headers.etag)
  })

  test('what GET answers can be edited and PUT back', async () => {
    await create()
    const { body: shown, headers } = await api.call('GET', one)
    const same = await api.call('PUT', one, { body: shown, headers: { 'if-match': headers.etag as string } })
    expect(same).toMatchObject({ status: 200, body: shown, headers: { etag: headers.etag } })
    const edited = await api.call('PUT', one, {
      body: { ...shown, ...change },
      headers: { 'if-match': headers.etag as string }
    })
    expect(edited.body).toEqual({ ...shown, ...change })
    expect(edited.headers.etag).not.toBe(headers.etag)
  })

  test('PUT takes the name from the path', async () => {
    await create()
    expect((await api.call('PUT', one, { body })).body.name).toBe(name)
    expect((await api.call('PUT', one, { body: { ...body, name: 'other' } })).body).toMatchObject({
      status: 422,
      code: 'config-invalid'
    })
    expect((await api.call('PUT', `${all}/nobody`, { body })).body).toMatchObject({ status: 404, code: 'not-found' })
  })

  test.each(['application/merge-patch+json', 'application/json'])('PATCH with %s changes what it names', async type => {
    const { body: shown } = await create()
    const patched = await api.call('PATCH', one, {
      body: { ...change, status: { value: 'down' } },
      headers: { 'content-type': type }
    })
    expect(patched.body).toEqual({ ...shown, ...change })
  })

  test('a name is taken once', async () => {
    await create()
    expect((await create()).body).toMatchObject({ status: 409, code: 'name-taken' })
  })

  test.each(['POST', 'PUT', 'PATCH'] as const)('%s names the field, the value and the choices', async method => {
    if (method !== 'POST') await create()
    const { body: problem } = await api.call(method, method === 'POST' ? all : one, { body: { name, ...body, ...wrong } })
    expect(problem).toMatchObject({ status: 422, code: 'config-invalid', source: 'config', retry: false })
    expect(problem.type).toBe('/v1/errors/config-invalid')
    const field = Object.keys(wrong)[0]!
    expect(problem.issues[0].path).toMatch(new RegExp(`^${field}`))
    expect(problem.detail).toContain(field)
    const unknown = await api.call(method, method === 'POST' ? all : one, { body: { name, ...body, colour: 1 } })
    expect(unknown.body.detail).toMatch(/unknown field 'colour'; there are: /)
  })

  test('If-Match lets one of two writers through', async () => {
    const { headers: { etag } } = await create()
    const first = await api.call('PATCH', one, { body: change, headers: { 'if-match': etag as string } })
    expect(first.status).toBe(200)
    for (const method of ['PATCH', 'PUT', 'DELETE'] as const) {
      const late = await api.call(method, one, {
        ...method === 'DELETE' ? {} : { body },
        headers: { 'if-match': etag as string }
      })
      expect(late.body).toMatchObject({ status: 412, code: 'precondition-failed' })
    }
    expect((await api.call('DELETE', one, { headers: { 'if-match': `"x", ${String(first.headers.etag)}` } })).status)
      .toBe(204)
    expect((await api.call('DELETE', one, { headers: { 'if-match': '*' } })).status).toBe(404)
  })

  test('If-None-Match spares the reader what it has', async () => {
    const { headers: { etag } } = await create()
    for (const value of [String(etag), `"x", ${String(etag)}`, `W/${String(etag)}`, '*']) {
      expect(await api.call('GET', one, { headers: { 'if-none-match': value } })).toMatchObject({
        status: 304,
        text: '',
        headers: { etag }
      })
    }
    expect((await api.call('GET', one, { headers: { 'if-none-match': '"x"' } })).status).toBe(200)
  })

  // What takes a service away may be a job: `jobs.test.ts`.
  test.each(
    ['enable', 'disable', 'drain', 'explode'].filter(action =>
      collection !== 'services' || !['disable', 'drain'].includes(action)
    )
  )('action %s', async action => {
    const { headers: { etag } } = await create()
    const reply = await api.call('POST', `${one}/${action}`)
    if (actions.includes(action)) {
      expect(reply).toMatchObject({ status: 200, body: { name, state: states[action] } })
      expect((await api.call('GET', one)).body.state).toBe(states[action])
      const again = await api.call('POST', `${one}/${action}`, { headers: { 'if-match': '"old"' } })
      expect(again.body).toMatchObject({ status: 412 })
      expect(
        (await api.call('POST', `${one}/${action}`, { headers: { 'if-match': String(reply.headers.etag) } })).status
      ).toBe(200)
      expect((await api.call('POST', `${all}/nobody/${action}`)).status).toBe(404)
    } else {
      expect(reply.body).toMatchObject({ status: 404, code: 'not-found' })
      const below = collection === 'certkeys'
        ? ['order']
        : collection === 'edgeFunctions'
        ? ['rollback', 'test']
        : collection === 'extensions'
        ? ['rollback', 'promote']
        : collection === 'services'
        ? [...actions, 'monitors', 'drain', 'disable']
        : collection === 'lists'
        ? ['items']
        : actions
      expect(reply.body.detail).toContain(
        below.length > 0 ? `there are: ${below.join(', ')}` : `nothing is below ${one}`
      )
      expect((await api.call('GET', one)).headers.etag).toBe(etag)
    }
  })

  test('a body that is not an object is refused', async () => {
    await create()
    for (const value of [null, [], 'text', 7]) {
      expect((await api.call('POST', all, { body: value })).body).toMatchObject({ status: 422, code: 'config-invalid' })
    }
    expect((await api.call('POST', all)).body).toMatchObject({ status: 400, code: 'body-invalid' })
    expect((await api.call('PUT', one)).body).toMatchObject({ status: 400, code: 'body-invalid' })
  })
})

test('what is in use is not deleted', async () => {
  const { body } = await api.call('DELETE', '/v1/services/s1')
  expect(body).toMatchObject({ status: 409, code: 'in-use', issues: [{ path: 'lbVservers[0].services[0].name' }] })
})

test('a reference names what there is', async () => {
  const { body } = await api.call('POST', '/v1/user-protocols', {
    body: { name: 'P', transport: 'tcp', extension: 'nix' }
  })
  expect(body).toMatchObject({
    status: 422,
    code: 'reference-unknown',
    detail: expect.stringContaining('there are: mqtt')
  })
})

test('names as long as they may be are served wherever the plugin is mounted', async () => {
  const name = 'n'.repeat(127)
  const one = `/v1/services/${name}`
  expect((await api.call('POST', '/v1/services', { body: { name, address: 'a', port: 1 } })).headers.location).toBe(one)
  expect((await api.call('GET', one)).body).toMatchObject({ name, port: 1 })
  expect((await api.call('HEAD', one)).status).toBe(200)
  expect((await api.call('PATCH', one, { body: { port: 2 } })).body.port).toBe(2)
  expect((await api.call('POST', `${one}/drain`)).headers.location).toBe('/v1/jobs/drain-1')
  expect((await api.call('GET', one)).body.state).toBe('draining')
  expect((await api.call('POST', one)).status).toBe(405)
  expect((await api.call('DELETE', one)).status).toBe(204)
})

test('a name may have every character that the schema allows', async () => {
  const name = 'a.b:c_d-E'
  const { headers } = await api.call('POST', '/v1/services', { body: { name, address: 'a', port: 1 } })
  expect((await api.call('GET', String(headers.location))).body.name).toBe(name)
  expect((await api.call('GET', `/v1/services/${name}`)).body.name).toBe(name)
})

test('a private key is in no answer, and a write without it keeps it', async () => {
  const created = await api.call('POST', '/v1/certkeys', { body: { name: 'k', cert: 'C', key: 'SECRET' } })
  expect(created.body).toEqual({ name: 'k', cert: 'C', status: { value: 'up', hasKey: true } })
  const put = await api.call('PUT', '/v1/certkeys/k', { body: { ...created.body, comment: 'edited' } })
  expect(put.body).toEqual({ name: 'k', cert: 'C', comment: 'edited', status: { value: 'up', hasKey: true } })
  const texts = [
    created,
    put,
    await api.call('GET', '/v1/certkeys'),
    await api.call('GET', '/v1/certkeys/k'),
    await api.call('GET', '/v1/config'),
    await api.call('PATCH', '/v1/certkeys/k', { body: { key: 'SECRET' } }),
    await api.call('PUT', '/v1/config', { body: (await api.call('GET', '/v1/config')).body }),
    await api.call('POST', '/v1/certkeys', { body: { name: 'k2', key: ['SECRET'] } })
  ].map(reply => reply.text)
  for (const text of texts) expect(text).not.toContain('SECRET')
  expect((await api.call('GET', '/v1/certkeys/ca')).body.status.hasKey).toBe(false)
})

test('a write that happened is answered even when no worker can say how the entity is doing', async () => {
  weir.failure = new WeirError('worker-unavailable', 'no worker answers', { retry: true })
  const { status, body } = await api.call('POST', '/v1/services', { body: { name: 's9', address: 'a', port: 1 } })
  expect(status).toBe(201)
  expect(body.status).toEqual({ value: 'unknown', reason: 'no worker answers' })
  weir.failure = new WeirError('worker-unavailable', 'no worker answers', { retry: true })
  expect((await api.call('GET', '/v1/services')).body.items.at(-1)).toMatchObject({
    name: 's9',
    status: { value: 'unknown', reason: 'no worker answers' }
  })
})
