// What an operator does, and what clients that are connected to a real broker hear of it.
import type { UserVserverInput } from '@weirlb/admin/client'
import { generate } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

const elsewhere = { onDrain: 'use-another-server', serverReference: 'elsewhere.example' }

describeWithMosquitto('goodbyes', mosquitto => {
  let farm: MqttFarm
  let client: MqttSocket | undefined
  afterEach(() => { client?.destroy() })

  const farmWith = (params: UserVserverInput['params']): void => {
    beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1, params }) })
    afterAll(async () => { await farm.stop() })
  }
  const connecting = async (version: 4 | 5, vserver = 'mqtt'): Promise<MqttSocket> => {
    // It has another port whenever it is enabled.
    client = new MqttSocket(await farm.weir.api.port(vserver), version)
    await client.send(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: version,
        clientId: 'dev-1',
        clean: true,
        keepalive: 60
      })
    )
    return client
  }
  const join = async (version: 4 | 5 = 5, vserver?: string): Promise<MqttSocket> => {
    const socket = await connecting(version, vserver)
    await socket.packet('connack')
    return socket
  }
  const killAll = async (): Promise<void> => {
    const { items } = (await farm.weir.api.call('listConnections')).body
    for (const { id } of items) await farm.weir.api.call('killConnection', { path: { id } })
  }

  describe.each([['tunnelled', {}], ['inspected', { inspect: 'messages' }]])('where they are wanted, %s', (_, mode) => {
    const params = { ...mode, ...elsewhere, temporaryEnd: 'goodbye' }
    farmWith(params)

    /** The DISCONNECT behind which the connection is closed. */
    const heard = async (socket: MqttSocket): Promise<object> => {
      const { reasonCode, properties } = await socket.packet('disconnect')
      await socket.isClosed()
      return { reasonCode, serverReference: properties?.serverReference }
    }

    test.each([['Service', 'broker-1'], ['UserVserver', 'mqtt']] as const)(
      'drain of %s %s leaves them',
      async (kind, name) => {
        const socket = await join()
        await farm.weir.api.call(`drain${kind}`, { path: { name } })
        expect(await socket.brokerName()).toBe('broker-1')
        expect(socket.closed).toBe(false)
        await farm.weir.api.call(`enable${kind}`, { path: { name } })
      }
    )

    test('disable of lb-vservers/brokers leaves them', async () => {
      const socket = await join()
      await farm.weir.api.call('disableLbVserver', { path: { name: 'brokers' } })
      expect(await socket.brokerName()).toBe('broker-1')
      expect(socket.closed).toBe(false)
      await farm.weir.api.call('enableLbVserver', { path: { name: 'brokers' } })
    })

    test.each([['Service', 'broker-1'], ['UserVserver', 'mqtt']] as const)(
      'disable of %s %s says where to go',
      async (kind, name) => {
        const socket = await join()
        await farm.weir.api.call(`disable${kind}`, { path: { name } })
        expect(await heard(socket)).toEqual({ reasonCode: 0x9c, serverReference: 'elsewhere.example' })
        await farm.weir.api.call(`enable${kind}`, { path: { name } })
      }
    )

    test('so does the removal of their vserver', async () => {
      const { api } = farm.weir
      await api.call('createUserVserver', {
        body: { name: 'short-lived', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'brokers', params }
      })
      const socket = await join(5, 'short-lived')
      await api.call('deleteUserVserver', { path: { name: 'short-lived' } })
      expect(await heard(socket)).toEqual({ reasonCode: 0x9c, serverReference: 'elsewhere.example' })
    })

    test('a client that an operator closes is told that it was', async () => {
      const socket = await join()
      await killAll()
      expect(await heard(socket)).toEqual({ reasonCode: 0x98, serverReference: undefined })
    })

    // The last: it ends Weir.
    test('SIGTERM says that the server shuts down', async () => {
      const socket = await join()
      await farm.weir.stop()
      expect(await heard(socket)).toEqual({ reasonCode: 0x8b, serverReference: undefined })
    })
  })

  describe.each([['tunnelled', {}], ['inspected', { inspect: 'messages' }]])('as parameters come, %s', (_, mode) => {
    farmWith(mode)

    const received = async (socket: MqttSocket): Promise<object> => {
      await socket.isClosed()
      return { packets: socket.packets.map(packet => packet.cmd), fin: socket.fin }
    }

    test.each([4, 5] as const)(
      'a FIN, and nothing but what the broker has sent, for what passes (version %i)',
      async version => {
        const { api } = farm.weir
        const taken = await join(version)
        await api.call('disableService', { path: { name: 'broker-1' } })
        expect(await received(taken)).toEqual({ packets: ['connack'], fin: true })
        // No service.
        expect(await received(await connecting(version))).toEqual({ packets: [], fin: true })
        await api.call('enableService', { path: { name: 'broker-1' } })

      const killed = await join(version)
      await killAll()
      expect(await received(killed)).toEqual({ packets: ['connack'], fin: true })
    })

    test('a reason for what does not pass', async () => {
      client = new MqttSocket(await farm.weir.api.port('mqtt'), 5)
      // A CONNECT of MQTT 5 with a byte too many.
      await client.send(Buffer.from('100f00044d5154540502003c0000016100', 'hex'))
      expect(await received(client)).toEqual({ packets: ['connack'], fin: true })
      expect(client.packets[0]).toMatchObject({ reasonCode: 0x81 })
    })

    test('a FIN for SIGTERM', async () => {
      const socket = await join()
      await farm.weir.stop()
      expect(await received(socket)).toEqual({ packets: ['connack'], fin: true })
    })
  })
})
