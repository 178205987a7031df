// kill -9 of a worker while MQTT clients are at work.
import type { Connection } from '@weirlb/admin/client'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '@weirlb/testing'
import type { Health, Stats } from 'weirlb'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'

const CLIENTS = 16
const MAX_ROUNDS = 100_000

/** A client that publishes with QoS 1, waits for the PUBACK, and publishes again, for as long as it is let. */
class Device {
  readonly id: string
  rounds = 0
  closed = false
  #client: MqttClient | undefined
  #stopped = false
  #working: Promise<void> | undefined

  constructor (id: string) { this.id = id }

  async connect (port: number): Promise<void> {
    this.closed = false
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: this.id, reconnectPeriod: 0 }, false)
    client.on('close', () => { this.closed = true })
    client.on('error', () => {})
    this.#client = client
    this.#working = this.#work(client)
  }

  async #work (client: MqttClient): Promise<void> {
    const gone = new Promise<void>(resolve => { client.once('close', resolve) })
    for (let n = 0; n < MAX_ROUNDS && !this.#stopped && !this.closed; n++) {
      await Promise.race([client.publishAsync(`load/${this.id}`, String(n), { qos: 1 }).catch(() => {}), gone])
      if (!this.closed) this.rounds++
    }
  }

  async stop (): Promise<void> {
    this.#stopped = true
    await this.#working
    if (!this.closed) await this.#client?.endAsync(true)
  }
}

describeWithMosquitto('two workers, two brokers, devices that publish without pause', mosquitto => {
  let farm: MqttFarm
  const devices = Array.from({ length: CLIENTS }, (_, i) => new Device(`device-${i}`))
  beforeAll(async () => { farm = await MqttFarm.start(mosquitto, { workers: 2, brokers: 2 }) })
  afterAll(async () => {
    await Promise.all(devices.map(async device => await device.stop()))
    await farm.stop()
  })

  /** The connection of every device, by its ID. */
  const connections = async (): Promise<Map<string | undefined, Connection>> =>
    new Map((await farm.weir.api.call('listConnections')).body.items.map(c => [c.session, c]))
  const stats = async (): Promise<Stats['userVservers'][string]> =>
    (await farm.weir.api.call('getStats')).body.userVservers['mqtt']!
  const health = async (): Promise<Health> => (await farm.weir.api.call('getHealth')).body

  test('killing one loses its own clients only; they come back to the broker they had', async () => {
    await Promise.all(devices.map(async device => await device.connect(farm.port)))
    await until(() => devices.every(device => device.rounds > 5), 'every device to publish')
    const before = await connections()
    expect(before.size).toBe(CLIENTS)
    const [killed, other] = (await health()).workers
    const isOf = (worker: number) => (device: Device): boolean => before.get(device.id)!.id.startsWith(`${worker}-`)
    const [hurt, spared] = [devices.filter(isOf(killed!.id)), devices.filter(isOf(other!.id))]
    expect(hurt.length, 'clients of the worker to kill').toBeGreaterThan(0)
    expect(spared.length, 'clients of the other worker').toBeGreaterThan(0)

    // What a worker had is known from when it was last asked.
    expect((await stats()).closed['worker-lost']).toBeUndefined()
    process.kill(killed!.pid, 'SIGKILL')
    await until(() => hurt.every(device => device.closed), 'its clients to be closed')
    await Promise.all(hurt.map(async device => await device.connect(farm.port)))
    await until(async () => (await health()).workers.every(worker => worker.status === 'up'), 'the worker to be back')
    const rounds = new Map(devices.map(device => [device, device.rounds]))
    await until(() => devices.every(device => device.rounds > rounds.get(device)! + 5), 'every device to publish again')

    expect(spared.filter(device => device.closed)).toEqual([])
    const after = await connections()
    for (const { id } of devices) expect(after.get(id)?.service, id).toBe(before.get(id)!.service)
    for (const { id } of spared) expect(after.get(id)?.id, id).toBe(before.get(id)!.id)
    const told = await until(
      () => farm.weir.log.find(({ reason }) => reason === 'worker-lost'),
      'the line of what was lost'
    )
    expect(told).toMatchObject({
      worker: killed!.id,
      workerPid: killed!.pid,
      userVserver: 'mqtt',
      connections: hurt.length
    })
    expect(await stats()).toMatchObject({
      connections: CLIENTS,
      accepted: CLIENTS + hurt.length,
      closed: { 'worker-lost': hurt.length }
    })
    const { workers } = await health()
    expect(workers.map(worker => worker.restarts)).toEqual([1, 0])
    expect(workers.map(worker => worker.pid)).toEqual([
      expect.not.toSatisfy((pid: number) => pid === killed!.pid),
      other!.pid
    ])
    const { items } = (await farm.weir.api.call('listSessions')).body
    expect(items.map(session => session.key).sort()).toEqual(devices.map(device => device.id).sort())
  })
})
