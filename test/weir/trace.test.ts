import { adminPlugin } from '@weirlb/admin'
import { until } from '@weirlb/testing'
import Fastify from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWeir, type Weir, type WeirOptions } from 'weirlb'
import { EventReader } from '../support/event-reader.ts'
import { Client, Farm } from './farm.ts'

let farm: Farm
beforeAll(async () => { farm = await Farm.start('red') })
afterAll(() => { farm.close() })

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

const start = async (options: WeirOptions): Promise<{ weir: Weir, trace: string }> => {
  const weir = createWeir({ workers: 0, log: { level: 'silent' }, config: farm.config(), ...options })
  ends.push(async () => { await weir.stop({ graceMs: 200 }) })
  await weir.start()
  const app = Fastify({ forceCloseConnections: true })
  await app.register(adminPlugin, { weir })
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  ends.push(async () => { await app.close() })
  return { weir, trace: `${base}/v1/extensions/hello/trace` }
}
const put = async (url: string, body: object): Promise<{ status: number, body: unknown }> => {
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  return { status: response.status, body: await response.json() }
}
const follow = async (url: string): Promise<EventReader> => {
  const reader = await EventReader.open(url, { accept: 'text/event-stream' })
  ends.push(async () => { reader.close() })
  return reader
}
const hello = async (weir: Weir, name: string): Promise<void> => {
  const client = await Client.connect((await weir.userVservers.status('v')).listening!.port, name)
  client.close()
}

describe.each([0, 2])('with %i workers', workers => {
  test('calls are streamed from every worker, with the author\'s line, until it is off', async () => {
    const { weir, trace } = await start({ workers })
    const reader = await follow(trace)
    await until(() => reader.of('status').length === 1, 'the status')
    expect(reader.of('status')[0]).toEqual({ level: 'off', filter: {} })
    expect(await put(trace, { level: 'verdicts', seconds: 30 })).toMatchObject({
      status: 200,
      body: { level: 'verdicts', filter: {}, endsAt: expect.any(Number) as number }
    })
    const names = Array.from({ length: 8 }, (_, i) => `client-${i}`)
    // A worker is told in its own time.
    await until(async () => {
      for (const name of names) await hello(weir, name)
      return new Set(reader.of('record').map(record => record.worker as number)).size === Math.max(workers, 1)
    }, 'records of every worker')
    expect(reader.of('record')[0]).toMatchObject({
      userVserver: 'v',
      call: 'message',
      side: 'client',
      frameLength: 15,
      verdict: {
        op: 'forward',
        at: 'hello.ts:15:14',
        then: 'tunnel',
        session: expect.stringMatching(/^client-\d$/) as string
      },
      effects: [{ kind: 'set', field: 'hello.name' }]
    })
    expect(await (await fetch(trace)).json()).toMatchObject({ level: 'verdicts' })

    expect(await put(trace, { level: 'off' })).toMatchObject({ body: { level: 'off' } })
    await until(() => reader.of('status').length === 3, 'the end')
    // What a worker had traced before it heard of the end may still come.
    await until(async () => {
      const before = reader.of('record').length
      await hello(weir, 'unheard')
      return reader.of('record').length === before
    }, 'nothing more')
  })
})

test('a worker that takes the place of another traces too', async () => {
  const { weir, trace } = await start({ workers: 1 })
  const reader = await follow(trace)
  await put(trace, { level: 'calls', seconds: 30 })
  const { pid } = (await weir.health()).workers[0]!
  process.kill(pid, 'SIGKILL')
  await until(
    async () => (await weir.health()).workers.every(w => w.status === 'up' && w.pid !== pid),
    'another worker'
  )
  await until(async () => {
    await hello(weir, 'ann')
    return reader.of('record').length > 0
  }, 'a record')
  expect(reader.of('record')[0]).not.toHaveProperty('verdict')
})

test('a trace ends by itself, and with its extension', async () => {
  const { weir, trace } = await start({ workers: 0 })
  const reader = await follow(trace)
  weir.traces.set('hello', { level: 'calls', seconds: 1 })
  await until(() => reader.of('status').length === 3, 'the end of its time')
  expect(reader.of('status').map(status => status.level as string)).toEqual(['off', 'calls', 'off'])
  weir.traces.set('hello', { level: 'calls' })
  await weir.config.replace({ services: weir.config.get().value.services })
  await until(() => reader.of('status').at(-1).level === 'off', 'the end of the extension')
  expect((await fetch(trace)).status).toBe(404)
})

test.each([
  [{ level: 'all' }, 400, 'body-invalid', 'level', 'expected one of off, calls, verdicts; got "all"'],
  [{ level: 'calls', seconds: 0 }, 400, 'body-invalid', 'seconds', 'must be at least 1; got 0'],
  [{ level: 'calls', seconds: 3601 }, 400, 'body-invalid', 'seconds', 'must be at most 3600; got 3601'],
  [{ level: 'calls', filter: { user: 'ann' } }, 400, 'body-invalid', 'filter', "unknown field 'user'; there are: client, session"],
  [{ level: 'calls', filter: { client: 'localhost' } }, 422, 'config-invalid', 'filter.client', 'got "localhost"']
])('%j is refused with its field', async (body, status, code, path, message) => {
  const { trace } = await start({ workers: 0 })
  expect(await put(trace, body)).toMatchObject({
    status,
    body: { code, issues: [{ path, message: expect.stringContaining(message) as string }] }
  })
  expect(await put(trace.replace('hello', 'nobody'), { level: 'off' })).toMatchObject({
    status: 404,
    body: { code: 'not-found' }
  })
  expect((await fetch(trace.replace('hello', 'nobody'), { headers: { accept: 'text/event-stream' } })).status).toBe(404)
})
