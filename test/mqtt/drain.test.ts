// Clients of a broker that is drained: how they are told, and where they come back.
import { generate } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { afterEach, expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

const CLIENTS = 8

describeWithMosquitto('clients of a drained broker', mosquitto => {
  let farm: MqttFarm | undefined
  afterEach(async () => { await farm?.stop() })

  const come = async (
    version: 4 | 5,
    clientId: string
  ): Promise<{ socket: MqttSocket, broker: string, clientId: string, version: 4 | 5 }> => {
    const socket = new MqttSocket(farm!.port, version)
    await socket.send(
      generate({ cmd: 'connect', clientId, clean: true, keepalive: 60, protocolId: 'MQTT', protocolVersion: version })
    )
    return { socket, broker: await socket.brokerName(), clientId, version }
  }

  test.each([
    ['close', 0, 0],
    ['goodbye', 0, 3]
  ] as const)('temporaryEnd %s: nothing more for MQTT 3.1.1, and for MQTT 5 what the parameter says', async (temporaryEnd, bytesOf4, bytesOf5) => {
    farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2, params: { temporaryEnd } })
    const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => come(i < CLIENTS / 2 ? 4 : 5, `device-${i}`)))
    const mine = clients.filter(({ broker }) => broker === 'broker-1')
    const others = clients.filter(({ broker }) => broker !== 'broker-1')
    expect(mine.length).toBeGreaterThan(0)
    const before = mine.map(({ socket }) => socket.received.length)
    const { id } = (await farm.weir.api.call('drainService', { path: { name: 'broker-1' }, body: { ratePerSecond: 50 } })).body
    await until(async () => (await farm!.weir.api.call('getJob', { path: { id } })).body.state === 'done', 'the end of the drain')
    for (const [i, { socket, version }] of mine.entries()) {
      await socket.isClosed()
      expect([socket.fin, socket.received.length - before[i]!]).toEqual([true, version === 4 ? bytesOf4 : bytesOf5])
      // Server shutting down (MQTT 5, table 3-10).
      if (version === 5 && temporaryEnd === 'goodbye') expect(socket.received.subarray(-3).toString('hex')).toBe('e0018b')
    }
    expect(others.map(({ socket }) => socket.closed)).toEqual(others.map(() => false))
    expect((await farm.weir.api.call('getJob', { path: { id } })).body).toMatchObject({ told: mine.length, remaining: 0 })
    expect(await farm.closed('draining')).toBe(mine.length)
    for (const { clientId, version } of mine) {
      const again = await come(version, clientId)
      expect(again.broker).toBe('broker-2')
      again.socket.destroy()
    }
    for (const { socket } of others) socket.destroy()
  })
})
