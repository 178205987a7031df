// A broker is stopped while clients come: its kernel takes their connections, and nobody answers.
import { generate } from 'mqtt-packet'
import { createWeir } from '@weirlb/core'
import { TIME_SCALE, until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { Mosquitto } from '../support/mosquitto.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

describeWithMosquitto('a stopped broker', mosquitto => {
  test('every client is served by another, and the monitor takes it down', async () => {
    const brokers = await Promise.all(['a', 'b'].map(name => Mosquitto.start(mosquitto, name)))
    const monitors = [{
      type: 'extension' as const,
      extension: 'mqtt',
      intervalSeconds: 1,
      timeoutSeconds: TIME_SCALE,
      downAfter: 1
    }]
    const weir = createWeir({
      workers: 1,
      log: { level: 'silent' },
      config: {
        extensions: [{ name: 'mqtt', builtin: 'mqtt' }],
        userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
        services: brokers.map(({ name, port }) => ({
          name,
          address: '127.0.0.1',
          port,
          monitors,
          firstReplyTimeoutSeconds: TIME_SCALE
        })),
        lbVservers: [{ name: 'lb', services: brokers.map(({ name }) => ({ name })) }],
        userVservers: [{ name: 'v', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
      }
    })
    try {
      await weir.start()
      await until(
        async () => (await weir.services.statuses()).every(({ status }) => status.value === 'up'),
        'the brokers to be up'
      )
      const { port } = (await weir.userVservers.status('v')).listening!
      const connect = async (i: number): Promise<void> => {
        const client = new MqttSocket(port)
        await client.send(
          generate({
            cmd: 'connect',
            protocolId: 'MQTT',
            protocolVersion: 4,
            clientId: `client-${i}`,
            clean: true,
            keepalive: 60
          })
        )
        expect(await client.packet('connack')).toMatchObject({ returnCode: 0 })
        client.destroy()
      }
      await connect(0)
      brokers[0]!.freeze()
      const clients: Promise<void>[] = []
      for (let i = 1; i <= 40; i++) {
        clients.push(connect(i))
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      await Promise.all(clients)
      await until(async () => (await weir.services.status('a')).value === 'down', 'the stopped broker to be down')
      const { services } = await weir.stats()
      expect(services['a']!.unanswered).toBeGreaterThan(0)
      expect(services['a']!.resent).toBe(services['a']!.unanswered)
      expect(services['b']!.unanswered).toBe(0)
      brokers[0]!.thaw()
      await until(async () => (await weir.services.status('a')).value === 'up', 'it to be up again')
    } finally {
      brokers[0]!.thaw()
      await weir.stop({ graceMs: 0 })
      for (const broker of brokers) await broker.kill()
    }
  })
})
