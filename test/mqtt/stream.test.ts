// A stream cut anywhere gives the same result; what is not MQTT is refused, counted and explained in the log.
import { generate } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeServer, until } from '@weirlb/testing'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket, subscribeToName } from '../support/mqtt-socket.ts'

const connect = (o: object = {}): Buffer =>
  generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: 'stream',
    clean: true,
    keepalive: 60,
    ...o
  })

describeWithMosquitto('one broker', mosquitto => {
  describe.each([1, 2])('%i workers', workers => {
    let farm: MqttFarm
    beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers, brokers: 1 }) })
    afterAll(async () => { await farm.stop() })

    const closeLine = async (text: RegExp): Promise<Readonly<Record<string, unknown>>> =>
      await until(
        () => farm.weir.log.find(line => line.msg === 'connection closed' && text.test(String(line['detail']))),
        `a log line with ${text}`
      )

    test('CONNECT byte by byte', async () => {
      const socket = new MqttSocket(farm.port)
      for (const byte of connect({ clientId: 'bytewise' })) await socket.send(Buffer.of(byte))
      expect(await socket.brokerName()).toBe('broker-1')
      await socket.end()
    })

    test('CONNECT, SUBSCRIBE and PUBLISH cut at every byte', async () => {
      const topic = 'cut/topic'
      const stream = Buffer.concat([
        connect({
          clientId: 'cut',
          username: 'u',
          password: Buffer.from('p'),
          will: { topic: 'w', payload: Buffer.from('gone'), qos: 1, retain: false }
        }),
        generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] }),
        generate({ cmd: 'publish', topic, payload: 'whole', qos: 0, dup: false, retain: false })
      ])
      for (let cut = 1; cut < stream.length; cut++) {
        const socket = new MqttSocket(farm.port)
        await socket.send(stream.subarray(0, cut))
        await socket.send(stream.subarray(cut))
        const { payload } = await socket.packet('publish')
        expect(payload.toString(), `cut at ${cut}`).toBe('whole')
        expect(socket.packets.map(packet => packet.cmd)).toEqual(['connack', 'suback', 'publish'])
        await socket.end()
      }
    })

    test('CONNECT, SUBSCRIBE and PUBLISH in one go, larger than any buffer', async () => {
      const payload = Buffer.alloc(600_000, 'x')
      const stream = Buffer.concat([
        connect({ clientId: 'behind' }),
        generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'large', qos: 0 }] }),
        generate({ cmd: 'publish', topic: 'large', payload, qos: 0, dup: false, retain: false })
      ])
      const socket = new MqttSocket(farm.port)
      await socket.send(stream)
      expect((await socket.packet('publish')).payload).toEqual(payload)
      await socket.end()
    })

    test.each([
      ['3.1', { protocolId: 'MQIsdp', protocolVersion: 3 }, '20020000', 3],
      ['3.1.1', {}, '20020000', 4],
      ['3.1 with the bridge bit', { protocolId: 'MQIsdp', protocolVersion: 3, bridgeMode: true }, '20020000', 3],
      ['3.1.1 with the bridge bit', { bridgeMode: true }, '20020000', 4],
      ['5', { protocolVersion: 5, properties: {} }, undefined, 5],
      [
        '5 with properties before the client ID',
        { protocolVersion: 5, properties: { sessionExpiryInterval: 10, userProperties: { before: 'the client ID' } } },
        undefined,
        5
      ]
    ])('version %s', async (version, o, connack, level) => {
      const clientId = `version-${level}-${version.length}`
      const socket = new MqttSocket(farm.port, level)
      await socket.send(connect({ clientId, ...o }))
      expect(await socket.brokerName()).toBe('broker-1')
      if (connack !== undefined) expect(socket.received.subarray(0, 4).toString('hex')).toBe(connack)
      const { items } = (await farm.weir.api.call('listConnections', { query: { session: clientId } })).body
      expect(items.map(item => item.fields)).toEqual([{
        'mqtt.connect.client_id': clientId,
        'mqtt.connect.protocol_version': String(level)
      }])
      await socket.end()
    })

    test('a client ID of 65,535 bytes, whole and in pieces', async () => {
      const bytes = connect({ clientId: 'i'.repeat(65_535) })
      for (const size of [bytes.length, 1000]) {
        const socket = new MqttSocket(farm.port)
        for (let at = 0; at < bytes.length; at += size) await socket.send(bytes.subarray(at, at + size))
        expect(await socket.brokerName()).toBe('broker-1')
        await socket.end()
      }
    })

    test.each([
      [
        'a first packet that is not CONNECT',
        subscribeToName(4),
        'rejected',
        /^the first byte is 0x82; a client begins with 0x10 to 0x1f$/,
        ''
      ],
      ['HTTP, from its first byte on', Buffer.from('G'), 'rejected', /^the first byte is 0x47 \('G'\)/, ''],
      ['a TLS hello', Buffer.from('1603010005010000010300', 'hex'), 'rejected', /TLS handshake/, ''],
      [
        'an unknown level',
        Buffer.from('100c00044d5154540902003c0000', 'hex'),
        'rejected',
        /MQTT level 9/,
        '2003008400'
      ],
      [
        'level 3 under the name MQTT',
        Buffer.from('100c00044d5154540302003c0000', 'hex'),
        'rejected',
        /MQTT level 3/,
        '20020001'
      ],
      [
        'the reserved flag',
        Buffer.from('100d00044d5154540403003c000161', 'hex'),
        'protocol-error',
        /\[MQTT-3\.1\.2-3\]/,
        ''
      ],
      [
        'a client ID past the end',
        Buffer.from('100d00044d5154540402003c00ff61', 'hex'),
        'protocol-error',
        /ends \d+ bytes before/,
        ''
      ],
      [
        'v5 with bytes behind the end',
        Buffer.from('100f00044d5154540502003c0000016100', 'hex'),
        'protocol-error',
        /1 bytes behind the last field/,
        '2003008100'
      ],
      [
        'a remaining length of five bytes',
        Buffer.from('10ffffffffff01', 'hex'),
        'protocol-error',
        /does not follow its framing/,
        ''
      ],
      [
        'a remaining length over the maximum',
        Buffer.from('10ffffff7f', 'hex'),
        'protocol-error',
        /^a frame of 268435460 bytes is larger than its maximum of \d+$/,
        ''
      ]
    ])('refused: %s', async (_, bytes, reason, why, reply) => {
      const before = await farm.closed(reason)
      const dialled = await servicesDialled()
      const socket = new MqttSocket(farm.port, reply.startsWith('2003') ? 5 : 4)
      await socket.send(bytes)
      await socket.isClosed()
      expect(socket.received.toString('hex')).toBe(reply)
      await until(async () => await farm.closed(reason) > before, `the counter of ${reason}`)
      expect(await closeLine(why)).toMatchObject({
        reason,
        userVserver: 'mqtt',
        client: expect.stringContaining('127.0.0.1:')
      })
      expect(await servicesDialled(), 'no server was bothered').toBe(dialled)
    })

    const servicesDialled = async (): Promise<number> => {
      const stats = (await farm.weir.api.call('getStats')).body
      return Object.values(stats.services).reduce((sum, { dialled }) => sum + dialled, 0)
    }

    test('silence of one and a half keep alives ends the connection in MQTT', async () => {
      // Mosquitto counts too, in whole seconds of the clock, and may be first; this server never does.
      const patient = await FakeServer.listen(() => Buffer.from('2003000000', 'hex'))
      const { api } = farm.weir
      await api.call('createService', { body: { name: 'patient', address: '127.0.0.1', port: patient.port } })
      await api.call('createLbVserver', {
        body: { name: 'patient', services: [{ name: 'patient' }], persistence: { type: 'user-session' } }
      })
      await api.call('createUserVserver', {
        body: {
          name: 'patient',
          protocol: 'MQTT',
          address: '127.0.0.1',
          port: 0,
          defaultLb: 'patient',
          params: { temporaryEnd: 'goodbye' }
        }
      })
      try {
        const socket = new MqttSocket(await api.port('patient'), 5)
        await socket.send(connect({ protocolVersion: 5, clientId: 'silent', keepalive: 1 }))
        await socket.isClosed()
        expect(socket.received.toString('hex')).toBe('2003000000e0018d')
        const line = await until(() => farm.weir.log.find(l => l['session'] === 'silent'), 'the log line')
        expect(line).toMatchObject({ reason: 'idle-timeout', userVserver: 'patient' })
        expect(Number(line['durationMs'])).toBeGreaterThanOrEqual(1500)
      } finally {
        await patient.close()
      }
    })

    test('passwords and user names are in no log line and no answer', async () => {
      const socket = new MqttSocket(farm.port)
      await socket.send(
        connect({ clientId: 'careful', username: 'alice-the-user', password: Buffer.from('open-sesame') })
      )
      await socket.packet('connack')
      const shown = JSON.stringify([
        (await farm.weir.api.call('listConnections')).body,
        (await farm.weir.api.call('listSessions')).body
      ])
      await socket.end()
      await until(() => farm.weir.log.find(line => line['session'] === 'careful'), 'the log line')
      for (const secret of ['alice-the-user', 'open-sesame']) {
        expect(shown).not.toContain(secret)
        expect(JSON.stringify(farm.weir.log)).not.toContain(secret)
      }
    })
  })
})
