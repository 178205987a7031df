// Commands that every server is asked, where the operator lets them be.
import { chooseTransport } from '@weirlb/link'
import { until } from '@weirlb/testing'
import { Redis as IoRedis } from 'ioredis'
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { describeWithRedis } from '../support/describe-with.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { connectRedis, startRedisFarm, type RedisFarm } from '../support/redis-farm.ts'

const command = (...args: string[]): string =>
  `*${args.length}\r\n${args.map(arg => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`
const params = { everyServer: 'write' }
const keys = Array.from({ length: 600 }, (_, i) => `key:${i}`)

/** All keys as a client of SCAN gets them, and how often it had to ask. */
const scanned = async (
  client: Awaited<ReturnType<typeof connectRedis>>,
  options = {}
): Promise<{ keys: string[], asked: number }> => {
  const found: string[] = []
  let asked = 0
  let cursor = '0'
  do {
    const reply = await client.scan(cursor, options)
    found.push(...reply.keys)
    cursor = reply.cursor
    asked++
  } while (cursor !== '0')
  return { keys: found, asked }
}

const sizes = async ({ redis }: RedisFarm): Promise<number[]> =>
  await Promise.all(redis.map(async ({ port }) => await (await connectRedis(port)).dbSize()))

const both = [
  { trusted: true, transport: 'node' },
  { trusted: false, transport: chooseTransport('auto').name }
]

describeWithRedis('every server', program => {
  describe.each(both)('%j', where => {
    test('answers node-redis, ioredis and redis-cli as one server would', async () => {
      const farm = await startRedisFarm(program, { params, ...where })
      const client = await connectRedis(farm.port)
      await Promise.all(keys.map(async key => await client.set(key, `value of ${key}`)))
      expect((await sizes(farm)).every(size => size > 100)).toBe(true)
      expect(await client.dbSize()).toBe(600)
      expect((await client.keys('key:*')).sort()).toEqual([...keys].sort())
      expect(await client.keys('key:1?')).toHaveLength(10)
      expect(await client.keys('none')).toEqual([])
      const all = await scanned(client, { COUNT: 50 })
      expect([...new Set(all.keys)].sort()).toEqual([...keys].sort())
      expect(all.asked).toBeGreaterThan(6)
      expect(new Set((await scanned(client, { MATCH: '*7', COUNT: 500, TYPE: 'string' })).keys).size).toBe(60)
      expect(keys).toContain(await client.randomKey())

      const io = new IoRedis({ port: farm.port, host: '127.0.0.1', retryStrategy: () => null })
      atEnd(() => { io.disconnect() })
      const streamed: string[] = []
      for await (const some of io.scanStream({ count: 100 }) as AsyncIterable<string[]>) streamed.push(...some)
      expect([...new Set(streamed)].sort()).toEqual([...keys].sort())
      expect(await io.keys('*')).toHaveLength(600)

      const cli = async (...args: string[]): Promise<string> =>
        await text(spawn(join(dirname(program), 'redis-cli'), ['-p', String(farm.port), ...args]).stdout)
      expect([...new Set((await cli('--scan', '--pattern', 'key:*')).trim().split('\n'))].sort()).toEqual(
        [...keys].sort()
      )
      expect((await cli('-3', 'DBSIZE')).trim()).toBe('600')

      const sha = await client.scriptLoad('return redis.call("GET", KEYS[1])')
      expect(await client.scriptExists([sha, '0'.repeat(40)])).toEqual([1, 0])
      expect(await Promise.all(keys.slice(0, 50).map(async key => await client.evalSha(sha, { keys: [key] })))).toEqual(
        keys.slice(0, 50).map(key => `value of ${key}`)
      )
      expect(await client.scriptFlush()).toBe('OK')
      expect(await client.scriptExists(sha)).toEqual([0])
      expect(await client.functionLoad("#!lua name=f\nredis.register_function{function_name='one', callback=function() return 1 end, flags={'no-writes'}}")).toBe('f')
      expect(await Promise.all(keys.slice(0, 20).map(async key => await client.fCall('one', { keys: [key] })))).toEqual(keys.slice(0, 20).map(() => 1))
      expect(await client.functionDelete('f')).toBe('OK')
      expect(await client.flushDb()).toBe('OK')
      expect(await sizes(farm)).toEqual([0, 0, 0])
      expect(await client.randomKey()).toBeNull()
      expect(await scanned(client)).toMatchObject({ keys: [] })
    })

    test('answers in the order of the commands, in one write and in RESP3, and a server that is down is an error', async () => {
      const farm = await startRedisFarm(program, { params, ...where })
      const { port, redis } = farm
      const client = new TestClient(port)
      const round = command('SET', 'a', '1') + command('DBSIZE') + command('SET', 'b', '2') + command('DBSIZE') +
        command('GET', 'a') + command('FLUSHALL') + command('KEYS', '*') + command('PING')
      const replied = '+OK\r\n:1\r\n+OK\r\n:2\r\n$1\r\n1\r\n+OK\r\n*0\r\n+PONG\r\n'
      client.socket.write(round.repeat(30) + command('ECHO', 'end of RESP2'))
      await client.gets('end of RESP2\r\n')
      expect(client.text).toBe(replied.repeat(30) + '$12\r\nend of RESP2\r\n')
      client.received = Buffer.alloc(0)
      client.socket.write(
        command('HELLO', '3') + round.repeat(30) + command('RANDOMKEY') + command('ECHO', 'end of RESP3')
      )
      await client.gets('end of RESP3\r\n')
      expect(client.text.slice(client.text.indexOf('+OK'))).toBe(replied.repeat(30) + '_\r\n$12\r\nend of RESP3\r\n')

      await redis[1]!.kill()
      const other = new TestClient(port)
      other.socket.write(command('DBSIZE') + command('SCAN', '0') + command('KEYS', '*') + command('PING'))
      await other.gets('PONG\r\n')
      const others = "-ERR server 's1' cannot be reached, and the others have got the command\r\n"
      expect(other.text).toMatch(new RegExp(`^${others}\\*2\r\n\\$\\d+\r\n\\d+\r\n\\*0\r\n${others}\\+PONG\r\n$`))
    })
  })

  test('a scan meets a server that is down with an error, and begins again where the servers have changed', async () => {
    const farm = await startRedisFarm(program, { params })
    const { port, redis, weir: { api } } = farm
    const client = await connectRedis(port)
    await Promise.all(keys.map(async key => await client.set(key, 'v')))
    // To the last key of the first server.
    let { cursor } = await client.scan('0', { COUNT: 10_000 })
    expect(cursor).not.toBe('0')
    expect(Number(cursor), 'a number that JavaScript has').toBeLessThan(Number.MAX_SAFE_INTEGER)
    await redis[1]!.kill()
    const next = await connectRedis(port)
    await expect(next.scan(cursor)).rejects.toThrow("server 's1' cannot be reached, and no server has got the command")
    await expect(next.flushAll()).rejects.toThrow("server 's1' cannot be reached, and ")
    await expect(next.scan('12345')).rejects.toThrow('the servers have changed since this scan began, or the cursor is none')
    await expect(next.sendCommand(['SCAN', 'x'])).rejects.toThrow('invalid cursor')
    await expect(next.sendCommand(['SCAN', '99999999999999999999'])).rejects.toThrow('invalid cursor')
    await expect(next.sendCommand(['SCAN', '0', 'COUNT'])).rejects.toThrow("server 's0': syntax error")
    await api.call('patchService', { path: { name: 's1' }, body: { state: 'disabled' } })
    await expect(next.scan(cursor)).rejects.toThrow('the servers have changed since this scan began')
    expect(await next.dbSize()).toBe((await sizes({ ...farm, redis: [redis[0]!, redis[2]!] })).reduce((a, b) => a + b))
    ;({ cursor } = await next.scan('0', { COUNT: 10_000 }))
    expect((await next.scan(cursor, { COUNT: 10_000 })).cursor, 'that of the last server').toBe('0')
  })

  test('monitors that find a server down refuse before any server has got the command, and errors name their server', async () => {
    const { port, redis, weir: { api } } = await startRedisFarm(program, { params })
    for (const name of ['s0', 's1', 's2'])
      await api.call('patchService', {
        path: { name },
        body: { monitors: [{ type: 'tcp', intervalSeconds: 1, downAfter: 1 }] }
      })
    const client = await connectRedis(port)
    await Promise.all(keys.map(async key => await client.set(key, 'v')))
    const direct = await connectRedis(redis[2]!.port)
    await direct.sendCommand(['REPLICAOF', '127.0.0.1', String(await freePort())])
    await expect(client.flushAll()).rejects.toThrow("READONLY server 's2': You can't write against a read only replica.")
    await direct.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    await client.set('{x}1', 'v')
    await redis[1]!.kill()
    const other = await connectRedis(port)
    await until(async () => await other.flushAll().then(() => '', (error: unknown) => (error as Error).message) === "ERR server 's1' cannot be reached, and no server has got the command", 'its monitor')
  })

  test('is refused where the operator does not let it, and in a transaction', async () => {
    const { port } = await startRedisFarm(program, { params: { everyServer: 'read' } })
    const client = new TestClient(port)
    client.socket.write(
      command('DBSIZE') + command('FLUSHALL') + command('SCRIPT', 'LOAD', 'return 1') + command('SCRIPT', 'KILL') +
        command('MULTI') + command('DBSIZE') + command('EXEC') + command('PING')
    )
    await client.gets('PONG\r\n')
    expect(client.text).toBe(":0\r\n-ERR 'flushall' is not taken here: it goes to every server, and the parameter everyServer is 'read', not 'write'\r\n" +
      "-ERR 'script load' is not taken here: it goes to every server, and the parameter everyServer is 'read', not 'write'\r\n" +
      "-ERR 'script' is not taken here: it concerns one server: ask that one\r\n+OK\r\n-ERR 'dbsize' is not taken inside a transaction: it goes to every server\r\n" +
      '-EXECABORT Transaction discarded because of previous errors.\r\n+PONG\r\n')
  })
})
