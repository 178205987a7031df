// One client ID on two nodes: the broker has one connection of it, whichever node each came through.
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { RedisStore } from '@weirlb/cluster'
import { until } from '@weirlb/testing'
import { createWeir, type Weir } from 'weirlb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Mosquitto } from '../support/mosquitto.ts'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'

const redisProgram = findService('redis')
const mosquittoProgram = findService('mosquitto')
const names = ['red', 'blue']

const missing = redisProgram === undefined || mosquittoProgram === undefined
describe.skipIf(missing)('one client ID on two nodes', () => {
  let redis: Redis
  const brokers: Mosquitto[] = []
  const nodes: Weir[] = []
  const ports: number[] = []
  const clients: MqttClient[] = []

  const come = async (node: number, clientId: string, options: IClientOptions): Promise<MqttClient> => {
    const url = `mqtt://127.0.0.1:${ports[node]!}`
    const client = await connectAsync(url, { reconnectPeriod: 0, clientId, ...options }, false)
    clients.push(client)
    return client
  }
  const connections = async (): Promise<(string | undefined)[]> =>
    (await Promise.all(nodes.map(weir => weir.connections.list()))).flat().map(({ service }) => service)

  beforeAll(async () => {
    redis = await Redis.start(redisProgram!)
    for (const name of names) brokers.push(await Mosquitto.start(mosquittoProgram!, name, 'allow_anonymous true'))
    for (const node of ['one', 'two']) {
      const weir = createWeir({
        workers: 1,
        log: { level: 'silent' },
        cluster: { node, store: new RedisStore(`redis://127.0.0.1:${redis.port}`) },
        config: {
          extensions: [{ name: 'mqtt', builtin: 'mqtt', limits: { batchTimeoutMs: 5000 } }],
          userProtocols: [{ name: 'MQTT', transport: 'tcp', extension: 'mqtt' }],
          services: brokers.map(({ port }, i) => ({ name: names[i]!, address: '127.0.0.1', port })),
          lbVservers: [{
            name: 'lb',
            method: 'round-robin',
            persistence: { type: 'user-session' },
            services: names.map(name => ({ name }))
          }],
          userVservers: [{ name: 'v', protocol: 'MQTT', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
        }
      })
      nodes.push(weir)
      await weir.start()
      ports.push((await weir.userVservers.status('v')).listening!.port)
    }
  })
  afterAll(async () => {
    for (const client of clients) client.end(true)
    for (const weir of nodes) await weir.stop({ graceMs: 0 })
    for (const broker of brokers) await broker.kill()
    await redis.kill()
  })

  test.each([
    ['3.1.1', { protocolVersion: 4, clean: true }],
    ['5', { protocolVersion: 5, clean: true }]
  ] as const)('the newer connection of MQTT %s is the one that lives', async (version, options) => {
    // Some IDs, so that both brokers have some.
    for (let i = 0; i < 4; i++) {
      const id = `device-${version}-${i}`
      const older = await come(i % 2, id, options)
      const [broker] = (await connections()).filter(service => service !== undefined)
      const newer = await come((i + 1) % 2, id, options)
      await until(() => !older.connected, 'the end of the older connection')
      await until(async () => (await connections()).length === 1, 'one connection on all nodes')
      expect(await connections()).toEqual([broker])
      await newer.subscribeAsync(id)
      const heard = new Promise<string>(resolve => {
        newer.once('message', (_, payload) => { resolve(payload.toString()) })
      })
      await newer.publishAsync(id, 'alive', { qos: 1 })
      expect(await heard).toBe('alive')
      await newer.endAsync()
      await until(async () => (await connections()).length === 0, 'no connection')
    }
  })
})
