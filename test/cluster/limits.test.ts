// What several `weir serve` bound, find out and do together, with one redis-server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { wrongClock } from '../support/wrong-clock.ts'
import { Client, Farm } from '../weir/farm.ts'
import { StoreProxy } from './store-proxy.ts'

const program = findService('redis')
const NAMES = ['one', 'two', 'three']
/** Of each node, in seconds: what they do together needs no common time of day. */
const CLOCKS_WRONG_BY = [0, 3600, -3600]

describe.skipIf(program === undefined)('nodes with redis-server', () => {
  let farm: Farm
  let redis: Redis
  let directory: string
  let config: string
  /** Between the third node and the store. */
  let proxy: StoreProxy
  const nodes: WeirProcess[] = []
  const portsOf = async (vserver: string): Promise<number[]> =>
    await Promise.all(nodes.map(async weir => await weir.api.port(vserver)))
  /** Returns the client, or undefined if no server has answered it. */
  const comes = async (port: number, name: string): Promise<Client | undefined> => {
    const client = await Client.connect(port, name).catch(() => undefined)
    if (client === undefined || farm.servers.some(({ name }) => name === client.server)) return client
    client.close()
    return undefined
  }

  const healthOf = async (weir: WeirProcess, service: string) =>
    (await weir.api.call('getServiceHealth', { path: { name: service } })).body
  /** Who probes a service: the node that follows nobody, if the others follow it. */
  const proberOf = async (service: string, names: readonly string[] = NAMES): Promise<string | undefined> => {
    const found = await Promise.all(nodes.map(async weir => await healthOf(weir, service)))
    if (found.some(({ health }) => health !== 'up')) return undefined
    const own = found.flatMap(({ monitors: [monitor] }, i) => monitor!.by === undefined ? [names[i]!] : [])
    return own.length === 1 && found.every(({ monitors: [monitor] }) => (monitor!.by ?? own[0]) === own[0])
      ? own[0]
      : undefined
  }
  const jobIn = async (weir: WeirProcess, id: string) =>
    (await weir.api.call('listJobs')).body.items.find(job => job.id === id)
  /** Resolves when all nodes have what was changed on any of them. */
  const caughtUp = async (): Promise<void> => {
    await until(
      async () =>
        new Set(await Promise.all(nodes.map(async weir => (await weir.api.call('getHealth')).body.revision))).size === 1,
      'one configuration'
    )
  }
  /** Clients through these ports in turn. */
  const clientsOf = async (ports: readonly number[], count: number): Promise<Client[]> =>
    await Promise.all(
      Array.from({ length: count }, async (_, i) => await Client.connect(ports[i % ports.length]!, `all-${i}`))
    )
  /** The same through all nodes. */
  const clientsOfAll = async (count: number): Promise<Client[]> => {
    await caughtUp()
    return await clientsOf(await portsOf('v'), count)
  }

  beforeAll(async () => {
    farm = await Farm.start('red', 'blue', 'few')
    directory = await mkdtemp(join(tmpdir(), 'weir-limits-'))
    config = join(directory, 'config.json')
    const base = farm.config()
    const [vserver] = base.userVservers!
    await writeFile(config, JSON.stringify({
      ...base,
      services: base.services!.map(service => ({ ...service, maxClients: service.name === 'few' ? 12 : 0, monitors: [{ type: 'tcp', intervalSeconds: 0.5, timeoutSeconds: 30, downAfter: 2 }] })),
      lbVservers: [{ ...base.lbVservers![0]!, services: [{ name: 'red' }, { name: 'blue' }] }, { name: 'bounded', services: [{ name: 'few' }] }],
      userVservers: [vserver, { ...vserver!, name: 'bounded', defaultLb: 'bounded' }]
    }))
    redis = await Redis.start(program!)
    proxy = await StoreProxy.start(() => redis.port)
    for (const [i, node] of NAMES.entries())
      nodes.push(
        await WeirProcess.start({
          workers: i === 0 ? 2 : 1,
          config,
          args: ['--cluster', `redis://127.0.0.1:${i === 2 ? proxy.port : redis.port}`, '--node', node],
          env: wrongClock(CLOCKS_WRONG_BY[i]!)
        })
      )
  })
  afterAll(async () => {
    for (const weir of nodes) await weir.stop()
    proxy.close()
    await redis.kill()
    farm.close()
    await rm(directory, { recursive: true })
  })

  test('maxClients of a service holds over all nodes, and without the store', async () => {
    const LIMIT = 12
    const ports = await portsOf('bounded')
    const clients: Client[][] = ports.map(() => [])
    const inAll = (): number => clients.reduce((sum, { length }) => sum + length, 0)
    const connections = async (): Promise<number> =>
      (await Promise.all(
        nodes.map(async weir => (await weir.api.call('getStats')).body.services['few']?.connections ?? 0)
      )).reduce((sum, each) => sum + each)
    let last = 0
    const come = async (node: number): Promise<void> => {
      const client = await comes(ports[node]!, `client-${++last}`)
      if (client !== undefined) clients[node]!.push(client)
      expect(inAll()).toBeLessThanOrEqual(LIMIT)
    }
    await Promise.all(Array.from({ length: 30 }, async (_, i) => { await come(i % 3) }))
    // A refusal may be too early by what other nodes had free for a moment.
    await until(async () => {
      for (let node = 0; node < 3; node++) await come(node)
      return inAll() === LIMIT
    }, 'all places')
    expect(await connections()).toBe(LIMIT)

    // What one node's clients leave, another node's get.
    for (const client of clients[0]!.splice(0)) client.close()
    await until(async () => {
      await come(2)
      return inAll() === LIMIT
    }, 'the places of another node')
    expect(clients[0]).toEqual([])

    // Each node goes on with its part.
    redis.pause()
    try {
      await until(
        async () => (await nodes[2]!.api.call('getHealth')).body.cluster?.state === 'away',
        'a node without the store'
      )
      clients[2]!.pop()!.close()
      await until(async () => {
        await come(2)
        return inAll() === LIMIT
      }, 'a place of the node\'s own')
      for (let node = 0; node < 3; node++) await come(node)
      expect(inAll()).toBe(LIMIT)
    } finally {
      redis.resume()
    }
    for (const weir of nodes)
      await until(async () => (await weir.api.call('getHealth')).body.cluster?.state === 'up', 'a node with the store')
    for (const client of clients.flat()) client.close()
    await until(async () => await connections() === 0, 'the end of the clients')
  })

  test('defence mode of each node is shown by all', async () => {
    const [one, two] = nodes as [WeirProcess, WeirProcess]
    await one.api.call('createUserVserver', {
      body: {
        name: 'defended',
        protocol: 'HELLO',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        floods: { mode: 'on' }
      }
    })
    const seen = async (weir: WeirProcess): Promise<string[]> =>
      (await weir.api.call('getHealth')).body.defending.map(({ node, userVserver }) =>
        `${node ?? 'self'} ${userVserver}`
      ).sort()
    // It is configured, so every worker of every node has it: node one has two.
    await until(
      async () => (await seen(two)).join() === 'one defended,one defended,self defended,three defended',
      'the defence mode of all nodes'
    )
    const { items } = (await two.api.call('listNodes')).body
    expect(items.map(({ name, defending }) => [name, defending.length])).toEqual([['one', 2], ['three', 1], ['two', 1]])
    await one.api.call('deleteUserVserver', { path: { name: 'defended' } })
    for (const weir of nodes) await until(async () => (await seen(weir)).length === 0, 'no defence mode')
  })

  test('one node probes each service for all, and another one when it is gone', async () => {
    const services = ['red', 'blue', 'few']
    const probers = new Map<string, string>()
    for (const service of services) {
      await until(async () => {
        const found = await proberOf(service)
        if (found !== undefined) probers.set(service, found)
        return found !== undefined
      }, `one prober of ${service}`)
    }
    await until(async () => {
      const { items } = (await nodes[0]!.api.call('listNodes')).body
      return items.every(({ name, probes }) => probes === [...probers.values()].filter(each => each === name).length)
    }, 'the cards with what each node probes')

    // All learn of a service that is down from its prober, and look for themselves.
    const port = farm.servers.find(({ name }) => name === 'blue')!.port
    await farm.stop('blue')
    for (const weir of nodes)
      await until(async () => (await healthOf(weir, 'blue')).health === 'down', 'a service that is down')
    await farm.restart('blue', port)
    for (const weir of nodes)
      await until(async () => (await healthOf(weir, 'blue')).health === 'up', 'a service that is up again')
  })

  test('a drain is one job over all nodes, which each of them shows and ends', async () => {
    const [one, two, three] = nodes as [WeirProcess, WeirProcess, WeirProcess]
    const clients = await clientsOfAll(24)
    const drained = clients.filter(({ server }) => server === 'red')
    expect(drained.length).toBeGreaterThan(0)
    const { id, node } =
      (await two.api.call('drainService', { path: { name: 'red' }, body: { ratePerSecond: 1000 } })).body
    expect(node).toBe('two')
    for (const weir of nodes) {
      await until(async () => jobIn(weir, id).then(job => job?.state === 'done'), 'the end of the job')
      expect(await jobIn(weir, id)).toMatchObject({ node: 'two', told: drained.length, remaining: 0 })
    }
    for (const client of drained)
      expect([await client.next(), await client.next()]).toEqual([expect.stringMatching(/^ERR /), undefined])
    // The others have not noticed.
    for (const client of clients) if (client.server !== 'red') expect(await client.say('still')).toBe('blue: still')

    // A slow one, which another node ends.
    const slow = (await one.api.call('drainService', { path: { name: 'blue' }, body: { ratePerSecond: 0.01 } })).body
    await until(async () => await jobIn(three, slow.id) !== undefined, 'the job of another node')
    await expect(three.api.call('drainService', { path: { name: 'blue' }, body: {} })).rejects.toMatchObject({
      code: 'job-running'
    })
    expect((await three.api.call('cancelJob', { path: { id: slow.id } })).body).toMatchObject({
      state: 'cancelled',
      node: 'one'
    })
    for (const weir of nodes)
      await until(async () => (await jobIn(weir, slow.id))?.state === 'cancelled', 'a job that another node has ended')
    for (const name of ['red', 'blue']) await one.api.call('enableService', { path: { name } })
    for (const client of clients) client.close()
  })

  test('a node that is cut off during a drain tells its clients when it is back', async () => {
    const [one, , three] = nodes as [WeirProcess, WeirProcess, WeirProcess]
    const clients = await clientsOfAll(12)
    const drained = clients.filter(({ server }) => server === 'red')
    const theirs = clients.filter(({ server }, i) => server === 'red' && i % 3 === 2)
    expect(theirs.length).toBeGreaterThan(0)
    proxy.cut = true
    const stateOf = async (): Promise<unknown> => (await three.api.call('getHealth')).body.cluster?.state
    await until(async () => await stateOf() === 'away', 'a node without the store')
    const { id } =
      (await one.api.call('drainService', { path: { name: 'red' }, body: { ratePerSecond: 1000 } })).body
    await until(async () => (await jobIn(one, id))!.told === drained.length - theirs.length, 'the clients of the others')
    for (const client of theirs) expect(await client.say('still')).toBe('red: still')
    proxy.cut = false
    // Also where the machine was so slow that the job has ended without them.
    for (const client of theirs)
      expect([await client.next(), await client.next()]).toEqual([expect.stringMatching(/^ERR /), undefined])
    await until(async () => await stateOf() === 'up', 'a node with the store')
    await until(async () => (await jobIn(one, id))!.state === 'done', 'the end of the job')
    await one.api.call('enableService', { path: { name: 'red' } })
    for (const client of clients) client.close()
  })

  test('the clients of a node that has just joined count in a job from its beginning', async () => {
    const [one] = nodes as [WeirProcess]
    await one.api.call('disableService', { path: { name: 'blue' } })
    const four = await WeirProcess.start({
      workers: 1,
      config,
      args: ['--cluster', `redis://127.0.0.1:${redis.port}`, '--node', 'four']
    })
    try {
      const clients = await clientsOf([await four.api.port('v')], 6)
      expect(clients.every(({ server }) => server === 'red')).toBe(true)
      await one.api.call('enableService', { path: { name: 'blue' } })
      const { body: { id } } =
        await one.api.call('rebalanceLbVserver', { path: { name: 'lb' }, body: { ratePerSecond: 5 } })
      await until(async () => (await jobIn(one, id))!.clients === 3, 'the clients of the new node')
      await one.api.call('cancelJob', { path: { id } })
      for (const client of clients) client.close()
    } finally {
      await four.stop()
    }
  })

  test('a node that joins during a rebalance takes part in it', async () => {
    const [one] = nodes as [WeirProcess]
    await one.api.call('disableService', { path: { name: 'blue' } })
    const clients = await clientsOfAll(12)
    expect(clients.every(({ server }) => server === 'red')).toBe(true)
    await one.api.call('enableService', { path: { name: 'blue' } })
    const { id } = (await one.api.call('rebalanceLbVserver', { path: { name: 'lb' }, body: { ratePerSecond: 5 } })).body
    await one.api.call('pauseJob', { path: { id } })
    const four = await WeirProcess.start({
      workers: 1,
      config,
      args: ['--cluster', `redis://127.0.0.1:${redis.port}`, '--node', 'four']
    })
    try {
      await until(async () => await jobIn(four, id) !== undefined, 'the job of another node')
      expect((await four.api.call('resumeJob', { path: { id } })).body).toMatchObject({ state: 'running', node: 'one' })
      const port = await four.api.port('v')
      const back: Client[] = []
      let over = false
      // Whoever is told to go comes back through the new node, until that leads it elsewhere than before.
      const follow = async (client: Client, name: string): Promise<void> => {
        await client.next()
        if (over) return
        await until(async () => {
          const again = await Client.connect(port, name)
          if (again.server === 'blue') back.push(again)
          else again.close()
          return again.server === 'blue'
        }, 'the other server')
      }
      const following = clients.map(async (client, i) => { await follow(client, `all-${i}`) })
      await until(async () => (await jobIn(four, id))?.state === 'done', 'the end of the job')
      expect(await jobIn(four, id)).toMatchObject({ told: 6, remaining: 0 })
      expect(back).toHaveLength(6)
      over = true
      for (const client of [...clients, ...back]) client.close()
      await Promise.all(following)
    } finally {
      await four.stop()
    }
  })

  test('what a node did that was killed goes on', async () => {
    const DEADLINE = 1000
    let prober: string | undefined
    await until(async () => (prober = await proberOf('red')) !== undefined, 'the prober of a service')
    const victim = NAMES.indexOf(prober!)
    await caughtUp()
    const [weir] = nodes.splice(victim, 1)
    const name = NAMES[victim]!
    const others = NAMES.filter(each => each !== name)
    const clients = await clientsOfAll(8)
    const service = clients.filter(({ server }) => server === 'blue').length < 4 ? 'red' : 'blue'
    const { id } =
      (await weir!.api.call('drainService', { path: { name: service }, body: { ratePerSecond: 0.01, deadlineSeconds: DEADLINE } })).body
    await until(async () => (await jobIn(nodes[0]!, id))?.node === name, 'the job of a node')
    process.kill(weir!.pid, 'SIGKILL')
    // It is gone when its card is.
    await until(async () => {
      const jobs = await Promise.all(nodes.map(async each => await jobIn(each, id)))
      return jobs.every(job => job?.state === 'running' && others.includes(job.node!) && job.node === jobs[0]!.node)
    }, 'another node with the job')
    // Whichever has it now has the deadline on its own clock.
    for (const [i, each] of nodes.entries()) {
      const { deadline } = (await jobIn(each, id))!
      const left = Date.parse(deadline!) / 1000 - Date.now() / 1000 - CLOCKS_WRONG_BY[NAMES.indexOf(others[i]!)]!
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(DEADLINE + 5)
    }
    let next: string | undefined
    await until(async () => (next = await proberOf('red', others)) !== undefined, 'another prober')
    expect(others).toContain(next)
    expect((await nodes[1]!.api.call('cancelJob', { path: { id } })).body.state).toBe('cancelled')
    for (const client of clients) client.close()
  })
})
