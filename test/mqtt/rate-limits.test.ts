// Rate limits in front of a real broker, over two workers: what clients get, who is banned, and that nothing is lost.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { generate } from 'mqtt-packet'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { RateLimitInput } from '@weirlb/admin/client'
import { until } from '@weirlb/testing'
import { EventReader } from '../support/event-reader.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { MqttSocket } from '../support/mqtt-socket.ts'

describeWithMosquitto('rate limits', mosquitto => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-limits-'))
  let farm: MqttFarm
  let clients: MqttSocket[] = []
  beforeAll(async () => {
    // Nobody has a password: whoever gives a user name is refused.
    writeFileSync(join(folder, 'passwords'), '')
    // Started by root, mosquitto becomes another user.
    chmodSync(folder, 0o755)
    farm = await MqttFarm.start(
      mosquitto, { workers: 2, brokers: 1, settings: `password_file ${join(folder, 'passwords')}` }
    )
  })
  afterAll(async () => {
    await farm.stop()
    rmSync(folder, { recursive: true })
  })
  afterEach(async () => {
    for (const client of clients) client.destroy()
    clients = []
    const { api } = farm.weir
    for (const { name } of (await api.call('listRateLimits')).body.items) await api.call(
      'deleteRateLimit', { path: { name } }
    )
    await api.call('deleteBans', { query: { all: 'true' } })
  })

  const limit = async (body: RateLimitInput): Promise<void> => { await farm.weir.api.call('createRateLimit', { body }) }
  const counted = async (name: string): Promise<Record<string, number>> => (
    await farm.weir.api.call('getStats')
  ).body.rateLimits[name]!
  const connecting = async (version: 4 | 5, clientId: string, username?: string): Promise<MqttSocket> => {
    const client = new MqttSocket(farm.port, version)
    clients.push(client)
    await client.send(
      generate({
        cmd: 'connect', protocolId: 'MQTT', protocolVersion: version, clientId, clean: true, keepalive: 60,
        ...username === undefined ? {} : { username, password: Buffer.from('x') }
      })
    )
      .catch(() => { /* refused meanwhile */ })
    return client
  }
  /** What a client gets: a code, or its end. */
  const outcome = async (version: 4 | 5, clientId: string, username?: string): Promise<number | 'closed'> => {
    const client = await connecting(version, clientId, username)
    return await until(() => {
      const connack = client.packets.find(packet => packet.cmd === 'connack') as {
        readonly returnCode?: number, readonly reasonCode?: number
      } | undefined
      if (connack !== undefined) return { is: connack.reasonCode ?? connack.returnCode ?? -1 }
      return client.closed ? { is: 'closed' as const } : undefined
    }, 'a CONNACK or the end').then(({ is }) => is)
  }

  test('connects of one address are held to the limit over both workers', async () => {
    await limit({
      name: 'connects', counts: 'connections', limit: 5, periodSeconds: 600, timeoutSeconds: 600, action: 'block'
    })
    const outcomes: (number | 'closed')[] = []
    // Each worker hears within some ms what the other has counted.
    await until(async () => {
      outcomes.push(await outcome(4, `c${outcomes.length}`))
      return outcomes.slice(-10).filter(each => each === 'closed').length === 10
    }, 'ten refused clients in a row')
    const served = outcomes.filter(each => each === 0).length
    // Exactly five for each worker; together as much as they count before they hear of each other.
    expect(served).toBeGreaterThanOrEqual(5)
    expect(served).toBeLessThanOrEqual(10)
    expect((await counted('connects'))['counted']).toBe(served)
    expect(await farm.closed('rate-limit')).toBeGreaterThanOrEqual(10)
  })

  test('a client that connects too often gets the words of its version', async () => {
    await limit({
      name: 'flapping', counts: 'first-messages', by: ['mqtt.connect.client_id'], limit: 1, periodSeconds: 600,
      timeoutSeconds: 600, action: 'block'
    })
    const refused = async (version: 4 | 5): Promise<number | 'closed'> => {
      const got: (number | 'closed')[] = []
      await until(async () => got.push(await outcome(version, `flapper-${version}`)) && got.at(-1) !== 0, 'a refusal')
      return got.at(-1)!
    }
    expect(await refused(4)).toBe(3)
    expect(await refused(5)).toBe(0x9f)
    // Others have their own counters.
    expect(await outcome(5, 'steady')).toBe(0)
  })

  test('failed log-ins ban their address, which the API lists and lifts', async () => {
    const { api } = farm.weir
    const reader = await EventReader.open(`${api.base}/v1/events`)
    await limit({
      name: 'logins',
      counts: 'first-messages',
      counting: 'mqtt.type eq "CONNACK" and mqtt.connack.return_code in {4 5 134 135}',
      by: ['ip.src', 'mqtt.connect.username'],
      limit: 2,
      periodSeconds: 600,
      timeoutSeconds: 600,
      action: 'ban'
    })
    const open = await connecting(4, 'open')
    await open.packet('connack')
    expect(await outcome(4, 'dev-1')).toBe(0)
    const failures: (number | 'closed')[] = []
    await until(
      async () => failures.push(
        await outcome(failures.length % 2 === 0 ? 4 : 5, `guest-${failures.length}`, 'guest')
      ) && failures.at(-1) === 'closed',
      'a ban'
    )
    expect(failures.filter(each => each !== 'closed').every(each => each === 5 || each === 0x87)).toBe(true)
    const { body: { items } } = await until(async () => {
      const answer = await api.call('listBans')
      return answer.body.items.length > 0 ? answer : undefined
    }, 'the ban')
    expect(items).toMatchObject([{ address: '127.0.0.1', by: 'logins' }])
    expect(items[0]!.remainingSeconds).toBeGreaterThan(590)
    await until(() => reader.of('address-banned').length > 0, 'the event')
    expect(reader.of('address-banned')[0]).toMatchObject({ address: '127.0.0.1', by: 'logins', seconds: 600 })
    // Not by its user name, which is for rules alone.
    const events = (await api.call('listSecurityEvents', { query: { name: 'logins' } })).body.items
    expect(events[0]).toMatchObject({ kind: 'rate-limit', action: 'ban', address: '127.0.0.1' })
    expect(JSON.stringify([events, farm.weir.log])).not.toContain('guest"')
    reader.close()
    // Both workers refuse it, and serve who is connected.
    await until(async () => {
      for (let n = 0; n < 6; n++) if (await outcome(4, 'dev-2') !== 'closed') return false
      return true
    }, 'the other worker to hear of it')
    await open.send(generate({ cmd: 'pingreq' }))
    await open.packet('pingresp')
    await api.call('deleteBan', { path: { address: '127.0.0.1' } })
    await until(async () => await outcome(4, 'dev-3') === 0, 'the address to be accepted again')
    expect(await farm.closed('banned')).toBeGreaterThanOrEqual(6)
  })

  test('a flood of QoS 1 is throttled, and not one message is lost', async () => {
    await limit({
      name: 'publishes', counts: 'messages', expression: 'mqtt.type eq "PUBLISH"', by: ['mqtt.connect.client_id'],
      limit: 150, periodSeconds: 1, action: 'throttle'
    })
    const got: string[] = []
    const subscriber = await connectAsync(
      `mqtt://127.0.0.1:${farm.port}`, { reconnectPeriod: 0, clientId: 'subscriber' }
    )
    subscriber.on('message', (_topic, payload) => { got.push(payload.toString()) })
    await subscriber.subscribeAsync('flood', { qos: 1 })
    const publisher = await connecting(5, 'publisher')
    await publisher.packet('connack')
    const count = 600
    const begun = performance.now()
    await publisher.send(
      Buffer.concat(
        Array.from(
          { length: count },
          (_, n) => generate(
            { cmd: 'publish', topic: 'flood', payload: String(n), qos: 1, retain: false, dup: false, messageId: n + 1 },
            { protocolVersion: 5 }
          )
        )
      )
    )
    await until(
      () => publisher.packets.filter(({ cmd }) => cmd === 'puback').length === count && got.length >= count,
      'all acknowledgements'
    )
    const took = performance.now() - begun
    await subscriber.endAsync()
    expect(new Set(got)).toEqual(new Set(Array.from({ length: count }, (_, n) => String(n))))
    // 150 at once, and 450 at 150 a second.
    expect(took).toBeGreaterThan(2500)
    expect(await counted('publishes')).toMatchObject({ counted: count, blocked: 0 })
  })
})
