// The managed group mqtt-core in front of a real broker: every check finds its packet, in every mode, and finds nothing
// in what real clients send.
import mqtt from 'mqtt'
import { generate, type Packet } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ManagedCheckInput } from '@weirlb/admin/client'
import { mqttCore } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

type Version = 4 | 5
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
let connects = 0
/** Each with a client ID of its own: a broker ends a client whose ID another one takes. */
const connect = (version: Version, more: object = {}): Buffer =>
  generate(
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      clientId: `dev-${++connects}`,
      clean: true,
      keepalive: 60,
      ...more
    } as Packet
  )
const publish = (version: Version, more: object): Buffer =>
  generate({ cmd: 'publish', topic: 'a', payload: 'x', qos: 0, retain: false, dup: false, ...more } as Packet, {
    protocolVersion: version
  })
const subscribe = (version: Version, topic: string): Buffer =>
  generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] }, { protocolVersion: version })

/**
 * A packet that a check finds: the first one of a client, or one behind its CONNECT. `code`: of DISCONNECT. `suback`:
 * its refusal leaves the connection.
 */
interface Sample {
  readonly id: string
  readonly version: Version
  readonly first?: Buffer
  readonly later?: readonly Buffer[]
  readonly code?: number
  readonly suback?: true
}
const samples: readonly Sample[] = [
  {
    id: 'M001',
    version: 5,
    first: connect(5, {
      password: Buffer.alloc(60_000),
      username: 'u',
      will: { topic: 'w', payload: Buffer.alloc(60_000), qos: 0, retain: false }
    })
  },
  { id: 'M002', version: 4, later: [connect(4)] },
  { id: 'M002', version: 5, later: [connect(5)], code: 0x82 },
  { id: 'M003', version: 5, later: [hex('c100')], code: 0x81 },
  // A remaining length in two bytes where one is enough.
  { id: 'M003', version: 5, later: [hex('c08000')], code: 0x81 },
  { id: 'M003', version: 5, later: [hex('3003 00ff61')], code: 0x81 },
  { id: 'M004', version: 5, later: [hex('3005 0002 73fe 00')], code: 0x81 },
  // U+0000, and a surrogate.
  { id: 'M004', version: 4, later: [hex('3004 0002 6100')] },
  { id: 'M004', version: 4, later: [hex('3005 0003 eda080')] },
  { id: 'M004C', version: 5, later: [hex('3005 0002 6101 00')] },
  { id: 'M005', version: 4, later: [hex('3003 0000 78')] },
  { id: 'M005', version: 5, later: [hex('3003 0000 00')], code: 0x82 },
  { id: 'M006', version: 5, later: [hex('3006 0003 612f23 00')], code: 0x82 },
  { id: 'M006', version: 4, later: [hex('8208 0001 0003 612362 00')] },
  {
    id: 'M006',
    version: 5,
    first: Buffer.from(
      connect(5, { will: { topic: 'a', payload: Buffer.from('x'), qos: 0, retain: false } }).map((byte, i, all) =>
        i === all.length - 4 ? 0x2b : byte
      )
    )
  },
  { id: 'M007', version: 5, later: [publish(5, { topic: '/'.repeat(200) })] },
  { id: 'M007', version: 4, later: [subscribe(4, '/'.repeat(65_400))], suback: true },
  { id: 'M008', version: 5, later: [subscribe(5, '#')], suback: true },
  { id: 'M008', version: 4, later: [subscribe(4, '$CONTROL/dynamic-security/v1')], suback: true },
  { id: 'M008', version: 5, later: [subscribe(5, '$share/g/#')], suback: true },
  {
    id: 'M009',
    version: 5,
    first: connect(5, { will: { topic: '$SYS/x', payload: Buffer.from('x'), qos: 0, retain: false } })
  },
  {
    id: 'M010',
    version: 5,
    first: connect(5, {
      properties: { userProperties: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, 'v'])) }
    })
  },
  { id: 'M010', version: 5, first: connect(5, { properties: { userProperties: { k: 'v'.repeat(9000) } } }) },
  {
    id: 'M011',
    version: 4,
    later: [publish(4, { qos: 2, messageId: 7 }), publish(4, { qos: 2, messageId: 7, dup: true })]
  },
  { id: 'M012', version: 5, later: [hex('3804 0001 61 00')], code: 0x81 },
  { id: 'M012', version: 5, later: [hex('3606 0001 61 0001 00')], code: 0x81 },
  { id: 'M012', version: 5, later: [hex('3206 0001 61 0000 00')], code: 0x82 },
  { id: 'M013', version: 4, first: connect(4, { keepalive: 0 }) },
  { id: 'M014', version: 4, first: connect(4, { clientId: '../../etc' }) },
  { id: 'M015', version: 5, later: [publish(5, { properties: { topicAlias: 500 } })], code: 0x94 },
  { id: 'M015', version: 5, later: [hex('3007 0001 61 03 23 0000')], code: 0x94 },
  { id: 'M016', version: 5, later: [hex('f000')], code: 0x82 }
]

describeWithMosquitto('mqtt-core', mosquitto => {
  let farm: MqttFarm
  let clients: MqttSocket[] = []
  beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1 }) })
  afterAll(async () => { await farm.stop() })
  afterEach(async () => {
    for (const client of clients) client.destroy()
    clients = []
    for (const { name } of (await farm.weir.api.call('listManagedChecks')).body.items)
      await farm.weir.api.call('deleteManagedCheck', { path: { name } })
  })

  const check = async (more: Partial<ManagedCheckInput> = {}): Promise<void> => {
    await farm.weir.api.call('createManagedCheck', { body: { name: 'edge', group: 'mqtt-core', ...more } })
  }
  const counts = async (id: string): Promise<{ matched: number, blocked: number }> => {
    const { matched, blocked } = (await farm.weir.api.call('getStats')).body.rules[`edge/${id}`] ??
      { matched: 0, blocked: 0 }
    return { matched, blocked }
  }
  const send = async ({ version, first, later = [] }: Sample): Promise<MqttSocket> => {
    const client = new MqttSocket(farm.port, version)
    clients.push(client)
    await client.send(first ?? connect(version))
    if (first !== undefined) return client
    await client.packet('connack')
    await client.send(Buffer.concat(later))
    return client
  }

  const perCheck = (): Record<string, number> =>
    Object.fromEntries(mqttCore.rules.map(({ id }) => [id, samples.filter(sample => sample.id === id).length]))
  const counted = async (what: 'matched' | 'blocked'): Promise<Record<string, number>> => {
    const { rules } = (await farm.weir.api.call('getStats')).body
    return Object.fromEntries(mqttCore.rules.map(({ id }) => [id, rules[`edge/${id}`]![what]]))
  }

  test('each finds its packet, and blocks it in the words of the protocol', async () => {
    expect(Math.min(...Object.values(perCheck()))).toBeGreaterThan(0)
    await check({ mode: 'block' })
    await Promise.all(samples.map(async sample => {
      const { id, version, code, suback } = sample
      const client = await send(sample)
      if (suback === true)
        return expect([id, await client.packet('suback')]).toMatchObject([id, {
          granted: [version === 5 ? 0x87 : 0x80]
        }])
      if (code !== undefined) expect([id, await client.packet('disconnect')]).toMatchObject([id, { reasonCode: code }])
      await client.isClosed()
    }))
    await until(
      async () => Object.values(await counted('blocked')).reduce((sum, each) => sum + each, 0) >= samples.length,
      'all to be counted'
    )
    expect(await counted('blocked')).toEqual(perCheck())
  })

  test('each lets its packet pass where it is simulated, and counts it; and does not look where it is off', async () => {
    await check({ mode: 'simulate' })
    await Promise.all(samples.map(send))
    await until(
      async () => Object.values(await counted('matched')).reduce((sum, each) => sum + each, 0) >= samples.length,
      'all to be counted'
    )
    expect(await counted('matched')).toEqual(perCheck())
    expect(Object.values(await counted('blocked')).every(blocked => blocked === 0)).toBe(true)
    await farm.weir.api.call('patchManagedCheck', {
      path: { name: 'edge' },
      body: { mode: 'off', rules: { M012: 'simulate' } }
    })
    await Promise.all(samples.map(send))
    await until(async () => (await counts('M012')).matched === 2 * perCheck()['M012']!, 'the one that is on')
    expect(Object.keys((await farm.weir.api.call('getStats')).body.rules)).toEqual(['edge/M012'])
  })

  test('finds nothing in what a real client sends', async () => {
    await check({ mode: 'block' })
    for (const protocolVersion of [4, 5] as const) {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${farm.port}`, {
        protocolVersion,
        clientId: `real-${protocolVersion}`,
        keepalive: 30,
        will: { topic: 'gone', payload: Buffer.from('x'), qos: 1, retain: false }
      })
      const received: string[] = []
      client.on('message', topic => received.push(topic))
      await client.subscribeAsync(['a/+', '$share/g/b/#'], { qos: 2 })
      for (const qos of [0, 1, 2] as const) for (let n = 0; n < 30; n++) await client.publishAsync('a/ü', 'x', { qos })
      await until(() => received.length === 90, 'all messages')
      await client.unsubscribeAsync('a/+')
      await client.endAsync()
    }
    const { rules } = (await farm.weir.api.call('getStats')).body
    expect(Object.entries(rules).filter(([, { matched }]) => matched > 0)).toEqual([])
    expect(Object.keys(rules).sort()).toEqual(mqttCore.rules.map(({ id }) => `edge/${id}`).sort())
  })

  test('looks behind rules of the operator, which can exempt a client', async () => {
    await check({ rules: { M008: 'block' } })
    await farm.weir.api.call('createRule', {
      body: {
        name: 'dashboard',
        expression: 'mqtt.connect.client_id eq "dashboard" and mqtt.type eq "SUBSCRIBE"',
        action: 'skip'
      }
    })
    try {
      const client = new MqttSocket(farm.port, 5)
      clients.push(client)
      await client.send(connect(5, { clientId: 'dashboard' }))
      await client.packet('connack')
      await client.send(subscribe(5, '#'))
      expect(await client.packet('suback')).toMatchObject({ granted: [0] })
    } finally { await farm.weir.api.call('deleteRule', { path: { name: 'dashboard' } }) }
  })

  test('shows its checks, their modes, sources and counters', async () => {
    await check({ mode: 'simulate', rules: { M005: 'block', M008: 'off', M013: 'on' } })
    await send({ id: 'M005', version: 4, later: [hex('3003 0000 78')] })
    await until(async () => (await counts('M005')).blocked === 1, 'it to be counted')
    const { status } = (await farm.weir.api.call('getManagedCheck', { path: { name: 'edge' } })).body
    expect(status).toMatchObject({ value: 'up', userVservers: ['mqtt'] })
    const shown = Object.fromEntries(status!.checks!.map(({ id, ...each }) => [id, each]))
    expect(shown['M005']).toMatchObject({
      mode: 'block',
      blocked: 1,
      source: expect.stringContaining('CVE-2021-34432') as string
    })
    expect([shown['M008']!.mode, shown['M013']!.mode, shown['M002']!.mode]).toEqual(['off', 'simulate', 'simulate'])
    const { items } = (await farm.weir.api.call('listManagedGroups')).body
    expect(items.find(({ group }) => group === 'mqtt-core')!.checks.find(({ id }) => id === 'M011')).toMatchObject({
      shipped: 'block',
      fixed: false,
      source: expect.stringContaining('CVE-2023-28366') as string
    })
  })
})
