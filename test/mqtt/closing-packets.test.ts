// Behind a server's DISCONNECT [MQTT-3.14.4-1], and behind a CONNACK that refuses [MQTT-3.2.2-7], no packet of ours
// follows, whatever ends the connection.
import { FakeServer, until } from '@weirlb/testing'
import { generate, type Packet } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MqttSocket } from '../support/mqtt-socket.ts'
import { WeirProcess } from '../support/weir-process.ts'

const wire = (packet: object, protocolVersion = 5): Buffer => generate(packet as Packet, { protocolVersion })
const accepted = wire({ cmd: 'connack', sessionPresent: false, reasonCode: 0 })
const long = 'because '.repeat(40)

/** What a server says last, from its CONNACK on. */
const lasts: readonly (readonly [string, 4 | 5, Buffer])[] = [
  ['DISCONNECT', 5, Buffer.concat([accepted, Buffer.from('e0018e', 'hex')])],
  ['DISCONNECT without a reason', 5, Buffer.concat([accepted, Buffer.from('e000', 'hex')])],
  [
    'DISCONNECT with a long reason string',
    5,
    Buffer.concat([accepted, wire({ cmd: 'disconnect', reasonCode: 0x8b, properties: { reasonString: long } })])
  ],
  ['CONNACK 0x87', 5, wire({ cmd: 'connack', sessionPresent: false, reasonCode: 0x87 })],
  [
    'CONNACK 0x87 with a long reason string',
    5,
    wire({ cmd: 'connack', sessionPresent: false, reasonCode: 0x87, properties: { reasonString: long } })
  ],
  ['CONNACK 0x87 without properties', 5, Buffer.from('20020087', 'hex')],
  ['CONNACK 5', 4, Buffer.from('20020005', 'hex')]
]

describe.each([
  ['tunnelled', {}],
  ['tunnelled behind CONNACK', { honourServerKeepAlive: true }],
  ['inspected', { inspect: 'messages' }],
  ['with rules', { topicRules: [{ topic: 'secret/#' }] }]
])('%s', (_, mode) => {
  let weir: WeirProcess
  let server: FakeServer
  let answer: Buffer = Buffer.alloc(0)
  let port: number
  beforeAll(async () => {
    weir = await WeirProcess.start({ workers: 1 })
    server = await FakeServer.listen(() => answer)
    const { api } = weir
    await api.call('createExtension', { body: { name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } } })
    await api.call('createUserProtocol', { body: { name: 'MQTT', transport: 'tcp', extension: 'mqtt' } })
    await api.call('createService', { body: { name: 's', address: '127.0.0.1', port: server.port, monitors: [] } })
    await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 's' }] } })
    await api.call('createUserVserver', {
      body: {
        name: 'v',
        protocol: 'MQTT',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        params: { temporaryEnd: 'goodbye', ...mode }
      }
    })
    port = await api.port('v')
  })
  afterAll(async () => {
    await weir.stop()
    await server.close()
  })

  const join = async (version: 4 | 5, said: Buffer): Promise<MqttSocket> => {
    answer = said
    const socket = new MqttSocket(port, version)
    await socket.send(
      wire({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: version,
        clientId: 'dev-1',
        clean: true,
        keepalive: 60
      }, version)
    )
    await until(() => socket.received.length >= said.length, 'what the server says')
    answer = Buffer.alloc(0)
    return socket
  }
  const kill = async (): Promise<void> => {
    const { items } = (await weir.api.call('listConnections')).body
    for (const { id } of items) await weir.api.call('killConnection', { path: { id } })
  }

  test.each(lasts)('behind %s (MQTT %i) nothing follows', async (_, version, said) => {
    for (const end of [kill, async () => { server.sockets.at(-1)!.resetAndDestroy() }]) {
      const socket = await join(version, said)
      await end()
      await socket.isClosed()
      expect(socket.received.toString('hex')).toBe(said.toString('hex'))
    }
  })

  test('behind any other packet the end is named', async () => {
    for (const [said, end, words] of [[accepted, kill, 'e00198'], [Buffer.concat([accepted, Buffer.from('d000', 'hex')]), async () => { server.sockets.at(-1)!.resetAndDestroy() }, 'e0018b']] as const) {
      const socket = await join(5, said)
      await end()
      await socket.isClosed()
      expect(socket.received.toString('hex')).toBe(said.toString('hex') + words)
    }
  })
})
