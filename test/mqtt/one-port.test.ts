// Port 443 for everything: MQTT over TLS, MQTT over secure WebSocket and the web application, and MQTT without TLS
// beside them.
import { get } from 'node:https'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { connectAsync, type IClientOptions } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { WebSocket, type ClientOptions } from 'ws'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { NAME_TOPIC } from '../support/mosquitto.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'

describeWithMosquitto('one port before two brokers and a web application', mosquitto => {
  let farm: MqttFarm
  let server: Server
  let port: number
  let certificate: Certificate
  beforeAll(async () => {
    certificate = await certificateFor('edge.test')
    server = createServer((request, response) => { response.end(`page ${request.url}`) })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2 })
    const { api } = farm.weir
    await api.call('createCertkey', { body: { name: 'edge', ...certificate } })
    await api.call('createUserProtocol', { body: { name: 'MQTT_SSL', transport: 'ssl', extension: 'mqtt' } })
    await api.call('createUserProtocol', { body: { name: 'MQTT_WSS', transport: 'wss', extension: 'mqtt' } })
    await api.call('createService', {
      body: { name: 'web', type: 'HTTP', address: '127.0.0.1', port: (server.address() as AddressInfo).port }
    })
    await api.call('createLbVserver', { body: { name: 'webs', type: 'HTTP', services: [{ name: 'web' }] } })
    await api.call('createUserVserver', {
      body: {
        name: 'edge',
        protocol: 'MQTT_SSL',
        protocols: ['MQTT_WSS', 'MQTT'],
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'brokers',
        certificates: ['edge'],
        tls: { alpn: ['mqtt', 'http/1.1'] },
        http: { defaultLb: 'webs' },
        websocket: { paths: ['/mqtt'] }
      }
    })
    port = await api.port('edge')
  })
  afterAll(async () => {
    await farm.stop()
    server.closeAllConnections()
    server.close()
  })

  /** Connect, ask the broker for its name, leave. */
  const visit = async (url: string, options: IClientOptions): Promise<string> => {
    const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false)
    const broker = new Promise<string>(resolve => {
      client.once('message', (_topic, payload) => {
        resolve(payload.toString())
      })
    })
    await client.subscribeAsync(NAME_TOPIC)
    const name = await broker
    await client.endAsync()
    return name
  }
  const page = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path, ca: certificate.cert, servername: 'edge.test', agent: false }, response => {
        text(response).then(resolve, reject)
      }).on('error', reject)
    })

  test('mqtt.js over TLS, with and without ALPN, over secure WebSocket and without TLS reaches one broker, and the page is served', async () => {
    const tls = { ca: certificate.cert, servername: 'edge.test' }
    const createWebsocket: IClientOptions['createWebsocket'] = (url, protocols) =>
      new WebSocket(url, protocols, tls as ClientOptions)
    for (const clientId of ['first', 'second']) {
      const broker = await visit(`mqtt://127.0.0.1:${port}`, { clientId })
      expect(await visit(`mqtts://127.0.0.1:${port}`, { clientId, ...tls })).toBe(broker)
      expect(await visit(`mqtts://127.0.0.1:${port}`, { clientId, ...tls, ALPNProtocols: ['mqtt'] })).toBe(broker)
      expect(await visit(`wss://127.0.0.1:${port}/mqtt`, { clientId, createWebsocket })).toBe(broker)
      expect(await page(`/${clientId}`)).toBe(`page /${clientId}`)
    }
    const stats = async () => (await farm.weir.api.call('getStats')).body.userVservers['edge']!
    await until(async () => (await stats()).accepted === 10, 'all clients to be counted')
    expect((await stats()).protocols).toEqual({ MQTT: 2, MQTT_SSL: 4, MQTT_WSS: 4 })
  })
})
