// Clients of one Redis server that share its link.
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { describeWithRedis, describeWithRedisLinks } from '../support/describe-with.ts'
import { TestClient } from '../support/engine-bench.ts'
import { connectRedis, startRedisFarm, type RedisFarm } from '../support/redis-farm.ts'

const GET = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'
const messagesOf = async ({ weir }: RedisFarm): Promise<number> =>
  (await weir.api.call('getStats')).body.services['s0']!.messages

describeWithRedisLinks('one client', (program, serverLinks) => {
  // Redis closes the connection on which it gets something else than strings.
  test.each([['a null', '$-1\r\n'], ['a list', '*0\r\n']])('cannot end the others with a command that has %s', async (_, tail) => {
    const farm = await startRedisFarm(program, { servers: 1, serverLinks })
    const [bad, good] = [new TestClient(farm.port), new TestClient(farm.port)]
    for (const each of [bad, good]) {
      each.socket.write(GET)
      await each.gets('$-1\r\n')
    }
    const before = await messagesOf(farm)
    farm.redis[0]!.pause()
    bad.socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${tail}`)
    await until(async () => await messagesOf(farm) === before + 1, 'its command')
    good.socket.write(GET)
    await until(async () => await messagesOf(farm) === before + 2, 'that of the other')
    farm.redis[0]!.resume()
    await good.gets('$-1\r\n$-1\r\n')
  })
})

describeWithRedis('many clients', program => {
  test('have one link of a worker, and what needs its own closes it again', async () => {
    const { port, redis } = await startRedisFarm(program, {
      servers: 1,
      serverLinks: 'shared',
      limits: { serverIdleTimeoutSeconds: 0.2 }
    })
    const clients = await Promise.all(Array.from({ length: 20 }, async () => await connectRedis(port)))
    const keeps = async (): Promise<void> => {
      await Promise.all(clients.map(async (client, n) => { await client.set(`key:${n}`, String(n)) }))
    }
    /** Links of Weir to the server, beside the one that asks. */
    const links = async (): Promise<number> =>
      Number(/connected_clients:(\d+)/.exec(await redis[0]!.whole('INFO', 'clients'))![1]) - 1
    await keeps()
    expect(await links()).toBe(1)
    expect(await Promise.all(clients.map(async (client, n) => await client.get(`key:${n}`)))).toEqual(
      clients.map((_, n) => String(n))
    )
    expect(await clients[0]!.multi().incr('{n}a').get('{n}a').exec()).toEqual([1, '1'])
    expect(await links()).toBe(2)
    await until(async () => {
      await keeps()
      return await links() === 1
    }, 'the link of its own to be closed')
  })
})
