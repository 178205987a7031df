// Managed checks of upgrades and requests, and what is refused when one is written.
import { beforeEach, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { lineProtocol } from '../support/line-protocol.ts'
import { ManagedBench } from '../support/managed-bench.ts'
import { sharedWeir } from '../support/shared-weir.ts'

let bench: ManagedBench
/** The revision from which events are of the present test. */
let since: string
beforeEach(async () => {
  bench = await ManagedBench.on(await sharedWeir({ workers: 1 }))
  since = new Date().toISOString()
})

const events = async (): Promise<readonly object[]> =>
  (await bench.weir.api.call('listSecurityEvents', { query: { kind: 'managed-check', since } })).body.items

describe('ws-upgrade', () => {
  test.each<readonly [string, Readonly<Record<string, string | undefined>>]>([
    ['W002', { 'sec-websocket-version': '8' }],
    ['W003', { 'sec-websocket-key': 'c2hvcnQ=' }],
    ['W003', { 'sec-websocket-key': undefined }],
    // More headers than 64 are refused by a flood control first.
    ['W004', { 'x-long': 'v'.repeat(9000) }],
    ['W005', { origin: 'https://evil.example' }], ['W006', { 'sec-websocket-protocol': 'chat' }]
  ])('%s refuses an upgrade with %j', async (id, headers) => {
    await bench.check({ mode: 'off', rules: { [id]: 'block' }, origins: ['https://app.example'] })
    expect(await bench.upgrade({ origin: 'https://app.example' })).toBe(101)
    expect(await bench.upgrade(headers)).toBe(403)
    expect(await bench.counted(id)).toMatchObject({ matched: 1, blocked: 1 })
    await bench.patch({ rules: { [id]: 'simulate' } })
    await bench.upgrade(headers)
    expect(await bench.counted(id)).toMatchObject({ matched: 2, blocked: 1 })
  })

  test('has checks that no mode turns off', async () => {
    await bench.check({ mode: 'off' })
    expect(await bench.upgrade({ 'content-length': '3' })).toBe(400)
    const { status } = (await bench.weir.api.call('getManagedCheck', { path: { name: 'edge' } })).body
    expect(status!.checks!.filter(({ mode }) => mode !== 'off').map(({ id }) => id)).toEqual(['W001', 'W007'])
  })
})

test('a check whose mode is challenge lets a browser prove work, and refuses others', async () => {
  await bench.check({ rules: { W006: 'challenge' } })
  expect(await bench.upgrade()).toBe(101)
  expect(await bench.upgrade({ 'sec-websocket-protocol': 'chat' })).toBe(403)
  expect(await bench.counted('W006')).toMatchObject({ matched: 1, blocked: 0, challenged: 1 })
  await until(async () => (await events()).length === 1, 'the event')
  expect((await events())[0]).toMatchObject({
    kind: 'managed-check',
    name: 'edge/W006',
    action: 'challenge',
    phase: 'request',
    userVserver: 'mqtt',
    address: '127.0.0.1',
    detail: { found: 'No sub-protocol of MQTT is offered.', source: 'MQTT-6.0.0-3' }
  })
})

describe('a managed check', () => {
  const refused = async (body: object): Promise<object> => {
    const response = await fetch(`${bench.weir.api.base}/v1/managed-checks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'edge', group: 'mqtt-core', ...body })
    })
    const { code, issues } = await response.json() as {
      readonly code: string
      readonly issues: readonly { readonly path: string, readonly message: string }[]
    }
    return { status: response.status, code, path: issues[0]!.path, message: issues[0]!.message }
  }
  test.each(
    [
      [
        'an unknown check',
        { rules: { M099: 'block' } },
        'config-invalid',
        'rules.M099',
        /no check 'M099'; there are: M001/
      ],
      ['an unknown mode', { rules: { M001: 'loud' } }, 'config-invalid', 'rules.M001', /simulate/],
      ['an unknown group', { group: 'smtp' }, 'config-invalid', 'group', /mqtt-core/],
      [
        'a challenge of messages',
        { mode: 'challenge' },
        'config-invalid',
        'mode',
        /look at messages, and a challenge is a response to an HTTP request/
      ],
      [
        'a challenge of one check of messages',
        { rules: { M008: 'challenge' } },
        'config-invalid',
        'rules.M008',
        /look at messages/
      ],
      [
        'a challenge on raw TCP',
        { group: 'tls', mode: 'challenge', vservers: ['web', 'raw'] },
        'config-invalid',
        'mode',
        /user vserver 'raw' has no HTTP/
      ],
      [
        'a challenge by one check on raw TCP',
        { group: 'ws-upgrade', rules: { W006: 'challenge' }, vservers: ['raw'] },
        'config-invalid',
        'rules.W006',
        /user vserver 'raw' has no HTTP/
      ],
      [
        'a challenge by points of the Core Rule Set',
        { group: 'owasp-crs', rules: { 942: 'challenge' } },
        'config-invalid',
        'rules.942',
        /give points/
      ],
      [
        'a sensitivity that there is not',
        { group: 'owasp-crs', sensitivity: 'paranoid' },
        'config-invalid',
        'sensitivity',
        /low, medium, high, highest/
      ],
      [
        'a time beyond its bound',
        { group: 'owasp-crs', timeoutMs: 60_000 },
        'config-invalid',
        'timeoutMs',
        /10000|10,000/
      ],
      [
        'a body beyond its bound',
        { group: 'owasp-crs', bodyBytes: 1_048_577 },
        'config-invalid',
        'bodyBytes',
        /1048576|1,048,576/
      ],
      [
        'a mode of a check that has none',
        { group: 'ws-upgrade', rules: { W001: 'off' } },
        'config-invalid',
        'rules.W001',
        /has no modes/
      ],
      [
        'a mode of a category',
        { group: 'owasp-crs', rules: { 942: 'simulate' } },
        'config-invalid',
        'rules.942',
        /give points/
      ],
      [
        'origins of another group',
        { origins: ['https://a.example'] },
        'config-invalid',
        'origins',
        /only checks of group ws-upgrade/
      ],
      [
        'a vserver that there is not',
        { vservers: ['none'] },
        'reference-unknown',
        'vservers[0]',
        /no user vserver 'none'/
      ],
      [
        'a vserver whose extension lacks its fields',
        { vservers: ['web'] },
        'rule-invalid',
        'group',
        /group mqtt-core does not fit/
      ]
    ] as const
  )('with %s is refused', async (_, body, code, path, message) => {
    expect(await refused(body)).toEqual({ status: 422, code, path, message: expect.stringMatching(message) as string })
    expect((await bench.weir.api.call('listManagedChecks')).body.items).toEqual([])
  })

  test('is the only one of its group at a user vserver, and a named one comes before one for all', async () => {
    await bench.check({ name: 'all', mode: 'block' })
    expect(await refused({ group: 'ws-upgrade' })).toMatchObject({ code: 'config-invalid', path: 'vservers' })
    await bench.check({ mode: 'off', vservers: ['mqtt'] })
    expect(await refused({ name: 'third', group: 'ws-upgrade', vservers: ['mqtt'] })).toMatchObject({
      code: 'config-invalid',
      path: 'vservers'
    })
    expect(await bench.upgrade({ 'sec-websocket-protocol': 'chat' })).not.toBe(403)
  })

  test('keeps an extension from losing the fields that it reads, where it names its user vservers; elsewhere it becomes inactive', async () => {
    await bench.check({ group: 'mqtt-core', vservers: ['mqtt'] })
    const replace = async (): Promise<Response> =>
      await fetch(`${bench.weir.api.base}/v1/extensions/mqtt`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ source: lineProtocol() })
      })
    const refusedReplacement = await replace()
    expect([refusedReplacement.status, await refusedReplacement.json()]).toMatchObject([422, {
      code: 'rule-invalid',
      issues: [{
        path: 'managedChecks[0].group',
        message: expect.stringMatching(/group mqtt-core does not fit: .*mqtt\./) as string
      }]
    }])
    expect((await bench.weir.api.call('getManagedCheck', { path: { name: 'edge' } })).body.status).toMatchObject({
      value: 'up'
    })
    await bench.patch({ vservers: [] })
    expect((await replace()).status).toBe(200)
    expect((await bench.weir.api.call('getManagedCheck', { path: { name: 'edge' } })).body.status).toMatchObject({
      value: 'inactive',
      reason: expect.stringMatching(/mqtt\./) as string
    })
  })
})
