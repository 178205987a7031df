// The decode held against mqtt-packet: on the vectors of its own tests, and on packets that its generator makes.
import { compileProtocol, NEED_MORE, Progress } from '@weirlb/engine/framing'
import { frame, Malformed } from '@weirlb/sdk'
import fc from 'fast-check'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { decoded, summary, type Summary } from '../../test/decoded.ts'
import { mqttPacketVectors, parsed, type Vector } from '../../test/mqtt-packet-vectors.ts'
import type { Level } from './level.ts'

const side = { framing: frame.varint({ at: 1, max: 268_435_460 }), only: undefined, peek: undefined, handler: false }
const { cutter } =
  compileProtocol({ client: side, server: undefined } as unknown as Parameters<typeof compileProtocol>[0]).client

/** Cut and read a stream as Weir does. */
const read = (
  { bytes, version }: Pick<Vector, 'bytes' | 'version'>
): { readonly packets: Summary[], readonly malformed: string | undefined } => {
  const packets: Summary[] = []
  let level = (version === 5 ? 5 : version === 3 ? 3 : 4) as Level
  for (let at = 0; at < bytes.length;) {
    const length = cutter!.measure(bytes, at, bytes.length, new Progress())
    if (length === NEED_MORE || at + length > bytes.length) break
    if (length < 0) return { packets, malformed: 'framing' }
    try {
      const packet = decoded(bytes.subarray(at, at + length), level)
      packets.push(packet)
      if (packet['cmd'] === 'connect') level = packet['level'] as Level
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      return { packets, malformed: error.message }
    }
    at += length
  }
  return { packets, malformed: undefined }
}

const levelOf = (packets: readonly Packet[], version: number | undefined): Level =>
  (packets.find(packet => packet.cmd === 'connect')?.protocolVersion ?? version ?? 4) as Level

/** Where the two differ on purpose, by mqtt-packet's name of the vector or of its error. */
const differences: Readonly<Record<string, string>> = {
  'connect MQTT bridge 132': 'the name MQIsdp belongs to level 3 alone (MQTT 3.1.1 §3.1.2.1): refused here',
  'Version 5 CONNACK test 1': 'a CONNACK of 5 has a reason code (§3.2.2.2): malformed here',
  'Cannot parse username': 'in 3.1 the remaining length takes precedence over the flags (§3.1): read here',
  'Cannot parse password': 'in 3.1 the remaining length takes precedence over the flags (§3.1): read here',
  'Malformed unsubscribe, no payload specified': 'nothing of an UNSUBSCRIBE is needed: it is the server\'s to judge',
  'Malformed unsuback, no payload specified': 'nothing of an UNSUBACK is needed',
  'Malformed unsuback, payload length must be 2': 'nothing of an UNSUBACK is needed',
  'Invalid unsuback code': 'nothing of an UNSUBACK is needed',
  'Invalid puback reason code': 'reasons pass on to who knows them',
  'Invalid pubrel reason code': 'reasons pass on to who knows them',
  'Invalid pubcomp reason code': 'reasons pass on to who knows them',
  'Invalid suback QoS, must be 0, 1, 2 or 128': 'codes pass on to who asked',
  'Invalid suback code': 'codes pass on to who asked',
  'Invalid disconnect reason code': 'reasons pass on to who knows them',
  'Invalid auth reason code': 'nothing of an AUTH is needed'
}
const mayDiffer = ({ name, error }: Vector): boolean =>
  Object.keys(differences).some(what => error === what || name.includes(what))

describe("mqtt-packet's own vectors", () => {
  const vectors = mqttPacketVectors()
  test('are all here', () => { expect(vectors.length).toBeGreaterThan(190) })

  test.each(vectors.filter(vector => !mayDiffer(vector)).map(vector => [vector.name, vector] as const))('%s', (_, vector) => {
    const { packets, malformed } = read(vector)
    expect(packets).toEqual(vector.packets.map(packet => summary(packet, levelOf(vector.packets, vector.version))))
    expect(malformed === undefined, malformed).toBe(vector.error === undefined)
  })

  test('every difference is still one', () => {
    const same = Object.keys(differences).filter(what =>
      vectors.filter(v => v.error === what || v.name.includes(what)).every(vector =>
        isDeepStrictEqual(
          read(vector).packets,
          vector.packets.map(packet => summary(packet, levelOf(vector.packets, vector.version)))
        ) && (read(vector).malformed === undefined) === (vector.error === undefined)
      )
    )
    expect(same).toEqual([])
  })
})

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(text => !/[\0#+]/.test(text))
const id = fc.integer({ min: 1, max: 65_535 })
const qos = fc.constantFrom(0, 1, 2)
const properties = <T extends object>(more: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<object> =>
  fc.record({ userProperties: fc.dictionary(fc.constantFrom('k', 'key'), fc.string({ maxLength: 200 }), { minKeys: 1 }), reasonString: name, ...more }, { requiredKeys: [] })
const acknowledgements = (['puback', 'pubrec', 'pubrel', 'pubcomp'] as const).map(cmd => fc.record({
  cmd: fc.constant(cmd), messageId: id, reasonCode: fc.constantFrom(0, cmd === 'puback' || cmd === 'pubrec' ? 0x87 : 0x92), properties: properties({})
}, { requiredKeys: ['cmd', 'messageId'] }))

const packetsOf = (level: Level): fc.Arbitrary<object> => fc.oneof(
  fc.record({
    cmd: fc.constant('connect'), protocolId: fc.constant(level === 3 ? 'MQIsdp' : 'MQTT'), protocolVersion: fc.constant(level), clientId: name, clean: fc.boolean(), keepalive: fc.nat(65_535),
    username: name, password: fc.uint8Array({ maxLength: 9 }).map(bytes => Buffer.from(bytes)),
    will: fc.record({ topic: name, payload: fc.string({ minLength: 1 }), qos, retain: fc.boolean(), properties: fc.record({ willDelayInterval: fc.nat(1e9), contentType: name }, { requiredKeys: [] }) }, { requiredKeys: ['topic', 'payload', 'qos', 'retain'] }),
    properties: fc.record({ sessionExpiryInterval: fc.nat(1e9), receiveMaximum: id, topicAliasMaximum: id, authenticationMethod: name }, { requiredKeys: [] })
  }, { requiredKeys: ['cmd', 'protocolId', 'protocolVersion', 'clientId', 'clean', 'keepalive', 'username'] }),
  fc.record({
    cmd: fc.constant('connack'), sessionPresent: fc.boolean(), returnCode: fc.nat(5), reasonCode: fc.constantFrom(0, 0x87),
    properties: properties({ assignedClientIdentifier: name, serverKeepAlive: id, topicAliasMaximum: id, maximumPacketSize: fc.nat(1e9), wildcardSubscriptionAvailable: fc.boolean() })
  }, { requiredKeys: ['cmd', 'sessionPresent', 'returnCode', 'reasonCode'] }),
  fc.record({
    cmd: fc.constant('publish'), topic: name, payload: fc.string({ maxLength: 300 }), qos, messageId: id, dup: fc.boolean(), retain: fc.boolean(),
    properties: fc.record({ topicAlias: id, messageExpiryInterval: fc.nat(1e9), subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }), contentType: name, responseTopic: name }, { requiredKeys: [] })
  }, { requiredKeys: ['cmd', 'topic', 'payload', 'qos', 'messageId', 'dup', 'retain'] }),
  ...acknowledgements,
  fc.record({
    cmd: fc.constant('subscribe'), messageId: id, properties: fc.record({ subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }) }, { requiredKeys: [] }),
    subscriptions: fc.array(fc.record({ topic: name, qos, nl: fc.boolean(), rap: fc.boolean(), rh: fc.nat(2) }), { minLength: 1, maxLength: 5 })
  }, { requiredKeys: ['cmd', 'messageId', 'subscriptions'] }),
  fc.record({ cmd: fc.constant('suback'), messageId: id, granted: fc.array(fc.constantFrom(0, 1, 2, 0x80), { minLength: 1, maxLength: 5 }), properties: properties({}) }, { requiredKeys: ['cmd', 'messageId', 'granted'] }),
  fc.record({ cmd: fc.constant('unsubscribe'), messageId: id, unsubscriptions: fc.array(name, { minLength: 1 }) }),
  fc.record({ cmd: fc.constantFrom('pingreq', 'pingresp') }),
  fc.record({ cmd: fc.constant('disconnect'), reasonCode: fc.constantFrom(0, 0x8b), properties: properties({ serverReference: name }) }, { requiredKeys: ['cmd', 'reasonCode'] })
)

describe.each([3, 4, 5] as const)('packets that mqtt-packet makes, version %i', level => {
  const wire = packetsOf(level).map(packet =>
    Uint8Array.from(mqttPacket.generate(packet as Packet, { protocolVersion: level }))
  )

  test('are read alike', () => {
    fc.assert(
      fc.property(wire, bytes => {
        const theirs = parsed('', bytes, { protocolVersion: level }, mqttPacket)
        expect(theirs.error).toBeUndefined()
        expect(read({ bytes, version: level })).toEqual({
          packets: theirs.packets.map(packet => summary(packet, level)),
          malformed: undefined
        })
      }),
      { numRuns: 1500 }
    )
  })

  test('and damaged: what both can read, they read alike, and nothing but Malformed is thrown', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(wire, damage, fc.nat(3), (whole, changes, cut) => {
        const bytes = Uint8Array.from(whole)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        // Shorter than it says, where one byte says it.
        if (bytes[1]! < 128 && bytes[1]! >= cut) bytes[1]! -= cut
        const here = read({ bytes, version: level })
        const theirs = attempt(bytes, level)
        if (theirs === undefined || theirs.error !== undefined || here.malformed !== undefined) return
        const common = Math.min(here.packets.length, theirs.packets.length)
        const spoken = levelOf(theirs.packets, level)
        expect(here.packets.slice(0, common)).toEqual(
          theirs.packets.slice(0, common).map(packet => summary(readBeyond(packet), spoken))
        )
      }),
      { numRuns: 3000 }
    )
  })
})

/** mqtt-packet takes the reason of an empty DISCONNECT, which means 0 (§3.14.2.1), from the packet behind it. */
const readBeyond = (packet: Packet): Packet =>
  packet.cmd === 'disconnect' && packet.length === 0 ? { ...packet, reasonCode: 0 } : packet

/** mqtt-packet throws RangeErrors of its own at some damage. */
const attempt = (bytes: Uint8Array, level: Level): Vector | undefined => {
  try {
    return parsed('', bytes, { protocolVersion: level }, mqttPacket)
  } catch {
    return undefined
  }
}
