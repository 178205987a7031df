import type { UserVserverInput } from '@weirlb/admin/client'
import { createClient } from '@redis/client'
import { until, WAIT_MS } from '@weirlb/testing'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWithRedis } from '../support/describe-with.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { startExtensionFarm, type ExtensionFarm } from '../support/extension-farm.ts'
import { Redis } from '../support/redis.ts'

interface RedisFarm extends ExtensionFarm { readonly redis: readonly Redis[] }

/** Commands that Weir has sent on. */
const forwarded = async ({ api }: ExtensionFarm['weir']): Promise<number> => {
  const { services } = (await api.call('getStats')).body
  return Object.values(services).reduce((sum, { messages }) => sum + messages, 0)
}

const command = (...args: (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${args.length}\r\n`),
    ...args.flatMap(arg => [Buffer.from(`$${Buffer.byteLength(arg)}\r\n`), Buffer.from(arg), Buffer.from('\r\n')])
  ])

describeWithRedis('in front of real servers', program => {
  const start = async (
    options: { readonly workers?: number, readonly params?: UserVserverInput['params'] } = {}
  ): Promise<RedisFarm> => {
    const redis = await Promise.all([0, 1, 2].map(async () => await Redis.start(program)))
    atEnd(async () => {
      await Promise.all(redis.map(async server => {
        await server.kill()
      }))
    })
    return {
      ...await startExtensionFarm({ builtin: 'redis', servers: redis.map(server => server.port), ...options }),
      redis
    }
  }
  const connect = async (port: number, RESP: 2 | 3 = 2) => {
    // Its own limit, five seconds until a command is written, is about the machine.
    const client = createClient({
      RESP,
      commandOptions: { timeout: WAIT_MS },
      socket: { host: '127.0.0.1', port, reconnectStrategy: false }
    })
    client.on('error', () => {})
    await client.connect()
    atEnd(() => { client.destroy() })
    return client
  }
  /** How many keys each server has. */
  const sizes = async (redis: readonly Redis[]): Promise<number[]> =>
    await Promise.all(redis.map(async ({ port }) => await (await connect(port)).dbSize()))
  const cli = (port: number, args: readonly string[], input?: string): string =>
    spawnSync(join(dirname(program), 'redis-cli'), ['-p', String(port), ...args], {
      encoding: 'utf8',
      ...(input === undefined ? {} : { input })
    }).stdout.trim()

  test('keys spread over the servers and stay there, for every client and worker', async () => {
    const { port, redis } = await start({ workers: 2 })
    const [first, second] = [await connect(port), await connect(port)]
    const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`)
    expect(new Set(await Promise.all(keys.map(async key => await first.set(key, `${key} of first`))))).toEqual(
      new Set(['OK'])
    )
    const spread = await sizes(redis)
    expect(spread.every(size => size > 30), String(spread)).toBe(true)
    expect(await Promise.all(keys.map(async key => await second.get(key)))).toEqual(keys.map(key => `${key} of first`))
    await Promise.all(keys.map(async key => await second.incr(`{${key}}:count`)))
    expect(await sizes(redis), 'a tag stays with its key').toEqual(spread.map(size => 2 * size))
  })

  test('a client that asks for twenty thousand keys at once gets them all', async () => {
    const { port } = await start()
    const client = await connect(port)
    await client.set('k', 'v')
    const values = await Promise.all(Array.from({ length: 20_000 }, async () => await client.get('k')))
    expect(values.every(value => value === 'v')).toBe(true)
  })

  test('a thousand commands in one write are answered in order', async () => {
    const { port } = await start()
    const client = new TestClient(port)
    const n = 1000
    client.socket.write(
      Buffer.concat(Array.from({ length: n }, (_, i) =>
        i % 10 === 9
          ? command('KEYS', '*')
          : i % 10 === 8
          ? command('PING', String(i))
          : command('SET', `k${i}`, String(i), 'GET')))
    )
    const expected = Array.from(
      { length: n },
      (_, i) => i % 10 === 9 ? '-ERR …' : i % 10 === 8 ? `$${String(i).length} ${i}` : '$-1'
    )
    const lines = (): string[] =>
      client.received.toString().replaceAll(/-ERR [^\r]*/g, '-ERR …').replaceAll(/(\$[0-9]+)\r\n/g, '$1 ').split('\r\n')
        .slice(0, -1)
    await until(() => lines().length === n, 'all answers')
    expect(lines()).toEqual(expected)
  })

  test('large values go through, beside small ones', async () => {
    const { port } = await start()
    const client = await connect(port)
    const values = ['a', 'b', 'c', 'd'].map(letter => letter.repeat(3_000_000))
    await Promise.all(
      values.flatMap((value, i) => [client.set(`large:${i}`, value), client.set(`small:${i}`, String(i))])
    )
    expect(
      (await Promise.all(values.map(async (_, i) => await client.get(`large:${i}`)))).every((value, i) =>
        value === values[i]
      )
    ).toBe(true)
    expect(await Promise.all(values.map(async (_, i) => await client.get(`small:${i}`)))).toEqual(['0', '1', '2', '3'])
    await client.rPush('list', Array.from({ length: 20_000 }, (_, i) => `element ${i}`))
    expect(await client.lRange('list', 0, -1)).toHaveLength(20_000)
  })

  test('many keys are taken when they have one place, unknown commands where the operator says so', async () => {
    const { port } = await start({ params: { unknownCommands: 'by-first-argument' } })
    const client = await connect(port)
    expect(await client.mSet({ '{user:1}:name': 'n', '{user:1}:mail': 'm' })).toBe('OK')
    expect(await client.mGet(['{user:1}:name', '{user:1}:mail'])).toEqual(['n', 'm'])
    await expect(client.mGet(['one', 'two', 'three'])).rejects.toThrow("CROSSSLOT Keys in request don't hash to the same slot")
    expect(await client.eval('return redis.call("GET", KEYS[1])', { keys: ['{user:1}:name'] })).toBe('n')
    expect(await client.copy('{user:1}:name', '{user:1}:copy', { DB: 0, REPLACE: true })).toBe(1)
    expect(await client.get('{user:1}:copy')).toBe('n')
    await client.xAdd('stream', '*', { a: '1' })
    expect(await client.xRead({ key: 'stream', id: '0' })).toHaveLength(1)
    for (const refused of [['KEYS', '*'], ['EXEC'], ['MONITOR'], ['CLUSTER', 'SLOTS'], ['CONFIG', 'GET', '*'], ['SELECT', '1'], ['COPY', '{user:1}:name', '{user:1}:copy', 'DB', '1'], ['AUTH', 'x']]) {
      await expect(client.sendCommand(refused), refused[0]).rejects.toThrow('ERR')
    }
    await expect(client.sendCommand(['JSON.GET', 'j'])).rejects.toThrow("unknown command 'JSON.GET', with args beginning with: 'j'")
    expect(await client.sendCommand(['COMMAND', 'DOCS'])).toHaveProperty('length')
    expect(await client.ping()).toBe('PONG')
  })

  test('redis-cli connects, inline commands work, and QUIT is answered', async () => {
    const { port } = await start()
    expect(cli(port, ['SET', 'greeting', 'hello'])).toBe('OK')
    expect(cli(port, ['GET', 'greeting'])).toBe('hello')
    expect(cli(port, [], 'APPEND greeting " world"\nGET greeting\nFLUSHALL\n')).toMatch(
      /^11\nhello world\nERR 'flushall' is not taken here/
    )
    expect(cli(port, ['-3', 'GET', 'greeting'])).toBe('hello world')
    cli(port, ['HSET', 'h', 'field', 'value'])
    expect(cli(port, ['-3', '--no-raw', 'HGETALL', 'h']), 'a map').toBe('1# "field" => "value"')
    const client = new TestClient(port)
    client.socket.write('GET greeting\r\nHELLO 2\r\nQUIT\r\n')
    await client.closes()
    expect(client.received.toString()).toMatch(/^\$11\r\nhello world\r\n\*14\r\n\$6\r\nserver\r\n[^]*\+OK\r\n$/)
  })

  test('RESP3 is spoken by every server to the clients that ask for it, and RESP2 to the others', async () => {
    const { port, redis } = await start({ workers: 2 })
    const [three, two] = [await connect(port, 3), await connect(port)]
    const keys = Array.from({ length: 60 }, (_, i) => `hash:${i}`)
    await Promise.all(keys.map(async key => await three.hSet(key, { of: key, n: '1' })))
    expect((await sizes(redis)).every(size => size > 0)).toBe(true)
    // The raw answers, as the client has read them: a map is not an array.
    const raw = async (client: typeof three): Promise<unknown[]> =>
      await Promise.all(keys.map(async key => await client.sendCommand(['HGETALL', key])))
    expect(await raw(three)).toEqual(keys.map(key => ({ of: key, n: '1' })))
    expect(await raw(two)).toEqual(keys.map(key => ['of', key, 'n', '1']))
    expect(await Promise.all(keys.map(async key => await three.hGetAll(key)))).toEqual(
      keys.map(key => ({ of: key, n: '1' }))
    )
    await three.zAdd('z', [{ value: 'a', score: 1.5 }])
    expect(await three.zScore('z', 'a')).toBe(1.5)
    expect(await three.get('nothing')).toBeNull()
  })

  test('HELLO changes the protocol between two commands that were pipelined', async () => {
    const { port } = await start()
    const client = new TestClient(port)
    const ask = (): Buffer => Buffer.concat(Array.from({ length: 20 }, (_, i) => command('HGETALL', `none:${i}`)))
    client.socket.write(
      Buffer.concat([ask(), command('HELLO', '3'), ask(), command('HELLO', '2'), ask(), command('PING')])
    )
    await until(() => client.received.toString().endsWith('+PONG\r\n'), 'all answers')
    expect(client.received.toString().replaceAll(/(?:%7|\*14)\r\n\$6\r\nserver[^*]*\*0\r\n/g, 'HELLO\r\n'))
      .toBe('*0\r\n'.repeat(20) + 'HELLO\r\n' + '%0\r\n'.repeat(20) + 'HELLO\r\n' + '*0\r\n'.repeat(20) + '+PONG\r\n')
  })

  test('a server that dies with commands outstanding ends its clients with an error, and they find the others', async () => {
    const { port, redis, weir } = await start()
    const client = new TestClient(port)
    client.socket.write(command('SET', 'k', 'v'))
    await until(() => client.received.toString() === '+OK\r\n', 'the answer')
    const owner = redis[(await sizes(redis)).indexOf(1)]!
    owner.pause()
    client.socket.write(Buffer.concat([command('GET', 'k'), command('GET', 'k')]))
    await until(async () => await forwarded(weir) === 3, 'both commands on their way')
    await owner.kill()
    await client.closes()
    expect(client.received.toString()).toBe('+OK\r\n-ERR the server of this key went out of service\r\n')
    const next = await connect(port)
    await until(async () => await next.set('k', 'again').then(() => true, () => false), 'another server')
    expect(await next.get('k')).toBe('again')
  })
})
