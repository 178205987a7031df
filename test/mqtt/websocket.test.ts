// MQTT over WebSocket, plain and over TLS, beside TCP: one pinning for all of them, the same fields, and ends that
// say why.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { WebSocket, type ClientOptions } from 'ws'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { freePort } from '../support/free-port.ts'
import { Mosquitto, NAME_TOPIC } from '../support/mosquitto.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { Authority } from '../support/pki.ts'

const nameOf = async (client: MqttClient): Promise<string> => {
  const broker = new Promise<string>((resolve, reject) => {
    client.once('message', (_topic, payload) => { resolve(payload.toString()) })
    client.once('close', () => { reject(new Error('closed before the name came')) })
  })
  broker.catch(() => {})
  await client.subscribeAsync(NAME_TOPIC)
  return await broker
}

/** Connect, ask the broker for its name, leave. */
const visit = async (url: string, options: IClientOptions): Promise<string> => {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false)
  const broker = await nameOf(client)
  await client.endAsync()
  return broker
}

const refusal = (socket: WebSocket): Promise<string> =>
  new Promise(resolve => {
    socket.once('error', ({ message }) => {
      resolve(message)
    })
  })

describeWithMosquitto('ws and wss user vservers before two brokers', mosquitto => {
  let farm: MqttFarm
  let certificate: Certificate
  let urls: Record<'tcp' | 'ws' | 'wss', string>
  beforeAll(async () => {
    certificate = await certificateFor('edge.test')
    farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2 })
    const { api } = farm.weir
    await api.call('createCertkey', { body: { name: 'edge', ...certificate } })
    await api.call('createUserProtocol', { body: { name: 'MQTT_WS', transport: 'ws', extension: 'mqtt' } })
    await api.call('createUserProtocol', { body: { name: 'MQTT_WSS', transport: 'wss', extension: 'mqtt' } })
    const address = '127.0.0.1'
    await api.call('createUserVserver', {
      body: {
        name: 'mqtt-ws',
        protocol: 'MQTT_WS',
        address,
        port: 0,
        defaultLb: 'brokers',
        websocket: { paths: ['/mqtt'] }
      }
    })
    await api.call('createUserVserver', {
      body: {
        name: 'mqtt-wss',
        protocol: 'MQTT_WSS',
        address,
        port: 0,
        defaultLb: 'brokers',
        certificates: ['edge'],
        params: { temporaryEnd: 'goodbye' }
      }
    })
    urls = {
      tcp: `mqtt://127.0.0.1:${farm.port}`,
      ws: `ws://127.0.0.1:${await api.port('mqtt-ws')}/mqtt`,
      wss: `wss://127.0.0.1:${await api.port('mqtt-wss')}/any/path`
    }
  })
  afterAll(async () => { await farm.stop() })

  /** WebSockets that clients have opened, the last one last. */
  const sockets: WebSocket[] = []
  const options = (clientId: string, protocolVersion: 4 | 5): IClientOptions => ({
    clientId,
    protocolVersion,
    createWebsocket: (url, protocols) => {
      const socket = new WebSocket(
        url,
        protocols,
        { ca: certificate.cert, servername: 'edge.test', perMessageDeflate: false } as ClientOptions
      )
      sockets.push(socket)
      return socket
    }
  })

  test.each([4, 5] as const)('mqtt.js, version %i: a client ID reaches the same broker over TCP, WebSocket and secure WebSocket', async version => {
    for (let i = 0; i < 4; i++) {
      const clientId = `anywhere-${version}-${i}`
      const broker = await visit(urls.tcp, options(clientId, version))
      for (const url of [urls.ws, urls.wss, urls.ws]) expect(await visit(url, options(clientId, version))).toBe(broker)
    }
  })

  test('it publishes and receives in both directions, small and large', async () => {
    const client = await connectAsync(urls.ws, { reconnectPeriod: 0, ...options('echo', 5) })
    const received: Buffer[] = []
    client.on('message', (_topic, payload) => { received.push(payload) })
    await client.subscribeAsync('echo/#', { qos: 1 })
    const payloads = [
      Buffer.alloc(0),
      Buffer.from('small'),
      Buffer.alloc(300_000, 'weir'),
      Buffer.alloc(900_000, 'weirlb')
    ]
    for (const payload of payloads) await client.publishAsync('echo/1', payload, { qos: 1 })
    await until(() => received.length === payloads.length, 'every message')
    expect(received.map((each, i) => each.equals(payloads[i]!))).toEqual(payloads.map(() => true))
    await client.endAsync()
  })

  test('mqtt.js sends a payload as one message: one over the limit ends it with 1009, and the limit can be raised', async () => {
    const payload = Buffer.alloc(1_500_000)
    const closing = (): Promise<number> => new Promise(resolve => { sockets.at(-1)!.once('close', resolve) })
    const client = await connectAsync(urls.ws, { reconnectPeriod: 0, ...options('too-large', 5) })
    const code = closing()
    client.publish('echo/1', payload, { qos: 0 })
    expect(await code).toBe(1009)
    await client.endAsync(true)
    await farm.weir.api.call('patchUserVserver', {
      path: { name: 'mqtt-ws' },
      body: { websocket: { maxMessageBytes: 2_000_000 } }
    })
    const later = await connectAsync(urls.ws, { reconnectPeriod: 0, ...options('not-too-large', 5) })
    await later.publishAsync('echo/1', payload, { qos: 1 })
    await later.endAsync()
  })

  test('the API shows the client as on TCP, with the fields of its CONNECT', async () => {
    const client = await connectAsync(urls.wss, { reconnectPeriod: 0, ...options('seen', 5) })
    const { items } = (await farm.weir.api.call('listConnections', { query: { session: 'seen' } })).body
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({
      userVserver: 'mqtt-wss',
      session: 'seen',
      phase: 'tunnel',
      fields: { 'mqtt.connect.client_id': 'seen' }
    })
    // Bytes of the protocol, not of the WebSocket's frames.
    expect(items[0]!.bytesIn).toBeGreaterThan(10)
    await client.endAsync()
  })

  test('the sub-protocol is answered as it was offered, and only if it was', async () => {
    const client = await connectAsync(urls.ws, { reconnectPeriod: 0, ...options('named', 4) })
    expect(sockets.at(-1)!.protocol).toBe('mqtt')
    await client.endAsync()
    const before = await closed('mqtt-ws', 'upgrade-refused')
    await expect(refusal(new WebSocket(urls.ws, ['chat']))).resolves.toContain('400')
    await expect(refusal(new WebSocket(urls.ws))).resolves.toContain('400')
    await expect(refusal(new WebSocket(urls.ws.replace('/mqtt', '/other'), ['mqtt']))).resolves.toContain('404')
    await until(async () => await closed('mqtt-ws', 'upgrade-refused') === before + 3, 'the refusals to be counted')
  })

  const closed = async (vserver: string, reason: string): Promise<number> => {
    const stats = (await farm.weir.api.call('getStats')).body
    return stats.userVservers[vserver]?.closed[reason] ?? 0
  }

  describe('a client whose broker is drained', () => {
    test('is told in MQTT and in WebSocket, and comes back with its ID to the other broker', async () => {
      const client = await connectAsync(urls.wss, { reconnectPeriod: 50, ...options('moved', 5) })
      const before = await nameOf(client)
      const told = new Promise<number>(resolve => {
        client.once('disconnect', ({ reasonCode }) => {
          resolve(reasonCode ?? 0)
        })
      })
      const close = new Promise<{ code: number, reason: string }>(resolve => {
        sockets.at(-1)!.once('close', (code, reason) => { resolve({ code, reason: reason.toString() }) })
      })
      const back = new Promise(resolve => { client.once('connect', resolve) })
      await farm.weir.api.call('disableService', { path: { name: before } })
      // Server shutting down (0x8b) or use another server (0x9c), as the extension phrases it.
      expect([0x8b, 0x9c]).toContain(await told)
      expect(await close).toEqual({ code: 1001, reason: 'service-down' })
      await back
      expect(await nameOf(client)).not.toBe(before)
      await client.endAsync()
      await farm.weir.api.call('enableService', { path: { name: before } })
    })
  })
})

describeWithMosquitto('services of type USER_WS', mosquitto => {
  test('a client on TCP reaches a broker that speaks WebSocket, and one on WebSocket as well', async () => {
    const port = await freePort()
    const broker = await Mosquitto.start(mosquitto, 'behind-ws', `listener ${port} 127.0.0.1\nprotocol websockets`)
    const farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1 })
    try {
      const { api } = farm.weir
      await api.call('createService', {
        body: {
          name: 'ws-broker',
          type: 'USER_WS',
          address: '127.0.0.1',
          port,
          websocket: { path: '/mqtt', subprotocol: 'mqtt' },
          monitors: [{ type: 'extension', extension: 'mqtt', intervalSeconds: 0.2 }]
        }
      })
      await api.call('createLbVserver', {
        body: { name: 'ws-brokers', type: 'USER_WS', services: [{ name: 'ws-broker' }] }
      })
      await api.call('createUserProtocol', { body: { name: 'MQTT_WS', transport: 'ws', extension: 'mqtt' } })
      await api.call('createUserVserver', {
        body: { name: 'in-tcp', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'ws-brokers' }
      })
      await api.call('createUserVserver', {
        body: { name: 'in-ws', protocol: 'MQTT_WS', address: '127.0.0.1', port: 0, defaultLb: 'ws-brokers' }
      })
      await until(async () => await api.status('services/ws-broker') === 'up', 'the probe to succeed over WebSocket')
      expect(await visit(`mqtt://127.0.0.1:${await api.port('in-tcp')}`, { clientId: 'tcp', protocolVersion: 5 })).toBe(
        'behind-ws'
      )
      expect(await visit(`ws://127.0.0.1:${await api.port('in-ws')}`, { clientId: 'ws', protocolVersion: 5 })).toBe(
        'behind-ws'
      )
    } finally {
      await farm.stop()
      await broker.kill()
    }
  })
})

describeWithMosquitto('services of type USER_WSS', mosquitto => {
  test('a client on TCP reaches a broker behind a secure WebSocket where chain and name verify, and none where they do not', async () => {
    const [root, stranger, port] = [await Authority.root(), await Authority.root('Stranger'), await freePort()]
    const issued = await root.issue({ names: [{ type: 'dns', value: 'broker.test' }] })
    const directory = mkdtempSync(join(tmpdir(), 'weir-wss-'))
    const at = (name: string): string => join(directory, name)
    writeFileSync(at('broker.pem'), issued.cert)
    writeFileSync(at('broker.key'), issued.key)
    // As root, mosquitto gives up its rights before it reads these.
    chmodSync(directory, 0o755)
    const broker = await Mosquitto.start(
      mosquitto,
      'behind-wss',
      `listener ${port} 127.0.0.1\nprotocol websockets\ncertfile ${at('broker.pem')}\nkeyfile ${at('broker.key')}`
    )
    const farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1 })
    try {
      const { api } = farm.weir
      await api.call('createCertkey', { body: { name: 'root', ca: root.cert } })
      await api.call('createCertkey', { body: { name: 'stranger', ca: stranger.cert } })
      const monitors = [{ type: 'extension' as const, extension: 'mqtt', intervalSeconds: 0.2, downAfter: 1 }]
      const reached: Record<string, string> = {}
      const cases = {
        full: { verify: 'full', ca: 'root', serverName: 'any.test' },
        strict: { ca: 'root', serverName: 'broker.test' },
        'other-name': { ca: 'root', serverName: 'any.test' },
        'wrong-ca': { verify: 'full', ca: 'stranger', serverName: 'broker.test' }
      } as const
      for (const [name, tls] of Object.entries(cases)) {
        await api.call('createService', {
          body: {
            name,
            type: 'USER_WSS',
            address: '127.0.0.1',
            port,
            tls,
            websocket: { path: '/mqtt', subprotocol: 'mqtt' },
            monitors
          }
        })
        await api.call('createLbVserver', { body: { name: `lb-${name}`, type: 'USER_WSS', services: [{ name }] } })
        await api.call('createUserVserver', {
          body: { name: `in-${name}`, protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: `lb-${name}` }
        })
        reached[name] = await until(async () => {
          const status = await api.status(`services/${name}`)
          return status === 'unknown' ? undefined : status
        }, `the first probe of ${name}`)
      }
      expect(reached).toEqual({ full: 'up', strict: 'up', 'other-name': 'down', 'wrong-ca': 'down' })
      for (const name of ['full', 'strict'])
        expect(await visit(`mqtt://127.0.0.1:${await api.port(`in-${name}`)}`, { clientId: name, protocolVersion: 5 }))
          .toBe('behind-wss')
      for (const name of ['other-name', 'wrong-ca'])
        await expect(visit(`mqtt://127.0.0.1:${await api.port(`in-${name}`)}`, { clientId: name, protocolVersion: 5 }))
          .rejects.toThrow()
    } finally {
      await farm.stop()
      await broker.kill()
      rmSync(directory, { recursive: true })
    }
  })
})
