// Transactions, subscriptions and blocking commands of node-redis and ioredis, through Weir to real servers.
import { Cluster, Redis as IoRedis } from 'ioredis'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithRedisLinks } from '../support/describe-with.ts'
import { atEnd, TestClient } from '../support/engine-bench.ts'
import { connectRedis, startRedisFarm } from '../support/redis-farm.ts'
import { Redis } from '../support/redis.ts'

const command = (...args: string[]): string =>
  `*${args.length}\r\n${args.map(arg => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`
const io = (port: number, options = {}): IoRedis => {
  const client = new IoRedis({ port, host: '127.0.0.1', retryStrategy: () => null, ...options })
  client.on('error', () => {})
  atEnd(() => { client.disconnect() })
  return client
}

describeWithRedisLinks('transactions', (program, serverLinks) => {
  test('answer as those of the server itself do', async () => {
    const { port } = await startRedisFarm(program, { serverLinks })
    const direct = await Redis.start(program)
    atEnd(async () => { await direct.kill() })
    const scripts = [
      [['MULTI'], ['SET', '{a}1', 'v'], ['INCR', '{a}2'], ['PING'], ['EXEC'], ['GET', '{a}1']],
      [['EXEC'], ['DISCARD'], ['MULTI'], ['MULTI'], ['WATCH', '{a}1'], ['SET', '{a}1', 'w'], ['EXEC']],
      [['MULTI'], ['SET', '{a}1', 'x'], ['DISCARD'], ['GET', '{a}1']],
      [['MULTI'], ['EXEC'], ['WATCH', '{a}1'], ['MULTI'], ['EXEC'], ['UNWATCH']],
      [['MULTI'], ['LPUSH', '{a}1', 'not a list'], ['SET', '{a}2', '5'], ['EXEC']],
      [['MULTI'], ['GET'], ['SET', '{a}2', '6'], ['EXEC'], ['GET', '{a}2']],
      [['WATCH', '{a}1'], ['SET', '{a}1', 'changed'], ['MULTI'], ['GET', '{a}1'], ['EXEC']],
      [['HELLO', '3'], ['MULTI'], ['HGETALL', '{a}h'], ['EXEC'], ['BLPOP', '{a}l', '0.05'], ['CLIENT', 'GETNAME']]
    ]
    for (const script of scripts) {
      const replies = await Promise.all([port, direct.port].map(async to => {
        const client = new TestClient(to)
        client.socket.write(script.map(words => command(...words)).join('') + command('ECHO', 'the end'))
        await client.gets('the end\r\n')
        return client.text.replace(/%7\r\n[^]*?\*0\r\n/, 'HELLO')
      }))
      expect(replies[0], JSON.stringify(script)).toBe(replies[1])
    }
  })

  test('of node-redis and ioredis run as a whole, are refused as a whole, and see changes of what they watch', async () => {
    const { port, redis } = await startRedisFarm(program, { serverLinks })
    const client = await connectRedis(port)
    expect(await client.multi().set('{n}a', '1').incr('{n}a').get('{n}a').exec()).toEqual(['OK', 2, '2'])
    await expect(client.multi().set('one', '1').set('two', '2').set('three', '3').exec()).rejects.toThrow()
    expect(await Promise.all(redis.map(async server => await (await connectRedis(server.port)).exists('one')))).toEqual(
      [0, 0, 0]
    )
    await client.watch('{n}a')
    const other = io(port)
    expect(await other.multi().incr('{n}a').get('{n}a').exec()).toEqual([[null, 3], [null, '3']])
    await expect(client.multi().set('{n}a', 'lost').exec()).rejects.toThrow(
      'One (or more) of the watched keys has been changed'
    )
    expect(await client.get('{n}a')).toBe('3')
    await client.watch('{n}a')
    expect(await client.multi().set('{n}a', 'kept').exec()).toEqual(['OK'])
    // Not pipelined: every command waits for its answer.
    await other.multi({ pipeline: false })
    await other.set('{n}b', 'x')
    expect(await other.exec()).toEqual([[null, 'OK']])
  })

  test('a link on which keys are watched outlives the idle time, and its loss ends the client', async () => {
    const { port, redis, weir } = await startRedisFarm(program, {
      serverLinks,
      servers: 1,
      limits: { serverIdleTimeoutSeconds: 0.2 }
    })
    const client = new TestClient(port)
    client.socket.write(command('WATCH', 'k'))
    await client.gets('+OK\r\n')
    const links = async (): Promise<number> => (await weir.api.call('getStats')).body.services['s0']!.connections
    const other = new TestClient(port)
    other.socket.write(command('PING') + command('GET', 'k'))
    await other.gets('$-1\r\n')
    await until(async () => await links() === 1, 'the idle link to be closed')
    other.socket.write(command('SET', 'k', 'changed'))
    await other.gets('+OK\r\n')
    client.socket.write(command('MULTI') + command('GET', 'k') + command('EXEC'))
    await client.gets('*-1\r\n')
    client.socket.write(command('WATCH', 'k') + command('ECHO', 'watched'))
    await client.gets('watched')
    await redis[0]!.kill()
    await client.closes()
  })
})

describeWithRedisLinks('subscriptions', (program, serverLinks) => {
  test('of node-redis and ioredis get what anybody publishes, by channel and by pattern', async () => {
    const { port } = await startRedisFarm(program, { serverLinks })
    for (const RESP of [2, 3] as const) {
      const subscriber = await connectRedis(port, RESP)
      const got: string[] = []
      await subscriber.subscribe('news', text => { got.push(text) })
      await subscriber.pSubscribe('n?ws', text => { got.push(`by pattern: ${text}`) })
      const publisher = io(port)
      expect(await publisher.publish('news', `hello ${RESP}`)).toBe(2)
      await until(() => got.length === 2, 'both messages')
      expect(got.sort()).toEqual([`by pattern: hello ${RESP}`, `hello ${RESP}`])
      await subscriber.unsubscribe('news')
      expect(await publisher.publish('news', 'again')).toBe(1)
      await until(() => got.length === 3, 'the message by its pattern')
      subscriber.destroy()
    }
    const subscriber = io(port)
    const got: string[] = []
    subscriber.on('message', (channel: string, text: string) => { got.push(`${channel}: ${text}`) })
    expect(await subscriber.subscribe('a', 'b')).toBe(2)
    const client = await connectRedis(port)
    await client.publish('b', 'x')
    await until(() => got.length === 1, 'the message')
    expect(got).toEqual(['b: x'])
  })

  test('in RESP3 a client that subscribes goes on with keys of all servers, in order', async () => {
    const { port } = await startRedisFarm(program, { serverLinks })
    const client = await connectRedis(port, 3)
    let messages = 0
    await client.subscribe('c', () => { messages++ })
    const publisher = await connectRedis(port)
    const keys = Array.from({ length: 500 }, (_, i) => `key:${i}`)
    const published = Promise.all(keys.map(async key => await publisher.publish('c', key)))
    await Promise.all(keys.map(async key => await client.set(key, `value of ${key}`)))
    expect(await Promise.all(keys.map(async key => await client.get(key)))).toEqual(keys.map(key => `value of ${key}`))
    expect(await published).toEqual(keys.map(() => 1))
    await until(() => messages === 500, 'all messages')
  })

  test('subscribing with replies outstanding, all of it in one write, keeps their order', async () => {
    const { port } = await startRedisFarm(program, { serverLinks })
    const client = new TestClient(port)
    const asked = Array.from({ length: 60 }, (_, i) => `k${i}`)
    client.socket.write(
      asked.map(key => command('SETNX', key, key) + command('GET', key)).join('') + command('SUBSCRIBE', 'c') +
        command('GET', 'k1') + command('PING', 'still here')
    )
    await client.gets('still here')
    expect(client.text).toBe(asked.map(key => `:1\r\n$${key.length}\r\n${key}\r\n`).join('') + '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n' +
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT are allowed in this context\r\n*2\r\n$4\r\npong\r\n$10\r\nstill here\r\n")
  })

  test('a server that goes takes its subscribers with it, which come back to another', async () => {
    const { port, redis } = await startRedisFarm(program, { serverLinks })
    const client = new TestClient(port)
    client.socket.write(command('SUBSCRIBE', 'c'))
    await client.gets('subscribe')
    for (const server of redis.slice(0, 2)) await server.kill()
    if (!client.closed) await redis[2]!.kill()
    await client.closes()
  })
})

describeWithRedisLinks('blocking commands', (program, serverLinks) => {
  test('wait for data at their servers, and others go on beside', async () => {
    const { port } = await startRedisFarm(program, { serverLinks })
    const [waiting, client] = [io(port), await connectRedis(port)]
    const popped = waiting.blpop('list', 0)
    const moved = io(port).blmove('{l}1', '{l}2', 'LEFT', 'RIGHT', 0)
    const read = (await connectRedis(port)).xRead({ key: 'stream', id: '$' }, { BLOCK: 0 })
    await until(async () => {
      await client.rPush('list', 'x')
      await client.rPush('{l}1', 'y')
      await client.xAdd('stream', '*', { a: '1' })
      return await Promise.race([
        Promise.all([popped, moved, read]).then(() => true),
        new Promise(resolve => {
          setImmediate(() => {
            resolve(false)
          })
        })
      ])
    }, 'all three to have something')
    expect([await popped, await moved]).toEqual([['list', 'x'], 'y'])
    expect(await read).toHaveLength(1)
    expect(await io(port).blpop('none', 0.05)).toBe(null)
  })
})

describeWithRedisLinks('what clients say of themselves', (program, serverLinks) => {
  test('names, passwords where the operator takes them, and what a server without extras answers', async () => {
    const { port } = await startRedisFarm(program, { serverLinks, servers: 1, params: { auth: 'accept' } })
    const named = await connectRedis(port, 3, { name: 'me', username: 'u', password: 'p' })
    expect(await named.clientGetName()).toBe('me')
    const other = io(port, { password: 'p', connectionName: 'other' })
    expect(await other.call('CLIENT', 'GETNAME')).toBe('other')
    await expect(other.call('CLIENT', 'TRACKING', 'ON')).rejects.toThrow("unknown subcommand 'tracking'")
    await expect(other.call('CLIENT', 'MAINT_NOTIFICATIONS', 'ON')).rejects.toThrow("unknown subcommand 'maint_notifications'")
    await expect(other.call('CLUSTER', 'SLOTS')).rejects.toThrow('This instance has cluster support disabled')
  })

  test('clients of Redis Cluster are told at once that this is none', async () => {
    const { port } = await startRedisFarm(program, { serverLinks, servers: 1 })
    const cluster = new Cluster([{ host: '127.0.0.1', port }], { clusterRetryStrategy: () => null })
    atEnd(() => { cluster.disconnect() })
    const errors: string[] = []
    cluster.on('error', (error: Error & { lastNodeError?: Error }) => {
      errors.push(String(error.lastNodeError?.message))
    })
    await expect(cluster.get('k')).rejects.toThrow()
    await until(() => errors.length > 0, 'the error')
    expect(errors[0]).toContain('This instance has cluster support disabled')
  })

  test('passwords are refused where the operator does not take them', async () => {
    const { port } = await startRedisFarm(program, { serverLinks, servers: 1 })
    await expect(connectRedis(port, 3, { username: 'u', password: 'p' })).rejects.toThrow(
      'passwords are not checked here'
    )
    expect(await io(port).set('k', 'v')).toBe('OK')
  })
})
