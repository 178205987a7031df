import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import {
  around, type EngineBench, startEngine, type TestClient, TestServer, twoServers
} from '../support/engine-bench.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const PROTOCOL = lineProtocol(SERVER_LINES)
const LB = { name: 'lb', services: [{ name: 's1' }, { name: 's2' }] }

/** A client that stays, and the name of its server. */
const visit = async (bench: EngineBench, line = 'hello\n'): Promise<{ client: TestClient, server: string }> => {
  const client = bench.connect()
  client.socket.write(line)
  await until(() => client.text.includes('\n'), 'an answer')
  return { client, server: client.text.trim() }
}

const visits = async (bench: EngineBench, count: number): Promise<string> => {
  let found = ''
  for (let i = 0; i < count; i++) found += (await visit(bench)).server[0]
  return found
}

describe('priorities', () => {
  const tiered = async (more: object = {}): Promise<EngineBench> => {
    const bench = await startEngine(around(PROTOCOL, await twoServers(), {
      lbVservers: [{ ...LB, services: [{ name: 's1', priority: 2 }, { name: 's2', priority: 1 }], ...more }]
    }))
    for (const name of ['s1', 's2']) bench.engine.setServiceHealth(name, 'up')
    return bench
  }

  test.each(['round-robin', 'least-connection', 'token', 'source-ip-hash', 'random-two-choices'])('%s: the lower number has all clients, and another tier when it is down', async method => {
    const bench = await tiered({ method })
    expect(await visits(bench, 3)).toBe('ttt')
    bench.engine.setServiceHealth('s2', 'down')
    expect(await visits(bench, 3)).toBe('ooo')
    bench.engine.setServiceHealth('s2', 'up')
    expect(await visits(bench, 2)).toBe('tt')
  })

  test('a tier that is full passes clients on, and gets the next ones when it has room', async () => {
    const bench = await tiered()
    await bench.apply({ services: (await twoServers()).map(({ port }, i) => ({ name: `s${i + 1}`, address: '127.0.0.1', port, maxClients: 2 - i })) })
    for (const name of ['s1', 's2']) bench.engine.setServiceHealth(name, 'up')
    const first = await visit(bench)
    expect([first.server, await visits(bench, 1)]).toEqual(['two', 'o'])
    first.client.socket.end()
    await until(() => bench.engine.stats().services['s2']!.connections === 0, 'its end')
    expect(await visits(bench, 1)).toBe('t')
  })

  test('explain lists the tiers in their order', async () => {
    const bench = await tiered()
    bench.engine.setServiceHealth('s2', 'down')
    const { frames } = await bench.engine.explain({ userVserver: 'v', bytes: Buffer.from('hello\n'), side: 'client', client: { address: '127.0.0.1', port: 1 } as never })
    expect(frames[0]!.decision!.candidates).toMatchObject([
      { service: 's2', priority: 1, verdict: 'skipped', why: 'down' },
      { service: 's1', priority: 2, verdict: 'proposed' }
    ])
  })
})

describe('slow start', () => {
  test('a service that comes back begins with a tenth of its weight', async () => {
    const bench = await startEngine(around(PROTOCOL, await twoServers(), { lbVservers: [{ ...LB, slowStartSeconds: 3600 }] }))
    for (const name of ['s1', 's2']) bench.engine.setServiceHealth(name, 'up')
    // Those that come up together are equal.
    expect(await visits(bench, 4)).toBe('otot')
    bench.engine.setServiceHealth('s2', 'down')
    bench.engine.setServiceHealth('s2', 'up')
    expect([...await visits(bench, 22)].filter(server => server === 't').length).toBeOneOf([2, 3])
    // Another LB vserver method, as any change, goes on with it.
    await bench.apply({ lbVservers: [{ ...LB, slowStartSeconds: 3600, method: 'round-robin', onDown: 'close' }] })
    expect([...await visits(bench, 11)].filter(server => server === 't').length).toBeOneOf([1, 2])
    await bench.apply({ lbVservers: [LB] })
    expect([...await visits(bench, 10)].filter(server => server === 't').length).toBeGreaterThan(3)
  })
})

test('least-bandwidth leads clients to the server with less to send', async () => {
  const servers = [await TestServer.listen(bytes => bytes.toString().includes('flood') ? 'one\n'.repeat(200_000) : 'one\n'), await TestServer.listen(() => 'two\n')]
  const bench = await startEngine(around(lineProtocol(), servers, { lbVservers: [{ ...LB, method: 'least-bandwidth' }] }))
  const first = await visit(bench)
  expect(first.server).toBe('one')
  first.client.socket.write('flood\n')
  await until(async () => {
    first.client.socket.write('flood\n')
    return (await visits(bench, 4)) === 'tttt'
  }, 'the measure of the flood')
})

test('least-response-time leads clients to the server with the shorter probes, until it has too many', async () => {
  const bench = await startEngine(around(PROTOCOL, await twoServers(), { lbVservers: [{ ...LB, method: 'least-response-time' }] }))
  bench.engine.setServiceLatency('s1', 30)
  bench.engine.setServiceLatency('s2', 10)
  // (active + 1) × time: 30, 60 of one; 10, 20, 30, 40 of two
  expect([...await visits(bench, 4)].sort().join('')).toBe('ottt')
})
