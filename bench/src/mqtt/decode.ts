// Reading packets here and with mqtt-packet, in interleaved rounds: nanoseconds a packet. mqtt-packet reads more of
// each (payload, all properties).
import { Reader } from '@weirlb/sdk'
import { generate, parser, type Packet } from 'mqtt-packet'
import { readAcknowledgement } from '../../../extensions/mqtt/src/packet/acknowledgement.ts'
import { readConnect, readVersion } from '../../../extensions/mqtt/src/packet/connect.ts'
import type { Level } from '../../../extensions/mqtt/src/packet/level.ts'
import { readConnack } from '../../../extensions/mqtt/src/packet/connack.ts'
import { PublishHead } from '../../../extensions/mqtt/src/packet/publish.ts'
import { readSuback, readSubscribe } from '../../../extensions/mqtt/src/packet/subscribe.ts'

const ROUNDS = 15
const PACKETS = 20_000

const head = new PublishHead()
const readers: Readonly<Record<string, (bytes: Uint8Array, level: Level) => unknown>> = {
  connect: (bytes, level) => {
    const r = new Reader(bytes)
    readVersion(r)
    return readConnect(r, level, bytes.length)
  },
  connack: bytes => readConnack(new Reader(bytes)),
  publish: (bytes, level) => head.read(bytes, bytes.length, level),
  puback: readAcknowledgement,
  subscribe: readSubscribe,
  suback: readSuback
}

const packets: Readonly<Record<string, object>> = {
  connect: {
    protocolId: 'MQTT',
    clientId: 'device-0001',
    clean: true,
    keepalive: 60,
    username: 'ann',
    password: Buffer.from('secret')
  },
  connack: { sessionPresent: false, returnCode: 0, reasonCode: 0, properties: { topicAliasMaximum: 10 } },
  publish: {
    topic: 'devices/device-0001/telemetry',
    payload: Buffer.alloc(200, 'x'),
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
    properties: { topicAlias: 3 }
  },
  puback: { messageId: 7, reasonCode: 0 },
  subscribe: {
    messageId: 7,
    subscriptions: [{ topic: 'devices/device-0001/+', qos: 1, nl: false, rap: false, rh: 0 }]
  },
  suback: { messageId: 7, granted: [1] }
}

const nanoseconds = (run: () => void): number => {
  const from = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - from) / PACKETS
}
const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

for (const level of [4, 5] as const) {
  for (const [cmd, o] of Object.entries(packets)) {
    const bytes = generate({ cmd, protocolVersion: level, ...o } as Packet, { protocolVersion: level })
    const parse = parser({ protocolVersion: level })
    const read = readers[cmd]!
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(nanoseconds(() => { for (let i = 0; i < PACKETS; i++) read(bytes, level) }))
      theirs.push(nanoseconds(() => { for (let i = 0; i < PACKETS; i++) parse.parse(bytes) }))
    }
    console.log(
      `v${level} ${cmd.padEnd(10)} ${middle(ours).toFixed(0).padStart(6)} ns   mqtt-packet ${
        middle(theirs).toFixed(0).padStart(6)
      } ns   ${(middle(theirs) / middle(ours)).toFixed(1)} times`
    )
  }
}
