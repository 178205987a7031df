// The routes of security events, over a log of events that the test fills.
import { adminPlugin, api } from '@weirlb/admin'
import { until } from '@weirlb/testing'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import type { SecurityEvent } from 'weirlb'
import { EventReader } from '../support/event-reader.ts'
import { FakeWeir } from './fake-weir.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => { for (const close of closing.splice(0)) await close() })

const start = async () => {
  const weir = new FakeWeir()
  const app = Fastify()
  await app.register(adminPlugin, { weir })
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  closing.push(async () => { app.server.closeAllConnections(); await app.close() })
  return { weir, base }
}

const event = (n: number, more: Partial<SecurityEvent> = {}): SecurityEvent => ({
  id: `r-1-${n}`,
  time: Date.UTC(2030, 0, 1) + n,
  kind: 'rule',
  name: 'one',
  action: 'block',
  simulated: false,
  phase: 'message',
  userVserver: 'v',
  address: '192.0.2.7',
  port: 5,
  connection: '1-1',
  clientId: 'c',
  topic: 'a',
  country: 'DE',
  asn: 64496,
  fields: { 'mqtt.type': 'PUBLISH', list: ['a'] },
  detail: { score: 25 },
  weight: 1,
  worker: 1,
  ...more
})

test('events are searched page by page, and streamed as they are described', async () => {
  const { weir, base } = await start()
  weir.securityLog.add([1, 2, 3].map(n => event(n)), 0)
  const get = async (query: string): Promise<{ items: SecurityEvent[], next?: string }> =>
    await (await fetch(`${base}/v1/security/events${query}`)).json() as never
  const first = await get(
    '?limit=2&kind=rule&simulated=false&address=192.0.2.0/24&asn=64496&since=2030-01-01T00:00:00Z'
  )
  expect(first.items.map(({ id }) => id)).toEqual(['r-1-3', 'r-1-2'])
  expect((await get(`?limit=2&before=${first.next}`)).items).toMatchObject([{ id: 'r-1-1' }])
  const { document } = api({ base: '', token: false })
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api')
  expect(ajv.validate({ $ref: 'api#/components/schemas/SecurityEvents' }, first), ajv.errorsText()).toBe(true)

  const reader = await EventReader.open(`${base}/v1/security/events?action=block`, { accept: 'text/event-stream' })
  weir.securityLog.add([event(4, { action: 'log' }), event(5)], 2)
  await until(() => reader.events.length === 2, 'an event, and the number of the lost ones')
  const [received] = reader.events
  expect(received).toMatchObject({ event: 'security', data: { id: 'r-1-5' } })
  expect(reader.events[1]).toMatchObject({ event: 'dropped', data: { count: 2 } })
  expect(ajv.validate({ $ref: 'api#/components/schemas/SecurityEvent' }, received!.data), ajv.errorsText()).toBe(true)
  reader.close()
  const back = await EventReader.open(`${base}/v1/security/events`, {
    accept: 'text/event-stream',
    'last-event-id': received!.id!.replace(/\d+$/, '3')
  })
  await until(() => back.events.length === 2, 'the missed events')
  expect(back.events.map(({ data }) => data.id as string)).toEqual(['r-1-4', 'r-1-5'])
  back.close()
})

test('top lists say what is counted', async () => {
  const { base } = await start()
  expect(await (await fetch(`${base}/v1/security/top`)).json()).toEqual({
    by: 'address',
    effect: 'acted',
    since: 1,
    decisions: 5,
    items: [{ value: '192.0.2.1', count: 4, error: 1 }],
    floor: 1
  })
})

test.for([
  ['events?address=10.0.0', 'address'],
  ['events?before=x.1', 'before'],
  ['events?kind=a%20b', 'kind'],
  ['events?simulated=yes', 'simulated'],
  ['events?since=yesterday', 'since'],
  ['events?limit=1001', 'limit'],
  ['events?unknown=1', 'unknown'],
  ['top?by=port', 'by'],
  ['top?effect=none', 'effect'],
  ['top?limit=0', 'limit']
])('GET %s is refused', async ([path, field]) => {
  const { base } = await start()
  const response = await fetch(`${base}/v1/security/${path}`)
  expect([response.status, await response.json()]).toMatchObject([400, {
    code: 'query-invalid',
    issues: [{ path: field }]
  }])
})
