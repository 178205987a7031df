// Rules on HTTP requests and upgrades: what a client gets, and what a server never hears of.
import { once } from 'node:events'
import { beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { until } from '@weirlb/testing'
import { startWebFarm, type WebFarm } from '../support/web-farm.ts'
import type { WeirProcess } from '../support/weir-process.ts'

let farm: WebFarm
let weir: WeirProcess
let asked: string[] = []
beforeEach(async () => {
  asked = []
  farm = await startWebFarm(2, (request, response) => { asked.push(request.url!); response.end('served') })
  weir = farm.weir
})

const get = async (path: string, headers?: Record<string, string>): Promise<Response> => await farm.get(path, headers)

test('a request is refused with the response of its rule, and no server hears of it', async () => {
  await weir.api.call('createRule', {
    body: {
      name: 'admin',
      expression:
        'starts_with(http.request.uri.path, "/admin") and not any(http.request.headers["x-role"][*] eq "admin")',
      action: 'block',
      response: { status: 451, contentType: 'application/json', body: '{"why":"rule"}' }
    }
  })
  await weir.api.call('createRule', {
    body: {
      name: 'agents',
      expression: 'http.user_agent contains "bad" or http.request.method eq "TRACE"',
      action: 'block'
    }
  })
  const refused = await get('/admin/users?x=1')
  expect([refused.status, refused.headers.get('content-type'), await refused.text()]).toEqual([
    451,
    'application/json; charset=utf-8',
    '{"why":"rule"}'
  ])
  expect((await get('/', { 'user-agent': 'bad' })).status).toBe(403)
  await weir.api.call('createRule', {
    body: {
      name: 'new',
      expression: 'http.request.version eq "HTTP/1.1" and http.request.uri.query eq "old"',
      action: 'block'
    }
  })
  await weir.api.call('createRule', {
    body: { name: 'old', expression: 'http.request.version eq "HTTP/1.0"', action: 'log' }
  })
  expect((await get('/?old')).status).toBe(403)
  expect(await (await get('/admin/users', { 'x-role': 'admin' })).text()).toBe('served')
  expect(await (await get('/')).text()).toBe('served')
  expect(asked).toEqual(['/admin/users', '/'])
  await until(
    async () => (await weir.api.call('getStats')).body.userVservers['web']!.requests['rule'] === 3,
    'all to be counted'
  )
  expect((await weir.api.call('getStats')).body.rules).toMatchObject({
    admin: { matched: 1, blocked: 1 },
    agents: { matched: 1, blocked: 1 }
  })
})

test('a WebSocket is refused before it is opened', async () => {
  await weir.api.call('createRule', {
    body: {
      name: 'pages',
      expression: 'not ws.origin eq "https://good.example"',
      action: 'block',
      vservers: ['mqtt'],
      response: { body: 'not from there' }
    }
  })
  expect(await farm.upgrade({ origin: 'https://evil.example' })).toMatchObject({ status: 403, body: 'not from there' })
  expect(await farm.upgrade({ origin: 'https://good.example' })).toMatchObject({ status: 101 })
  await until(
    async () => (await weir.api.call('getStats')).body.userVservers['mqtt']!.closed['rule'] === 1,
    'the refusal to be counted'
  )
})

test('a WebSocket client whose message a rule blocks is closed with 1008', async () => {
  await weir.api.call('createRule', {
    body: { name: 'no-dev', expression: 'mqtt.connect.client_id eq "dev"', action: 'block' }
  })
  const socket = new WebSocket(`ws://127.0.0.1:${await weir.api.port('mqtt')}/mqtt`, 'mqtt')
  const received: Buffer[] = []
  socket.on('message', (data: Buffer) => { received.push(data) })
  await once(socket, 'open')
  const closed = once(socket, 'close') as Promise<[number, Buffer]>
  socket.send(Buffer.from('100f00044d5154540402003c0003646576', 'hex'))
  const [code, reason] = await closed
  expect([code, reason.toString(), Buffer.concat(received).toString('hex')]).toEqual([1008, 'rule', '20020005'])
})
