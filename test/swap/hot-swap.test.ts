// The code of an extension is replaced, and taken back, while MQTT clients publish through it to a real broker.
import { connectAsync } from 'mqtt'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import type { ApiError } from '@weirlb/admin/client'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { Mosquitto } from '../support/mosquitto.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { Publisher } from './publisher.ts'
import { seenMqtt, shownIn, versionsOf, type ShownExtension } from './versions.ts'

const CLIENTS = 200
const NEW_CLIENTS = 10

describeWithMosquitto('hot swap', mosquitto => {
  test.each([0, 2])(`${CLIENTS} clients publish on while their extension is replaced and rolled back, workers: %d`, async workers => {
    const [broker, weir] = await Promise.all([Mosquitto.start(mosquitto, 'broker'), WeirProcess.start({ workers })])
    try {
      const { api } = weir
      await api.call('createExtension', { body: { name: 'm', source: seenMqtt('one') } })
      await api.call('createUserProtocol', { body: { name: 'M', transport: 'tcp', extension: 'm' } })
      await api.call('createService', { body: { name: 'b', address: '127.0.0.1', port: broker.port } })
      await api.call('createLbVserver', { body: { name: 'lb', services: [{ name: 'b' }] } })
      await api.call('createUserVserver', { body: { name: 'v', protocol: 'M', address: '127.0.0.1', port: 0, defaultLb: 'lb' } })
      const port = await api.port('v')
      const shown = async (): Promise<ShownExtension> => shownIn(await api.call('getExtension', { path: { name: 'm' } }))
      const by = async (): Promise<Record<string, number>> => {
        const { items } = (await api.call('listConnections', { query: { limit: 1000 } })).body
        const names = items.map(c => `${c.version} ${c.fields.by}`)
        return Object.fromEntries(names.map(name => [name, names.filter(n => n === name).length]))
      }

      const got = new Set<string>()
      const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 })
      subscriber.on('message', (_, payload) => { got.add(payload.toString()) })
      await subscriber.subscribeAsync('swap/#', { qos: 1 })

      const all: Publisher[] = []
      const join = (count: number, name: string): Publisher[] => {
        const joined = Array.from({ length: count }, (_, n) => new Publisher(port, `${name}-${n}`))
        all.push(...joined)
        return joined
      }
      const more = async (publishers: readonly Publisher[], rounds: number): Promise<void> => {
        const goals = publishers.map(p => p.acknowledged + rounds)
        await until(() => publishers.every((p, i) => p.acknowledged >= goals[i]!) || (publishers.some(p => p.closed) && Promise.reject(new Error('a client was disconnected'))), `${rounds} more acknowledged publishes of each`)
      }

      const old = join(CLIENTS, 'old')
      await more(old, 2)
      expect(versionsOf(await shown())).toEqual([`1 current ${CLIENTS}`])

      // What does not load changes nothing.
      await expect(api.call('replaceExtension', { path: { name: 'm' }, body: { source: 'export default 1' } })).rejects.toMatchObject({ code: 'extension-no-default' } satisfies Partial<ApiError>)
      expect(versionsOf(await shown())).toEqual([`1 current ${CLIENTS}`])

      await api.call('replaceExtension', { path: { name: 'm' }, body: { source: seenMqtt('two') } })
      const young = join(NEW_CLIENTS, 'young')
      await more(all, 2)
      expect(versionsOf(await shown())).toEqual([`2 current ${NEW_CLIENTS}`, `1 retired ${CLIENTS}`])
      expect(await by()).toEqual({ '1 one': CLIENTS, '2 two': NEW_CLIENTS })

      await api.call('rollbackExtension', { path: { name: 'm' } })
      const back = join(NEW_CLIENTS, 'back')
      await more(all, 2)
      expect(versionsOf(await shown())).toEqual([`2 retired ${NEW_CLIENTS}`, `1 current ${CLIENTS + NEW_CLIENTS}`])
      expect(await by()).toEqual({ '1 one': CLIENTS + NEW_CLIENTS, '2 two': NEW_CLIENTS })

      expect(all.filter(p => p.closed)).toEqual([])
      for (const publisher of all) publisher.stop()
      await until(() => all.every(p => p.idle), 'the last acknowledgements')
      for (const publisher of young) publisher.disconnect()
      await until(async () => (await shown()).status.versions.length === 1, 'version 2 to be gone')
      expect(versionsOf(await shown())).toEqual([`1 current ${CLIENTS + NEW_CLIENTS}`])

      for (const publisher of [...old, ...back]) publisher.disconnect()
      await until(() => all.every(p => p.closed), 'all clients to leave')
      const published = all.reduce((sum, p) => sum + p.published, 0)
      await until(() => got.size === published, `${published} publishes at the subscriber`)
      const stats = (await api.call('getStats')).body
      // The broker may close first once it was told goodbye.
      const { 'client-closed': left = 0, 'server-closed': dismissed = 0, ...others } = stats.userVservers['v']!.closed
      expect([left + dismissed, others]).toEqual([all.length, {}])
      // CONNECT, publishes, DISCONNECT: each packet was seen by one version or the other.
      const { one = 0, two = 0 } = stats.extensions['m']!.counters
      expect([one + two, two > 0]).toEqual([published + 2 * all.length, true])
      await subscriber.endAsync()
    } finally {
      await weir.stop()
      await broker.kill()
    }
  })
})
