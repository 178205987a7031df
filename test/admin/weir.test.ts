import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { generate } from 'selfsigned'
import { createWeir, type Weir } from 'weirlb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiClient, type Reply } from './api-client.ts'

// The API over a Weir that runs, in this process: every answer below is held against the OpenAPI document too.

const source = (greeting: string): string => `
import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 1024 }), onMessage (message, ctx) {
    const key = message.text().trimEnd()
    ctx.count('${greeting}')
    return forward({ session: key, token: key, then: 'tunnel' })
  } }
})
`

let weir: Weir
let api: ApiClient
let servers: Server[]
let sockets: Socket[]

beforeEach(async () => {
  sockets = []
  servers = await Promise.all(['red', 'blue'].map(async name => {
    const server = createServer(socket => {
      createInterface(socket.on('error', () => {})).on('line', line => {
        socket.write(`${name}: ${line}\n`)
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return server
  }))
  weir = createWeir({ workers: 0, log: { level: 'silent' } })
  await weir.start()
  api = await ApiClient.over({ weir })
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await api.app.close()
  await weir.stop({ graceMs: 0 })
  for (const server of servers) server.close()
})

const ok = async (method: 'POST' | 'PUT' | 'PATCH', path: string, body?: object): Promise<Reply> => {
  const reply = await api.call(method, path, { body })
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`)
  return reply
}

/** Everything that a client needs, made one call at a time. Answers the port to connect to. */
const configure = async (): Promise<number> => {
  await ok('POST', '/v1/extensions', { name: 'lines', source: source('hello') })
  await ok('POST', '/v1/user-protocols', { name: 'LINES', transport: 'tcp', extension: 'lines' })
  for (const [i, name] of ['red', 'blue'].entries())
    await ok('POST', '/v1/services', {
      name,
      address: '127.0.0.1',
      port: (servers[i]!.address() as AddressInfo).port,
      monitors: []
    })
  await ok('POST', '/v1/lb-vservers', {
    name: 'lb',
    persistence: { type: 'user-session' },
    services: [{ name: 'red' }, { name: 'blue' }]
  })
  const { body } = await ok('POST', '/v1/user-vservers', {
    name: 'v',
    protocol: 'LINES',
    address: '127.0.0.1',
    port: 0,
    defaultLb: 'lb'
  })
  expect(body.status).toMatchObject({ value: 'up', listening: { address: '127.0.0.1' } })
  return body.status.listening.port as number
}

/** Connect, say a line, answer the colour of the server that answered. */
const colour = async (port: number, line: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(`${line}\n`)
  for await (const answer of createInterface(socket)) return answer.split(':')[0]!
  throw new Error('closed without an answer')
}

test('clients are balanced, pinned, listed and closed', async () => {
  const port = await configure()
  const first = [await colour(port, 'ann'), await colour(port, 'bob')]
  expect(first.toSorted()).toEqual(['blue', 'red'])
  expect([await colour(port, 'ann'), await colour(port, 'bob')]).toEqual(first)

  const { body: { items } } = await api.call('GET', '/v1/connections?userVserver=v')
  expect(items).toHaveLength(4)
  expect(new Set(items.map((c: { session: string }) => c.session))).toEqual(new Set(['ann', 'bob']))
  expect((await api.call('GET', '/v1/connections?session=ann')).body.items).toHaveLength(2)
  expect((await api.call('GET', '/v1/connections?limit=3')).body).toMatchObject({
    truncated: true,
    items: { length: 3 }
  })
  const { id } = items[0]
  expect((await api.call('GET', `/v1/connections/${id}`)).body).toMatchObject({ id, userVserver: 'v', phase: 'tunnel' })
  expect((await api.call('DELETE', `/v1/connections/${id}`)).status).toBe(204)
  await expect.poll(async () => (await api.call('GET', `/v1/connections/${id}`)).status).toBe(404)

  const sessions = await api.call('GET', '/v1/sessions?lbVserver=lb&key=bob')
  expect(sessions.body.items).toMatchObject([{ key: 'bob', service: first[1] }])
  expect((await api.call('DELETE', '/v1/sessions?lbVserver=lb')).body).toEqual({ deleted: 2 })

  const stats = await api.call('GET', '/v1/stats')
  expect(stats.body.userVservers.v).toMatchObject({ accepted: 4, connections: 3, closed: { killed: 1 } })
  expect(stats.body.extensions.lines.counters).toEqual({ hello: 4 })
  expect((await api.call('GET', '/v1/health')).body).toMatchObject({ status: 'ok', services: { up: 2, down: 0 } })
})

test('what an extension has used stands beside what it may', async () => {
  const port = await configure()
  const budget = async () => (await api.call('GET', '/v1/stats')).body.extensions.lines.budget
  expect(await budget()).toMatchObject({
    status: 'up',
    originatedBytes: { limit: 256 * 1024, peak: 0 },
    strikes: { limit: 5, windowSeconds: 60, now: 0 }
  })
  await ok('PATCH', '/v1/extensions/lines', {
    limits: { batchTimeoutMs: 200, heldBytes: 8192 },
    strikes: { failures: 3 }
  })
  const key = 'k'.repeat(100)
  await colour(port, key)
  const used = await budget()
  expect(used).toMatchObject({
    batchMs: { limit: 200 },
    heapBytes: { limit: 64 * 1024 * 1024 },
    heldBytes: { limit: 8192, peak: key.length + 1, total: 0 },
    // Its token and its session are one key.
    originatedBytes: { limit: 256 * 1024, peak: key.length }, strikes: { limit: 3, now: 0 }, status: 'up'
  })
  expect(used).not.toHaveProperty('downUntil')
  expect(used.batchMs.peak).toBeGreaterThan(0)
  expect(used.heapBytes.peak).toBeGreaterThan(0)
  expect(used.heapBytes.peak).toBeLessThan(used.heapBytes.limit)
})

test('an extension is replaced while its clients stay', async () => {
  const port = await configure()
  await colour(port, 'ann')
  const { headers } = await api.call('GET', '/v1/extensions/lines')
  const put = await api.call('PUT', '/v1/extensions/lines', {
    body: { source: source('servus') },
    headers: { 'if-match': String(headers.etag) }
  })
  expect(put.status).toBe(200)
  await colour(port, 'ann')
  const { body } = await api.call('GET', '/v1/stats')
  expect(body.userVservers.v.connections).toBe(2)
  expect(body.extensions.lines.counters).toMatchObject({ servus: 1 })
})

test('what an extension declares is shown; what is wrong with one is said with line and column', async () => {
  await configure()
  const shown = await api.call('GET', '/v1/extensions/lines')
  expect(shown.body.status).toMatchObject({
    value: 'up',
    declaration: { name: 'lines', client: { framing: { kind: 'delimiter', max: 1024 }, handler: true } }
  })
  expect((await api.call('POST', '/v1/extensions/validate', { body: { source: source('x') } })).body.name).toBe('lines')
  for (const [method, path] of [['POST', '/v1/extensions/validate'], ['PUT', '/v1/extensions/lines']] as const) {
    const { body } = await api.call(method, path, { body: { source: 'export default {\n  name: ]' } })
    expect(body).toMatchObject({ status: 422, code: 'extension-compile', source: 'extension' })
    expect(body.detail).toMatch(/2:\d+/)
  }
  expect((await api.call('POST', '/v1/extensions/validate', { body: { source: 'export const x = 1' } })).body.code)
    .toBe('extension-no-default')
  expect((await api.call('GET', '/v1/extensions/lines')).headers.etag).toBe(shown.headers.etag)
})

test('draining and disabling', async () => {
  const port = await configure()
  await colour(port, 'ann')
  expect((await api.call('POST', '/v1/user-vservers/v/drain')).body).toMatchObject({
    state: 'draining',
    status: { value: 'draining' }
  })
  await expect(colour(port, 'bob')).rejects.toThrow()
  expect((await api.call('GET', '/v1/connections')).body.items).toHaveLength(1)
  expect((await api.call('POST', '/v1/user-vservers/v/disable')).body.state).toBe('disabled')
  await expect.poll(async () => (await api.call('GET', '/v1/connections')).body.items.length).toBe(0)
  const { body } = await api.call('POST', '/v1/user-vservers/v/enable')
  expect(body.status.value).toBe('up')
  await colour(body.status.listening.port, 'cy')
})

test('a port that is taken is refused and all else keeps running', async () => {
  const port = await configure()
  const { etag } = weir.config.get()
  const taken = (servers[0]!.address() as AddressInfo).port
  const { body } = await api.call('POST', '/v1/user-vservers', {
    body: { name: 'w', protocol: 'LINES', address: '127.0.0.1', port: taken, defaultLb: 'lb' }
  })
  expect(body).toMatchObject({ status: 409, code: 'address-taken', detail: expect.stringContaining(String(taken)) })
  expect(weir.config.get().etag).toBe(etag)
  expect(['red', 'blue']).toContain(await colour(port, 'ann'))
})

test('the configuration that is read can be put back, and keys stay where they are', async () => {
  await configure()
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }])
  const created = await ok('POST', '/v1/certkeys', { name: 'k', cert, key })
  expect(created.body.status).toMatchObject({ hasKey: true })
  const { body, headers } = await api.call('GET', '/v1/config')
  expect(JSON.stringify(body)).not.toContain('PRIVATE')
  expect((await api.call('POST', '/v1/config/check', { body })).status).toBe(200)
  const put = await api.call('PUT', '/v1/config', { body, headers: { 'if-match': String(headers.etag) } })
  expect(put).toMatchObject({ status: 200, body, headers: { etag: headers.etag } })
  const shown = await api.call('GET', '/v1/certkeys/k')
  const again = await api.call('PUT', '/v1/certkeys/k', { body: { ...shown.body, comment: 'edited' } })
  expect(again.body.status).toMatchObject({ hasKey: true })
  for (const collection of ['extensions', 'user-protocols', 'services', 'lb-vservers', 'user-vservers', 'certkeys']) {
    for (const entity of (await api.call('GET', `/v1/${collection}`)).body.items) {
      const path = `/v1/${collection}/${entity.name}`
      const read = await api.call('GET', path)
      expect(read.body).toEqual(entity)
      expect(await api.call('PUT', path, { body: read.body, headers: { 'if-match': String(read.headers.etag) } }))
        .toMatchObject({ status: 200, headers: { etag: read.headers.etag } })
    }
  }
})

test('of two writers with one version, one is told', async () => {
  await configure()
  const { headers } = await api.call('GET', '/v1/services/red')
  const replies = await Promise.all(
    [1, 2].map(n =>
      api.call('PATCH', '/v1/services/red', {
        body: { comment: String(n) },
        headers: { 'if-match': String(headers.etag) }
      })
    )
  )
  expect(replies.map(reply => reply.status).toSorted()).toEqual([200, 412])
})

test('what is in use stays; a wrong name is answered with the choices', async () => {
  await configure()
  expect((await api.call('DELETE', '/v1/services/red')).body).toMatchObject({ status: 409, code: 'in-use' })
  expect((await api.call('PATCH', '/v1/lb-vservers/lb', { body: { services: [{ name: 'green' }] } })).body)
    .toMatchObject({ status: 422, code: 'reference-unknown', detail: expect.stringMatching(/green.*red, blue/) })
  for (const path of ['user-vservers/v', 'lb-vservers/lb', 'services/red', 'services/blue', 'user-protocols/LINES', 'extensions/lines']) {
    expect((await api.call('DELETE', `/v1/${path}`)).status).toBe(204)
  }
  expect((await api.call('GET', '/v1/config')).body).toEqual({
    extensions: [],
    userProtocols: [],
    certkeys: [],
    monitors: [],
    services: [],
    serviceGroups: [],
    lbVservers: [],
    glbs: [],
    userVservers: [],
    geoDatabases: [],
    lists: [],
    accessRules: [],
    lockdowns: [],
    userAgentRules: [],
    rules: [],
    edgeFunctions: [],
    triggers: [],
    rateLimits: [],
    managedChecks: []
  })
})

test('a source over the limit is refused in the same words wherever it is given', async () => {
  await configure()
  const large = `${source('hello')}//${'x'.repeat(4 * 1024 * 1024)}`
  const before = weir.extensions.list()
  for (const [reply, field] of [
    [await api.call('POST', '/v1/extensions', { body: { name: 'large', source: large } }), 'source'],
    [await api.call('PUT', '/v1/extensions/lines', { body: { name: 'lines', source: large } }), 'source'],
    [await api.call('PATCH', '/v1/extensions/lines', { body: { canary: { source: large, percent: 10 } } }), 'canary.source'],
    [await api.call('POST', '/v1/extensions/validate', { body: { source: large } }), 'source']
  ] as const) {
    const message = `must be at most 4194304 characters long; got ${large.length}`
    expect(reply).toMatchObject({ status: 422, body: { code: 'config-invalid', issues: [{ path: field, message }] } })
  }
  expect(weir.extensions.list()).toEqual(before)
})

test('a token with scopes names no file of the machine that is not named already', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-scoped-'))
  const own = await ApiClient.over({ weir, token: 'of-the-server' })
  const send = async (token: string, method: 'POST' | 'PUT' | 'PATCH', path: string, body: object): Promise<Reply> =>
    await own.call(method, path, { body, headers: { authorization: `Bearer ${token}` } })
  try {
    await ok('POST', '/v1/extensions', { name: 'lines', source: source('hello') })
    await ok('POST', '/v1/user-protocols', { name: 'LINES', transport: 'tcp', extension: 'lines' })
    await ok('POST', '/v1/lb-vservers', { name: 'lb' })
    const vserver = { name: 'a-v', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    const { body: { token } } = await send('of-the-server', 'POST', '/v1/tokens', {
      name: 'team',
      role: 'admin',
      scopes: ['a-']
    }) as Reply & { body: { token: string } }
    const refused = {
      status: 403,
      body: { code: 'outside-scope', detail: expect.stringContaining('may name no files of the machine') as string }
    }
    const monitors = [{ type: 'extension', extension: 'lines', secretFiles: { password: '/etc/shadow' } }]
    expect(await send(token, 'POST', '/v1/services', { name: 'a-s', address: '127.0.0.1', port: 1, monitors }))
      .toMatchObject(refused)
    expect(await send(token, 'POST', '/v1/certkeys', { name: 'a-c', certFile: '/etc/ssl/other.pem' })).toMatchObject(
      refused
    )
    expect(await send(token, 'POST', '/v1/user-vservers', { ...vserver, tls: { keyLogFile: '/etc/cron.d/x' } }))
      .toMatchObject(refused)
    const change = {
      action: 'create',
      collection: 'services',
      value: { name: 'a-s', address: '127.0.0.1', port: 1, monitors }
    }
    expect(await send(token, 'POST', '/v1/transactions', { changes: [change] })).toMatchObject(refused)
    expect(await send(token, 'POST', '/v1/exec', { commands: 'add ssl certKey a-c -cert /etc/ssl/other.pem' }))
      .toMatchObject(refused)
    expect(weir.services.list()).toEqual([])
    // One that is there stays, whatever else changes.
    const caFile = join(folder, 'ca.pem')
    writeFileSync(
      caFile,
      (await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' })).cert
    )
    expect((await send('of-the-server', 'POST', '/v1/certkeys', { name: 'a-c', caFile })).status).toBe(201)
    expect((await send(token, 'PATCH', '/v1/certkeys/a-c', { comment: 'ours' })).status).toBe(200)
    expect(await send(token, 'PATCH', '/v1/certkeys/a-c', { crlFile: '/etc/ssl/other.crl' })).toMatchObject(refused)
  } finally {
    rmSync(folder, { recursive: true })
    await own.app.close()
  }
})
