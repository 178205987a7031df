// Commands whose keys have several servers, where the operator lets them be split.
import { Redis as IoRedis } from 'ioredis'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithRedisLinks } from '../support/describe-with.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { connectRedis, startRedisFarm } from '../support/redis-farm.ts'

const command = (...args: string[]): string =>
  `*${args.length}\r\n${args.map(arg => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`
const params = { severalServers: 'split' }

describeWithRedisLinks('split over four servers', (program, serverLinks) => {
  test('MGET, MSET, DEL, UNLINK, EXISTS and TOUCH of many keys answer as one server would', async () => {
    const { port, redis } = await startRedisFarm(program, { serverLinks, servers: 4, params })
    const client = await connectRedis(port)
    const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`)
    expect(await client.mSet(Object.fromEntries(keys.map(key => [key, `value of ${key}`])))).toBe('OK')
    const sizes = await Promise.all(redis.map(async server => await (await connectRedis(server.port)).dbSize()))
    expect(sizes.every(size => size > 10), String(sizes)).toBe(true)
    expect(await client.mGet([...keys, 'none', 'key:0'])).toEqual([
      ...keys.map(key => `value of ${key}`),
      null,
      'value of key:0'
    ])
    await client.hSet('hash', 'f', 'v')
    expect(await client.mGet(['hash', 'key:1', 'key:2']), 'of another type').toEqual([
      null,
      'value of key:1',
      'value of key:2'
    ])
    expect(await client.exists([...keys.slice(0, 10), 'none', 'key:0'])).toBe(11)
    expect(await client.touch(keys.slice(0, 10))).toBe(10)
    expect(await client.unlink(keys.slice(0, 50))).toBe(50)
    expect(await client.del(keys)).toBe(150)
    const other = new IoRedis({ port, host: '127.0.0.1', retryStrategy: () => null })
    atEnd(() => { other.disconnect() })
    expect(await other.mset('a', '1', 'b', '2', 'c', '3')).toBe('OK')
    expect(await other.mget('c', 'b', 'a', 'x')).toEqual(['3', '2', '1', null])
  })

  test('their order among other commands holds, in one write and in RESP3', async () => {
    const { port } = await startRedisFarm(program, { serverLinks, servers: 4, params })
    const client = new TestClient(port)
    const round = (n: number): string =>
      command('SET', 'a', `a${n}`) + command('MSET', 'b', `b${n}`, 'c', `c${n}`, 'd', `d${n}`, 'e', `e${n}`) +
      command('MGET', 'a', 'b', 'c', 'd', 'e') +
      command('PING') + command('SET', 'b', 'later') + command('GET', 'b') + command('DEL', 'a', 'b', 'c', 'd', 'e') +
      command('MGET', 'a', 'e')
    const reply = (n: number, none: string): string =>
      '+OK\r\n+OK\r\n*5\r\n' + ['a', 'b', 'c', 'd', 'e'].map(key =>
        `$${1 + String(n).length}\r\n${key}${n}\r\n`
      ).join('') +
      `+PONG\r\n+OK\r\n$5\r\nlater\r\n:5\r\n*2\r\n${none.repeat(2)}`
    const rounds = Array.from({ length: 40 }, (_, n) => n)
    client.socket.write(rounds.map(round).join('') + command('ECHO', 'end of RESP2'))
    await client.gets('end of RESP2\r\n')
    expect(client.text).toBe(rounds.map(n => reply(n, '$-1\r\n')).join('') + '$12\r\nend of RESP2\r\n')
    client.received = Buffer.alloc(0)
    client.socket.write(command('HELLO', '3') + rounds.map(round).join('') + command('ECHO', 'end of RESP3'))
    await client.gets('end of RESP3\r\n')
    expect(client.text.slice(client.text.indexOf('+OK'))).toBe(
      rounds.map(n => reply(n, '_\r\n')).join('') + '$12\r\nend of RESP3\r\n'
    )
  })

  test('a server that dies with its part ends the client with an error', async () => {
    const { port, redis, weir } = await startRedisFarm(program, { serverLinks, servers: 2, params })
    const sent = async (): Promise<number> => {
      const { services } = (await weir.api.call('getStats')).body
      return services['s0']!.messages + services['s1']!.messages
    }
    const client = new TestClient(port)
    client.socket.write(command('MSET', ...Array.from({ length: 40 }, (_, i) => [`k${i}`, 'v']).flat()))
    await client.gets('+OK\r\n')
    redis[0]!.pause()
    client.socket.write(command('MGET', ...Array.from({ length: 40 }, (_, i) => `k${i}`)))
    await until(async () => await sent() === 4, 'both parts to be sent')
    await redis[0]!.kill()
    await client.closes()
    expect(client.text).toBe('+OK\r\n-ERR the server of this key went out of service\r\n')
  })
})
