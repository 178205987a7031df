// Two mosquitto brokers behind Weir, clients that come and go: who reaches which broker.
import { connectAsync, type IClientOptions } from 'mqtt'
import { generate } from 'mqtt-packet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { NAME_TOPIC } from '../support/mosquitto.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

/** Connect with mqtt.js, ask the broker for its name, leave. */
const visit = async (
  port: number,
  options: IClientOptions,
  during: () => Promise<void> = async () => {}
): Promise<string> => {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options }, false)
  const name = new Promise<string>((resolve, reject) => {
    client.once('message', (_topic, payload) => { resolve(payload.toString()) })
    client.once('close', () => { reject(new Error('closed before the name came')) })
  })
  name.catch(() => {})
  await client.subscribeAsync(NAME_TOPIC)
  const broker = await name
  await during()
  await client.endAsync()
  return broker
}

const connectBytes = (version: 4 | 5, clientId: string): Buffer =>
  generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: version, clientId, clean: true, keepalive: 60 })

describeWithMosquitto('two brokers, round-robin with user-session persistence', mosquitto => {
  describe.each([1, 2])('%i workers', workers => {
    let farm: MqttFarm
    beforeAll(async () => {
      farm = await MqttFarm.start(mosquitto, { workers, brokers: 2, params: { temporaryEnd: 'goodbye' } })
    })
    afterAll(async () => {
      await farm.stop()
    })

    test('a client ID reaches the same broker on every reconnect, on whatever worker', async () => {
      const ids = Array.from({ length: 6 }, (_, i) => `device-${i}`)
      const first = new Map<string, string>()
      const workersSeen = new Set<string>()
      const seeWorker = (id: string) => async (): Promise<void> => {
        const { items } = (await farm.weir.api.call('listConnections', { query: { session: id } })).body
        for (const connection of items) workersSeen.add(connection.id.split('-')[0]!)
      }
      for (let round = 0; round < 6; round++) {
        for (const id of ids) {
          const broker = await visit(
            farm.port,
            { clientId: id, protocolVersion: round % 2 === 0 ? 4 : 5 },
            seeWorker(id)
          )
          expect(broker, `${id} in round ${round}`).toBe(first.get(id) ?? broker)
          first.set(id, broker)
        }
      }
      expect(new Set(first.values()).size, 'brokers in use').toBe(2)
      expect(workersSeen.size, 'workers in use').toBe(workers)
    })

    test('simultaneous connects of one new client ID agree on a broker', async () => {
      // Brokers take over: an ID has one connection at a time, so each of these may be closed by the next once it has
      // its CONNACK.
      const sockets = Array.from({ length: 8 }, () => new MqttSocket(farm.port))
      for (const socket of sockets) await socket.send(connectBytes(4, 'racer'))
      await until(() => sockets.every(socket => socket.received.length >= 4 || socket.closed), 'every answer')
      const { items } = (await farm.weir.api.call('listSessions', { query: { key: 'racer' } })).body
      expect(items).toHaveLength(1)
      const services = await until(() => {
        const lines = farm.weir.log.filter(line => line['session'] === 'racer' && line.msg === 'connection closed')
        return lines.length >= sockets.length - 1 && new Set(lines.map(line => line['service']))
      }, 'the log lines of the connections that were taken over')
      expect([...services]).toEqual([items[0]!.service])
      for (const socket of sockets) socket.destroy()
    })

    test('a client that a v5 broker gave an ID comes back with it to the same broker', async () => {
      for (let i = 0; i < 4; i++) {
        const socket = new MqttSocket(farm.port, 5)
        await socket.send(connectBytes(5, ''))
        const { properties } = await socket.packet('connack')
        const assigned = properties!.assignedClientIdentifier!
        const broker = await socket.brokerName()
        await socket.end()
        expect(await visit(farm.port, { clientId: assigned, protocolVersion: 5 })).toBe(broker)
      }
    })

    test('clients without an ID are pinned by nothing', async () => {
      const seen = new Set<string>()
      for (let i = 0; i < 8; i++) seen.add(await visit(farm.port, { clientId: '', clean: true, protocolVersion: 4 }))
      expect(seen.size).toBe(2)
      const { items } = (await farm.weir.api.call('listSessions')).body
      expect(items.map(session => session.key)).not.toContain('')
    })

    // From here on brokers die.
    test('when its broker dies, a client goes to the other and stays there', async () => {
      const clientId = 'survivor'
      const home = await visit(farm.port, { clientId })
      const watcher = new MqttSocket(farm.port, 5)
      await watcher.send(connectBytes(5, clientId))
      expect(await watcher.brokerName()).toBe(home)

      await farm.broker(home).kill()
      await watcher.isClosed()
      const refuge = await visit(farm.port, { clientId })
      expect(refuge).not.toBe(home)

      await farm.broker(home).up()
      await until(async () => await farm.weir.api.status(`services/${home}`) === 'up', `service ${home} to be up`)
      for (let i = 0; i < 4; i++) expect(await visit(farm.port, { clientId })).toBe(refuge)
    })

    test('when all are down, clients are refused in MQTT', async () => {
      for (const broker of farm.brokers) await broker.kill()
      const refuse = async (version: 4 | 5): Promise<string> => {
        const socket = new MqttSocket(farm.port, version)
        await socket.send(connectBytes(version, `refused-${version}`))
        await socket.isClosed()
        return socket.received.toString('hex')
      }
      // At once, by the refused dial, and later, by the monitors' word.
      expect(await refuse(4)).toBe('20020003')
      expect(await refuse(5)).toBe('2003008800')
      for (const { name } of farm.brokers)
        await until(async () => await farm.weir.api.status(`services/${name}`) === 'down', `service ${name} to be down`)
      expect(await refuse(4)).toBe('20020003')
      expect(await refuse(5)).toBe('2003008800')
      await until(async () => await farm.closed('no-service') >= 2, 'the counter of no-service')
    })

    test('the listener stayed up: with a broker back, clients are served', async () => {
      const broker = farm.brokers[0]!
      await broker.up()
      await until(async () => await farm.weir.api.status(`services/${broker.name}`) === 'up', 'the service to be up')
      expect(await visit(farm.port, { clientId: 'late' })).toBe(broker.name)
    })

    test('SIGTERM tells v5 clients in MQTT, and weir ends with status 0', async () => {
      const socket = new MqttSocket(farm.port, 5)
      await socket.send(connectBytes(5, 'last'))
      await socket.packet('connack')
      const ended = farm.weir.stop()
      await socket.isClosed()
      expect(socket.received.subarray(-3).toString('hex')).toBe('e0018b')
      expect(await ended).toBe(0)
    })
  })
})
