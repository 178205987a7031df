// Several `weir serve` with one redis-server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisStore } from '@weirlb/cluster'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'
import { WeirProcess } from '../support/weir-process.ts'
import { wrongClock } from '../support/wrong-clock.ts'
import { Client, Farm, serverOf } from '../weir/farm.ts'

const program = findService('redis')
describe.skipIf(program === undefined)('nodes with redis-server', () => {
  let farm: Farm
  let redis: Redis
  let directory: string
  let config: string
  const nodes: WeirProcess[] = []
  const start = async (node: string, url = `redis://127.0.0.1:${redis.port}`): Promise<WeirProcess> => {
    // Nodes need no common time of day for what they share.
    const env = wrongClock(node === 'three' ? 3600 : node === 'two' ? -3600 : 0)
    const weir = await WeirProcess.start({ workers: 1, config, args: ['--cluster', url, '--node', node], env })
    nodes.push(weir)
    return weir
  }
  const kill = async (weir: WeirProcess): Promise<void> => {
    nodes.splice(nodes.indexOf(weir), 1)
    process.kill(weir.pid, 'SIGKILL')
    await until(() => { try { return !process.kill(weir.pid, 0) } catch { return true } }, 'the end of a node')
  }
  const stateOf = async (weir: WeirProcess): Promise<string | undefined> =>
    (await weir.api.call('getHealth')).body.cluster?.state

  beforeAll(async () => {
    farm = await Farm.start('red', 'blue', 'green')
    directory = await mkdtemp(join(tmpdir(), 'weir-nodes-'))
    config = join(directory, 'config.json')
    await writeFile(config, JSON.stringify(farm.config()))
    redis = await Redis.start(program!)
    for (const name of ['one', 'two', 'three']) await start(name)
  })
  afterAll(async () => {
    for (const weir of nodes) await weir.stop()
    await redis.kill()
    farm.close()
    await rm(directory, { recursive: true })
  })

  test('they know each other, and a client meets its server through each of them', async () => {
    const ports = await Promise.all(nodes.map(weir => weir.api.port('v')))
    const held = await Client.connect(ports[0]!, 'held')
    for (let i = 0; i < 9; i++) {
      const first = await serverOf(ports[i % 3]!, `client-${i}`)
      for (const port of ports) expect(await serverOf(port, `client-${i}`)).toBe(first)
    }
    expect(await serverOf(ports[1]!, 'held')).toBe(held.server)
    await until(async () => {
      const { items } = (await nodes[1]!.api.call('listNodes')).body
      return items.length === 3 && items.find(({ name }) => name === 'one')!.clients === 1 &&
        items.every(({ revision }) => revision > 0)
    }, 'the figures of all nodes')
    const { items } = (await nodes[1]!.api.call('listNodes')).body
    expect(items.map(({ name, self }) => [name, self])).toEqual([['one', false], ['three', false], ['two', true]])
    expect((await nodes[0]!.api.call('getHealth')).body.cluster).toEqual({
      node: 'one',
      store: `redis://127.0.0.1:${redis.port}`,
      state: 'up',
      reason: '',
      configuration: 'shared'
    })
    // The others have let it go a moment later.
    await until(async () => {
      const { items: [found] } = (await nodes[2]!.api.call('listSessions', { query: { key: 'held' } })).body
      return found?.lbVserver === 'lb' && found.service === held.server && found.connections === 1
    }, 'an entry that one node holds')
    held.close()
  })

  test('a second process of a name is refused while the first one lives, and takes it when that is dead', async () => {
    await expect(start('one')).rejects.toThrow(
      /another process has the name 'one' and is alive.*--node NAME.*\[node-name-taken\]/s
    )
    const three = nodes.at(-1)!
    await kill(three)
    const again = await start('three')
    expect((await again.api.call('listNodes')).body.items).toHaveLength(3)
  })

  test('a change on one node runs on all of them, with the code of extensions', async () => {
    const [one, two, three] = nodes as [WeirProcess, WeirProcess, WeirProcess]
    const { revision } = (await one.api.call('getHealth')).body
    await two.api.call('createExtension', {
      body: { name: 'hello2', source: farm.config().extensions![0]!.source!, check: 'off' }
    })
    await two.api.call('createUserProtocol', { body: { name: 'HELLO2', transport: 'tcp', extension: 'hello2' } })
    await two.api.call('createUserVserver', {
      body: { name: 'v2', protocol: 'HELLO2', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    })
    for (const weir of [one, three]) {
      await until(
        async () => (await weir.api.call('getHealth')).body.revision === revision + 3,
        'the revision of another node'
      )
      expect(await serverOf(await weir.api.port('v2'), 'travelled')).toBe(
        await serverOf(await two.api.port('v2'), 'travelled')
      )
    }
    // One that comes later has it all, whatever its own file says.
    const file = join(directory, 'four.json')
    await writeFile(
      file,
      JSON.stringify({ ...farm.config(), cluster: { store: `redis://127.0.0.1:${redis.port}`, node: 'four' } })
    )
    const four = await WeirProcess.start({ workers: 1, config: file })
    nodes.push(four)
    expect((await four.api.call('getHealth')).body.revision).toBe(revision + 3)
    expect(await serverOf(await four.api.port('v2'), 'travelled')).toBe(
      await serverOf(await two.api.port('v2'), 'travelled')
    )
    nodes.splice(nodes.indexOf(four), 1)
    await four.stop()
    // Of changes at one time, one is first, and no node has another history.
    const results = await Promise.allSettled(
      [one, two, three].map(async (weir, i) =>
        await weir.api.call('createMonitor', { body: { name: `m${i}`, type: 'tcp' } })
      )
    )
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'revision-conflict' })
    const taken = results.filter(({ status }) => status === 'fulfilled').length
    expect(taken).toBeGreaterThan(0)
    const configs = async (): Promise<string[]> =>
      await Promise.all(
        nodes.map(async weir =>
          JSON.stringify([(await weir.api.call('getHealth')).body.revision, (await weir.api.call('getConfig')).body])
        )
      )
    await until(async () => new Set(await configs()).size === 1, 'one configuration on all nodes')
    expect((await one.api.call('getHealth')).body.revision).toBe(revision + 3 + taken)
  })

  test('a node that cannot run a revision keeps the one before, and all learn of it', async () => {
    const [one, two] = nodes as [WeirProcess, WeirProcess]
    const port = await freePort()
    const { revision } = (await one.api.call('getHealth')).body
    await one.api.call('createUserVserver', {
      body: { name: 'fixed', protocol: 'HELLO', address: '127.0.0.1', port, defaultLb: 'lb' }
    })
    let cards: readonly {
      readonly name: string
      readonly revision: number
      readonly refused?: { readonly revision: number, readonly reason: string } | undefined
    }[] = []
    await until(async () => {
      cards = (await two.api.call('listNodes')).body.items
      return cards.filter(({ refused }) => refused?.revision === revision + 1).length === 2 &&
        cards.some(each => each.revision === revision + 1)
    }, 'the cards of a node that runs it, and of two that cannot')
    expect(cards.map(({ name, refused }) => [name, refused?.revision])).toEqual([['one', undefined], ['three', revision + 1], ['two', revision + 1]])
    expect(cards.slice(1).every(each => each.revision <= revision && each.refused!.reason.includes(String(port)))).toBe(true)
    await until(() => one.log.some(({ msg, node }) => msg?.startsWith('a node cannot run a revision') === true && node === 'two'), 'the line for whoever has written')
    // It has not what the others changed, so it changes nothing.
    await expect(two.api.call('createMonitor', { body: { name: 'late', type: 'tcp' } })).rejects.toMatchObject({
      code: 'revision-conflict'
    })
    await one.api.call('deleteUserVserver', { path: { name: 'fixed' } })
    for (const weir of nodes)
      await until(
        async () => (await weir.api.call('getHealth')).body.revision === revision + 2,
        'all nodes at the next revision'
      )
    await until(
      async () => (await two.api.call('listNodes')).body.items.every(({ refused }) => refused === undefined),
      'nodes that refuse nothing'
    )
  })

  test('a session that is set by hand leads the next connections, and open ones stay on every node', async () => {
    const ports = await Promise.all(nodes.map(weir => weir.api.port('v')))
    const held = [await Client.connect(ports[0]!, 'by-hand'), await Client.connect(ports[1]!, 'by-hand')]
    const elsewhere = farm.servers.find(({ name }) => name !== held[0]!.server)!.name
    await nodes[0]!.api.call('setSession', { body: { lbVserver: 'lb', key: 'by-hand', service: elsewhere } })
    const found = async (weir: WeirProcess): Promise<string | undefined> =>
      (await weir.api.call('listSessions', { query: { key: 'by-hand' } })).body.items[0]?.service
    for (const weir of nodes) expect(await found(weir)).toBe(elsewhere)
    for (const port of ports) expect(await serverOf(port, 'by-hand')).toBe(elsewhere)
    for (const client of held) {
      expect(await client.say('still here')).toBe(`${client.server}: still here`)
      client.close()
    }
  })

  test('bans, and what rate limits count, hold over all nodes', async () => {
    const [one, two, three] = nodes as [WeirProcess, WeirProcess, WeirProcess]
    const banned = async (weir: WeirProcess): Promise<string[]> =>
      (await weir.api.call('listBans')).body.items.map(({ address }) => address)
    await one.api.call('setBan', { body: { address: '192.0.2.7', seconds: 3600, comment: 'noisy' } })
    for (const weir of nodes)
      await until(async () => (await banned(weir)).includes('192.0.2.7'), 'a ban of another node')
    await three.api.call('deleteBan', { path: { address: '192.0.2.7' } })
    for (const weir of nodes)
      await until(async () => (await banned(weir)).length === 0, 'a ban that another node has lifted')

    const LIMIT = 10
    await two.api.call('createRateLimit', {
      body: {
        name: 'comers',
        counts: 'connections',
        by: ['ip.src'],
        limit: LIMIT,
        periodSeconds: 3600,
        action: 'block'
      }
    })
    for (const weir of nodes)
      await until(async () => (await weir.api.call('listRateLimits')).body.items.length === 1, 'the limit on all nodes')
    const comes = async (weir: WeirProcess, name: string): Promise<boolean> => {
      const client = await Client.connect(await weir.api.port('v'), name).catch(() => undefined)
      client?.close()
      return client !== undefined
    }
    for (let i = 0; i < LIMIT; i++) expect(await comes(one, `comer-${i}`)).toBe(true)
    expect(await comes(one, 'comer-over')).toBe(false)
    // The others let pass at most the limit before they are told.
    for (const weir of [two, three]) {
      let passed = 0
      await until(async () => {
        if (!await comes(weir, 'comer-elsewhere')) return true
        passed++
        return false
      }, 'a node that holds the limit')
      expect(passed).toBeLessThan(LIMIT)
    }
    await two.api.call('deleteRateLimit', { path: { name: 'comers' } })
    for (const weir of nodes) await until(async () => await comes(weir, 'comer-again'), 'no limit')
  })

  test('a node whose subscription alone is dead misses no ban, no end of one, no move and no revision', async () => {
    const [one, two] = nodes as [WeirProcess, WeirProcess]
    const held = await Client.connect(await two.api.port('v'), 'deaf')
    const banned = async (weir: WeirProcess): Promise<string[]> =>
      (await weir.api.call('listBans')).body.items.map(({ address }) => address)
    for (const address of ['192.0.2.8', '192.0.2.10']) {
      await one.api.call('setBan', { body: { address, seconds: 3600 } })
      await until(async () => (await banned(two)).includes(address), 'a ban of another node')
    }
    await redis.command('ACL', 'SETUSER', 'default', '-subscribe')
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub')
    const says = (weir: WeirProcess, text: string): boolean => weir.log.some(({ msg }) => msg === text)
    await until(() => says(two, 'news of the shared store do not arrive: this node asks for them'), 'a deaf node')

    await one.api.call('deleteBan', { path: { address: '192.0.2.8' } })
    await one.api.call('setBan', { body: { address: '192.0.2.9', seconds: 3600 } })
    await one.api.call('setBan', { body: { address: '192.0.2.10', seconds: 1 } })
    await one.api.call('createMonitor', { body: { name: 'unheard', type: 'tcp' } })
    const elsewhere = farm.servers.find(({ name }) => name !== held.server)!.name
    await one.api.call('setSession', { body: { lbVserver: 'lb', key: 'deaf', service: elsewhere } })
    expect([await held.next(), await held.next()]).toEqual([expect.stringMatching(/^ERR /), undefined])
    expect(await serverOf(await two.api.port('v'), 'deaf')).toBe(elsewhere)
    for (const weir of nodes)
      await until(async () => (await banned(weir)).join() === '192.0.2.9', 'one ban, and neither the one that was lifted nor the one that was shortened')
    await until(async () => (await two.api.call('listMonitors')).body.items.some(({ name }) => name === 'unheard'), 'the revision')

    await redis.command('ACL', 'SETUSER', 'default', '+subscribe')
    for (const weir of nodes) await until(() => says(weir, 'news of the shared store arrive again'), 'a node that is told')
    await one.api.call('deleteBan', { path: { address: '192.0.2.9' } })
    for (const weir of nodes) await until(async () => (await banned(weir)).length === 0, 'no ban')
  })

  test('while the store is stopped every node decides alike, and afterwards they agree', async () => {
    const ports = await Promise.all(nodes.map(weir => weir.api.port('v')))
    const known = await Client.connect(ports[0]!, 'known')
    redis.pause()
    try {
      expect(await serverOf(ports[0]!, 'known')).toBe(known.server)
      for (let i = 0; i < 5; i++) {
        const first = await serverOf(ports[0]!, `new-${i}`)
        for (const port of ports) expect(await serverOf(port, `new-${i}`)).toBe(first)
      }
      for (const weir of nodes) {
        await until(async () => await stateOf(weir) === 'away', 'a node that reports the store')
        expect((await weir.api.call('getHealth')).body.status).toBe('degraded')
      }
      await expect(nodes[0]!.api.call('listNodes')).rejects.toMatchObject({ code: 'store-unreachable' })
      await expect(nodes[0]!.api.call('createMonitor', { body: { name: 'forked', type: 'tcp' } })).rejects
        .toMatchObject({ code: 'store-unreachable' })
    } finally {
      redis.resume()
    }
    for (const weir of nodes) await until(async () => await stateOf(weir) === 'up', 'a node that shares again')
    for (const port of ports) expect(await serverOf(port, 'known')).toBe(known.server)
    known.close()
  })

  test('a store that is killed and starts empty is told what the nodes hold', async () => {
    const ports = await Promise.all(nodes.map(weir => weir.api.port('v')))
    const held = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => await Client.connect(ports[i % 3]!, `kept-${i}`))
    )
    await redis.kill()
    for (const weir of nodes) await until(async () => await stateOf(weir) === 'away', 'a node that reports the store')
    expect(await serverOf(ports[0]!, 'kept-0')).toBe(held[0]!.server)
    redis = await Redis.restart(program!, redis.port)
    for (const weir of nodes) await until(async () => await stateOf(weir) === 'up', 'a node that shares again')
    for (const [i, client] of held.entries()) {
      for (const port of ports) expect(await serverOf(port, `kept-${i}`)).toBe(client.server)
      client.close()
    }
  })

  test('a store whose memory is full is away until it takes something again', async () => {
    const [one] = nodes as [WeirProcess]
    const port = await one.api.port('v')
    const health = async () => (await one.api.call('getHealth')).body.cluster!
    const used = Number(/used_memory:(\d+)/.exec(await redis.whole('INFO', 'memory'))![1])
    await redis.command('CONFIG', 'SET', 'maxmemory', String(Math.round(used * 1.05)))
    await until(async () => (await health()).memoryUsed! >= 0.9, 'a node that knows of the little memory')
    await until(() => one.log.some(({ msg }) => msg?.startsWith('the memory of the shared store is nearly full') === true), 'the warning')
    expect((await health()).nearlyFull).toBe(true)
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    const first = await serverOf(port, 'while-full')
    await until(async () => await stateOf(one) === 'away', 'a node that reports the store')
    expect((await one.api.call('getHealth')).body.cluster!.reason).toMatch(/^OOM /)
    expect(await serverOf(port, 'while-full')).toBe(first)
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await until(async () => (await health()).memoryUsed === undefined, 'a store without a limit')
    expect((await health()).nearlyFull).toBeUndefined()
    for (const weir of nodes) await until(async () => await stateOf(weir) === 'up', 'a node that shares again')
  })

  test('what no node has written counts as absent, and is reported', async () => {
    const store = new RedisStore(`redis://127.0.0.1:${redis.port}`)
    await store.open('tamperer', { onMoved () {}, onChanged () {}, onMessage () {}, onDamaged () {} })
    const port = await nodes[0]!.api.port('v')
    await redis.command('SET', 'weir:{0}s:lb tampered', 'red')
    const server = await serverOf(port, 'tampered')
    expect(await serverOf(await nodes[1]!.api.port('v'), 'tampered')).toBe(server)
    await until(
      () =>
        nodes[0]!.log.some(({ msg, what }) =>
          msg?.includes('no node has written') === true && String(what).includes('lb tampered')
        ),
      'the report'
    )
    await store.close()
  })
})
