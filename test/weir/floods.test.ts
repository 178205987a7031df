// Controls against floods as operators see them, and challenges that workers share.
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { atEnd } from '../support/engine-bench.ts'
import { EventReader } from '../support/event-reader.ts'
import { web } from '../support/http-bench.ts'
import { sharedWeir } from '../support/shared-weir.ts'
import type { WeirProcess } from '../support/weir-process.ts'

const floods = { exemptFrom: [], rampSeconds: 0, proofBits: 8, connectsPerAddress: 0 }

const start = async (more: object = {}): Promise<WeirProcess> => {
  const { port } = await web((_, response) => { response.end('the page') })
  const weir = await sharedWeir({ workers: 2 })
  const { api } = weir
  await api.call('createUserProtocol', { body: { name: 'WEB', transport: 'http' } })
  await api.call('createService', { body: { name: 'w', type: 'HTTP', address: '127.0.0.1', port, monitors: [] } })
  await api.call('createLbVserver', { body: { name: 'webs', type: 'HTTP', services: [{ name: 'w' }] } })
  await api.call('createUserVserver', {
    body: {
      name: 'v',
      protocol: 'WEB',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'webs',
      floods: { ...floods, ...more }
    }
  })
  return weir
}

/** A request on a connection of its own. */
const ask = (
  port: number,
  path: string,
  headers: Record<string, string> = {}
): Promise<{ status: number, body: string, cookie: string | undefined }> =>
  new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { accept: 'text/html', ...headers }, agent: false }, response => {
      text(response).then(body => {
        resolve({ status: response.statusCode!, body, cookie: response.headers['set-cookie']?.[0]?.split(';')[0] })
      }, reject)
    }).on('error', reject).end()
  })

test('a challenge that one worker made is passed at any, and so is its cookie', async () => {
  const weir = await start({ level: 'under-attack' })
  const port = await weir.api.port('v')
  const { status, body } = await ask(port, '/')
  expect(status).toBe(403)
  const puzzle = /data-puzzle="([^"]+)"/.exec(body)![1]!
  let found = 0
  while (Math.clz32(createHash('sha256').update(`${puzzle}:${found}`).digest().readUInt32BE(0)) < 8) found++
  const cookies = await Promise.all(
    Array.from({ length: 8 }, async () =>
      (await ask(port, `/.well-known/weir/challenge?puzzle=${puzzle}&found=${found}`)).cookie)
  )
  expect(cookies).not.toContain(undefined)
  const pages = await Promise.all(Array.from({ length: 16 }, (_, n) => ask(port, '/', { cookie: cookies[n % 8]! })))
  expect(new Set(pages.map(page => page.body))).toEqual(new Set(['the page']))
  const { userVservers } = (await weir.api.call('getStats')).body
  expect(userVservers['v']!.requests).toMatchObject({ challenged: 9, answered: 16 })
})

test('defence mode by hand shows in the health, the events, the statistics and the controls', async () => {
  const weir = await start()
  const { api } = weir
  const reader = await EventReader.open(`${api.base}/v1/events`)
  atEnd(() => { reader.close() })
  await api.call('patchUserVserver', { path: { name: 'v' }, body: { floods: { mode: 'on', off: ['D006'] } } })
  await until(async () => (await api.call('getHealth')).body.defending.length === 2, 'both workers to defend')
  expect((await api.call('getHealth')).body.defending).toContainEqual({
    userVserver: 'v',
    worker: 1,
    reason: 'set by an operator',
    since: expect.any(Number) as number
  })
  await until(() => reader.of('defence-mode').length === 2, 'an event of each')
  expect(reader.of('defence-mode')).toContainEqual(
    expect.objectContaining({ userVserver: 'v', defending: true, reason: 'set by an operator', worker: 2 })
  )
  expect((await api.call('getStats')).body.userVservers['v']).toMatchObject({ defending: 2 })
  const { items } = (await api.call('listFloodControls', { query: { userVserver: 'v' } })).body
  expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 29 }, (_, n) => `D${String(n + 1).padStart(3, '0')}`))
  expect(items[1]).toMatchObject({
    id: 'D002',
    keeper: 'vserver',
    settings: [{ path: 'floods.connectionsPerAddress', value: 256, defending: 32 }],
    offAt: [],
    acted: 0
  })
  expect(items[5]).toMatchObject({
    id: 'D006',
    settings: [{ path: 'tls.handshakeTimeoutSeconds', value: 300, defending: 300 }],
    offAt: ['v']
  })
  await api.call('createRateLimit', {
    body: { name: 'l', counts: 'connections', limit: 5, action: 'block', floodControl: 'D017' }
  })
  await api.call('createManagedCheck', { body: { name: 'm', group: 'mqtt-core' } })
  const held = (await api.call('listFloodControls')).body.items
  expect(held).toHaveLength(29)
  expect(held.flatMap(({ id, heldBy }) => heldBy.length === 0 ? [] : [[id, heldBy]])).toEqual([
    ['D014', ['managed-check/m/M001']],
    ['D016', ['managed-check/m/M007', 'managed-check/m/M008']],
    ['D017', ['rate-limit/l']],
    ['D018', ['managed-check/m/M011', 'managed-check/m/M015']],
    ['D019', ['managed-check/m/M009']],
    ['D020', ['managed-check/m/M010']]
  ])
  await api.call('deleteUserVserver', { path: { name: 'v' } })
  await until(async () => (await api.call('getHealth')).body.defending.length === 0, 'none to defend')
})

test('unknown user vservers, controls and levels are refused with the choices', async () => {
  const { api } = await start()
  const send = async (path: string, body?: object): Promise<unknown> => {
    const response = await fetch(
      `${api.base}/v1/${path}`,
      body &&
        { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body: JSON.stringify(body) }
    )
    return { status: response.status, ...await response.json() as object }
  }
  expect(await send('flood-controls?userVserver=w')).toMatchObject({ status: 404, code: 'not-found' })
  expect(await send('flood-controls?vserver=v')).toMatchObject({ status: 400, code: 'query-invalid' })
  expect(await send('user-vservers/v', { floods: { off: ['D030'] } })).toMatchObject({
    status: 422,
    code: 'config-invalid',
    issues: [{ path: 'floods.off[0]', message: expect.stringContaining('D001') as string }]
  })
  expect(await send('user-vservers/v', { floods: { level: 'panic' } })).toMatchObject({
    status: 422,
    code: 'config-invalid',
    issues: [{ path: 'floods.level', message: expect.stringContaining('under-attack') as string }]
  })
  expect(await send('user-vservers/v', { floods: { exemptFrom: ['10.0.0.0/40'] } })).toMatchObject({
    status: 422,
    code: 'config-invalid',
    issues: [{ path: 'floods.exemptFrom[0]' }]
  })
})
