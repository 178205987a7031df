import fc from 'fast-check'
import { generate, type IConnectPacket, type IConnackPacket } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import type { Reason } from '@weirlb/sdk'
import { goodbyeReasons } from '@weirlb/sdk/abi'
import { GuestDriver } from '../test/guest-driver.ts'
import mqtt from './index.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const string16 = (value: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
}
const packet = (first: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const length: number[] = []
  for (let left = body.length; ;) {
    length.push(left > 127 ? left % 128 | 128 : left)
    left = Math.floor(left / 128)
    if (left === 0) break
  }
  return Buffer.concat([Buffer.of(first, ...length), body])
}
/** CONNECT from its fields, for what a generator refuses to write. */
const connect = (
  o: {
    name?: string
    level?: number
    flags?: number
    keepAlive?: number
    properties?: Uint8Array
    id?: Uint8Array | string
    rest?: Uint8Array
    first?: number
  } = {}
): Buffer =>
  packet(
    o.first ?? 0x10,
    string16(o.name ?? 'MQTT'),
    Buffer.of(o.level ?? 4, o.flags ?? 2, (o.keepAlive ?? 0) >> 8, (o.keepAlive ?? 0) & 255),
    o.properties ?? Buffer.alloc(0),
    string16(o.id ?? 'dev-01'),
    o.rest ?? Buffer.alloc(0)
  )

const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const userProperties = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20 }).filter(key => key !== '__proto__' && key !== 'length'),
  fc.string({ maxLength: 50 }),
  { minKeys: 1, maxKeys: 5, noNullPrototype: true }
)

const connectPacket = fc.record({
  version: fc.constantFrom(3 as const, 4 as const, 5 as const),
  bridge: fc.boolean(),
  clientId: text.filter(id => id.length > 0),
  keepalive: fc.nat(65535),
  clean: fc.boolean(),
  username: fc.option(text.filter(name => name.length > 0), { nil: undefined }),
  password: fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }), { nil: undefined }),
  will: fc.option(
    fc.record({
      topic: text.filter(topic => topic.length > 0),
      payload: fc.uint8Array({ maxLength: 2000 }),
      qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
      retain: fc.boolean(),
      properties: fc.record({
        willDelayInterval: fc.nat(),
        contentType: text.filter(type => type.length > 0),
        userProperties
      })
    }),
    { nil: undefined }
  ),
  properties: fc.record({
    sessionExpiryInterval: fc.nat(),
    receiveMaximum: fc.integer({ min: 1, max: 65535 }),
    authenticationMethod: fc.constant('test'),
    userProperties
  })
})

describe('a CONNECT that mqtt-packet writes', () => {
  test('is read as it was meant', () => {
    const driver = new GuestDriver(mqtt, { publishUsername: true })
    fc.assert(
      fc.property(connectPacket, o => {
        const { version, bridge, will, properties, password, username, ...common } = o
        // The generator refuses what MQTT 5 allows: a password alone.
        const withPassword = password !== undefined && username !== undefined
        const written = {
          cmd: 'connect',
          ...common,
          protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
          protocolVersion: version,
          bridgeMode: bridge && version < 5,
          ...(username === undefined ? {} : { username }),
          ...(withPassword ? { password: Buffer.from(password) } : {}),
          ...(will === undefined
            ? {}
            : {
              will: { ...will, payload: Buffer.from(will.payload), ...(version === 5 ? {} : { properties: undefined }) }
            }),
          ...(version === 5 ? { properties } : {})
        } as unknown as IConnectPacket
        const bytes = generate(written)
        driver.reopen()
        const seen = driver.client(bytes)
        expect(seen.text).toBe('')
        expect(seen).toMatchObject({ op: 'forward', then: 'tunnel', reply: undefined })
        expect(seen.token?.toString()).toBe(o.clientId)
        expect(seen.pinned).toEqual(seen.token)
        expect(seen.idleMs).toBe(o.keepalive === 0 ? undefined : o.keepalive * 1500)
        expect(seen.fields).toEqual({
          'mqtt.connect.client_id': o.clientId,
          'mqtt.connect.protocol_version': String(version),
          ...(username === undefined ? {} : { 'mqtt.connect.username': username })
        })
      }),
      { numRuns: 500 }
    )
  })

  test('is malformed with one byte less or more, whatever its length field says', () => {
    const driver = new GuestDriver(mqtt)
    fc.assert(fc.property(connectPacket, fc.boolean(), (o, shorter) => {
      const { version, bridge: _bridge, will: _will, properties: _properties, password: _password, username: _username, ...common } = o
      fc.pre(version > 3)
      const body = generate({ cmd: 'connect', ...common, protocolId: 'MQTT', protocolVersion: version })
      const header = body.findIndex((byte, i) => i > 0 && byte < 128) + 1
      const wrong = shorter ? body.subarray(header, -1) : Buffer.concat([body.subarray(header), Buffer.of(0)])
      driver.reopen()
      expect(driver.client(packet(0x10, wrong)).op).toBe('malformed')
    }))
  })
})

describe('client IDs', () => {
  test('of 65,535 bytes are whole keys', () => {
    const id = Buffer.alloc(65535, 'x')
    const seen = new GuestDriver(mqtt).client(connect({ id }))
    expect(seen.token).toEqual(id)
    expect(seen.pinned).toEqual(id)
  })

  test('that are invalid UTF-8 stay apart', () => {
    const driver = new GuestDriver(mqtt)
    const first = driver.client(connect({ id: hex('ff') }))
    driver.reopen()
    const second = driver.client(connect({ id: hex('fe') }))
    expect(first.pinned).toEqual(hex('ff'))
    expect(second.pinned).toEqual(hex('fe'))
  })

  test('come behind the properties in version 5', () => {
    const seen = new GuestDriver(mqtt).client(connect({ level: 5, properties: hex('05 11 0000000a'), id: 'after' }))
    expect(seen.token?.toString()).toBe('after')
  })
})

describe('an empty client ID', () => {
  test.each([
    ['3.1 is refused', 3, 'MQIsdp', 2, {}, '20020002'],
    ['3.1.1 without a clean session is refused [MQTT-3.1.3-8]', 4, 'MQTT', 0, {}, '20020002'],
    ['3.1.1 is refused when the operator says so', 4, 'MQTT', 2, { allowEmptyClientId: false }, '20020002'],
    ['5 is refused when the operator says so', 5, 'MQTT', 2, { allowEmptyClientId: false }, '2003008500']
  ])('%s', (_, level, name, flags, params, reply) => {
    const seen = new GuestDriver(mqtt, params).client(
      connect({ level, name, flags, id: '', ...(level === 5 ? { properties: hex('00') } : {}) })
    )
    expect(seen).toMatchObject({ op: 'reject', reply: hex(reply) })
    expect(seen.text).toContain('empty client ID')
  })

  test('3.1.1 with a clean session has no key', () => {
    expect(new GuestDriver(mqtt).client(connect({ id: '' }))).toMatchObject({ op: 'forward', then: 'tunnel', token: undefined, pinned: undefined })
  })

  test.each([0, 2])('5 waits for the ID that the server assigns (clean start %i)', flags => {
    const driver = new GuestDriver(mqtt)
    expect(driver.client(connect({ level: 5, flags, properties: hex('00'), id: '', keepAlive: 10 })))
      .toMatchObject({ op: 'forward', then: 'pipe', token: undefined, pinned: undefined, idleMs: 15000 })
    const connack = generate({
      cmd: 'connack',
      reasonCode: 0,
      sessionPresent: false,
      properties: {
        userProperties: { a: 'b', c: 'd' },
        reasonString: 'hello',
        receiveMaximum: 20,
        assignedClientIdentifier: 'auto-7',
        serverKeepAlive: 60,
        maximumQoS: 1,
        wildcardSubscriptionAvailable: true
      }
    } as unknown as IConnackPacket, { protocolVersion: 5 })
    const seen = driver.server(connack)
    expect(seen).toMatchObject({
      op: 'forward',
      then: 'tunnel',
      session: Buffer.from('auto-7'),
      idleMs: 90000,
      fields: { 'mqtt.connect.client_id': 'auto-7' }
    })
  })

  test.each([
    ['a refusal', '20 03 00 88 00'],
    ['no properties at all', '20 02 00 00'],
    ['an empty list', '20 03 00 00 00'],
    ['an older server', '20 02 00 01']
  ])('5 learns nothing from %s', (_, bytes) => {
    const driver = new GuestDriver(mqtt)
    driver.client(connect({ level: 5, properties: hex('00'), id: '' }))
    const seen = driver.server(hex(bytes))
    expect(seen).toMatchObject({ op: 'forward', then: 'tunnel' })
    expect(seen.session).toBeUndefined()
  })

  test('5: a malformed CONNACK is for its client to judge; where rules depend on it, it ends the connection', () => {
    const malformed = hex('20 07 00 00 04 12 0009 61')
    const driver = new GuestDriver(mqtt)
    driver.client(connect({ level: 5, properties: hex('00'), id: '' }))
    const seen = driver.server(malformed)
    expect(seen).toMatchObject({ op: 'forward', then: 'tunnel' })
    expect(seen.session).toBeUndefined()
    const ruled = new GuestDriver(mqtt, { topicDefault: 'deny' })
    ruled.client(connect({ level: 5, properties: hex('00'), id: '' }))
    expect(ruled.server(malformed).op).toBe('malformed')
  })
})

test('honourServerKeepAlive reads the CONNACK of every version 5 client', () => {
  const driver = new GuestDriver(mqtt, { honourServerKeepAlive: true })
  expect(driver.client(connect({ level: 5, properties: hex('00'), keepAlive: 10 }))).toMatchObject({ then: 'pipe', idleMs: 15000 })
  expect(driver.server(hex('20 06 00 00 03 13 0258'))).toMatchObject({ then: 'tunnel', idleMs: 900_000 })
})

describe('refused', () => {
  const rejected: readonly [string, Buffer, RegExp, string | undefined][] = [
    ['TLS on a plain port', hex('16 03 01 02 00'), /TLS handshake/, undefined],
    ['another protocol name', connect({ name: 'AMQP' }), /protocol name "AMQP"/, undefined],
    ['MQTT level 3', connect({ level: 3 }), /MQTT level 3; there are/, '20020001'],
    ['MQTT level 6', connect({ level: 6 }), /MQTT level 6/, '2003008400'],
    ['MQIsdp level 4', connect({ name: 'MQIsdp' }), /MQIsdp level 4/, '20020001'],
    ['MQIsdp level 6', connect({ name: 'MQIsdp', level: 6 }), /MQIsdp level 6/, '20020001']
  ]
  test.each(rejected)('%s', (_, bytes, why, reply) => {
    const seen = new GuestDriver(mqtt).client(bytes)
    expect(seen.op).toBe('reject')
    expect(seen.text).toMatch(why)
    expect(seen.reply).toEqual(reply === undefined ? undefined : hex(reply))
  })

  const malformed: readonly [string, Buffer][] = [
    ['the reserved connect flag', connect({ flags: 0x03 })],
    ['the reserved connect flag in 5', connect({ level: 5, flags: 0x03, properties: hex('00') })],
    ['fixed header flags', connect({ first: 0x11 })],
    ['will QoS 3', connect({ flags: 0x1e, rest: Buffer.concat([string16('t'), string16('m')]) })],
    ['will QoS without a will', connect({ flags: 0x0a })],
    ['will retain without a will', connect({ flags: 0x22 })],
    ['a password without a user name', connect({ flags: 0x42, rest: string16('p') })],
    ['a missing user name', connect({ flags: 0x82 })],
    ['bytes behind the last field', connect({ rest: hex('00') })],
    ['a client ID that is longer than the packet', packet(0x10, string16('MQTT'), hex('04 02 0000 0010 61'))],
    ['properties that are longer than the packet', connect({ level: 5, properties: hex('7f'), id: '' })],
    ['a property length of five bytes', connect({ level: 5, properties: hex('8080808001'), id: '' })],
    ['nothing behind the header', hex('10 00')]
  ]
  test.each(malformed)('%s', (_, bytes) => {
    expect(new GuestDriver(mqtt).client(bytes).op).toBe('malformed')
  })
})

describe('what MQTT 3.1 leaves open passes', () => {
  test.each([
    ['the reserved connect flag', connect({ name: 'MQIsdp', level: 3, flags: 0x03 })],
    ['fixed header flags', connect({ name: 'MQIsdp', level: 3, first: 0x12 })],
    ['fixed header flags with which TLS begins, too', connect({ name: 'MQIsdp', level: 3, first: 0x16 })],
    ['a flagged user name and password that are missing', connect({ name: 'MQIsdp', level: 3, flags: 0xc2 })]
  ])('%s', (_, bytes) => {
    expect(new GuestDriver(mqtt).client(bytes)).toMatchObject({ op: 'forward', then: 'tunnel' })
  })
})

test('a version 5 client may give a password without a user name', () => {
  expect(new GuestDriver(mqtt).client(connect({ level: 5, flags: 0x42, properties: hex('00'), rest: string16('p') })).op).toBe('forward')
})

test('user names stay in the sandbox unless the operator asks for them', () => {
  const bytes = connect({ flags: 0xc2, rest: Buffer.concat([string16('alice'), string16('secret')]) })
  expect(new GuestDriver(mqtt).client(bytes).fields).toEqual({ 'mqtt.connect.client_id': 'dev-01', 'mqtt.connect.protocol_version': '4' })
  const shown = new GuestDriver(mqtt, { publishUsername: true }).client(bytes)
  expect(shown.fields['mqtt.connect.username']).toBe('alice')
  expect(Object.values(shown.fields)).not.toContain('secret')
})

test('anything at all is answered without throwing anything but Malformed', () => {
  const driver = new GuestDriver(mqtt)
  const frames = fc.tuple(fc.constantFrom(0x10, 0x30, 0xff, 0x1f), fc.constantFrom('MQTT', 'MQIsdp', 'x'), fc.uint8Array({ maxLength: 60 }))
  fc.assert(fc.property(frames, ([first, name, tail]) => {
    driver.reopen()
    expect(['forward', 'reject', 'malformed']).toContain(driver.client(packet(first, string16(name), tail)).op)
  }), { numRuns: 1000 })
})

describe('goodbyes', () => {
  const v3 = connect()
  const v5 = connect({ level: 5, properties: hex('00') })
  // reason: CONNACK 3.1.1, CONNACK 5, DISCONNECT 5
  const expected: Record<Reason, readonly [string, string, string]> = {
    'no-service': ['20020003', '2003008800', 'e0018b'],
    'dial-failed': ['20020003', '2003008800', 'e0018b'],
    'service-down': ['20020003', '2003008800', 'e0018b'],
    draining: ['20020003', '2003008800', 'e0018b'],
    shutdown: ['20020003', '2003008800', 'e0018b'],
    limit: ['20020003', '2003009700', 'e00197'],
    killed: ['20020003', '2003008000', 'e00198'],
    'protocol-error': ['', '2003008100', ''],
    idle: ['', '', 'e0018d'],
    'extension-error': ['20020003', '2003008300', 'e00183'],
    rule: ['20020005', '2003008700', 'e00198'],
    'rate-limit': ['20020003', '2003009f00', 'e00196']
  }
  test('every reason has its row', () => { expect(Object.keys(expected).sort()).toEqual([...goodbyeReasons].sort()) })

  const goodbye = (params: object, bytes: Buffer | undefined, reason: string, answered: boolean): string => {
    const driver = new GuestDriver(mqtt, { ...params })
    if (bytes !== undefined) driver.client(bytes)
    return driver.goodbye(reason as Reason, answered)?.toString('hex') ?? ''
  }

  test.each(Object.entries(expected))('%s', (reason, [refusedV3, refusedV5, disconnectV5]) => {
    const said = (bytes: Buffer | undefined, answered: boolean): string =>
      goodbye({ temporaryEnd: 'goodbye' }, bytes, reason, answered)
    expect(said(v3, false)).toBe(refusedV3)
    expect(said(v5, false)).toBe(refusedV5)
    expect(said(v3, true)).toBe('')
    expect(said(v5, true)).toBe(disconnectV5)
    expect(said(undefined, false)).toBe('')
  })

  test.each(Object.keys(expected).filter(reason => !['protocol-error', 'rule', 'rate-limit'].includes(reason)))('%s is a plain close, as parameters come', reason => {
    for (const params of [{}, { finalEnd: 'close' }]) {
      for (const bytes of [v3, v5]) for (const answered of [false, true]) expect(goodbye(params, bytes, reason, answered)).toBe('')
    }
  })

  test('protocol-error is told as parameters come, and is a plain close where the operator wants one', () => {
    const malformed = connect({ level: 5, properties: hex('00'), rest: hex('00') })
    const both = (
      params: object
    ): string[] => [
      goodbye(params, malformed, 'protocol-error', false),
      goodbye(params, malformed, 'protocol-error', true)
    ]
    expect(both({})).toEqual(['2003008100', 'e00181'])
    expect(both({ finalEnd: 'close', temporaryEnd: 'goodbye' })).toEqual(['', ''])
  })

  test('a client that has said DISCONNECT hears none', () => {
    const driver = new GuestDriver(mqtt, { inspect: 'messages' })
    driver.client(v5)
    driver.client(hex('e0 00'))
    for (const reason of goodbyeReasons) expect(driver.goodbye(reason, true)).toBeUndefined()
  })

  test('a malformed version 5 CONNECT is told so', () => {
    const driver = new GuestDriver(mqtt)
    driver.client(connect({ level: 5, properties: hex('00'), rest: hex('00') }))
    expect(driver.goodbye('protocol-error', false)).toEqual(hex('2003008100'))
  })
})

describe('finalEnd: close', () => {
  const rule = { effect: 'deny', on: 'both', topic: 'secret/#', clientId: '*', userName: '*' }
  const refusing = { finalEnd: 'close', allowEmptyClientId: false, topicRules: [rule], maxPacketBytes: 100 }
  const will = Buffer.concat([string16('secret/x'), string16('m')])
  test.each([
    ['an empty client ID', connect({ id: '' })],
    ['an empty client ID, version 5', connect({ level: 5, properties: hex('00'), id: '' })],
    ['a denied will', connect({ flags: 0x06, rest: will })],
    ['a denied will, version 5', connect({ level: 5, flags: 0x06, properties: hex('00'), rest: Buffer.concat([hex('00'), will]) })],
    ['too large a CONNECT, version 5', connect({ level: 5, properties: hex('00'), id: 'x'.repeat(100) })],
    ['a version that is not spoken', connect({ level: 3 })],
    ['a version that is not spoken yet', connect({ level: 6 })]
  ])('%s is refused without a word', (_, bytes) => {
    const { op, reply } = new GuestDriver(mqtt, refusing).client(bytes)
    expect([op, reply]).toEqual(['reject', undefined])
    expect(new GuestDriver(mqtt, { ...refusing, finalEnd: 'goodbye' }).client(bytes).reply).toBeDefined()
  })
})

test('a client that has said DISCONNECT is refused without a word', () => {
  const driver = new GuestDriver(mqtt, { maxPacketBytes: 100 })
  driver.client(connect({ level: 5, properties: hex('00') }))
  driver.server(hex('20 03 00 00 00'))
  driver.client(hex('e0 00'))
  expect(driver.client(packet(0x30, string16('t'), Buffer.alloc(100)))).toMatchObject({ op: 'reject', reply: undefined })
})
