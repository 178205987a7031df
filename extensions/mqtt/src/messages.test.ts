// Every packet inspected: counters, rules, native answers, over whole conversations cut at every byte.
import { everySplit, drive, type Chunk, type Driven, type DriveOptions } from '@weirlb/testing'
import { generate, type Packet } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import mqtt from './index.ts'

type Level = 4 | 5
const wire = (packet: object, level: Level = 4): Uint8Array => Uint8Array.from(generate(packet as Packet, { protocolVersion: level }))
const connect = (level: Level, o: object = {}): Uint8Array => wire({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: level, clientId: 'dev-1', clean: true, keepalive: 60, ...o }, level)
const connack = (level: Level, properties: object = {}): Chunk => ({ server: wire(level === 5 ? { cmd: 'connack', sessionPresent: false, reasonCode: 0, properties } : { cmd: 'connack', sessionPresent: false, returnCode: 0 }, level) })
const publish = (level: Level, topic: string, o: object = {}): Uint8Array => wire({ cmd: 'publish', topic, payload: 'x', qos: 0, dup: false, retain: false, ...o }, level)
const subscribe = (level: Level, topics: readonly string[], messageId = 7): Uint8Array => wire({ cmd: 'subscribe', messageId, subscriptions: topics.map(topic => ({ topic, qos: 1, nl: false, rap: false, rh: 0 })) }, level)
const suback = (level: Level, granted: readonly number[], messageId = 7): Uint8Array => wire({ cmd: 'suback', messageId, granted, ...level === 5 ? { properties: { reasonString: 'so' } } : {} }, level)
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const all = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

const rules = [
  { effect: 'deny', topic: 'secret/#' },
  { effect: 'allow', topic: 'devices/%c/#' },
  { effect: 'allow', on: 'publish', topic: 'in/+', userName: 'ann*' },
  { effect: 'allow', on: 'subscribe', topic: 'out/#' },
  { effect: 'deny', topic: '#' }
]
const ruled = (o: DriveOptions['params'] = {}): DriveOptions => ({ params: { topicRules: rules, ...o } as DriveOptions['params'] & object })
/** A conversation behind an accepted CONNECT, cut everywhere. */
const talk = (level: Level, chunks: readonly Chunk[], options: DriveOptions = ruled(), o: object = {}): Driven =>
  everySplit(mqtt, [connect(level, o), connack(level, { topicAliasMaximum: 10 }), ...chunks], { ...options, randomCuts: 10 })
/** What went to the server behind the CONNECT, and to the client behind the CONNACK. */
const forwarded = (t: Driven, level: Level, o: object = {}): string => hexOf(t.forwarded.subarray(connect(level, o).length))
const returned = (t: Driven, level: Level): string => hexOf(t.returned.subarray((connack(level, { topicAliasMaximum: 10 }) as { server: Uint8Array }).server.length))

describe.each([4, 5] as const)('version %i', level => {
  test('every packet is counted by side, type, version and QoS, and fields follow', () => {
    const t = talk(level, [
      publish(level, 'a/b'),
      publish(level, 'a/b', { qos: 1, messageId: 1 }),
      { server: wire({ cmd: 'puback', messageId: 1 }, level) },
      publish(level, 'c', { qos: 2, messageId: 2 }),
      subscribe(level, ['x']),
      { server: suback(level, [1]) },
      { server: publish(level, 'x', { qos: 1, messageId: 9 }) },
      wire({ cmd: 'pingreq' }, level),
      wire({ cmd: 'disconnect' }, level)
    ], { params: { inspect: 'messages' } })
    expect(t.counters).toEqual({
      [`client.connect.v${level}`]: 1, [`client.publish.v${level}.qos0`]: 1, [`client.publish.v${level}.qos1`]: 1, [`client.publish.v${level}.qos2`]: 1,
      [`client.subscribe.v${level}`]: 1, [`client.pingreq.v${level}`]: 1, [`client.disconnect.v${level}`]: 1,
      [`server.connack.v${level}`]: 1, [`server.puback.v${level}`]: 1, [`server.suback.v${level}`]: 1, [`server.publish.v${level}.qos1`]: 1
    })
    expect(t.fields).toMatchObject({
      'mqtt.connect.client_id': 'dev-1', 'mqtt.connect.protocol_string': 'MQTT', 'mqtt.connect.protocol_version': level, 'mqtt.connect.flags.clean_session': true,
      'mqtt.connect.flags.will': false, 'mqtt.connack.return_code': 0, 'mqtt.connack.session_present': false, 'mqtt.publish.topic': 'c'
    })
    expect(t.closed).toBeUndefined()
  })

  test('what the rules allow passes untouched', () => {
    const chunks = [publish(level, 'devices/dev-1/t'), publish(level, 'in/1', { qos: 2, messageId: 3 }), subscribe(level, ['out/+/x', 'devices/dev-1/#'])]
    const o = { username: 'anna' }
    const t = talk(level, [...chunks, { server: suback(level, [1, 0]) }], ruled(), o)
    expect(forwarded(t, level, o)).toBe(hexOf(all(...chunks)))
    expect(returned(t, level)).toBe(hexOf(suback(level, [1, 0])))
    expect(t.closed).toBeUndefined()
  })

  test('a denied PUBLISH is answered and not forwarded; the next one is', () => {
    const good = publish(level, 'devices/dev-1/t')
    const t = talk(level, [publish(level, 'secret/x'), publish(level, 'secret/x', { qos: 1, messageId: 5 }), publish(level, 'devices/dev-2/t', { qos: 2, messageId: 6 }), good])
    expect(forwarded(t, level)).toBe(hexOf(good))
    expect(returned(t, level)).toBe(level === 5 ? '40030005875003000687' : '4002000550020006')
    expect(t.counters).toMatchObject({ 'denied.publish': 3 })
  })

  test('a partly denied SUBSCRIBE goes on with the rest, and its SUBACK has a code for every filter', () => {
    const t = talk(level, [subscribe(level, ['secret/a', 'out/1', '$share/g/secret/#', 'out/2', '#']), { server: suback(level, [1, 0]) }])
    const denied = level === 5 ? 0x87 : 0x80
    expect(forwarded(t, level)).toBe(hexOf(subscribe(level, ['out/1', 'out/2'])))
    expect(returned(t, level)).toBe(hexOf(suback(level, [denied, 1, denied, 0, denied])))
    expect(t.counters).toMatchObject({ 'denied.subscribe': 3 })
  })

  test('a denied SUBSCRIBE is answered here, and another SUBACK meanwhile passes', () => {
    const t = talk(level, [subscribe(level, ['out/1'], 8), subscribe(level, ['secret/a', 'in/1'], 9), { server: suback(level, [2], 8) }])
    expect(forwarded(t, level)).toBe(hexOf(subscribe(level, ['out/1'], 8)))
    expect(returned(t, level)).toBe((level === 5 ? '90050009008787' : '900400098080') + hexOf(suback(level, [2], 8)))
  })

  test('what is denied before the CONNACK is answered behind it', () => {
    const accepted = connack(level) as { server: Uint8Array }
    const t = everySplit(mqtt, [connect(level), publish(level, 'secret/x', { qos: 1, messageId: 5 }), subscribe(level, ['secret/a']), accepted], ruled())
    expect(hexOf(t.forwarded)).toBe(hexOf(connect(level)))
    expect(hexOf(t.returned)).toBe(hexOf(accepted.server) + (level === 5 ? '4003000587900400070087' : '400200059003000780'))
  })

  test('the will is a publish', () => {
    const will = (topic: string): object => ({ will: { topic, payload: Buffer.from('gone'), qos: 1, retain: true } })
    expect(everySplit(mqtt, connect(level, will('devices/dev-1/gone')), ruled())).toMatchObject({
      closed: undefined,
      fields: { 'mqtt.connect.will.topic': 'devices/dev-1/gone' }
    })
    const t = everySplit(mqtt, connect(level, will('secret/gone')), ruled())
    expect(t).toMatchObject({ closed: 'rejected', counters: { 'denied.will': 1 } })
    expect(hexOf(t.returned)).toBe(level === 5 ? '2003008700' : '20020005')
    expect(t.forwarded).toHaveLength(0)
  })

  test.each(['a/#', '+', 'x#'])('a client ID %s cannot widen a rule', clientId => {
    const t = everySplit(mqtt, connect(level, { clientId }), ruled())
    expect(t.closed).toBe('rejected')
    expect(hexOf(t.returned)).toBe(level === 5 ? '2003008500' : '20020002')
  })

  test('a packet over the limit ends the connection', () => {
    const large = publish(level, 'a', { payload: 'x'.repeat(600) })
    const t = talk(level, [publish(level, 'a'), large], { params: { maxPacketBytes: 500 } })
    expect(t).toMatchObject({ closed: 'rejected', counters: { 'denied.size': 1 } })
    expect(forwarded(t, level)).toBe(hexOf(publish(level, 'a')))
    expect(returned(t, level)).toBe(level === 5 ? 'e00195' : '')
  })

  test('a CONNECT that is refused is counted like any other', () => {
    const refused = (clientId: string, params: DriveOptions['params'] & object): Driven => everySplit(mqtt, connect(level, { clientId }), { params })
    const large = refused('x'.repeat(600), { maxPacketBytes: 500 })
    expect(large).toMatchObject({ closed: 'rejected', counters: { [`client.connect.v${level}`]: 1, 'denied.size': 1 } })
    expect(hexOf(large.returned)).toBe(level === 5 ? '2003009500' : '')
    const nameless = refused('', { inspect: 'messages', allowEmptyClientId: false })
    expect(nameless).toMatchObject({ closed: 'rejected', counters: { [`client.connect.v${level}`]: 1 } })
  })

  test('a PUBLISH of a megabyte passes with its head looked at, and is dropped whole when it is denied', () => {
    const large = publish(level, 'devices/dev-1/t', { payload: Buffer.alloc(1_000_000, 'x'), qos: 1, messageId: 1 })
    const long = publish(level, `devices/dev-1/${'t'.repeat(60_000)}`, { payload: 'y' })
    const secret = publish(level, `secret/${'t'.repeat(60_000)}`, { payload: Buffer.alloc(1_000_000, 'x') })
    const t = drive(mqtt, [connect(level), connack(level), large, long, secret, publish(level, 'devices/dev-1/t')], ruled())
    expect(Buffer.compare(t.forwarded, all(connect(level), large, long, publish(level, 'devices/dev-1/t')))).toBe(0)
    expect(t).toMatchObject({ closed: undefined, counters: { 'denied.publish': 1 } })
  })

  // [what, bytes, reason code of MQTT 5 with rules]
  const wrong: readonly [string, Uint8Array, number][] = [
    ['a topic with a wildcard', publish(level, 'a/b').map(byte => byte === 0x62 ? 0x23 : byte), 0x82],
    ['a topic that is not UTF-8', publish(level, 'a/b').map(byte => byte === 0x62 ? 0xff : byte), 0x81],
    ['U+0000 in a topic', publish(level, 'a/b').map(byte => byte === 0x62 ? 0 : byte), 0x81],
    ['an overlong topic character', publish(level, 'a/bbb').map((byte, i) => byte === 0x62 ? [0xe0, 0x80, 0x80][i - 6]! : byte), 0x81],
    ['QoS 3', publish(level, 'a').map((byte, i) => i === 0 ? 0x36 : byte), 0x81],
    ['an empty topic', Uint8Array.of(0x30, level - 2, 0, 0, ...level === 5 ? [0] : []), 0x82],
    ['packet identifier 0', Uint8Array.of(0x32, 5, 0, 1, 0x61, 0, 0), 0x82],
    ['a topic longer than its packet', Uint8Array.of(0x30, 4, 0, 9, 0x61, 0x61), 0x81],
    ['a SUBSCRIBE without filters', Uint8Array.of(0x82, level === 5 ? 3 : 2, 0, 1, ...level === 5 ? [0] : []), 0x82],
    ['a malformed filter', subscribe(level, ['a/#/b']), 0x82],
    ['flags of SUBSCRIBE', subscribe(level, ['a']).map((byte, i) => i === 0 ? 0x80 : byte), 0x81],
    ['a second CONNECT', connect(level), 0x82]
  ]
  const harmless: readonly (readonly [string, Uint8Array])[] = [
    ['what only servers send', Uint8Array.of(0xd0, 0)],
    ['packet type 0', Uint8Array.of(0, 0)],
    ['flags of PINGREQ', Uint8Array.of(0xc3, 0)],
    ['a PUBACK without an identifier', Uint8Array.of(0x40, 0)]
  ]
  test.each(wrong)('with rules, %s ends the connection', (_, bytes, code) => {
    const t = talk(level, [bytes], ruled({ topicDefault: 'allow', topicRules: [{ effect: 'deny', topic: 'x' }] }))
    expect(t.closed).toBe('protocol-error')
    expect(forwarded(t, level)).toBe('')
    expect(returned(t, level)).toBe(level === 5 ? `e001${code.toString(16)}` : '')
  })

  test.each([
    ...wrong.map(([what, bytes]) => [what, bytes, { inspect: 'messages' }] as const),
    ...harmless.map(([what, bytes]) =>
      [`${what}, with rules,`, bytes, { topicRules: [{ effect: 'deny', topic: 'x' }] }] as const
    )
  ])('%s is for the server to judge', (_, bytes, params) => {
    const t = talk(level, [bytes, publish(level, 'a/c')], {
      params: params as unknown as NonNullable<DriveOptions['params']>
    })
    expect(t.closed).toBeUndefined()
    expect(forwarded(t, level)).toBe(hexOf(all(bytes, publish(level, 'a/c'))))
    expect(returned(t, level)).toBe('')
    expect(t.fields['mqtt.publish.topic']).toBe('a/c')
  })

  test('with rules, nothing behind DISCONNECT goes on, and nothing is said about it', () => {
    const bye = wire({ cmd: 'disconnect' }, level)
    const t = talk(level, [bye, publish(level, 'secret/x', { qos: 1, messageId: 5 }), Uint8Array.of(0xd0, 0)])
    expect(forwarded(t, level)).toBe(hexOf(bye))
    expect(returned(t, level)).toBe('')
    expect(t.closed).toBeUndefined()
  })
})

describe.each([[4, 1], [4, 2], [5, 1], [5, 2]] as const)('acknowledgements of version %i, QoS %i, keep the order of the PUBLISHes', (level, qos) => {
  const allowed = (messageId: number): Uint8Array => publish(level, 'devices/dev-1/t', { qos, messageId })
  const denied = (messageId: number): Uint8Array => publish(level, 'secret/x', { qos, messageId })
  const ack = (messageId: number, o: object = {}): Uint8Array => wire({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId, ...o }, level)
  /** What a client hears of the PUBLISH with this identifier when rules deny it. */
  const no = (messageId: number): Uint8Array => level === 5 ? Uint8Array.of(qos === 1 ? 0x40 : 0x50, 3, 0, messageId, 0x87) : ack(messageId)

  test('of the server and of our own', () => {
    const t = talk(level, [denied(21), denied(22), allowed(23), allowed(24), denied(25), { server: ack(23) }, { server: ack(24) }, denied(26)])
    expect(returned(t, level)).toBe(hexOf(all(no(21), no(22), ack(23), ack(24), no(25), no(26))))
    expect(forwarded(t, level)).toBe(hexOf(all(allowed(23), allowed(24))))
  })

  test('with several that wait at several places', () => {
    const t = talk(level, [allowed(1), denied(2), denied(3), allowed(4), allowed(5), denied(6), { server: ack(1) }, denied(7), { server: ack(4) }, allowed(8), denied(9), { server: ack(5) }, { server: ack(8) }])
    expect(returned(t, level)).toBe(hexOf(all(ack(1), no(2), no(3), ack(4), ack(5), no(6), no(7), ack(8), no(9))))
  })

  test('what the server has not acknowledged holds back what stands behind it, and nothing else', () => {
    const other = publish(level, 'secret/x', { qos: 3 - qos, messageId: 30 })
    const ping = wire({ cmd: 'pingresp' }, level)
    const t = talk(level, [denied(1), allowed(2), denied(3), other, { server: ping }])
    expect(returned(t, level)).toBe(hexOf(no(1)) + (level === 5 ? `${qos === 1 ? '50' : '40'}03001e87` : `${qos === 1 ? '50' : '40'}02001e`) + hexOf(ping))
  })

  test('before the CONNACK too', () => {
    const accepted = connack(level) as { server: Uint8Array }
    const t = everySplit(mqtt, [connect(level), denied(1), allowed(2), denied(3), accepted, { server: ack(2) }], ruled())
    expect(hexOf(t.returned)).toBe(hexOf(all(accepted.server, no(1), ack(2), no(3))))
  })

  test('a server that acknowledges what nobody sent lets nothing through early', () => {
    const t = talk(level, [{ server: ack(9) }, { server: ack(9) }, allowed(1), denied(2), { server: ack(1) }])
    expect(returned(t, level)).toBe(hexOf(all(ack(9), ack(9), ack(1), no(2))))
  })

  test('a server that acknowledges nothing holds back so many, and then the client goes', () => {
    const many = all(...Array.from({ length: 1025 }, () => denied(2)))
    const t = drive(mqtt, [connect(level), connack(level), allowed(1), many], ruled())
    expect(t).toMatchObject({ closed: 'rejected', detail: expect.stringContaining('1024 acknowledgements') as string })
    const accepted = hexOf((connack(level) as { server: Uint8Array }).server)
    expect(hexOf(t.returned)).toBe(accepted)
    const told = drive(mqtt, [connect(level), connack(level), allowed(1), many], { ...ruled(), params: { ...ruled().params, temporaryEnd: 'goodbye' } })
    expect(hexOf(told.returned)).toBe(accepted + (level === 5 ? 'e00197' : ''))
  })
})

test('behind an acknowledgement that is too long to be looked at whole, others are not held back', () => {
  const long = wire({ cmd: 'puback', messageId: 1, reasonCode: 0, properties: { userProperties: Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`note-${i}`, 'n'.repeat(60_000)])) } }, 5)
  const t = drive(mqtt, [connect(5), connack(5), publish(5, 'devices/dev-1/t', { qos: 1, messageId: 1 }), publish(5, 'secret/x', { qos: 1, messageId: 2 }), { server: long }], ruled())
  expect(Buffer.compare(t.returned, all((connack(5) as { server: Uint8Array }).server, Uint8Array.of(0x40, 3, 0, 2, 0x87), long))).toBe(0)
})

describe('version 4 only', () => {
  test('a denied message of QoS 2 is released here, the others by the server', () => {
    const pubrel = (messageId: number): Uint8Array => wire({ cmd: 'pubrel', messageId })
    const t = talk(4, [publish(4, 'secret/x', { qos: 2, messageId: 6 }), pubrel(6), pubrel(7), pubrel(6)])
    expect(forwarded(t, 4)).toBe(hexOf(all(pubrel(7), pubrel(6))))
    expect(returned(t, 4)).toBe('5002000670020006')
  })

  test('deniedPublish: close', () => {
    const t = talk(4, [publish(4, 'secret/x'), publish(4, 'secret/x', { qos: 1, messageId: 6 })], ruled({ deniedPublish: 'close' }))
    expect(t).toMatchObject({ closed: 'rejected', detail: 'a PUBLISH that topicRules denies' })
    expect(returned(t, 4)).toBe('')
  })
})

describe('topic aliases', () => {
  const aliased = (topic: string, topicAlias: number, o: object = {}): Uint8Array =>
    publish(5, topic, { qos: 1, messageId: 1, properties: { topicAlias }, ...o })

  test('an alias stands for the topic it was given, allowed or denied', () => {
    const allowed = aliased('devices/dev-1/t', 1)
    const acknowledged = { server: wire({ cmd: 'puback', messageId: 1, reasonCode: 0 }, 5) }
    const t = talk(5, [allowed, aliased('', 1), acknowledged, acknowledged, aliased('secret/x', 2), aliased('', 2), aliased('', 1), acknowledged, aliased('secret/x', 1), aliased('', 1)])
    const [yes, no] = [hexOf(acknowledged.server), '4003000187']
    expect(forwarded(t, 5)).toBe(hexOf(all(allowed, aliased('', 1), aliased('', 1))))
    expect(returned(t, 5)).toBe(yes + yes + no + no + yes + no + no)
  })

  test.each([
    ['over the server\'s maximum', aliased('devices/dev-1/t', 11), 'e00194'],
    ['that stands for nothing', aliased('', 3), 'e00182']
  ])('an alias %s', (_, bytes, words) => {
    const t = talk(5, [bytes])
    expect(t.closed).toBe('rejected')
    expect(returned(t, 5)).toBe(words)
    expect(forwarded(t, 5)).toBe('')
  })

  test.each([
    ['alias 0', [0x23, 0, 0]], ['two aliases', [0x23, 0, 1, 0x23, 0, 2]], ['an unknown property', [0x7f, 0]], ['a property past its list', [0x23, 0]]
  ])('malformed: %s', (_, properties) => {
    const t = talk(5, [Uint8Array.of(0x30, 4 + properties.length, 0, 1, 0x61, properties.length, ...properties)])
    expect(t.closed).toBe('protocol-error')
  })

  const many = { userProperties: { note: 'n'.repeat(3000) } }
  test('properties longer than what is looked at are no way round the rules', () => {
    const long = publish(5, 'devices/dev-1/t', { properties: many })
    const unseen = drive(mqtt, [connect(5), connack(5, { topicAliasMaximum: 10 }), long, publish(5, 'secret/x', { properties: many }), publish(5, 'devices/dev-1/t')], ruled())
    expect(unseen).toMatchObject({ closed: undefined, counters: { 'denied.publish': 1 } })
    for (const last of [aliased('', 1), publish(5, '', { properties: { ...many, topicAlias: 1 } })]) {
      const t = drive(mqtt, [connect(5), connack(5, { topicAliasMaximum: 10 }), aliased('devices/dev-1/t', 1), long, last], ruled())
      expect(t).toMatchObject({ closed: 'rejected' })
      expect(hexOf(t.returned)).toMatch(/e00194$/)
    }
  })
})

describe('CONNECT as the server sees it', () => {
  const seen = (level: Level, o: object, params: DriveOptions['params']): Driven => everySplit(mqtt, connect(level, o), { params: params! })
  test.each([4, 5] as const)('prefix and user name, version %i', level => {
    const rest = {
      password: Buffer.from('p'),
      will: { topic: 'w', payload: Buffer.from('gone'), qos: 1, retain: false },
      ...level === 5 ? { properties: { sessionExpiryInterval: 9 } } : {}
    }
    const t = seen(level, { username: 'ann', ...rest }, { clientIdPrefix: 'plant-7/', userName: '%u@%c' })
    expect(hexOf(t.forwarded)).toBe(hexOf(connect(level, { clientId: 'plant-7/dev-1', username: 'ann@dev-1', ...rest })))
    expect(t.verdicts).toMatchObject([{ op: 'forward', token: 'plant-7/dev-1', session: 'plant-7/dev-1', then: 'tunnel' }])
    expect(t.fields).toEqual({ 'mqtt.connect.client_id': 'dev-1', 'mqtt.connect.protocol_version': level })
    expect(t.crossings).toBe(1)
  })

  test.each([4, 5] as const)('one without the other, version %i', level => {
    const o = { username: 'ann', password: Buffer.from('p') }
    expect(hexOf(seen(level, o, { clientIdPrefix: 'p:' }).forwarded)).toBe(hexOf(connect(level, { ...o, clientId: 'p:dev-1' })))
    expect(hexOf(seen(level, o, { userName: 'bob' }).forwarded)).toBe(hexOf(connect(level, { ...o, username: 'bob' })))
  })

  test('a client without a user name gets one that does not speak of its own', () => {
    expect(hexOf(seen(4, {}, { userName: 'gateway' }).forwarded)).toBe(hexOf(connect(4, { username: 'gateway' })))
    expect(hexOf(seen(4, {}, { userName: '%u@x' }).forwarded)).toBe(hexOf(connect(4)))
  })

  test('the length grows a byte when it has to', () => {
    const t = seen(4, { clientId: 'x'.repeat(100) }, { clientIdPrefix: 'y'.repeat(50) })
    expect(hexOf(t.forwarded)).toBe(hexOf(connect(4, { clientId: 'y'.repeat(50) + 'x'.repeat(100) })))
  })

  test('no ID: 3.1.1 goes as it is, 5 is refused, for its assigned ID could not come back; too long an ID is refused', () => {
    expect(hexOf(seen(4, { clientId: '' }, { clientIdPrefix: 'p/' }).forwarded)).toBe(hexOf(connect(4, { clientId: '' })))
    expect(hexOf(seen(5, { clientId: '' }, { clientIdPrefix: 'p/' }).returned)).toBe('2003008500')
    expect(hexOf(drive(mqtt, connect(5, { clientId: 'x'.repeat(65_535) }), { params: { clientIdPrefix: 'p/' } }).returned)).toBe('2003008500')
  })
})

test('an assigned client ID brings its rules', () => {
  const assigned = connack(5, { assignedClientIdentifier: 'auto-1' })
  const t = everySplit(mqtt, [connect(5, { clientId: '' }), assigned, publish(5, 'devices/auto-1/t', { qos: 1, messageId: 1 }), publish(5, 'devices/dev-1/t', { qos: 1, messageId: 2 })], ruled())
  expect(t).toMatchObject({ session: 'auto-1', fields: { 'mqtt.connect.client_id': 'auto-1' }, counters: { 'denied.publish': 1 } })
})

describe.each(['draining', 'service-down'] as const)('onDrain, %s', reason => {
  const words = (params: DriveOptions['params'], accepted: boolean): string =>
    hexOf(drive(mqtt, accepted ? [connect(5), connack(5)] : [connect(5)], { params: params!, goodbyes: [reason] }).goodbyes[reason] ?? new Uint8Array(0))
  test.each([
    [{}, true, ''],
    [{}, false, ''],
    [{ temporaryEnd: 'goodbye' }, true, 'e0018b'],
    [{ temporaryEnd: 'goodbye' }, false, '2003008800'],
    [{ onDrain: 'use-another-server' }, true, 'e0019c'],
    [{ onDrain: 'use-another-server', serverReference: 'b.example' }, true, 'e00e9c0c1c0009' + Buffer.from('b.example').toString('hex')],
    [{ onDrain: 'use-another-server', serverReference: 'b.example' }, false, '200f009c0c1c0009' + Buffer.from('b.example').toString('hex')],
    [{ serverReference: 'b.example' }, true, ''],
    [{ temporaryEnd: 'goodbye', serverReference: 'b.example' }, true, 'e0018b']
  ])('%j, accepted: %s', (params, accepted, expected) => { expect(words(params, accepted)).toBe(expected) })
})

test.each(['shutdown', 'no-service', 'dial-failed'] as const)('onDrain has no say in %s', reason => {
  const said = (params: object): Uint8Array | undefined =>
    drive(mqtt, [connect(5), connack(5)], {
      params: { onDrain: 'use-another-server', serverReference: 'b.example', ...params },
      goodbyes: [reason]
    }).goodbyes[reason]
  expect(said({})).toBeUndefined()
  expect(hexOf(said({ temporaryEnd: 'goodbye' })!)).toBe('e0018b')
})

test('a client ID that the server assigns and rules cannot take is refused in place of its CONNACK [MQTT-3.2.0-1]', () => {
  const t = drive(mqtt, [connect(5, { clientId: '' }), connack(5, { assignedClientIdentifier: 'a/b' })], ruled())
  expect(hexOf(t.returned)).toBe('2003008300')
})

test.each<[object, string]>([
  [{ temporaryEnd: 'words' }, 'params.temporaryEnd: unknown value "words"; there are: close, goodbye'],
  [{ finalEnd: '' }, 'params.finalEnd: unknown value ""; there are: goodbye, close'],
  [{ onDrain: 'server-shutting-down' }, 'params.onDrain: unknown value "server-shutting-down"; there are: come-back, use-another-server']
])('a choice that there is not: %j', (params, message) => {
  expect(() => drive(mqtt, connect(4), { params: params as NonNullable<DriveOptions['params']> })).toThrow(message)
})

test.each<[object, string]>([
  [{ topicRules: [{ topic: '#' }, { topic: 'a/#/b' }] }, 'params.topicRules[1].topic: expected a topic filter, with # as its last level only and + as a whole level [MQTT-4.7.1-1], got "a/#/b"'],
  [{ topicRules: [{ topic: '' }] }, 'params.topicRules[0].topic: expected a topic filter'],
  [{ topicRules: [{ topic: 'a%c+' }] }, 'params.topicRules[0].topic: expected a topic filter'],
  [{ topicRules: [{ topic: 'a/\0' }] }, 'params.topicRules[0].topic: expected a string without U+0000 [MQTT-1.5.4-2], got "a/\\u0000"'],
  [{ clientIdPrefix: 'a\0' }, 'params.clientIdPrefix: expected a string without U+0000 [MQTT-1.5.4-2], got "a\\u0000"'],
  [{ userName: '\0', serverReference: '\0' }, 'params.userName: expected a string without U+0000 [MQTT-1.5.4-2], got "\\u0000"; params.serverReference: '],
  [{ clientIdPrefix: 'ä'.repeat(32_768) }, 'params.clientIdPrefix: expected at most 65535 bytes of UTF-8, got 65536']
])('parameters that MQTT cannot carry are refused: %#', (params, message) => {
  expect(() => drive(mqtt, connect(4), { params: params as NonNullable<DriveOptions['params']> })).toThrow(message)
})

test('messages of one read cross once', () => {
  const burst = all(...Array.from({ length: 100 }, () => publish(4, 'devices/dev-1/t')))
  expect(drive(mqtt, [connect(4), connack(4), burst], ruled()).crossings).toBe(3)
})
