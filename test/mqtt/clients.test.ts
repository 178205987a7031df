// Real MQTT clients whose servers go away, are gone when they come back, and are there again.
import type { Connections } from '@weirlb/admin/client'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientsIn, newFolder } from '../../bench/src/clients/all.ts'
import { describeWithMosquitto } from '../support/describe-with.ts'
import { MqttFarm } from '../support/mqtt-farm.ts'
import { servicesRequired } from '../support/services.ts'

/** A bridge waits for up to 30 s before it comes back. */
const SLOW = 'mosquitto bridge'

describeWithMosquitto('MQTT clients that Weir closes', mosquitto => {
  let farm: MqttFarm
  const folder = newFolder()
  const clients = clientsIn(folder).filter(({ name }) => name !== SLOW)
  const present = clients.filter(({ missing }) => missing === undefined)
  const running = new Map<string, ChildProcess>()
  const exited: string[] = []

  beforeAll(async () => {
    farm = await MqttFarm.start(mosquitto, { workers: 1, brokers: 1 })
    for (const client of present) {
      for (const version of [4, 5] as const) {
        const id = `${client.name}, version ${version}`
        const own = join(folder, id.replaceAll(/\W+/g, '-'))
        mkdirSync(own)
        const [command, ...args] = client.command({ port: farm.port, version, id, folder: own }) as [
          string,
          ...string[]
        ]
        const child = spawn(command, args, { stdio: 'ignore' })
        child.on('exit', (code, signal) => { exited.push(`${id}: ${code ?? signal}`) })
        running.set(id, child)
      }
    }
  })
  afterAll(async () => {
    await Promise.all(
      [...running.values()].filter(child => child.exitCode === null && child.signalCode === null).map(async child => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      })
    )
    await farm.stop()
    rmSync(folder, { recursive: true })
  })

  const connections = async (): Promise<Connections['items']> =>
    (await farm.weir.api.call('listConnections')).body.items
  /** The clients that are served are all of them, on connections that were not there before. */
  const allAreServed = async (before: ReadonlySet<string> = new Set()): Promise<void> => {
    await until(async () => {
      if (exited.length > 0) throw new Error(`clients ended: ${exited.join('; ')}`)
      const ids = (await connections()).filter(({ id }) => !before.has(id)).map(({ fields }) =>
        fields['mqtt.connect.client_id']
      )
      return [...running.keys()].every(id => ids.includes(id))
    }, 'every client to be connected')
  }

  for (const { name, missing } of clients) {
    if (missing === undefined)
      test(`${name} is among them`, () => {
        expect([...running.keys()].filter(id => id.startsWith(`${name}, version`))).toHaveLength(2)
      })
    else if (servicesRequired)
      test(`${name} is among them`, () => {
        expect.fail(`${missing}, and WEIR_REQUIRE_SERVICES=1`)
      })
    else test(`${name} is among them (skipped: ${missing})`, context => {
        context.skip(missing)
      })
  }

  test('come back when they were refused meanwhile, for there was no service', async () => {
    await allAreServed()
    await farm.weir.api.call('disableService', { path: { name: 'broker-1' } })
    await until(async () => await farm.closed('no-service') >= running.size, 'clients to be refused')
    await farm.weir.api.call('enableService', { path: { name: 'broker-1' } })
    await allAreServed()
  })

  test('come back when an operator has closed them', async () => {
    await allAreServed()
    const before = await connections()
    for (const { id } of before) await farm.weir.api.call('killConnection', { path: { id } })
    await allAreServed(new Set(before.map(({ id }) => id)))
  })
})
