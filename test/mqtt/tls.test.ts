// MQTT over TLS: certificates by the name that the client asks for, and one pinning for both transports.
import type { TLSSocket } from 'node:tls'
import { connectAsync, type IClientOptions } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { NAME_TOPIC } from '../support/mosquitto.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

describeWithMosquitto('an ssl user vserver with two certificates before two brokers', mosquitto => {
  let farm: MqttFarm
  let port: number
  let certificates: Record<'red.test' | 'blue.test', Certificate>
  beforeAll(async () => {
    certificates = { 'red.test': await certificateFor('red.test'), 'blue.test': await certificateFor('blue.test') }
    farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2 })
    const { api } = farm.weir
    for (const [name, certificate] of Object.entries(certificates))
      await api.call('createCertkey', { body: { name, ...certificate } })
    await api.call('createUserProtocol', { body: { name: 'MQTT_SSL', transport: 'ssl', extension: 'mqtt' } })
    await api.call('createUserVserver', {
      body: {
        name: 'mqtts',
        protocol: 'MQTT_SSL',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'brokers',
        certificates: Object.keys(certificates)
      }
    })
    port = await api.port('mqtts')
  })
  afterAll(async () => { await farm.stop() })

  /** Connect and ask; answers the broker's name and the name that the certificate has. */
  const visit = async (options: IClientOptions): Promise<{ broker: string, name: string | undefined }> => {
    const client = await connectAsync(`${options.protocol}://127.0.0.1:${options.port}`, {
      reconnectPeriod: 0,
      ...options
    }, false)
    const name = options.protocol === 'mqtts'
      ? String((client.stream as TLSSocket).getPeerCertificate().subject.CN)
      : undefined
    const broker = new Promise<string>((resolve, reject) => {
      client.once('message', (_topic, payload) => { resolve(payload.toString()) })
      client.once('close', () => { reject(new Error('closed before the name came')) })
    })
    broker.catch(() => {})
    await client.subscribeAsync(NAME_TOPIC)
    const answer = { broker: await broker, name }
    await client.endAsync()
    return answer
  }

  describe.each([['v3.1.1', 4], ['v5', 5]] as const)('mqtt.js %s', (version, protocolVersion) => {
    test.each(['red.test', 'blue.test'] as const)('reaches it as %s, and is pinned as over tcp', async name => {
      const clientId = `${version}-${name}`
      const { broker } = await visit({ protocol: 'mqtt', port: farm.port, clientId, protocolVersion })
      for (let i = 0; i < 3; i++) {
        const seen = await visit({
          protocol: 'mqtts',
          port,
          clientId,
          protocolVersion,
          servername: name,
          ca: certificates[name].cert
        })
        expect(seen).toEqual({ broker, name })
      }
    })

    test('without a name, and with one that nobody has, gets the first certificate', async () => {
      for (const servername of [undefined, 'green.test']) {
        const options = {
          protocol: 'mqtts' as const,
          port,
          clientId: `${version}-default`,
          protocolVersion,
          rejectUnauthorized: false
        }
        expect((await visit(servername === undefined ? options : { ...options, servername })).name).toBe('red.test')
      }
    })

    test('does not accept the certificate of another name', async () => {
      const options: IClientOptions = {
        protocol: 'mqtts',
        port,
        clientId: `${version}-wary`,
        protocolVersion,
        servername: 'blue.test',
        ca: certificates['red.test'].cert
      }
      await expect(visit(options)).rejects.toThrow(/self-signed certificate/)
    })
  })

  test('a client that speaks plain MQTT is closed and counted', async () => {
    const closed = async (): Promise<number> =>
      (await farm.weir.api.call('getStats')).body.userVservers['mqtts']!.closed['tls-failed'] ?? 0
    const before = await closed()
    const socket = new MqttSocket(port)
    await socket.send(Buffer.from('100d00044d5154540402003c000161', 'hex'))
    await socket.isClosed()
    // Clients of the tests before may be counted late.
    await until(async () => await closed() > before, 'the counter of tls-failed')
  })
})
