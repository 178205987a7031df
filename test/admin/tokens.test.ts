// Named tokens: what is stored of them, and what their roles and scopes allow.
import { api as apiOf, ApiTokens } from '@weirlb/admin'
import { includesRole, roles, WeirError } from '@weirlb/model'
import { grammar } from '@weirlb/netscaler'
import { describe, expect, test } from 'vitest'
import { ApiClient, type Reply } from './api-client.ts'
import { FakeWeir } from './fake-weir.ts'
import { as, master, open } from './tokens-bench.ts'

test('a token is shown once, and what is stored is its hash', async () => {
  const { api, archive } = await open()
  const created = await api.call(
    'POST', '/v1/tokens', as(master, { body: { name: 'deploy', role: 'admin', comment: 'of the pipeline' } })
  )
  const { token, id } = created.body as { token: string, id: string }
  expect(created.headers['location']).toBe('/v1/tokens/deploy')
  expect(token).toMatch(new RegExp(`^weir_${id}_[A-Za-z0-9_-]{43}$`))
  const secret = token.slice(`weir_${id}_`.length)
  for (const path of ['/v1/tokens', '/v1/tokens/deploy', '/v1/audit']) expect(
    (await api.call('GET', path, as(token))).text
  ).not.toContain(secret)
  expect(JSON.stringify(archive.saved)).not.toContain(secret)
  expect((await api.call('GET', '/v1/tokens/deploy', as(token))).body).toEqual({
    name: 'deploy', id, role: 'admin', comment: 'of the pipeline', createdAt: expect.any(String) as string,
    expired: false, lastUsedAt: expect.any(String) as string
  })
})

test('tokens outlive the process', async () => {
  const { archive, make } = await open()
  const token = await make({ name: 'ci', role: 'read' })
  const tokens = new ApiTokens({ archive })
  await tokens.restore()
  const again = await ApiClient.over({ weir: new FakeWeir(), token: master, tokens })
  expect((await again.call('GET', '/v1/health', as(token))).status).toBe(200)
  await tokens.suspend()
  expect(archive.saved![0]!.lastUsedAt).toBeDefined()
})

test.each([
  [{ name: 'a b', role: 'read' }, 'name'], [{ name: 'x', role: 'root' }, 'role'], [{ name: 'x' }, 'role'], [
    { name: 'x', role: 'read', scopes: [] }, 'scopes'
  ],
  [{ name: 'x', role: 'read', scopes: ['', 'y'] }, 'scopes[0]'], [
    { name: 'x', role: 'read', expiresInSeconds: 0 }, 'expiresInSeconds'
  ], [{ name: 'x', role: 'read', expiresInSeconds: 315_360_001 }, 'expiresInSeconds'],
  [{ name: 'x', role: 'read', token: 'mine' }, ''], [{ name: '__proto__', role: 'admin', scopes: 'x' }, 'scopes']
])('%j is refused', async (body, path) => {
  const { api, archive } = await open()
  const reply = await api.call('POST', '/v1/tokens', as(master, { body }))
  expect(reply).toMatchObject({ status: 400, body: { code: 'body-invalid' } })
  expect((reply.body as { issues: { path: string }[] }).issues.map(issue => issue.path)).toContain(path)
  expect(archive.saved).toBeUndefined()
})

test('a name is taken once, also one that objects have', async () => {
  const { api, make } = await open()
  for (const name of ['ci', 'constructor', '__proto__']) {
    await make({ name, role: 'read' })
    expect(await api.call('POST', '/v1/tokens', as(master, { body: { name, role: 'admin' } }))).toMatchObject({
      status: 409, body: { code: 'name-taken' }
    })
  }
  expect(await api.call('DELETE', '/v1/tokens/toString', as(master))).toMatchObject({
    status: 404, body: { detail: "no token 'toString'; there are: ci, constructor, __proto__" }
  })
})

test('a token that cannot be saved is none, and one that cannot be revoked stays', async () => {
  const { api, archive, make } = await open()
  const token = await make({ name: 'old', role: 'read' })
  archive.failure = new WeirError('storage-failed', 'the disk is full')
  expect((await api.call('POST', '/v1/tokens', as(master, { body: { name: 'new', role: 'read' } }))).status).toBe(507)
  expect((await api.call('POST', '/v1/tokens/old/rotate', as(master))).status).toBe(507)
  expect((await api.call('DELETE', '/v1/tokens/old', as(master))).status).toBe(507)
  expect(
    ((await api.call('GET', '/v1/tokens', as(token))).body as { items: object[] }).items
  ).toMatchObject([{ name: 'old' }])
})

describe('roles', () => {
  const { routes } = apiOf({ base: '', token: true })
  const pathOf = (path: string): string => `/v1${path.replace(/:\w+/g, 'x')}`

  test.each(routes.map(route => [
    `${route.method} ${route.path}`, route
  ] as const))('%s has a least role, and refuses those below it', async (_, route) => {
    expect(roles).toContain(route.role)
    // A read is everybody's. What a POST of the role read does must change nothing.
    if (route.method === 'GET') expect(route.role).toBe('read')
    else if (route.role === 'read') expect([
      'explain', 'validateRule', 'testRules', 'testEdgeFunction', 'matchTriggers', 'checkConfig', 'execCommands'
    ]).toContain(route.operationId)
    const { api, weir, make } = await open()
    for (const role of roles) {
      if (includesRole(role, route.role)) continue
      const token = await make({ name: role, role })
      const before = weir.revision
      const reply = await api.call(
        route.method, pathOf(route.path),
        as(token, route.body === undefined ? {} : { raw: '{}', headers: { 'content-type': route.body.mediaTypes[0]! } })
      )
      expect(reply).toMatchObject({ status: 403, body: { code: 'role-insufficient' } })
      expect((reply.body as { detail: string }).detail).toMatch(
        new RegExp(`needs the role ${route.role}; token:${role} has ${role}$`)
      )
      expect(weir.revision).toBe(before)
    }
  })

  test('operate runs what is there, and configures nothing', () => {
    const operate = routes.filter(route => route.role === 'operate').map(({ operationId }) => operationId)
    expect(
      operate.filter(
        id => !/^((enable|disable|drain|rebalance)[A-Z]\w*|(pause|resume|cancel)Job|(set|import|delete)Sessions?|(set|delete)Bans?|killConnection|setTrace|setLog)$/.test(id)
      )
    ).toEqual([])
    expect(operate).toEqual(expect.arrayContaining([
      'disableService', 'drainService', 'enableLbVserver', 'cancelJob', 'deleteSessions', 'killConnection'
    ]))
  })

  test('the long name of an entity gets round no role', async () => {
    const { api, make } = await open()
    const token = await make({ name: 'r', role: 'read' })
    expect(await api.call('DELETE', `/v1/services/${'x'.repeat(120)}`, as(token))).toMatchObject({
      status: 403, body: { code: 'role-insufficient' }
    })
  })

  test('commands need the role of the request that does the same, all of them before any runs', async () => {
    const { api, weir, make } = await open()
    const read = await make({ name: 'r', role: 'read' })
    const operate = await make({ name: 'o', role: 'operate' })
    const exec = async (token: string, commands: string): Promise<Reply> => await api.call(
      'POST', '/v1/exec', as(token, { body: { commands } })
    )
    expect((await exec(master, 'add service s 127.0.0.1 USER_TCP 1')).status).toBe(200)
    expect((await exec(read, 'show service\nhelp')).status).toBe(200)
    expect(await exec(read, 'show service\ndisable service s')).toMatchObject({ status: 403, body: {
      code: 'role-insufficient',
      detail: "line 2: 'disable service' needs the role operate; token:r has read. No command was run"
    } })
    expect(await exec(operate, 'disable service s\nadd service t 127.0.0.1 USER_TCP 2')).toMatchObject({
      status: 403, body: { detail: expect.stringContaining("'add service' needs the role admin") as string }
    })
    expect(await exec(operate, 'clear ns config full')).toMatchObject({ status: 403 })
    expect(weir.services.list()).toMatchObject([{ name: 's', state: 'enabled' }])
    expect((await exec(operate, 'disable service s')).status).toBe(200)
    expect(weir.services.list()).toMatchObject([{ name: 's', state: 'disabled' }])
  })

  test('every command names an operation', () => {
    const known = new Set(routes.map(({ operationId }) => operationId))
    expect(
      grammar.commands.filter(({ rest }) => !known.has(rest)).map(({ verb, object }) => `${verb} ${object}`)
    ).toEqual([])
  })

  test('only admin checks a configuration that has Weir read files', async () => {
    const { api, make } = await open()
    const token = await make({ name: 'r', role: 'read' })
    expect((await api.call('POST', '/v1/config/check', as(token, { body: {} }))).status).toBe(200)
    const files = { certkeys: [{ name: 'c', certFile: '/etc/shadow' }] }
    expect(await api.call('POST', '/v1/config/check', as(token, { body: files }))).toMatchObject({
      status: 403, body: { code: 'role-insufficient' }
    })
    const scoped = await make({ name: 's', role: 'admin', scopes: ['c'] })
    expect(await api.call('POST', '/v1/config/check', as(scoped, { body: files }))).toMatchObject({
      status: 403, body: { code: 'outside-scope' }
    })
  })

  test('only admin checks a configuration with new code, which a check runs', async () => {
    const { api, make } = await open()
    const token = await make({ name: 'r', role: 'read' })
    const check = async (extension: object, edgeFunctions: object[] = []): Promise<number> => (await api.call(
      'POST', '/v1/config/check', as(token, { body: { extensions: [{ name: 'x', ...extension }], edgeFunctions } })
    )).status
    expect((await api.call(
      'POST', '/v1/extensions', as(master, { body: { name: 'x', source: 'export default 1' } })
    )).status).toBe(201)
    expect([await check({ source: 'export default 1' }), await check({ builtin: 'mqtt' })]).toEqual([200, 200])
    expect([
      await check({ source: 'export default 2' }),
      await check({ builtin: 'mqtt', canary: { source: 'export default 2', percent: 1 } }),
      await check({ builtin: 'mqtt' }, [{ name: 'f', source: 'x' }])
    ]).toEqual([403, 403, 403])
  })
})

describe('scopes', () => {
  const service = (name: string, port = 1): object => ({ name, address: '127.0.0.1', port })

  const scoped = async (): Promise<{
    api: ApiClient, weir: FakeWeir,
    send: (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<number>
  }> => {
    const { api, weir, make } = await open()
    for (const name of ['a-1', 'b-1']) await api.call('POST', '/v1/services', as(master, { body: service(name) }))
    const token = await make({ name: 'team-a', role: 'admin', scopes: ['a-', 'shared'] })
    return {
      api, weir,
      send: async (method, path, body) => {
        const { status, body: answer } = await api.call(method, path, as(token, body === undefined ? {} : { body }))
        if (status === 403) expect((answer as { code: string, detail: string })).toMatchObject({
          code: 'outside-scope', detail: expect.stringContaining('begin with: a-, shared') as string
        })
        return status
      }
    }
  }

  test('a token writes what its scopes name, and reads all', async () => {
    const { api, weir, send } = await scoped()
    expect(await send('POST', '/v1/services', service('a-2', 2))).toBe(201)
    expect(await send('PATCH', '/v1/services/a-1', { port: 9 })).toBe(200)
    expect(await send('POST', '/v1/services/a-1/enable')).toBe(200)
    expect(await send('DELETE', '/v1/services/a-2')).toBe(204)
    expect(await send('POST', '/v1/services', service('b-2'))).toBe(403)
    expect(await send('POST', '/v1/services', { address: 'x' })).toBe(403)
    expect(await send('PATCH', '/v1/services/b-1', { port: 9 })).toBe(403)
    expect(await send('POST', '/v1/services/b-1/drain')).toBe(403)
    expect(await send('DELETE', '/v1/services/b-1')).toBe(403)
    expect(weir.services.list().map(({ name, port }) => `${name}:${port}`)).toEqual(['a-1:9', 'b-1:1'])
    expect((await api.call('GET', '/v1/services/b-1', as(master))).status).toBe(200)
  })

  test('nor does it write through a transaction, commands, or the whole document', async () => {
    const { weir, send } = await scoped()
    const change = (name: string): object => ({ action: 'patch', collection: 'services', name, value: { port: 7 } })
    expect(await send('POST', '/v1/transactions', { changes: [change('a-1')] })).toBe(200)
    expect(await send('POST', '/v1/transactions', { changes: [change('a-1'), change('b-1')] })).toBe(403)
    expect(await send('POST', '/v1/exec', { commands: 'set service a-1 -maxClient 3' })).toBe(200)
    expect(await send(
      'POST', '/v1/exec', { commands: 'set service a-1 -maxClient 4\nset service b-1 -maxClient 4' }
    )).toBe(403)
    expect(await send('POST', '/v1/exec', { commands: 'rename service a-1 b-9' })).toBe(403)
    expect(await send('POST', '/v1/exec', { commands: 'clear ns config full' })).toBe(403)
    expect(await send('POST', '/v1/exec', { commands: 'clear lb persistentSessions' })).toBe(403)
    expect(await send('PUT', '/v1/config', {})).toBe(403)
    expect(weir.services.list()).toMatchObject([{ name: 'a-1', port: 7, maxClients: 3 }, { name: 'b-1', port: 1 }])
  })

  test('what concerns the whole is for tokens without a scope', async () => {
    const { send } = await scoped()
    expect(await send('PUT', '/v1/log', { level: 'debug' })).toBe(403)
    expect(await send('DELETE', '/v1/sessions?all=true')).toBe(403)
    expect(await send('POST', '/v1/jobs/drain-1/pause')).toBe(403)
    expect(await send('DELETE', '/v1/connections/none')).toBe(403)
    // It would make itself a token without a scope.
    expect(await send('POST', '/v1/tokens', { name: 'a-2', role: 'read' })).toBe(403)
    expect(await send('POST', '/v1/tokens/team-a/rotate')).toBe(403)
    expect(await send('DELETE', '/v1/tokens/team-a')).toBe(403)
  })
})
