// The routes of the history, over a real one whose samples the test takes.
import { adminPlugin, api } from '@weirlb/admin'
import { parseEntity } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Fastify from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { EventReader } from '../support/event-reader.ts'
import { FakeWeir } from './fake-weir.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => { for (const close of closing.splice(0)) await close() })

const start = async (): Promise<{ readonly weir: FakeWeir, readonly base: string }> => {
  const weir = new FakeWeir()
  const app = Fastify()
  await app.register(adminPlugin, { weir })
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  closing.push(async () => {
    app.server.closeAllConnections()
    await app.close()
  })
  return { weir, base }
}

test('the kept samples are shown, and streamed from there on, as they are described', async () => {
  const { weir, base } = await start()
  weir.history.sample()
  const shown = await (await fetch(`${base}/v1/history`)).json() as {
    readonly lastId: string
    readonly times: readonly number[]
  }
  expect(shown.times).toHaveLength(2)
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(
    api({ base: '', token: false }).document,
    'api'
  )
  expect(ajv.validate({ $ref: 'api#/components/schemas/History' }, shown), ajv.errorsText()).toBe(true)

  const reader = await EventReader.open(`${base}/v1/history`, {
    accept: 'text/event-stream',
    'last-event-id': shown.lastId
  })
  weir.history.sample()
  await until(() => reader.events.length === 1, 'the next sample')
  const [sample] = reader.events
  expect(sample).toMatchObject({
    event: 'sample',
    id: shown.lastId.replace(/\d+$/, '3'),
    data: { all: { connections: 0, refusals: {} }, userVservers: {} }
  })
  expect(ajv.validate({ $ref: 'api#/components/schemas/HistorySample' }, sample!.data), ajv.errorsText()).toBe(true)
  reader.close()
})

test('who missed more than a stream sends again is told', async () => {
  const { weir, base } = await start()
  for (let n = 0; n < 100; n++) weir.history.sample()
  const reader = await EventReader.open(`${base}/v1/history`, {
    accept: 'text/event-stream',
    'last-event-id': 'another-run.1'
  })
  weir.history.sample()
  await until(() => reader.events.length === 2, 'the number of missed samples, and the next one')
  expect(reader.events).toMatchObject([{ event: 'dropped', data: { count: 101 } }, { event: 'sample' }])
  reader.close()
})

test('a user vserver that is not there is refused, with those that are; one without a history has no samples', async () => {
  const { weir, base } = await start()
  weir.running = {
    ...weir.running,
    userVservers: [
      parseEntity('userVservers', { name: 'quiet', protocol: 'P', address: '127.0.0.1', port: 1, defaultLb: 'lb' })
    ]
  }
  const refused = await (await fetch(`${base}/v1/history?userVserver=nobody`)).json() as {
    readonly code: string
    readonly detail: string
  }
  expect(refused).toMatchObject({ code: 'not-found', detail: 'no user vserver \'nobody\'; there are: quiet' })
  expect(await (await fetch(`${base}/v1/history?userVserver=quiet`)).json()).toMatchObject({
    times: [],
    figures: { connections: [] },
    refusals: {}
  })
})
