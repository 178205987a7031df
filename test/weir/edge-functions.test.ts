// Edge functions as operators have them: written by REST, tried, seen, and at work in two workers.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { until } from '@weirlb/testing'
import { beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { atEnd } from '../support/engine-bench.ts'
import { EventReader } from '../support/event-reader.ts'
import { sharedWeir } from '../support/shared-weir.ts'
import { type Ran, weirCommand } from '../support/weir-command.ts'
import type { WeirProcess } from '../support/weir-process.ts'

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/edge/${name}`, import.meta.url), 'utf8')

let weir: WeirProcess
let server: Server
beforeEach(async () => {
  server = createServer((_request, response) => { response.end('served') })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.closeAllConnections(); server.close() })
  weir = await sharedWeir({ workers: 2 })
  const { api } = weir
  const { port } = server.address() as AddressInfo
  await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt' } })
  await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'ws', extension: 'mqtt' } })
  await api.call('createService', { body: { name: 's', address: '127.0.0.1', port, monitors: [] } })
  await api.call('createService', { body: { name: 'web', type: 'HTTP', address: '127.0.0.1', port, monitors: [] } })
  await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
  await api.call('createLbVserver', { body: { name: 'web', type: 'HTTP', services: [{ name: 'web' }] } })
  await api.call(
    'createUserVserver',
    {
      body: { name: 'v', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'lb', http: { defaultLb: 'web' } }
    }
  )
})

interface Reply {
  readonly status: number,
  readonly body: { readonly code: string, readonly issues: readonly object[] } & Readonly<Record<string, unknown>>
}
const send = async (method: string, path: string, body?: object): Promise<Reply> => {
  const response = await fetch(
    `${weir.api.base}/v1/${path}`,
    { method, ...body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } }
  )
  return { status: response.status, body: response.status === 204 ? {} : await response.json() } as Reply
}
const upgrade = async (origin: string): Promise<number> => {
  const socket = new WebSocket(`ws://127.0.0.1:${await weir.api.port('v')}/mqtt`, 'mqtt', { origin })
  return await new Promise(resolve => {
    socket.on('open', () => { socket.terminate(); resolve(101) })
    socket.on('unexpected-response', (_request, { statusCode }) => { resolve(statusCode!) })
    socket.on('error', () => {})
  })
}

test('a function is written, tried, explained, at work in both workers, changed and deleted', async () => {
  const { api } = weir
  const source = fixture('mqtt-origin.js')
  expect((await send('POST', 'edge-functions/validate', { source })).body).toEqual({ form: 'service-worker' })
  expect(
    (await send('POST', 'edge-functions/validate', { source: fixture('native.ts') })).body
  ).toEqual({ form: 'native' })
  await api.call('createEdgeFunction', { body: { name: 'origin', source } })
  await api.call('createTrigger', { body: { name: 'mqtt', pattern: '*/mqtt*', function: 'origin' } })
  const tried = await send(
    'POST', 'edge-functions/origin/test',
    { url: 'https://a.example/mqtt', headers: { Origin: 'https://evil.example' }, upgrade: true }
  )
  expect(tried).toMatchObject({ status: 200, body: { decision: 'respond', status: 403, body: 'Forbidden' } })
  expect(await send('POST', 'edge-functions/origin/test', { url: 'mqtt' })).toMatchObject({
    status: 400, body: { code: 'body-invalid', issues: [{ path: 'url' }] }
  })
  expect(await send('POST', 'edge-functions/none/test', { url: 'https://a.example/' })).toMatchObject({ status: 404 })
  await api.call('createTrigger', { body: { name: 'rest', pattern: '*/*' } })
  await api.call('createTrigger', { body: { name: 'off', pattern: 'a.example/mqtt', state: 'disabled' } })
  const asked = { urls: ['http://a.example:8080/x/%2e%2e/mqtt?x', 'http://a.example', 'https://a.example/mqtt'] }
  expect(await send('POST', 'triggers/match', asked)).toMatchObject({
    status: 200,
    body: {
      order: ['off', 'mqtt', 'rest'],
      urls: [
        {
          url: asked.urls[0],
          userVservers: [{ userVserver: 'v', trigger: 'mqtt', function: 'origin', others: ['rest'] }]
        },
        { userVservers: [{ userVserver: 'v', trigger: 'rest', others: [] }] },
        // The user vserver has no TLS.
        { userVservers: [] }
      ]
    }
  })
  expect(await send('POST', 'triggers/match', { urls: ['http://a.example/', '/mqtt'] })).toMatchObject({
    status: 400,
    body: { code: 'body-invalid', issues: [{ path: 'urls[1]', message: expect.stringContaining('got "/mqtt"') }] }
  })
  await api.call('deleteTrigger', { path: { name: 'rest' } })
  // Connections are spread over the workers.
  const statuses = await Promise.all(
    Array.from(
      { length: 20 }, async (_, i) => await upgrade(i % 2 === 0 ? 'https://app.example.com' : 'https://evil.example')
    )
  )
  expect(statuses).toEqual(statuses.map((_, i) => i % 2 === 0 ? 101 : 403))
  await until(
    async () => (await api.call('getStats')).body.edgeFunctions['origin']!.requests === 20, 'all to be counted'
  )
  const { body: stats } = await api.call('getStats')
  expect(stats.edgeFunctions['origin']).toMatchObject({ up: 2, allowed: 10, responded: 10, failures: {} })
  expect(stats.triggers['mqtt']).toEqual({ matched: 20 })
  expect((await api.call('getEdgeFunction', { path: { name: 'origin' } })).body.status).toEqual({
    value: 'up', version: 1, previous: []
  })
  expect(await (await fetch(`${weir.api.base}/metrics`)).text()).toMatch(
    /weir_edge_function_responded_total\{edge_function="origin"\} 10/
  )
  const explained = await send(
    'POST', 'user-vservers/v/explain',
    { side: 'request', bytes: '', client: { http: { path: '/mqtt', headers: { host: 'a.example' } } } }
  )
  expect(explained.body).toMatchObject({
    edge: { trigger: 'mqtt', edgeFunction: 'origin', decision: 'respond', status: 403 },
    outcome: { becomes: 'closed', reason: 'function' }
  })
  expect(await send('DELETE', 'edge-functions/origin')).toMatchObject({ status: 409, body: { code: 'in-use' } })
  await send(
    'PATCH', 'edge-functions/origin',
    { source: "addEventListener('fetch', event => event.respondWith(new Response('new', { status: 418 })))" }
  )
  expect(await upgrade('https://app.example.com')).toBe(418)
  expect(await send('POST', 'edge-functions/origin/rollback')).toMatchObject({
    status: 200, body: { source, status: { version: 1, previous: [] } }
  })
  expect(await upgrade('https://app.example.com')).toBe(101)
  expect(await send('POST', 'edge-functions/origin/rollback')).toMatchObject({
    status: 409, body: { code: 'version-absent' }
  })
  await send('POST', 'triggers/mqtt/disable')
  expect(await upgrade('https://evil.example')).toBe(101)
  await send('DELETE', 'triggers/mqtt')
  expect((await send('DELETE', 'edge-functions/origin')).status).toBe(204)
})

test.each([
  ['a fault of syntax', 'export default (', 'extension-compile', 1, 17],
  [
    'a wrong type', "import { edgeFunction } from '@weirlb/sdk'\nexport default edgeFunction({ onRequest: () => 5 })\n",
    'extension-types', 2, 48
  ],
  [
    'an unknown property',
    "addEventListener('fetch', (event: FetchEvent) => {\n  event.respondWith(new Response(event.request.headrs.get('x')))\n})\n",
    'extension-types', 2, 48
  ],
  [
    'a global that there is not', "addEventListener('fetch', (event: FetchEvent) => {\n  setTimeout(() => {}, 5)\n})\n",
    'extension-types', 2, 3
  ]
])('%s is refused with its line and column', async (_, source, code, line, column) => {
  for (const path of ['edge-functions/validate', 'edge-functions']) {
    const refused = await send('POST', path, { ...path === 'edge-functions' && { name: 'f' }, source })
    expect(refused).toMatchObject({ status: 422, body: { code, issues: [{ line, column }] } })
  }
  expect((await weir.api.call('listEdgeFunctions')).body.items).toEqual([])
})

test('a function that fails is reported, and its triggers are down with it', async () => {
  const { api } = weir
  const reader = await EventReader.open(`${api.base}/v1/events`)
  atEnd(() => { reader.close() })
  await api.call(
    'createEdgeFunction',
    { body: { name: 'bad', source: "addEventListener('fetch', () => { throw new Error('out of luck') })" } }
  )
  await api.call('createTrigger', { body: { name: 't', pattern: '*/*', function: 'bad' } })
  const response = await fetch(`http://127.0.0.1:${await api.port('v')}/x`, { headers: { connection: 'close' } })
  expect([response.status, await response.text()]).toEqual([503, 'the request cannot be decided now\n'])
  await until(() => reader.of('edge-function-failed').length > 0, 'an event')
  expect(reader.of('edge-function-failed')[0]).toMatchObject({
    edgeFunction: 'bad', trigger: 't', failure: 'threw', failedOpen: false, userVserver: 'v',
    reason: expect.stringContaining('out of luck (bad.ts:1:') as string
  })
  expect((await send('POST', 'edge-functions/bad/test', { url: 'https://a.example/' })).body).toMatchObject({
    decision: 'failed', failure: 'threw', failedOpen: false, reason: expect.stringContaining('bad.ts:1:') as string
  })
})

test('the command line validates, pushes, tries and rolls back', async () => {
  const { base } = weir.api
  const file = (name: string): string => fileURLToPath(new URL(`../fixtures/edge/${name}`, import.meta.url))
  const run = async (...args: readonly string[]): Promise<Ran> => await weirCommand([
    'function', ...args, '--api', base
  ])
  expect(await run('validate', file('native.ts'))).toMatchObject({ status: 0, out: 'valid: native form\n' })
  expect(await run('push', file('native.ts'), '--name', 'f')).toMatchObject({
    status: 0, out: `created edge function 'f' on ${base}\n`
  })
  expect(await run('push', file('mqtt-origin.js'), '--name', 'f')).toMatchObject({
    status: 0, out: `replaced edge function 'f' on ${base}\n`
  })
  const tried = await run(
    'test', 'f', '--request',
    '{"url":"https://a.example/mqtt","headers":{"origin":"https://app.example.com","sec-websocket-protocol":"mqtt"}}'
  )
  expect(JSON.parse(tried.out)).toMatchObject({ form: 'service-worker', decision: 'allow' })
  expect(JSON.parse((await run('test', 'f', '--request', 'https://a.example/mqtt')).out)).toMatchObject({
    decision: 'respond', status: 403
  })
  expect(await run('rollback', 'f')).toMatchObject({ status: 0, out: `edge function 'f' on ${base} is at version 1\n` })
  for (const [args, said] of [
    [['test', 'f', '--request', '{'], /--request takes a URL, or JSON/], [['push', file('native.ts')], /--name NAME/], [
      ['explode'], /there are: validate, push, test, rollback/
    ], [['test', 'g', '--request', 'https://a.example/'], /no edge function 'g'/]
  ] as const) {
    const { status, err } = await run(...args)
    expect(status).not.toBe(0)
    expect(err).toMatch(said)
  }
})
