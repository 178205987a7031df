import { connect } from 'node:net'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { adminPlugin, api, serverOptions } from '@weirlb/admin'
import { eventTypes, type EventName, type WeirEvent } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { EventReader } from '../support/event-reader.ts'
import { FakeWeir } from './fake-weir.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => { for (const close of closing.splice(0)) await close() })

const start = async (options: FastifyServerOptions = {}) => {
  const weir = new FakeWeir()
  const app = Fastify(options)
  await app.register(adminPlugin, { weir })
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  // fetch may keep a connection on which it has asked nothing; Fastify would wait for it.
  closing.push(async () => { app.server.closeAllConnections(); await app.close() })
  return { weir, app, base, port: Number(new URL(base).port) }
}

/** Listeners beside the history, which has one of each event while the API runs. */
const listeners = (weir: FakeWeir): number => weir.events.eventNames().length - Object.keys(eventTypes).length

const job = { job: 'drain-1', kind: 'drain', service: 's', state: 'running', told: 2, remaining: 1 } as const
const samples: { readonly [E in EventName]: Omit<WeirEvent<E>, 'type' | 'time'> } = {
  'config-applied': { revision: 3 },
  'service-up': { service: 's', reason: 'passed', downForMs: 3 },
  'service-down': { service: 's', reason: 'refused', upForMs: 2 },
  'members-changed': { service: 's', joined: ['s@10.0.0.1:80'], left: [], members: 1 },
  'name-status': { name: 's.example', state: 'stale', addresses: 1, ignored: 0, reason: 'SERVFAIL' },
  'extension-status': { extension: 'e', version: 1, status: 'down', worker: 1, reason: 'it threw' },
  'canary-reverted': { extension: 'e', version: 2, reason: 'it threw' },
  'defence-mode': { userVserver: 'v', defending: true, reason: 'set by an operator', worker: 1 },
  'inspector-status': { status: 'restarting', worker: 1, reason: 'signal SIGKILL' },
  'edge-function-failed': {
    edgeFunction: 'f',
    trigger: 't',
    failure: 'threw',
    failedOpen: false,
    userVserver: 'v',
    client: '127.0.0.1:1',
    reason: 'it threw',
    unreported: 0,
    worker: 1
  },
  'edge-function-status': { edgeFunction: 'f', status: 'down', worker: 1, reason: 'it threw' },
  'address-banned': { address: '127.0.0.1', by: 'l', seconds: 900 },
  'worker-ended': { worker: 1, pid: 7, reason: 'signal SIGKILL', restartInMs: 100, connections: 3 },
  'worker-up': { worker: 1, pid: 8, restarts: 1 },
  'certificate-expiring': { certkey: 'c', notAfter: '2030-01-01T00:00:00.000Z', daysLeft: 3 },
  'certificate-issued': { certkey: 'c', notAfter: '2030-01-01T00:00:00.000Z' },
  'certificate-renewed': { certkey: 'c', notAfter: '2030-01-01T00:00:00.000Z' },
  'certificate-failed': { certkey: 'c', reason: 'rateLimited', nextAttempt: '2030-01-01T00:00:00.000Z' },
  'certkey-replaced': { certkey: 'c' },
  'certkey-stale': { certkey: 'c', reason: '`keyFile` cannot be read' },
  'crl-expired': { certkey: 'c', nextUpdate: '2030-01-01T00:00:00.000Z' },
  'ocsp-expired': { certkey: 'c', nextUpdate: '2030-01-01T00:00:00.000Z' },
  'job-started': { ...job, told: 0, remaining: 3 },
  'job-progress': job,
  'job-paused': { ...job, state: 'paused' },
  'job-resumed': job,
  'job-ended': { ...job, state: 'failed', reason: 'service \'s\' was deleted' },
  'cluster-state': { node: 'a', state: 'away', reason: 'no answer within 1000 ms' },
  'cluster-revision-refused': { node: 'b', revision: 4, reason: 'the port is taken' },
  'cluster-damaged': { node: 'a', what: 'the value of weir:{0}s:lb k' },
  'sessions-lost': { reason: 'not JSON' },
  'sessions-not-saved': { reason: 'no space left' }
}
const emit = <E extends EventName>(weir: FakeWeir, type: E): void => {
  weir.events.emit(type, { type, time: 1, ...samples[type] })
}

test('every event is streamed as it is described', async () => {
  const { weir, base } = await start()
  const reader = await EventReader.open(`${base}/v1/events`)
  for (const type of Object.keys(eventTypes) as EventName[]) emit(weir, type)
  await until(() => reader.events.length === Object.keys(eventTypes).length, 'every event')
  const { document } = api({ base: '', token: false })
  const validate = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api').compile({
    $ref: 'api#/components/schemas/Event'
  })
  for (const { event, data } of reader.events) {
    expect(data).toEqual({ type: event, time: 1, ...samples[event as EventName] })
    expect(validate(data), event).toBe(true)
  }
  reader.close()
})

test('a client that comes back gets what it has missed, and another server\'s gets all', async () => {
  const { weir, base } = await start()
  emit(weir, 'service-down')
  const first = await EventReader.open(`${base}/v1/events?type=service-up,worker-up`)
  expect(first.events).toEqual([])
  emit(weir, 'service-up')
  await until(() => first.events.length === 1, 'the event')
  const { id } = first.events[0]!
  expect(id).toMatch(/^[a-z0-9]+\.2$/)
  first.close()
  emit(weir, 'worker-up')
  emit(weir, 'service-down')
  emit(weir, 'service-up')
  const names = async (lastEventId: string, query = ''): Promise<string[]> => {
    const reader = await EventReader.open(`${base}/v1/events${query}`, { 'last-event-id': lastEventId })
    await until(() => reader.events.length > 0, 'what was missed')
    reader.close()
    return reader.events.map(({ event }) => event)
  }
  expect(await names(id!, '?type=service-up,worker-up')).toEqual(['worker-up', 'service-up'])
  for (const stranger of ['xyz.7', 'nothing', `${id!.split('.')[0]!}.x`])
    expect(await names(stranger)).toEqual(['service-down', 'service-up', 'worker-up', 'service-down', 'service-up'])
  // Of more than are kept, the rest is counted.
  for (let i = 0; i < 1000; i++) emit(weir, 'config-applied')
  const late = await EventReader.open(`${base}/v1/events?type=config-applied`, { 'last-event-id': id! })
  await until(() => late.of('config-applied').length === 1000, 'all that are kept')
  expect(late.events[0]).toMatchObject({ event: 'dropped', data: { count: 3 } })
  late.close()
})

test('only the wanted types come, and a type that there is not is refused', async () => {
  const { weir, base } = await start()
  const reader = await EventReader.open(`${base}/v1/events?type=service-up,worker-up`)
  for (const type of Object.keys(eventTypes) as EventName[]) emit(weir, type)
  await until(() => reader.events.length === 2, 'both')
  expect(reader.events.map(e => e.event)).toEqual(['service-up', 'worker-up'])
  reader.close()
  const refusal = await fetch(`${base}/v1/events?type=service-up,sevice`)
  expect(refusal.status).toBe(400)
  expect(await refusal.json()).toMatchObject({ code: 'query-invalid', issues: [{ path: 'type', message: expect.stringContaining("no event 'sevice'; there are: config-applied") as string }] })
})

test('HEAD answers at once and listens to nothing', async () => {
  const { weir, base } = await start()
  const response = await fetch(`${base}/v1/events`, { method: 'HEAD' })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  expect(listeners(weir)).toBe(0)
})

test('a server that closes ends its streams', async () => {
  const { weir, app, base } = await start()
  const reader = await EventReader.open(`${base}/v1/events`)
  await app.close()
  await until(() => reader.ended, 'the end')
  expect(weir.events.eventNames()).toEqual([])
})

test('a client that does not read loses events and is told how many', async () => {
  const { weir, port } = await start()
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'readable')
  let text = ''
  // Written while the client does not read; more than the stream and the kernel may hold.
  const reason = 'x'.repeat(64 * 1024)
  let sent = 0
  const event = (): void => {
    weir.events.emit('service-down', { type: 'service-down', time: ++sent, service: 's', reason, upForMs: 0 })
  }
  for (let n = 0; n < 400; n++) event()
  socket.setEncoding('utf8')
  socket.on('data', (part: string) => { text += part })
  await until(() => /event: dropped/.test(text), 'word of what was lost')
  const lost = Number(/"count":(\d+)/.exec(text)![1])
  const got = [...text.matchAll(/"time":(\d+)/g)].map(match => Number(match[1]))
  expect(lost).toBeGreaterThan(0)
  expect(got.length + lost).toBe(400)
  // From then on it gets everything again.
  event()
  await until(() => text.includes('"time":401'), 'the next event')
  socket.destroy()
})

test('a client that takes nothing for two minutes is let go, and one that only waits for events is not', async () => {
  expect(serverOptions.connectionTimeout).toBe(120_000)
  const { weir, app, port, base } = await start({ ...serverOptions, connectionTimeout: 1500 })
  const open = promisify(app.server.getConnections.bind(app.server))
  const reader = await EventReader.open(`${base}/v1/events?type=worker-up`)
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  socket.write('GET /v1/events?type=service-down HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'readable')
  const reason = 'x'.repeat(64 * 1024)
  for (let n = 0; n < 400; n++)
    weir.events.emit('service-down', { type: 'service-down', time: n, service: 's', reason, upForMs: 0 })
  // Its fellow is told something now and then, as each stream is every 15 s.
  const beats = setInterval(() => { emit(weir, 'worker-up') }, 50)
  await until(async () => await open() === 1, 'the stalled client to be let go')
  clearInterval(beats)
  const before = reader.events.length
  emit(weir, 'worker-up')
  await until(() => reader.events.length > before, 'the next event')
  expect(reader.ended).toBe(false)
  socket.destroy()
  reader.close()
})
