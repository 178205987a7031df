// Malformed packets by the hundred while the machine is busy: whoever sends them is closed, and all others are served.
import { generate, type Packet } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { keepBusy } from '../support/keep-busy.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

const CLIENTS = 200
const HOSTILE = 100
/** A PUBLISH whose topic is longer than the packet. */
const MALFORMED = Buffer.from('3006ffff61626364', 'hex')
const connect = (clientId: string): Buffer =>
  generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId, clean: true, keepalive: 60 } as Packet)
const ping = generate({ cmd: 'pingreq' } as Packet)

describeWithMosquitto('a burst of malformed packets', mosquitto => {
  let farm: MqttFarm
  beforeAll(async () => {
    farm = await MqttFarm.start(mosquitto, {
      workers: 1,
      brokers: 1,
      params: { inspect: 'messages', topicRules: [{ effect: 'allow', topic: '#' }], topicDefault: 'deny' }
    })
  })
  afterAll(async () => {
    await farm.stop()
  })

  test(`from ${HOSTILE} clients closes those, and no other of ${CLIENTS}`, async () => {
    keepBusy(8, 60_000)
    const hostile = Array.from({ length: HOSTILE }, () => new MqttSocket(farm.port))
    const clients: MqttSocket[] = []
    for (const [n, client] of hostile.entries())
      await client.send(Buffer.concat([connect(`hostile-${n}`), ...new Array<Buffer>(20).fill(MALFORMED)]))
    for (let n = 0; n < CLIENTS; n++) {
      const client = new MqttSocket(farm.port)
      await client.send(connect(`client-${n}`))
      clients.push(client)
    }
    for (const client of clients) {
      await client.packet('connack')
      await client.send(ping)
    }
    for (const client of clients) await client.packet('pingresp')
    await until(() => hostile.every(({ closed }) => closed), 'those who sent malformed packets to be closed')
    expect(clients.filter(({ closed }) => closed)).toEqual([])
    const { extensions } = (await farm.weir.api.call('getStats')).body
    expect(extensions.mqtt).toMatchObject({ malformed: HOSTILE, timeouts: 0, starved: 0, strikes: 0, rebuilds: 0 })
  })
})
