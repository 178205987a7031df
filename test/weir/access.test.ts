// Lists, access rules, lockdowns, user-agent rules and geo databases over the API, and requests that they refuse.
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { atEnd } from '../support/engine-bench.ts'
import { mmdbOf } from '../support/mmdb.ts'
import { sharedWeir } from '../support/shared-weir.ts'
import type { WeirProcess } from '../support/weir-process.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'weir-access-')) })
afterAll(async () => { await rm(folder, { recursive: true }) })

let weir: WeirProcess
let server: Server
beforeEach(async () => {
  server = createServer((_request, response) => { response.end('served') })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.closeAllConnections(); server.close() })
  weir = await sharedWeir({ workers: 2 })
  const { port } = server.address() as AddressInfo
  await send('PUT', 'config', {
    extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
    userProtocols: [{ name: 'WEB', transport: 'http' }, { name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
    services: [
      { name: 'web', type: 'HTTP', address: '127.0.0.1', port, monitors: [] },
      { name: 's', address: '127.0.0.1', port, monitors: [] }
    ],
    lbVservers: [{ name: 'web', type: 'HTTP', services: [{ name: 'web' }] }, { name: 'lb', services: [{ name: 's' }] }],
    userVservers: [
      {
        name: 'web', protocol: 'WEB', address: '127.0.0.1', port: 0, defaultLb: 'web',
        http: { trustedProxies: ['127.0.0.9'] }
      },
      { name: 'mqtt', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    ]
  })
})

/** As much of an answer as a test looks at. */
type Shown = Readonly<Record<string, never>> & {
  readonly items: readonly string[], readonly expires: Readonly<Record<string, string>>,
  readonly status: { readonly value: string, readonly reason: string }
}
interface Answer { readonly status: number, readonly body: Shown }
const send = async (method: string, path: string, body?: object): Promise<Answer> => {
  const response = await fetch(
    `${weir.api.base}/v1/${path}`,
    {
      method, headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...body === undefined ? {} : { body: JSON.stringify(body) }
    }
  )
  return { status: response.status, body: (response.status === 204 ? {} : await response.json()) as Shown }
}

const ask = async (
  path: string, { from = '127.0.0.1', ...headers }: Record<string, string> = {}
): Promise<number | string> => {
  const port = await weir.api.port('web')
  return await new Promise(resolve => {
    const asked = httpRequest(
      { host: '127.0.0.1', port, path, localAddress: from, headers, agent: false },
      response => { response.resume().on('end', () => { resolve(response.statusCode!) }) }
    )
    asked.on('error', (error: NodeJS.ErrnoException) => { resolve(error.code!) }).end()
  })
}

test('a list takes and gives items in batches, and stays while it is named', async () => {
  expect(await send('POST', 'lists', { name: 'bad', type: 'ip', items: ['10.0.0.1'] })).toMatchObject({
    status: 201, body: { items: ['10.0.0.1'], expires: {}, status: { value: 'unused' } }
  })
  expect(
    await send('POST', 'lists/bad/items', { add: ['127.0.0.5', '10.0.0.0/8'], remove: ['10.0.0.1', '10.0.0.2'] })
  ).toMatchObject({ status: 200, body: { items: ['127.0.0.5', '10.0.0.0/8'] } })
  const timed = await send('POST', 'lists/bad/items', { add: ['127.0.0.6'], expiresInSeconds: 3600 })
  expect(Date.parse(timed.body.expires['127.0.0.6']!) - Date.now()).toBeGreaterThan(3_500_000)
  expect((await send('POST', 'lists/bad/items', { add: ['127.0.0.6'] })).body).toMatchObject({
    items: ['127.0.0.5', '10.0.0.0/8', '127.0.0.6'], expires: {}
  })
  // What has ended goes with the next batch.
  await send('PATCH', 'lists/bad', { expires: { '10.0.0.0/8': '2020-01-01T00:00:00Z' } })
  expect((await send('GET', 'lists/bad')).body.status).toMatchObject({ value: 'unused' })
  expect((await send('POST', 'lists/bad/items', {})).body.items).toEqual(['127.0.0.5', '127.0.0.6'])

  const wrong: readonly (readonly [object, string, RegExp])[] = [
    [{ add: ['10.0.0.1', 'office'] }, 'add[1]', /expected an IP address or a network.*got "office"/],
    [
      { add: ['10.0.0.1'], expiresAt: 'tomorrow' }, 'expiresAt',
      /expected a time such as 2030-01-31T12:00:00Z; got "tomorrow"/
    ],
    [
      { add: ['10.0.0.1'], expiresAt: '2030-01-01T00:00:00Z', expiresInSeconds: 5 }, 'expiresInSeconds',
      /expiresAt is given already/
    ],
    [{ items: ['10.0.0.1'] }, '', /unknown field 'items'; there are: .*add/]
  ]
  for (const [change, path, message] of wrong) expect(await send('POST', 'lists/bad/items', change)).toMatchObject({
    status: 422, body: { code: 'config-invalid', issues: [{ path, message: expect.stringMatching(message) as string }] }
  })
  expect(await send('PATCH', 'lists/bad', { expires: { '10.0.0.7': '2030-01-01T00:00:00Z' } })).toMatchObject({
    status: 422,
    body: { code: 'config-invalid', issues: [{ message: expect.stringContaining('has no item "10.0.0.7"') as string }] }
  })
  expect(await send('PATCH', 'lists/bad', { items: ['10.0.0.1', '10.0.0.1'] })).toMatchObject({
    status: 422, body: { issues: [{ path: 'items[1]', message: expect.stringContaining('already') as string }] }
  })
  expect(await send('POST', 'lists', { name: 'a-b', type: 'ip' })).toMatchObject({
    status: 422, body: { issues: [{ path: 'name' }] }
  })
  expect((await send('GET', 'lists/bad')).body.items).toEqual(['127.0.0.5', '127.0.0.6'])

  await send('POST', 'lists/bad/items', { add: ['10.0.0.0/8'] })
  expect(
    await send('POST', 'rules', { name: 'r', expression: 'ip.src in $bad', action: 'block', vservers: ['mqtt'] })
  ).toMatchObject({ status: 201, body: { status: { value: 'up', phase: 'connect' } } })
  expect(await send('DELETE', 'lists/bad')).toMatchObject({
    status: 409, body: { code: 'in-use', issues: [{ path: 'rules[0].expression', message: "rule 'r' refers to it" }] }
  })
  expect(await send('POST', 'rules/test', { userVserver: 'mqtt', fields: { 'ip.src': '10.0.5.5' } })).toMatchObject({
    body: { decision: 'block', rule: 'r' }
  })
  expect(await send('POST', 'rules/test', { userVserver: 'mqtt', fields: { 'ip.src': '11.0.5.5' } })).toMatchObject({
    body: { decision: 'pass' }
  })
  expect(await send('POST', 'rules/validate', { expression: 'ip.src in $bad and not ip.src in $good' })).toMatchObject({
    body: { valid: false, faults: [{ message: expect.stringContaining("no list '$good'; there are: $bad") as string }] }
  })
  expect(await send('POST', 'rules', { name: 'x', expression: 'ip.src in $good', action: 'block' })).toMatchObject({
    status: 422, body: { code: 'rule-invalid', issues: [{ path: 'expression', line: 1, column: 11 }] }
  })
  expect(await send('POST', 'rules', { name: 'x', expression: 'tls.sni in $bad', action: 'block' })).toMatchObject({
    status: 422,
    body: {
      code: 'rule-invalid',
      issues: [{ path: 'expression', message: expect.stringContaining('$bad is a list of IP addresses') as string }]
    }
  })
  expect(await send('PATCH', 'lists/bad', { type: 'string' })).toMatchObject({
    status: 422, body: { code: 'rule-invalid' }
  })
  await send('DELETE', 'rules/r')
  expect((await send('DELETE', 'lists/bad')).status).toBe(204)
})

test('requests are refused by the address behind trusted proxies, by path, and by user agent', async () => {
  await send('POST', 'lists', { name: 'staff', type: 'ip', items: ['203.0.113.0/24'] })
  await send('POST', 'access-rules', { name: 'bad', source: '192.0.2.0/24', action: 'block' })
  await send(
    'POST', 'lockdowns',
    {
      name: 'admin', paths: ['/admin*'], sources: ['$staff', '127.0.0.8'],
      response: { status: 404, body: 'nothing here' }
    }
  )
  await send('POST', 'lockdowns', { name: 'public', paths: ['/admin/public/*'], sources: ['0.0.0.0/0'], priority: 1 })
  await send('POST', 'user-agent-rules', { name: 'bots', contains: 'EvilBot' })
  const proxied = (client: string): Record<string, string> => ({ from: '127.0.0.9', 'x-forwarded-for': client })
  expect(await ask('/', proxied('192.0.2.1'))).toBe(403)
  expect(await ask('/', proxied('192.0.2.1, 198.51.100.1'))).toBe(200)
  // Nobody else is believed.
  expect(await ask('/', { from: '127.0.0.7', 'x-forwarded-for': '192.0.2.1' })).toBe(200)
  expect(await ask('/admin', { from: '127.0.0.7', 'x-forwarded-for': '203.0.113.1' })).toBe(404)
  expect(await ask('/admin/x', proxied('203.0.113.1'))).toBe(200)
  expect(await ask('//%61dmin/x', { from: '127.0.0.7' })).toBe(404)
  expect(await ask('/admin/x', { from: '127.0.0.8' })).toBe(200)
  expect(await ask('/admin/public/x')).toBe(200)
  expect(await ask('/', { 'user-agent': 'Mozilla (evilbot/1.0)' })).toBe(403)
  await until(
    async () => (await send('GET', 'stats')).body['userVservers']?.['web']?.['requests']?.['not-allowed'] === 4,
    'the refusals to be counted'
  )
  // Trusted sources pass all of it.
  await send('POST', 'access-rules', { name: 'us', source: '127.0.0.7', action: 'allow' })
  expect([
    await ask('/admin', { from: '127.0.0.7' }), await ask('/', { from: '127.0.0.7', 'user-agent': 'EvilBot' })
  ]).toEqual([200, 200])

  expect(
    await send('POST', 'lockdowns', { name: 'x', paths: ['/'], sources: ['DE'], vservers: ['mqtt'] })
  ).toMatchObject({
    status: 422,
    body: {
      code: 'config-invalid',
      issues: [{ path: 'vservers[0]', message: expect.stringContaining("'mqtt' takes no HTTP requests") as string }]
    }
  })
  await send('POST', 'lists', { name: 'words', type: 'string', items: ['x'] })
  expect(await send('POST', 'access-rules', { name: 'x', source: '$words', action: 'block' })).toMatchObject({
    status: 422,
    body: {
      code: 'config-invalid',
      issues: [{ path: 'source', message: expect.stringContaining('$words is a list of strings') as string }]
    }
  })
  // A challenge is for clients with HTTP.
  for (const vservers of [['mqtt'], []]) expect(
    await send('POST', 'access-rules', { name: 'x', source: '127.0.0.6', action: 'challenge', vservers })
  ).toMatchObject({
    status: 422,
    body: {
      code: 'config-invalid',
      issues: [{ path: 'vservers', message: expect.stringContaining("'mqtt' has no HTTP") as string }]
    }
  })
  await send('POST', 'access-rules', { name: 'x', source: '127.0.0.6', action: 'challenge', vservers: ['web'] })
  expect([await ask('/', { from: '127.0.0.6' }), await ask('/', { from: '127.0.0.5' })]).toEqual([403, 200])
  expect(await send('DELETE', 'lists/staff')).toMatchObject({
    status: 409, body: { code: 'in-use', issues: [{ path: 'lockdowns[0].sources[0]' }] }
  })
})

test('an operator who blocks every address can take it back: the API is behind no rule', async () => {
  await send('POST', 'access-rules', { name: 'everybody', source: '0.0.0.0/0', action: 'block' })
  const port = await weir.api.port('mqtt')
  await new Promise(
    resolve => { connect({ host: '127.0.0.1', port }).on('error', () => {}).on('close', resolve).resume() }
  )
  expect(await ask('/')).toBe('ECONNRESET')
  expect(await send('PATCH', 'access-rules/everybody', { expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({
    status: 200, body: { status: { value: 'expired' } }
  })
  expect(await ask('/')).toBe(200)
  expect((await send('POST', 'access-rules/everybody/disable')).body.status).toMatchObject({ value: 'disabled' })
  expect((await send('DELETE', 'access-rules/everybody')).status).toBe(204)
})

test('a geo database is read as a whole, watched, and kept when its file is cut', async () => {
  const file = join(folder, 'geo.mmdb')
  const put = async (bytes: Uint8Array): Promise<void> => {
    await writeFile(`${file}.new`, bytes)
    await rename(`${file}.new`, file)
  }
  await put(Buffer.from('no database'))
  expect(await send('POST', 'geo-databases', { name: 'geo', mmdbFile: file })).toMatchObject({
    status: 422,
    body: {
      code: 'geo-invalid',
      issues: [{ path: 'mmdbFile', message: expect.stringContaining('metadata is missing') as string }]
    }
  })
  expect(await send('POST', 'geo-databases', { name: 'geo', mmdbFile: `${file}.absent` })).toMatchObject({
    status: 422,
    body: { code: 'geo-invalid', issues: [{ path: 'mmdbFile', message: expect.stringContaining('ENOENT') as string }] }
  })

  expect(await send('POST', 'access-rules', { name: 'asn', source: 'AS64496', action: 'block' })).toMatchObject({
    status: 201, body: { status: { value: 'inactive', reason: 'no geo database knows autonomous systems' } }
  })
  expect(
    await send('POST', 'rules', { name: 'r', expression: 'not ip.src.asnum eq 1', action: 'block' })
  ).toMatchObject({ body: { status: { value: 'inactive' } } })
  // Everybody would have the one counter of those that nobody knows.
  const limit = { name: 'l', counts: 'requests', by: ['ip.src.asnum'], limit: 1, periodSeconds: 600, action: 'block' }
  expect(await send('POST', 'rate-limits', limit)).toMatchObject({ body: { status: { value: 'inactive' } } })
  expect([await ask('/'), await ask('/'), await ask('/')]).toEqual([200, 200, 200])
  await send('DELETE', 'rate-limits/l')
  expect(await ask('/')).toBe(200)
  expect((await send('GET', 'health')).body).toMatchObject({
    status: 'degraded',
    inactive: [
      { entity: "access rule 'asn'", reason: 'no geo database knows autonomous systems' }, { entity: "rule 'r'" }
    ]
  })
  await send('DELETE', 'rules/r')

  const one = mmdbOf({ '127.0.0.0/8': { country: { iso_code: 'DE' }, autonomous_system_number: 64_496 } })
  await put(one)
  expect(await send('POST', 'geo-databases', { name: 'geo', mmdbFile: file })).toMatchObject({
    status: 201,
    body: { status: { value: 'up', knows: ['countries', 'autonomous-systems'], builtAt: '2023-11-14T22:13:20.000Z' } }
  })
  expect(await ask('/')).toBe('ECONNRESET')
  expect((await send('GET', 'health')).body).toMatchObject({ inactive: [] })
  expect((await send('GET', 'access-rules/asn')).body.status.value).toBe('up')

  await put(one.subarray(0, one.length - 100))
  await until(
    async () => (await send('GET', 'geo-databases/geo')).body.status.value === 'stale', 'the cut file to be seen'
  )
  expect((await send('GET', 'geo-databases/geo')).body.status.reason).toMatch(/the file before is in use: '.*geo.mmdb'/)
  expect(await ask('/')).toBe('ECONNRESET')
  // Other changes are taken meanwhile.
  expect((await send('PATCH', 'access-rules/asn', { comment: 'c' })).status).toBe(200)
  await put(mmdbOf({ '127.0.0.0/8': { country: { iso_code: 'DE' }, autonomous_system_number: 64_497 } }))
  await until(async () => (await send('GET', 'geo-databases/geo')).body.status.value === 'up', 'the new file')
  expect(await ask('/')).toBe(200)
})
