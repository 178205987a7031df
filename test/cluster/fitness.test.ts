// What a store must be like, and what Weir says of one that is not.
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisStore } from '@weirlb/cluster'
import { createWeir, MemoryStore, SharedMemory, type SharedStore } from '@weirlb/core'
import { until } from '@weirlb/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { Redis } from '../support/redis.ts'
import { findService } from '../support/services.ts'
import { succeeds } from '../support/succeeds.ts'
import { Heard } from './shared-store-suite.ts'

const program = findService('redis')
const open = async (url: string): Promise<SharedStore> => {
  const store = new RedisStore(url)
  await store.open('n', new Heard())
  return store
}
const refusal = async (url: string): Promise<string> => await open(url).then(async store => {
  await store.close()
  return 'open'
}, (error: unknown) => `${(error as { code: string }).code} ${(error as Error).message}`)

test.each([
  ['http://127.0.0.1', /^cluster: "http:\/\/127\.0\.0\.1" is no address of a store; expected redis:\/\/.*redis\+sentinel:\/\/.*redis\+cluster:\/\//],
  ['redis://user:hunter2@', /^cluster: "redis:\/\/…@" is no address/],
  [
    'redis://user:hunter2/x@127.0.0.1',
    /^cluster: "redis:\/\/…@127\.0\.0\.1" is no address of a store \(in a password, write @ as %40/
  ],
  ['redis://user:hunter2@x@127.0.0.1', /^cluster: "redis:\/\/…@127\.0\.0\.1" is no address of a store/],
  ['redis://a:b@127.0.0.1:99999', /'127\.0\.0\.1:99999' is no HOST or HOST:PORT/],
  ['redis://127.0.0.1,127.0.0.2', /2 hosts are given; several are those of a Cluster or of Sentinels/],
  ['redis+sentinel://127.0.0.1', /the name of the master is missing/],
  ['redis+cluster://127.0.0.1/3', /'\/3' is given; a Cluster has one database/],
  ['redis://127.0.0.1/x', /'\/x' is no number of a database/],
  ['redis://127.0.0.1?prefx=a', /unknown parameter 'prefx'; there are: prefix/],
  ['redis://127.0.0.1?prefix=a%20b', /the prefix "a b" is not 1 to 64 letters/],
  ['redis://a:%zz@127.0.0.1', /has a % that is followed by no two hexadecimal digits/]
])('the address %s is refused', (url, why) => {
  let message = ''
  try { message = new RedisStore(url).place } catch (error) { message = (error as Error).message }
  expect(message).toMatch(why)
  expect(message).not.toMatch(/hunter2/)
})

test('a Weir takes no store that is none, no name that is none, and no store of sessions beside it', () => {
  expect(() => createWeir({ cluster: { store: {} as never, node: 'a' } })).toThrow(
    /cluster\.store: it has no `sessions`/
  )
  expect(() => createWeir({ cluster: { store: new MemoryStore(), node: 'a b' } })).toThrow(
    /cluster\.node: a name has .*got "a b"/
  )
  expect(() => createWeir({ cluster: { store: new MemoryStore(), node: 'a' }, sessionStore: {} as never })).toThrow(
    /give no sessionStore beside it/
  )
})

test('two Weirs of one process have two names', async () => {
  const memory = new SharedMemory()
  const make = (node: string) =>
    createWeir({ cluster: { store: new MemoryStore(memory), node }, log: { level: 'silent' } })
  const [one, two, again] = [make('one'), make('two'), make('one')]
  await one.start()
  await two.start()
  try {
    expect((await two.nodes()).map(({ name, self }) => [name, self])).toEqual([['one', false], ['two', true]])
    await expect(again.start()).rejects.toMatchObject({ code: 'node-name-taken' })
  } finally {
    await one.stop({ graceMs: 0 })
    await two.stop({ graceMs: 0 })
  }
  const other = new MemoryStore(memory)
  expect(await other.read('node')).toEqual([])
})

test('a server that is older than needed is refused', async () => {
  // No system has one any more: this answers as one does.
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', chunk => {
      // An array for each command: its first word decides the reply.
      for (const command of String(chunk).split(/^\*\d+\r\n/m).slice(1)) {
        const word = command.split('\r\n')[1]!.toUpperCase()
        const info =
          '# Server\r\nredis_version:5.0.14\r\nredis_mode:standalone\r\ncluster_enabled:0\r\nmaxmemory_policy:noeviction\r\n'
        socket.write(
          word === 'HELLO'
            ? '%1\r\n+proto\r\n:3\r\n'
            : word === 'INFO'
            ? `$${info.length}\r\n${info}\r\n`
            : word === 'EVAL'
            ? '*0\r\n'
            : word === 'EVALSHA'
            ? '-NOSCRIPT none\r\n'
            : word === 'SCAN'
            ? '*2\r\n$1\r\n0\r\n*0\r\n'
            : '+OK\r\n'
        )
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    expect(await refusal(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`)).toMatch(
      /^store-version .*the store is Redis 5\.0\.14; 6\.2 or later is needed, or Valkey/
    )
  } finally {
    server.close()
  }
})

test('a place where nobody is, is unreachable', async () => {
  const port = await freePort()
  expect(await refusal(`redis://user:hunter2@127.0.0.1:${port}`)).toMatch(
    new RegExp(`^store-unreachable redis://127\\.0\\.0\\.1:${port}: the store cannot be reached: .*ECONNREFUSED`)
  )
})

describe.skipIf(program === undefined)('with redis-server', () => {
  let redis: Redis
  let address: string
  beforeAll(async () => {
    redis = await Redis.start(
      program!,
      [
        'default on >secret ~* &* +@all',
        'few on >secret ~weir:* &weir:news +@all -get -hset -scan',
        'elsewhere on >secret ~other:* &* +@all'
      ].flatMap(user => ['--user', ...user.split(' ')])
    )
    redis.password = 'secret'
    address = `127.0.0.1:${redis.port}`
  })
  afterAll(async () => { await redis.kill() })

  test('a wrong password is refused, and not shown', async () => {
    for (const login of ['', ':hunter2@', 'nobody:hunter2@']) {
      const refused = await refusal(`redis://${login}${address}`)
      expect(refused).toMatch(/^store-password .*the store refuses the user or the password/)
      expect(refused).not.toMatch(/hunter2/)
    }
    expect(await refusal(`redis://:secret@${address}?prefix=password:`)).toBe('open')
    expect(await refusal(`redis://default:secret@${address}?prefix=password:`)).toBe('open')
  })

  test('a user that lacks commands or keys is refused, with what is missing', async () => {
    expect(await refusal(`redis://few:secret@${address}`)).toMatch(
      /^store-permission .*the user of the store may not run SCAN, GET, HSET.*set: ACL SETUSER … ~weir:\* &weir:news \+eval/
    )
    expect(await refusal(`redis://elsewhere:secret@${address}`)).toMatch(
      /^store-permission .*or not on the keys weir:\*/
    )
  })

  test('a user with the permissions of the message is taken', async () => {
    const message = await refusal(`redis://few:secret@${address}`)
    const rules = /ACL SETUSER … (.*)$/.exec(message)![1]!.split(' ')
    const admin = async (...args: readonly string[]): Promise<void> => {
      expect(await redis.command(...args)).toBe('+OK')
    }
    await admin('ACL', 'SETUSER', 'enough', 'on', '>secret', ...rules)
    expect(await refusal(`redis://enough:secret@${address}`)).toBe('open')
    const store = await open(`redis://enough:secret@${address}`)
    expect(
      await store.sessions([
        { what: 'claim', table: 'lb', key: 'k', service: 'a', unavailable: [], ttlMs: 1 },
        { what: 'claim', table: 'lb', key: 'k', service: 'b', unavailable: ['a'], ttlMs: 1 },
        { what: 'release', table: 'lb', key: 'k', service: '', unavailable: [], ttlMs: 1 },
        { what: 'delete', table: 'lb', key: 'k', service: '', unavailable: [], ttlMs: 1 }
      ])
    ).toHaveLength(4)
    await store.write({ kind: 'k', name: 'n', value: 'v' })
    expect(await store.read('k')).toHaveLength(1)
    expect((await store.list(undefined)).next).toBeUndefined()
    await store.write({ kind: 'k', name: 'n', value: undefined })
    await store.close()
  })

  test('a policy that drops keys is refused', async () => {
    const admin = async (...args: readonly string[]): Promise<void> => {
      expect(await redis.command(...args)).toBe('+OK')
    }
    for (const policy of ['allkeys-lru', 'volatile-ttl']) {
      await admin('CONFIG', 'SET', 'maxmemory-policy', policy)
      expect(await refusal(`redis://:secret@${address}?prefix=policy:`)).toMatch(
        new RegExp(`^store-evicts .*maxmemory-policy is '${policy}'; set maxmemory-policy to noeviction`)
      )
    }
    await admin('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    expect(await refusal(`redis://:secret@${address}?prefix=policy:`)).toBe('open')
  })

  test("another program's keys, and another format, are refused", async () => {
    const admin = async (...args: readonly string[]): Promise<void> => { expect(await redis.command(...args)).toBe('+OK') }
    await admin('SET', 'foreign:user:7', 'x')
    expect(await refusal(`redis://:secret@${address}?prefix=foreign:`)).toMatch(
      /^store-foreign .*another program has keys under the prefix 'foreign:', as 'foreign:user:7': give another prefix/
    )
    await admin('SET', 'format:{meta}format', 'some other note')
    expect(await refusal(`redis://:secret@${address}?prefix=format:`)).toMatch(
      /^store-foreign .*the key format:\{meta\}format is not what Weir writes there/
    )
    await admin('SET', 'format:{meta}format', 'weir shared store 9')
    expect(await refusal(`redis://:secret@${address}?prefix=format:`)).toMatch(/^store-format .*nodes of another version of Weir have the shared store, and write format 9; Weir [\d.]+ reads and writes format 1\. Run versions of one format/)
  })

  test('a single server that is given as a Cluster is refused', async () => {
    expect(await refusal(`redis+cluster://:secret@${address}`)).toMatch(
      /^store-kind .*the server is no node of a Cluster: give redis:\/\//
    )
  })

  test('Sentinels name the master, also when another one has taken its place', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'weir-sentinel-'))
    const master = await Redis.start(program!, ['--repl-diskless-sync-delay', '0'])
    const replica = await Redis.start(program!, ['--replicaof', '127.0.0.1', String(master.port)])
    const config = join(directory, 'sentinel.conf')
    await writeFile(config, `sentinel monitor m 127.0.0.1 ${master.port} 1\nsentinel down-after-milliseconds m 300\nsentinel failover-timeout m 2000\n`)
    const sentinel = await Redis.sentinel(program!, config)
    try {
      expect(await refusal(`redis+sentinel://127.0.0.1:${master.port}/m`)).toMatch(
        new RegExp(`^store-kind .*the server 127\\.0\\.0\\.1:${master.port} is no Sentinel: give redis://`)
      )
      expect(await refusal(`redis+sentinel://127.0.0.1:${sentinel.port}/other`)).toMatch(
        /^store-kind .*the Sentinels watch no master 'other'/
      )
      expect(await refusal(`redis://127.0.0.1:${sentinel.port}`)).toMatch(
        /^store-kind .*the server is a Sentinel: give redis\+sentinel:\/\//
      )
      await until(async () => /slave0:.*online/.test(await master.whole('INFO', 'replication')), 'a replica')
      await until(
        async () => /slaves=1/.test(await sentinel.whole('INFO', 'sentinel')),
        'a Sentinel that knows the replica'
      )
      const store = await open(`redis+sentinel://127.0.0.1:${sentinel.port}/m`)
      const claim = async (service: string): Promise<string> => {
        const [reply] = await store.sessions([{
          what: 'claim',
          table: 'lb',
          key: 'k',
          service,
          unavailable: [],
          ttlMs: 1000
        }])
        return `${reply!.outcome} ${reply!.service}`
      }
      expect(await claim('a')).toBe('made a')
      await until(async () => await replica.command('EXISTS', 'weir:{0}s:lb k') === ':1', 'the entry on the replica')
      await master.kill()
      expect(await succeeds(() => claim('b'), 'a claim of the new master')).toBe('hit a')
      await store.close()
    } finally {
      await sentinel.kill()
      await replica.kill()
      await master.kill()
      await rm(directory, { recursive: true })
    }
  })

  test('a Cluster is taken as one, and refused as a single server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'weir-cluster-'))
    const cluster = await Redis.start(program!, ['--cluster-enabled', 'yes', '--cluster-config-file', join(directory, 'nodes.conf')])
    try {
      expect(await refusal(`redis://127.0.0.1:${cluster.port}`)).toMatch(/^store-kind .*the server is a node of a Cluster, and the address is that of a single server: give redis\+cluster:\/\//)
      await cluster.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
      await until(
        async () => await refusal(`redis+cluster://127.0.0.1:${cluster.port}`) === 'open',
        'a Cluster that is up'
      )
      const store = await open(`redis+cluster://127.0.0.1:${cluster.port}`)
      const ops = Array.from(
        { length: 300 },
        (_, i) => ({
          what: 'claim' as const,
          table: 'lb',
          key: `k${i}`,
          service: `s${i % 3}`,
          unavailable: [],
          ttlMs: 1000
        })
      )
      expect(
        (await store.sessions(ops)).every(({ outcome, service }, i) => outcome === 'made' && service === `s${i % 3}`)
      ).toBe(true)
      const listed = new Set<string>()
      for (let from: string | undefined, first = true; first || from !== undefined; first = false) {
        const part = await store.list(from)
        for (const { key } of part.entries) listed.add(key)
        from = part.next
      }
      expect(listed.size).toBe(300)
      await store.write({ kind: 'k', name: 'n', value: 'v' })
      expect(await store.read('k')).toHaveLength(1)
      await store.close()
      const rules = ['on', '>secret', '~weir:*', '&weir:news', ...'+eval +evalsha +get +set +del +pttl +incr +hget +hset +hdel +hgetall +publish +subscribe +unsubscribe +time +scan +info +ping'.split(' ')]
      expect(await cluster.command('ACL', 'SETUSER', 'single', ...rules)).toBe('+OK')
      expect(await cluster.command('ACL', 'SETUSER', 'least', ...rules, '+cluster|slots', '+asking')).toBe('+OK')
      expect(await refusal(`redis+cluster://single:secret@127.0.0.1:${cluster.port}`)).toMatch(
        /^store-permission .*cluster\|slots/
      )
      expect(await refusal(`redis+cluster://least:secret@127.0.0.1:${cluster.port}`)).toBe('open')
    } finally {
      await cluster.kill()
      await rm(directory, { recursive: true })
    }
  })
})
