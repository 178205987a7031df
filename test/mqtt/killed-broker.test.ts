// kill -9 of one of two brokers while new clients come: none is lost that had only said its CONNECT.
import { generate } from 'mqtt-packet'
import { until } from '@weirlb/testing'
import { expect, onTestFinished, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

const CLIENTS = 300
const EVERY_MS = 5

describeWithMosquitto('two brokers, one of which is killed', mosquitto => {
  test.each([1, 2])('every new client gets its CONNACK (run %i)', async () => {
    const farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 2 })
    const clients: MqttSocket[] = []
    onTestFinished(async () => {
      for (const client of clients) client.destroy()
      await farm.stop()
    })
    await new Promise<void>(resolve => {
      const timer = setInterval(() => {
        const client = new MqttSocket(farm.port)
        void client.send(
          generate({
            cmd: 'connect',
            protocolId: 'MQTT',
            protocolVersion: 4,
            clientId: `dev-${clients.length}`,
            clean: true,
            keepalive: 60
          })
        ).catch(() => {})
        clients.push(client)
        if (clients.length === CLIENTS / 3) void farm.broker('broker-1').kill()
        if (clients.length < CLIENTS) return
        clearInterval(timer)
        resolve()
      }, EVERY_MS)
    })
    await until(
      () => clients.every(({ packets, closed }) => packets.length > 0 || closed),
      'every client to be answered'
    )
    expect(clients.filter(({ packets }) => packets[0]?.cmd !== 'connack' || packets[0].returnCode !== 0)).toEqual([])
  })
})
