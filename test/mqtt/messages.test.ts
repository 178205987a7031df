// Every packet inspected, in front of a real broker, with a real client: rules, rewritten names, limits.
import { connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { generate, type Packet } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

const MiB = 1024 * 1024
const params = {
  topicRules: [
    { effect: 'deny', topic: 'secret/#' },
    { effect: 'deny', on: 'publish', topic: 'devices/%c/locked' },
    { effect: 'allow', topic: 'devices/#' },
    { effect: 'allow', on: 'subscribe', topic: 'broker/#' },
    { effect: 'allow', topic: 'admin/#', userName: 'admin-*' }
  ],
  topicDefault: 'deny',
  maxPacketBytes: 2 * MiB,
  clientIdPrefix: 'plant-7:'
}

describeWithMosquitto('messages inspected', mosquitto => {
  describe.each([1, 2])('%i workers', workers => {
    let farm: MqttFarm
    const clients: MqttClient[] = []
    beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers, brokers: 1, params }) })
    afterEach(async () => { for (const client of clients.splice(0)) await client.endAsync(true) })
    afterAll(async () => { await farm.stop() })

    const join = async (clientId: string, o: IClientOptions = {}, port = farm.port): Promise<MqttClient> => {
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, clientId, ...o }, false)
      client.on('error', () => {})
      clients.push(client)
      return client
    }
    /** What a client hears, as `topic payload`. */
    const heardBy = (client: MqttClient): string[] => {
      const heard: string[] = []
      client.on('message', (topic: string, payload: Buffer) => { heard.push(`${topic} ${payload.toString()}`) })
      return heard
    }
    const counters = async (): Promise<Record<string, number>> =>
      (await farm.weir.api.call('getStats')).body.extensions['mqtt']!.counters

    describe.each([4, 5] as const)('version %i', protocolVersion => {
      const version = { protocolVersion } as const

      test('what is allowed arrives, what is denied does not, and the client goes on', async () => {
        const listener = await join(`listener-${protocolVersion}`, version)
        const heard = heardBy(listener)
        await listener.subscribeAsync('devices/+/t', { qos: 2 })
        const before = await counters()
        const speaker = await join(`speaker-${protocolVersion}`, { ...version, username: 'admin-1' })
        const denied = async (topic: string, qos: 1 | 2): Promise<void> => {
          const sent = speaker.publishAsync(topic, 'no', { qos })
          if (protocolVersion === 5) await expect(sent).rejects.toMatchObject({ code: 0x87 })
          else await sent
        }
        for (const qos of [0, 1, 2] as const) {
          await speaker.publishAsync('devices/a/t', `qos ${qos}`, { qos })
          if (qos === 0) await speaker.publishAsync('secret/t', 'no')
          else await denied('secret/t', qos)
        }
        await denied(`devices/speaker-${protocolVersion}/locked`, 1)
        await speaker.publishAsync('admin/t', 'yes', { qos: 1 })
        await speaker.publishAsync('devices/a/t', 'last', { qos: 1 })
        await until(() => heard.length >= 4, 'the messages')
        expect(heard.sort()).toEqual([
          'devices/a/t last',
          'devices/a/t qos 0',
          'devices/a/t qos 1',
          'devices/a/t qos 2'
        ])
        const after = await until(async () => {
          const now = await counters()
          return now['denied.publish'] === (before['denied.publish'] ?? 0) + 4 && now
        }, 'the counters')
        expect(
          after[`client.publish.v${protocolVersion}.qos2`]! - (before[`client.publish.v${protocolVersion}.qos2`] ?? 0)
        ).toBe(2)
      })

      test.each([[1, 'puback'], [2, 'pubrec']] as const)(
        'acknowledgements of QoS %i come in the order of the PUBLISHes, whoever sends them',
        async (qos, cmd) => {
          const socket = new MqttSocket(farm.port, protocolVersion)
          await socket.send(
            generate({
              cmd: 'connect',
              protocolId: 'MQTT',
              protocolVersion,
              clientId: `orderly-${protocolVersion}-${qos}`,
              clean: true,
              keepalive: 60
            })
          )
          await socket.packet('connack')
          const ids = Array.from({ length: 40 }, (_, i) => i + 21)
          const topic = (id: number): string => id % 7 === 0 || id % 3 === 1 ? 'secret/t' : 'devices/ordered'
          await socket.send(Buffer.concat(ids.map(id =>
            generate(
              { cmd: 'publish', topic: topic(id), payload: 'x', qos, messageId: id, dup: false, retain: false },
              { protocolVersion }
            )
          )))
          const heard = await until(() => {
            const acknowledged = socket.packets.filter(packet =>
              packet.cmd === cmd
            ).map(packet => packet.messageId)
            return acknowledged.length === ids.length && acknowledged
          }, 'the acknowledgements')
          expect(heard).toEqual(ids)
          await socket.end()
        }
      )

      test('a SUBACK has the codes of the broker and of the rules, and only what was granted arrives', async () => {
        const socket = new MqttSocket(farm.port, protocolVersion)
        const send = async (packet: object): Promise<void> => {
          await socket.send(generate(packet as Packet, { protocolVersion }))
        }
        await send({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion,
          clientId: `asker-${protocolVersion}`,
          clean: true,
          keepalive: 60
        })
        const topics = ['devices/x', 'secret/x', '#', '$share/g/devices/y', '$share/g/secret/y', 'devices/#']
        await send({ cmd: 'subscribe', messageId: 77, subscriptions: topics.map(topic => ({ topic, qos: 1 })) })
        const { messageId, granted } = await socket.packet('suback')
        const denied = protocolVersion === 5 ? 0x87 : 0x80
        expect({ messageId, granted }).toEqual({ messageId: 77, granted: [1, denied, denied, 1, denied, 1] })
        // Past Weir, to the broker itself.
        const direct = await join(`direct-${protocolVersion}`, {}, farm.brokers[0]!.port)
        await direct.publishAsync('secret/x', 'no', { qos: 1 })
        await direct.publishAsync('devices/z', 'yes', { qos: 1 })
        const { topic } = await socket.packet('publish') as IPublishPacket
        expect(topic).toBe('devices/z')
        await socket.end()
      })

      test('a message of a megabyte passes; one over the limit ends the connection', async () => {
        const listener = await join(`large-listener-${protocolVersion}`, version)
        const payload = Buffer.alloc(MiB, 'x')
        const heard: Buffer[] = []
        listener.on('message', (_topic: string, bytes: Buffer) => { heard.push(bytes) })
        await listener.subscribeAsync('devices/large', { qos: 1 })
        const speaker = await join(`large-speaker-${protocolVersion}`, version)
        await speaker.publishAsync('devices/large', payload, { qos: 1 })
        await until(() => heard.length === 1, 'the large message')
        expect(heard[0]!.equals(payload)).toBe(true)

        const socket = new MqttSocket(farm.port, protocolVersion)
        await socket.send(
          generate({
            cmd: 'connect',
            protocolId: 'MQTT',
            protocolVersion,
            clientId: `over-${protocolVersion}`,
            clean: true,
            keepalive: 60
          })
        )
        await socket.packet('connack')
        // No more of it is needed than its head.
        await socket.send(
          generate({
            cmd: 'publish',
            topic: 'devices/large',
            payload: Buffer.alloc(3 * MiB),
            qos: 0,
            dup: false,
            retain: false
          }, { protocolVersion }).subarray(0, 2048)
        )
        await socket.isClosed()
        expect(socket.received.toString('hex').endsWith('e00195')).toBe(protocolVersion === 5)
        expect(
          await until(() =>
            farm.weir.log.find(line => line['session'] === `plant-7:over-${protocolVersion}`), 'the log line')
        ).toMatchObject({ reason: 'rejected' })
      })

      test('a CONNECT of 171 KB is rewritten and forwarded', async () => {
        const socket = new MqttSocket(farm.port, protocolVersion)
        const will = {
          topic: `devices/${'t'.repeat(65_500)}`,
          payload: Buffer.alloc(40_000, 'x'),
          qos: 1 as const,
          retain: false
        }
        await socket.send(
          generate({
            cmd: 'connect',
            protocolId: 'MQTT',
            protocolVersion,
            clientId: 'i'.repeat(65_500),
            clean: true,
            keepalive: 60,
            will
          })
        )
        expect(await socket.brokerName()).toBe('broker-1')
        await socket.end()
      })

      test('the broker knows the client by its prefixed ID, and so does persistence', async () => {
        const direct = await join(`plant-7:twin-${protocolVersion}`, {}, farm.brokers[0]!.port)
        let taken = false
        direct.on('close', () => { taken = true })
        await join(`twin-${protocolVersion}`, version)
        await until(() => taken, 'the broker to let the newer client take over')
        const { items } =
          (await farm.weir.api.call('listConnections', { query: { session: `plant-7:twin-${protocolVersion}` } })).body
        expect(items).toMatchObject([{
          fields: {
            'mqtt.connect.client_id': `twin-${protocolVersion}`,
            'mqtt.connack.return_code': '0',
            'mqtt.connect.protocol_string': 'MQTT'
          }
        }])
        expect(
          (await farm.weir.api.call('listSessions', { query: { key: `plant-7:twin-${protocolVersion}` } })).body.items
        ).toHaveLength(1)
      })
    })

    test.each([
      [{ topicRules: [{ topic: 'a/#/b' }] }, 'topicRules[0].topic', 'got "a/#/b"'],
      [{ clientIdPrefix: 'a\0' }, 'clientIdPrefix', 'without U+0000']
    ])('parameters that MQTT cannot carry are refused, and the ones there are hold: %j', async (bad, path, words) => {
      const { api } = farm.weir
      const before = (await api.call('getUserVserver', { path: { name: 'mqtt' } })).body
      const issues = [{ path: `params.${path}`, message: expect.stringContaining(words) as string }]
      await expect(api.call('patchUserVserver', { path: { name: 'mqtt' }, body: { params: bad } })).rejects
        .toMatchObject({ status: 422, code: 'params-invalid', problem: { issues } })
      expect((await api.call('getUserVserver', { path: { name: 'mqtt' } })).body).toEqual(before)
      await expect(
        api.call('createUserVserver', {
          body: { name: 'other', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers', params: bad }
        })
      ).rejects.toMatchObject({ status: 422, code: 'params-invalid' })
    })

    test('a v5 client with topic aliases is held to the rules', async () => {
      const listener = await join('alias-listener', { protocolVersion: 5 })
      const heard = heardBy(listener)
      await listener.subscribeAsync('devices/alias', { qos: 1 })
      const socket = new MqttSocket(farm.port, 5)
      const publish = async (topic: string, topicAlias: number, payload: string): Promise<void> => {
        await socket.send(generate({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false, properties: { topicAlias } }, { protocolVersion: 5 }))
      }
      await socket.send(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 5,
          clientId: 'aliases',
          clean: true,
          keepalive: 60
        })
      )
      const { properties } = await socket.packet('connack')
      expect(properties?.topicAliasMaximum).toBeGreaterThanOrEqual(2)
      await publish('devices/alias', 1, 'one')
      await publish('secret/alias', 2, 'no')
      await publish('', 2, 'no')
      await publish('', 1, 'two')
      await until(() => heard.length === 2, 'both messages')
      expect(heard).toEqual(['devices/alias one', 'devices/alias two'])
      await socket.end()
    })
  })
})
