// What an operator does, and what MQTT 5 clients that are connected to a real broker hear of it.
import { generate } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

const elsewhere = { onDrain: 'use-another-server', serverReference: 'elsewhere.example' }

describeWithMosquitto('last words to MQTT 5 clients', mosquitto => {
  describe.each([['tunnelled', {}], ['inspected', { inspect: 'messages' }]])('%s', (_, mode) => {
    let farm: MqttFarm
    let client: MqttSocket | undefined
    beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1, params: { ...mode, ...elsewhere } }) })
    afterEach(() => { client?.destroy() })
    afterAll(async () => { await farm.stop() })

    const join = async (vserver = 'mqtt'): Promise<MqttSocket> => {
      // It has another port whenever it is enabled.
      client = new MqttSocket(await farm.weir.api.port(vserver), 5)
      await client.send(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clientId: 'dev-1', clean: true, keepalive: 60 }))
      await client.packet('connack')
      return client
    }
    /** The DISCONNECT behind which the connection is closed. */
    const heard = async (socket: MqttSocket): Promise<object> => {
      const { reasonCode, properties } = await socket.packet('disconnect')
      await socket.isClosed()
      return { reasonCode, serverReference: properties?.serverReference }
    }

    test.each(['services/broker-1', 'user-vservers/mqtt'])('drain of %s leaves them', async path => {
      const socket = await join()
      await farm.weir.api.post(`${path}/drain`, undefined)
      expect(await socket.brokerName()).toBe('broker-1')
      expect(socket.closed).toBe(false)
      await farm.weir.api.post(`${path}/enable`, undefined)
    })

    test('disable of lb-vservers/brokers leaves them', async () => {
      const socket = await join()
      await farm.weir.api.post('lb-vservers/brokers/disable', undefined)
      expect(await socket.brokerName()).toBe('broker-1')
      expect(socket.closed).toBe(false)
      await farm.weir.api.post('lb-vservers/brokers/enable', undefined)
    })

    test.each(['services/broker-1', 'user-vservers/mqtt'])('disable of %s says where to go', async path => {
      const socket = await join()
      await farm.weir.api.post(`${path}/disable`, undefined)
      expect(await heard(socket)).toEqual({ reasonCode: 0x9c, serverReference: 'elsewhere.example' })
      await farm.weir.api.post(`${path}/enable`, undefined)
    })

    test('so does the removal of their vserver', async () => {
      const { api } = farm.weir
      await api.post('user-vservers', { name: 'short-lived', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers', params: { ...mode, ...elsewhere } })
      const socket = await join('short-lived')
      await api.call('DELETE', 'user-vservers/short-lived')
      expect(await heard(socket)).toEqual({ reasonCode: 0x9c, serverReference: 'elsewhere.example' })
    })

    test('a client that an operator closes is told that it was', async () => {
      const socket = await join()
      const { items: [connection] } = await farm.weir.api.get<{ items: { id: string }[] }>('connections')
      await farm.weir.api.call('DELETE', `connections/${connection!.id}`)
      expect(await heard(socket)).toEqual({ reasonCode: 0x98, serverReference: undefined })
    })

    // The last: it ends Weir.
    test('SIGTERM says that the server shuts down', async () => {
      const socket = await join()
      await farm.weir.stop()
      expect(await heard(socket)).toEqual({ reasonCode: 0x8b, serverReference: undefined })
    })
  })
})
