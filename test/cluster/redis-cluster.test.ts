// Nodes on a Redis Cluster of three masters: what they share, a slot that moves, and a master that fails.
import { RedisStore } from '@weirlb/cluster'
import { createWeir, type SessionOp, type Weir } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Redis } from '../support/redis.ts'
import { RedisCluster } from '../support/redis-cluster.ts'
import { findService } from '../support/services.ts'
import { succeeds } from '../support/succeeds.ts'
import { Client, Farm, serverOf } from '../weir/farm.ts'
import { Heard } from './shared-store-suite.ts'

const KEYS = 300
const claimOf = (i: number, service = `s${i % 3}`): SessionOp => ({
  what: 'claim',
  table: 'lb',
  key: `k${i}`,
  service,
  unavailable: [],
  ttlMs: 60_000
})
const all = (service?: string): SessionOp[] => Array.from({ length: KEYS }, (_, i) => claimOf(i, service))

const program = findService('redis')
describe.skipIf(program === undefined)('with three masters', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await RedisCluster.start(program!)
  })
  afterAll(async () => {
    await cluster.end()
  })
  const storeOf = async (
    node: string,
    prefix: string
  ): Promise<{ readonly store: RedisStore, readonly heard: Heard }> => {
    const [store, heard] = [new RedisStore(`${cluster.url}?prefix=${prefix}:`), new Heard()]
    await store.open(node, heard)
    return { store, heard }
  }
  const shown = async (store: RedisStore, ops: readonly SessionOp[]): Promise<string[]> =>
    (await store.sessions(ops)).map(({ outcome, service }) => `${outcome} ${service}`)
  const hits = Array.from({ length: KEYS }, (_, i) => `hit s${i % 3}`)

  test('nodes share sessions, configuration, bans and limits', async () => {
    const farm = await Farm.start('red', 'blue', 'green')
    const weirs: Weir[] = []
    for (const node of ['one', 'two']) {
      const weir = createWeir({
        workers: 0,
        config: farm.config(),
        cluster: { store: new RedisStore(`${cluster.url}?prefix=weirs:`), node },
        log: { level: 'silent' }
      })
      await weir.start()
      weirs.push(weir)
    }
    const [one, two] = weirs as [Weir, Weir]
    const portOf = async (weir: Weir): Promise<number> => (await weir.userVservers.status('v')).listening!.port
    const [at, elsewhere] = [await portOf(one), await portOf(two)]
    for (let i = 0; i < 12; i++)
      expect(await serverOf(elsewhere, `client-${i}`)).toBe(await serverOf(at, `client-${i}`))
    expect((await two.nodes()).map(({ name }) => name)).toEqual(['one', 'two'])
    one.bans.set({ address: '192.0.2.7', seconds: 3600 })
    await until(() => two.bans.get('192.0.2.7') !== undefined, 'a ban of another node')
    await two.rateLimits.create({
      name: 'comers',
      counts: 'connections',
      by: ['ip.src'],
      limit: 5,
      periodSeconds: 3600,
      action: 'block'
    })
    await until(() => one.config.get().value.rateLimits.length === 1, 'the revision of another node')
    const comes = async (port: number): Promise<boolean> => {
      const client = await Client.connect(port, 'comer').catch(() => undefined)
      client?.close()
      return client !== undefined
    }
    for (let i = 0; i < 5; i++) expect(await comes(at)).toBe(true)
    expect(await comes(at)).toBe(false)
    await until(async () => !await comes(elsewhere), 'a limit that another node has filled')
    for (const weir of weirs) await weir.stop({ graceMs: 0 })
    farm.close()
  })

  test('entries are on all masters, are listed once, and news reach the other nodes', async () => {
    const [one, two] = [await storeOf('n1', 'spread'), await storeOf('n2', 'spread')]
    expect(await shown(one.store, all())).toEqual(hits.map(hit => hit.replace('hit', 'made')))
    for (const master of cluster.masters)
      expect(Number(/db0:keys=(\d+)/.exec(await master.whole('INFO', 'keyspace'))?.[1])).toBeGreaterThan(30)
    expect(await shown(two.store, all('other'))).toEqual(hits)
    const listed: string[] = []
    for (let from: string | undefined, first = true; first || from !== undefined; first = false) {
      const part = await two.store.list(from)
      listed.push(...part.entries.map(({ key, nodes }) => `${key} ${nodes}`))
      from = part.next
    }
    expect(listed.sort()).toEqual(Array.from({ length: KEYS }, (_, i) => `k${i} 2`).sort())
    await one.store.publish('topic', 'text')
    await until(() => two.heard.messages.includes('topic text'), 'a message')
    await one.store.close()
    await two.store.close()
  })

  test('a slot moves to another master while its keys are claimed', async () => {
    const { store } = await storeOf('n1', 'moving')
    await store.sessions(all())
    // All entries of a part are in one slot.
    const slot = await cluster.slotOf('moving:{7}s:lb k')
    const [from, to] = [cluster.masterOf(slot), (cluster.masterOf(slot) + 1) % 3]
    const [source, target] = [cluster.masters[from]!, cluster.masters[to]!]
    const ids = await Promise.all(cluster.masters.map(async each => await cluster.idOf(each)))
    expect(await target.command('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', ids[from]!)).toBe('+OK')
    expect(await source.command('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', ids[to]!)).toBe('+OK')
    const listed = await source.whole('CLUSTER', 'GETKEYSINSLOT', String(slot), '1000')
    const keys = listed.split('\r\n').filter(word => word.startsWith('moving:'))
    expect(keys.length).toBeGreaterThan(1)
    const move = async (key: string): Promise<string> =>
      await source.command('MIGRATE', '127.0.0.1', String(target.port), key, '0', '5000')
    // Some are here and some are there: a script of both is refused by each of them.
    for (const [i, key] of keys.entries()) if (i % 2 === 0) expect(await move(key)).toBe('+OK')
    expect(await shown(store, all('other'))).toEqual(hits)
    // Also those of the test before, which are in the slot too: a master gives no slot away of which it has a key.
    for (const key of listed.split('\r\n').filter(word => word.includes('{7}')))
      expect(await move(key)).toMatch(/^\+(OK|NOKEY)$/)
    expect(await source.command('CLUSTER', 'COUNTKEYSINSLOT', String(slot))).toBe(':0')
    for (const each of new Set([target, ...cluster.masters]))
      expect(await each.command('CLUSTER', 'SETSLOT', String(slot), 'NODE', ids[to]!)).toBe('+OK')
    expect(await shown(store, all('other'))).toEqual(hits)
    await store.close()
  })

  // The last one: the Cluster is another one afterwards.
  test('a master that fails is a fault of the store, and its replica has what it had', async () => {
    const [one, two] = [await storeOf('n1', 'failing'), await storeOf('n2', 'failing')]
    await one.store.sessions(all())
    const slots = await Promise.all(
      Array.from({ length: KEYS }, async (_, i) => await cluster.slotOf(`failing:{${i % 64}}probe`))
    )
    expect(slots.some(slot => cluster.masterOf(slot) === 0)).toBe(true)
    const [first] = cluster.masters
    const offset = async (server: Redis, field: string): Promise<number> =>
      Number(new RegExp(`${field}:(\\d+)`).exec(await server.whole('INFO', 'replication'))![1])
    const written = await offset(first!, 'master_repl_offset')
    await until(async () => await offset(cluster.replica, 'slave_repl_offset') >= written, 'a replica that has all')
    await first!.kill()
    // Its parts do not answer, so the store is not whole.
    let isReady = false
    one.store.ready().then(() => { isReady = true }, () => {})
    for (const each of [...cluster.masters.slice(1), cluster.replica]) expect(await each.command('PING')).toBe('+PONG')
    expect(isReady).toBe(false)
    expect(await cluster.replica.command('CLUSTER', 'FAILOVER', 'TAKEOVER')).toBe('+OK')
    for (const { store } of [one, two]) await succeeds(async () => { await store.ready() }, 'a Cluster that is whole')
    expect(await shown(two.store, all('other'))).toEqual(hits)
    await until(async () => {
      await one.store.publish('after', 'text')
      return two.heard.messages.includes('after text')
    }, 'a message behind the fail-over')
    await one.store.close()
    await two.store.close()
  })
})
