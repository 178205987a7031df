// Services bound and unbound one by one, an ssl vserver that precedes its certificate, and errors in the words of the
// request.
import { once } from 'node:events'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { createWeir, type Weir } from 'weirlb'
import { ApiClient, type Reply } from '../admin/api-client.ts'
import { certificateFor } from '../support/certificate.ts'
import { Farm, serverOf } from './farm.ts'

let farm: Farm
let weir: Weir
let api: ApiClient
beforeAll(async () => { farm = await Farm.start('red', 'blue') })
afterAll(() => { farm.close() })
beforeEach(async () => {
  const config = farm.config()
  weir = createWeir({
    workers: 0,
    log: { level: 'silent' },
    config: { ...config, lbVservers: [{ name: 'other' }, { name: 'lb', services: [{ name: 'red' }] }] }
  })
  await weir.start()
  api = await ApiClient.over({ weir })
})
afterEach(async () => {
  await api.app.close()
  await weir.stop({ graceMs: 0 })
})
const services = '/v1/lb-vservers/lb/services'
const boundTo = (name: string): object[] => weir.lbVservers.require(name).value.services
const port = async (): Promise<number> => (await weir.userVservers.status('v')).listening!.port

describe('a service', () => {
  test('is bound without naming the others, and unbound', async () => {
    const bound = await api.call('POST', services, { body: { name: 'blue', weight: 3 } })
    expect([bound.status, bound.body.services]).toEqual([200, [{ name: 'red', weight: 1, priority: 0 }, { name: 'blue', weight: 3, priority: 0 }]])
    expect(bound.headers.etag).toBe((await api.call('GET', '/v1/lb-vservers/lb')).headers.etag)
    expect(new Set([await serverOf(await port(), 'ann'), await serverOf(await port(), 'bob')])).toEqual(
      new Set(['red', 'blue'])
    )

    const unbound = await api.call('DELETE', `${services}/red`)
    expect([unbound.status, unbound.body.services, unbound.headers.etag !== bound.headers.etag]).toEqual([200, [{
      name: 'blue',
      weight: 3,
      priority: 0
    }], true])
    expect(await serverOf(await port(), 'eve')).toBe('blue')
  })

  test('is bound and unbound by a program', async () => {
    const { value, etag } = await weir.lbVservers.bind('lb', { name: 'blue' })
    expect(value.services).toEqual([{ name: 'red', weight: 1, priority: 0 }, { name: 'blue', weight: 1, priority: 0 }])
    expect((await weir.lbVservers.unbind('lb', 'red', { ifMatch: etag })).value.services).toEqual([{
      name: 'blue',
      weight: 1,
      priority: 0
    }])
  })

  test('many at once: none is lost', async () => {
    for (let i = 0; i < 20; i++)
      await weir.services.create({ name: `s${i}`, address: '127.0.0.1', port: 1, monitors: [] })
    await Promise.all(Array.from({ length: 20 }, (_, i) => weir.lbVservers.bind('other', { name: `s${i}` })))
    await Promise.all(Array.from({ length: 19 }, (_, i) => weir.lbVservers.unbind('other', `s${i}`)))
    expect(boundTo('other')).toEqual([{ name: 's19', weight: 1, priority: 0 }])
  })

  const problem = ({ body }: Reply): object => ({
    code: body.code,
    detail: body.detail,
    paths: body.issues.map(({ path }: { path: string }) => path)
  })
  test.each<[string, 'POST' | 'DELETE', string, { body?: unknown, headers?: Record<string, string> }, object]>([
    ['one that is not there', 'POST', '', { body: { name: 'green' } }, { code: 'reference-unknown', detail: "name: no service or service group 'green'; there are: red, blue", paths: ['name'] }],
    ['one that is bound', 'POST', '', { body: { name: 'red' } },
      { code: 'name-taken', detail: "name: service 'red' is bound to LB vserver 'lb' already; its weight changes with a PATCH of the LB vserver's `services`", paths: ['name'] }],
    ['a weight out of range', 'POST', '', { body: { name: 'blue', weight: 101 } }, { code: 'config-invalid', detail: 'weight: must be at most 100; got 101', paths: ['weight'] }],
    ['an unknown field', 'POST', '', { body: { service: 'blue' } }, { code: 'config-invalid', detail: "unknown field 'service'; there are: name, weight, priority (and 1 more)", paths: ['', 'name'] }],
    ['what is no object', 'POST', '', { body: ['blue'] }, { code: 'config-invalid', detail: 'expected object, got a list', paths: [''] }],
    ['nothing', 'POST', '', {}, { code: 'body-invalid', detail: 'the request has no body; send the binding as JSON', paths: [] }],
    ['unbinding what is not bound', 'DELETE', '/blue', {}, { code: 'not-found', detail: "service 'blue' is not bound to LB vserver 'lb'; bound are: red", paths: [] }],
    ['another version when binding', 'POST', '', { body: { name: 'blue' }, headers: { 'if-match': '"old"' } }, { code: 'precondition-failed', detail: expect.stringContaining("LB vserver 'lb' changed"), paths: [] }],
    ['another version when unbinding', 'DELETE', '/red', { headers: { 'if-match': '"old"' } }, { code: 'precondition-failed', detail: expect.stringContaining('"old"'), paths: [] }]
  ])('refused is %s, and nothing changes', async (_, method, path, sent, expected) => {
    expect(problem(await api.call(method, services + path, sent))).toEqual(expected)
    expect(boundTo('lb')).toEqual([{ name: 'red', weight: 1, priority: 0 }])
  })

  test('of an LB vserver that is not there', async () => {
    for (const [method, path, sent] of [['POST', '', { body: { name: 'red' } }], ['DELETE', '/red', {}]] as const) {
      expect((await api.call(method, `/v1/lb-vservers/none/services${path}`, sent)).body).toMatchObject({ code: 'not-found', detail: "no LB vserver 'none'; there are: other, lb" })
    }
  })

  test('of another type is refused in the words of the request', async () => {
    await weir.services.create({ name: 'secure', address: '127.0.0.1', port: 1, type: 'USER_SSL_TCP' })
    expect(problem(await api.call('POST', services, { body: { name: 'secure' } }))).toEqual({
      code: 'config-invalid', detail: "name: service 'secure' is of type USER_SSL_TCP, but LB vserver 'lb' takes USER_TCP", paths: ['name']
    })
  })
})

describe('a monitor', () => {
  const places = [
    ['services/red', 'service', () => weir.services.require('red').value.monitors],
    ['service-groups/g', 'service group', () => weir.serviceGroups.require('g').value.monitors],
    ['lb-vservers/lb', 'LB vserver', () => weir.lbVservers.require('lb').value.monitors]
  ] as const
  const problem = ({ status, body }: Reply): object => ({
    status,
    code: body.code,
    detail: body.detail,
    paths: body.issues.map(({ path }: { path: string }) => path)
  })
  beforeEach(async () => {
    await weir.monitors.create({ name: 'm', type: 'tcp', intervalSeconds: 3600 })
    await weir.monitors.create({ name: 'n', type: 'tcp', intervalSeconds: 3600 })
    await weir.serviceGroups.create({ name: 'g', members: [{ address: '127.0.0.1', port: 1 }] })
    await weir.services.patch('red', { monitors: null as never })
  })

  test.each(places)('is bound to %s and unbound', async (path, noun, monitors) => {
    const before = monitors()
    const bound = await api.call('POST', `/v1/${path}/monitors`, { body: { name: 'm', weight: 3 } })
    expect([bound.status, bound.body.monitors]).toEqual([200, [{ type: 'named', name: 'm', weight: 3 }]])
    expect(bound.headers.etag).toBe((await api.call('GET', `/v1/${path}`)).headers.etag)
    expect((await api.call('POST', `/v1/${path}/monitors`, { body: { name: 'n' } })).body.monitors).toEqual([{
      type: 'named',
      name: 'm',
      weight: 3
    }, { type: 'named', name: 'n' }])
    expect(problem(await api.call('POST', `/v1/${path}/monitors`, { body: { name: 'n', weight: 2 } }))).toMatchObject({
      status: 409,
      code: 'name-taken',
      detail: expect.stringContaining(`monitor 'n' is bound to ${noun}`) as string,
      paths: ['name']
    })
    expect((await api.call('DELETE', `/v1/${path}/monitors/m`)).body.monitors).toEqual([{ type: 'named', name: 'n' }])
    expect((await api.call('DELETE', `/v1/${path}/monitors/n`)).body.monitors).toEqual(before)
    expect(problem(await api.call('DELETE', `/v1/${path}/monitors/n`))).toMatchObject({
      status: 404,
      code: 'not-found',
      detail: expect.stringContaining('bound are: (none)') as string
    })
  })

  test('probes beside inline ones, by a program, and many at once', async () => {
    await weir.services.patch('red', { monitors: [{ type: 'tcp', port: 1 }] })
    for (let i = 0; i < 5; i++) await weir.monitors.create({ name: `m${i}`, type: 'passive' })
    await Promise.all(
      Array.from({ length: 5 }, async (_, i) => await weir.services.bindMonitor('red', { name: `m${i}` }))
    )
    expect(places[0][2]().map(use => use.type === 'named' ? use.name : use.type)).toEqual([
      'tcp',
      'm0',
      'm1',
      'm2',
      'm3',
      'm4'
    ])
    await Promise.all(Array.from({ length: 5 }, async (_, i) => await weir.services.unbindMonitor('red', `m${i}`)))
    expect(places[0][2]().map(({ type }) => type)).toEqual(['tcp'])
  })

  test.each<[string, 'POST' | 'DELETE', string, { body?: unknown, headers?: Record<string, string> }, object]>([
    ['one that is not there', 'POST', '', { body: { name: 'x' } }, { status: 422, code: 'reference-unknown', detail: "name: no monitor 'x'; there are: m, n", paths: ['name'] }],
    ['a weight out of range', 'POST', '', { body: { name: 'm', weight: 101 } }, { status: 422, code: 'config-invalid', detail: 'weight: must be at most 100; got 101', paths: ['weight'] }],
    ['an unknown field', 'POST', '', { body: { name: 'm', type: 'tcp' } }, { status: 422, code: 'config-invalid', detail: "the binding: unknown field 'type'; there are: name, weight", paths: [''] }],
    ['what is no object', 'POST', '', { body: ['m'] }, { status: 422, code: 'config-invalid', detail: 'the binding: expected object, got a list', paths: [''] }],
    ['another version', 'POST', '', { body: { name: 'm' }, headers: { 'if-match': '"old"' } }, { status: 412, code: 'precondition-failed', detail: expect.stringContaining("service 'red' changed"), paths: [] }],
    ['another version when unbinding', 'DELETE', '/m', { headers: { 'if-match': '"old"' } }, { status: 412, code: 'precondition-failed', detail: expect.stringContaining('"old"'), paths: [] }]
  ])('refused is %s, and nothing changes', async (_, method, path, sent, expected) => {
    const before = places[0][2]()
    expect(problem(await api.call(method, `/v1/services/red/monitors${path}`, sent))).toEqual(expected)
    expect(places[0][2]()).toEqual(before)
  })

  test('is not unbound where its weight is needed for the threshold', async () => {
    await weir.services.patch('red', {
      monitors: [{ type: 'named', name: 'm', weight: 5 }, { type: 'named', name: 'n' }],
      monitorThreshold: 6
    })
    expect((await api.call('DELETE', '/v1/services/red/monitors/n')).body).toMatchObject({
      code: 'config-invalid',
      issues: [{ path: 'monitorThreshold' }]
    })
  })
})

describe('an error of one entity', () => {
  test('says where in the request it is', async () => {
    const made = await api.call('POST', '/v1/lb-vservers', { body: { name: 'x', services: [{ name: 'red' }, { name: 'green' }] } })
    expect(made.body).toMatchObject({ code: 'reference-unknown', detail: "services[1].name: no service or service group 'green'; there are: red, blue", issues: [{ path: 'services[1].name' }] })
    const replaced = await api.call('PUT', '/v1/user-vservers/v', { body: { protocol: 'HELLO', port: 0, defaultLb: 'none' } })
    expect(replaced.body).toMatchObject({ detail: "defaultLb: no LB vserver 'none'; there are: other, lb", issues: [{ path: 'defaultLb' }] })
    const code = await api.call('POST', '/v1/extensions', { body: { name: 'x', source: 'export const = 1' } })
    expect(code.body).toMatchObject({ code: 'extension-compile', issues: [{ path: 'source' }] })
  })

  test('calls what else is in the way by its name', async () => {
    await weir.certkeys.create({ name: 'c', ...await certificateFor('a.test') })
    await weir.userProtocols.create({ name: 'S', transport: 'ssl', extension: 'hello' })
    await weir.userVservers.create({
      name: 's',
      protocol: 'S',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: ['c']
    })
    const { body } = await api.call('PATCH', '/v1/user-protocols/S', { body: { transport: 'tcp' } })
    expect(body).toMatchObject({ code: 'config-invalid', detail: "user vserver 's', certificates: user protocol 'S' is tcp, extension 'hello' does not declare startTls, and the user vserver takes no certificates", issues: [{ path: 'userVservers[1].certificates' }] })
  })

  test('of a whole configuration says where in it', async () => {
    const { value } = weir.config.get()
    const { body } = await api.call('PUT', '/v1/config', { body: { ...value, lbVservers: [...value.lbVservers, { name: 'y', backup: 'z' }] } })
    expect(body).toMatchObject({ detail: "lbVservers[2].backup: no LB vserver 'z'; there are: other, lb, y" })
  })
})

test('an ssl vserver precedes its certificate, listens when it has one, and keeps its clients when that goes', async () => {
  await weir.userProtocols.create({ name: 'S', transport: 'ssl', extension: 'hello' })
  const made = await api.call('POST', '/v1/user-vservers', {
    body: { name: 's', protocol: 'S', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
  })
  expect([made.status, made.body.status]).toMatchObject([201, { value: 'down', reason: 'no certificate' }])

  const { cert, key } = await certificateFor('a.test')
  await weir.certkeys.create({ name: 'c', cert, key })
  const { body: { status } } = await api.call('PATCH', '/v1/user-vservers/s', { body: { certificates: ['c'] } })
  expect(status).toMatchObject({ value: 'up', listening: { address: '127.0.0.1' } })
  const client = connectTls({ host: '127.0.0.1', port: status.listening.port, ca: cert, servername: 'a.test' })
  let text = ''
  client.on('data', (chunk: Buffer) => { text += chunk.toString() })
  client.write('HELLO ann\n')
  await until(() => text === 'red: HELLO ann\n', 'the server to answer')

  const bare = await api.call('PATCH', '/v1/user-vservers/s', { body: { certificates: [] } })
  expect(bare.body.status).toMatchObject({ value: 'down', reason: 'no certificate' })
  const refused = connectTls({ host: '127.0.0.1', port: status.listening.port })
  expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  client.write('again\n')
  await until(() => text.endsWith('red: again\n'), 'the client to be served on')
  client.destroy()
})

test('the answer to a large configuration leaves the event loop its turns', async () => {
  const many = 20_000
  const config = {
    services: Array.from({ length: many }, (_, i) => ({ name: `s${i}`, address: '127.0.0.1', port: 1, monitors: [] }))
  }
  let answered = 0
  let done = false
  const others = (async () => {
    while (!done) {
      expect((await api.call('GET', '/v1/log')).status).toBe(200)
      answered++
      // What is injected comes without a turn of the loop.
      await turnOfTheLoop()
    }
  })()
  expect((await api.call('POST', '/v1/config/check', { body: config })).body).toMatchObject({ ok: true })
  done = true
  await others
  // 5 values each, in slices of about a thousand.
  expect(answered).toBeGreaterThan(10)
})
