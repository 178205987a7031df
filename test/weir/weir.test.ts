import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWeir, FileStorage, type Weir, type WeirOptions } from 'weirlb'
import { Client, Farm, serverOf } from './farm.ts'

let farm: Farm
beforeAll(async () => { farm = await Farm.start('red', 'blue') })
afterAll(() => { farm.close() })

const running: Weir[] = []
afterEach(async () => { for (const weir of running.splice(0)) await weir.stop({ graceMs: 200 }) })

const start = async (options: WeirOptions): Promise<Weir> => {
  const weir = createWeir({ workers: 0, log: { level: 'silent' }, ...options })
  running.push(weir)
  await weir.start()
  return weir
}
const portOf = async (weir: Weir): Promise<number> => (await weir.userVservers.status('v')).listening!.port
const names = Array.from({ length: 12 }, (_, i) => `client-${i}`)
const serversOf = async (port: number): Promise<string[]> => await Promise.all(names.map(name => serverOf(port, name)))
/** One after the other, so that it is the method's turn that decides and not the moment. */
const spread = async (port: number): Promise<string[]> => {
  const servers: string[] = []
  for (const name of names) servers.push(await serverOf(port, name))
  return servers
}

describe.each([0, 1, 2])('with %i workers', workers => {
  // One Weir for all of them: each finds it as new.
  let weir: Weir
  beforeAll(async () => {
    await start({ workers })
    weir = running.pop()!
  })
  beforeEach(async () => {
    await weir.config.replace({})
    await weir.config.replace(farm.config())
  })
  afterAll(async () => { await weir.stop({ graceMs: 200 }) })

  test('clients are pinned, whatever worker they meet', async () => {
    const port = await portOf(weir)
    const first = await spread(port)
    expect(new Set(first)).toEqual(new Set(['red', 'blue']))
    expect(await serversOf(port)).toEqual(first)
    await until(
      async () => (await weir.sessions.list()).every(session => session.connections === 0),
      'all holds to be let go'
    )
    expect((await weir.sessions.list()).map(s => s.key).sort()).toEqual([...names].sort())
    const stats = await weir.stats()
    expect(stats.lbVservers['lb']).toMatchObject({ picks: 24, sessionHits: 12, sessionMisses: 12 })
    expect(stats.extensions['hello']).toMatchObject({ up: Math.max(workers, 1), down: 0 })
    expect(Object.keys(stats.workers).sort()).toEqual([['0'], ['1', 'control'], ['1', '2', 'control']][workers])
    expect(Object.values(stats.workers).reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThanOrEqual(24)
    for (const { cpuMs, residentBytes, loopDelayMs } of Object.values(stats.workers))
      expect([cpuMs > 0, residentBytes > 0, loopDelayMs.count > 0]).toEqual([true, true, true])
  })

  test('a change leaves connections alone, and a refused one everything', async () => {
    const port = await portOf(weir)
    const client = await Client.connect(port, 'ann')
    const before = weir.config.get()

    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const taken = (other.address() as AddressInfo).port
    await expect(
      weir.userVservers.create({ name: 'w', protocol: 'HELLO', address: '127.0.0.1', port: taken, defaultLb: 'lb' })
    ).rejects.toMatchObject({ code: 'address-taken' })
    await expect(weir.extensions.create({ name: 'bad', source: 'export default 1' })).rejects.toMatchObject({
      code: 'extension-no-default'
    })
    await expect(weir.extensions.create({ name: 'bad', source: 'export const = 1' })).rejects.toMatchObject({
      code: 'extension-compile',
      message: expect.stringMatching(/bad\.ts:1:\d+/) as string
    })
    other.close()
    expect(weir.config.get()).toEqual(before)

    await weir.userVservers.create({ name: 'w', protocol: 'HELLO', address: '127.0.0.1', port: 0, defaultLb: 'lb' })
    await weir.lbVservers.patch('lb', { method: 'least-connection' })
    expect(await client.say('still there?')).toBe(`${client.server}: still there?`)
    expect(await serverOf((await weir.userVservers.status('w')).listening!.port, 'ann')).toBe(client.server)
    client.close()
  })

  test('a service that is unbound takes its sessions with it', async () => {
    const port = await portOf(weir)
    await spread(port)
    await weir.lbVservers.patch('lb', { services: [{ name: 'blue' }] })
    expect(new Set(await serversOf(port))).toEqual(new Set(['blue']))
  })

  test('connections are listed and killed one by one', async () => {
    const client = await Client.connect(await portOf(weir), 'ann')
    const [connection] = await weir.connections.list({ session: 'ann' })
    expect(connection).toMatchObject({
      userVserver: 'v',
      service: client.server,
      session: 'ann',
      fields: { 'hello.name': 'ann' }
    })
    expect(await weir.connections.kill(connection!.id)).toBe(true)
    expect(await client.next()).toBe('ERR killed')
    expect(await client.next()).toBeUndefined()
    await until(async () => !await weir.connections.kill(connection!.id), 'the connection to be gone')
    expect(await weir.connections.kill('99-1')).toBe(false)
  })

  test('clients are told goodbye when it stops', async () => {
    const port = await portOf(weir)
    const clients = await Promise.all(names.map(name => Client.connect(port, name)))
    const [goodbyes] = await Promise.all([
      Promise.all(clients.map(client => client.next())),
      weir.stop({ graceMs: 2000 })
    ])
    expect(new Set(goodbyes)).toEqual(new Set(['ERR shutdown']))
  })
})

test('validating an extension answers its declaration and keeps nothing', async () => {
  const weir = await start({ workers: 1, config: farm.config() })
  const source = weir.extensions.require('hello').value.source!
  expect(await weir.extensions.validate(source)).toMatchObject({
    name: 'hello-lines',
    api: 1,
    hooks: { goodbye: true }
  })
  expect(weir.extensions.list()).toHaveLength(1)
})

test('a service that goes down is noticed, and its clients are closed', async () => {
  const doomed = await Farm.start('green')
  const config = doomed.config()
  const weir = await start({
    workers: 2,
    config: {
      ...config,
      services: config.services!.map(s => ({ ...s, monitors: [{ type: 'tcp', intervalSeconds: 0.05, downAfter: 1 }] }))
    }
  })
  const port = await portOf(weir)
  const client = await Client.connect(port, 'ann')
  doomed.close()
  await until(async () => (await weir.services.status('green')).value === 'down', 'the service to be down')
  expect((await weir.services.status('green')).reason).toContain('ECONNREFUSED')
  expect(await weir.userVservers.status('v')).toMatchObject({ value: 'down', listening: { port } })
  expect(await weir.health()).toMatchObject({ status: 'degraded', services: { up: 0, down: 1 } })
  await until(async () => await client.next() === undefined, 'the client to be closed')
  // The listener stays: a client is refused in its protocol.
  expect((await Client.connect(port, 'bob')).server).toBe('ERR no-service')
})

describe('a worker that is killed', () => {
  test('loses its own connections only; it is back, and sessions stay', async () => {
    const weir = await start({ workers: 2, config: farm.config() })
    const port = await portOf(weir)
    const clients = await Promise.all(names.map(name => Client.connect(port, name)))
    const connections = await weir.connections.list()
    const { workers } = await weir.health()
    const ofWorker = (number: string): Set<string> =>
      new Set(connections.filter(c => c.id.startsWith(`${number}-`)).map(c => c.session!))

    process.kill(workers[0]!.pid, 'SIGKILL')
    await until(
      async () => (await weir.health()).workers.every(w => w.status === 'up' && w.pid !== workers[0]!.pid),
      'another worker'
    )
    expect((await weir.health()).workers.map(w => w.restarts)).toEqual([1, 0])
    for (const name of ofWorker('2'))
      expect(await clients[names.indexOf(name)]!.say('hi')).toBe(`${clients[names.indexOf(name)]!.server}: hi`)
    for (const name of ofWorker('1')) expect(await clients[names.indexOf(name)]!.next()).toBeUndefined()
    expect(await serversOf(port)).toEqual(clients.map(client => client.server))
    for (const client of clients) client.close()
  })

  test('over and over, under load, leaves a Weir that works', async () => {
    const weir = await start({ workers: 2, config: farm.config() })
    const port = await portOf(weir)
    const pinned = await spread(port)
    let busy = true
    let reached = 0
    const load = names.map(async (name, i) => {
      for (let n = 0; busy && n < 10_000; n++) {
        // A killed worker resets the connections it has; what is answered is answered by the right server.
        const server = await serverOf(port, name).catch(() => undefined)
        if (server === undefined) continue
        expect(server).toBe(pinned[i])
        reached++
      }
    })
    for (let kills = 1; kills <= 3; kills++) {
      const { pid } = (await weir.health()).workers[kills % 2]!
      process.kill(pid, 'SIGKILL')
      await until(
        async () => (await weir.health()).workers.every(w => w.status === 'up' && w.pid !== pid),
        `the worker after kill ${kills}`
      )
    }
    busy = false
    await Promise.all(load)
    expect(reached).toBeGreaterThan(names.length)
    expect(await serversOf(port)).toEqual(pinned)
  })
})

describe('a restart', () => {
  test('keeps configuration, private keys and sessions', async () => {
    const state = await mkdtemp(join(tmpdir(), 'weir-state-'))
    const first = await start({ workers: 2, storage: new FileStorage(state), config: farm.config() })
    const pinned = await spread(await portOf(first))
    const before = first.config.get()
    await first.stop({ graceMs: 200 })

    const second = await start({ workers: 1, storage: new FileStorage(state) })
    expect(second.config.get()).toEqual(before)
    expect(await serversOf(await portOf(second))).toEqual(pinned)
    await second.stop()
    await rm(state, { recursive: true })
  })

  test('after a start that failed is possible: nothing of it is left', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const failed = createWeir({ workers: 1, config: farm.config(port), log: { level: 'silent' } })
    await expect(failed.start()).rejects.toMatchObject({ code: 'address-taken' })
    other.close()
    await once(other, 'close')
    const weir = await start({ workers: 1, config: farm.config(port) })
    expect(await portOf(weir)).toBe(port)
  })
})
