import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import {
  around, atEnd, type EngineBench, startEngine, type TestClient, TestServer, twoServers
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

  test.each(['round-robin', 'least-connection', 'token', 'source-ip-hash', 'random-two-choices'])(
    '%s: the lower number has all clients, and another tier when it is down',
    async method => {
      const bench = await tiered({ method })
      expect(await visits(bench, 3)).toBe('ttt')
      bench.engine.setServiceHealth('s2', 'down')
      expect(await visits(bench, 3)).toBe('ooo')
      bench.engine.setServiceHealth('s2', 'up')
      expect(await visits(bench, 2)).toBe('tt')
    }
  )

  test('a tier that is full passes clients on, and gets the next ones when it has room', async () => {
    const bench = await tiered()
    await bench.apply({
      services: (await twoServers()).map(({ port }, i) => ({
        name: `s${i + 1}`,
        address: '127.0.0.1',
        port,
        maxClients: 2 - i
      }))
    })
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
    const { frames } = await bench.engine.explain({
      userVserver: 'v',
      bytes: Buffer.from('hello\n'),
      side: 'client',
      client: { address: '127.0.0.1', port: 1 } as never
    })
    expect(frames[0]!.decision!.candidates).toMatchObject([
      { service: 's2', priority: 1, verdict: 'skipped', why: 'down' },
      { service: 's1', priority: 2, verdict: 'proposed' }
    ])
  })
})

describe('slow start', () => {
  test('a service that comes back begins with a tenth of its weight', async () => {
    const bench = await startEngine(
      around(PROTOCOL, await twoServers(), { lbVservers: [{ ...LB, slowStartSeconds: 3600 }] })
    )
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
  const servers = [
    await TestServer.listen(bytes => bytes.toString().includes('flood') ? 'one\n'.repeat(200_000) : 'one\n'),
    await TestServer.listen(() => 'two\n')
  ]
  const bench = await startEngine(
    around(lineProtocol(), servers, { lbVservers: [{ ...LB, method: 'least-bandwidth' }] })
  )
  const first = await visit(bench)
  expect(first.server).toBe('one')
  first.client.socket.write('flood\n')
  await until(async () => {
    first.client.socket.write('flood\n')
    return (await visits(bench, 4)) === 'tttt'
  }, 'the measure of the flood')
})

describe('least-response-time', () => {
  const LRT = { ...LB, method: 'least-response-time' }

  test('leads clients to the server with the shorter probes, until it has too many', async () => {
    const bench = await startEngine(around(PROTOCOL, await twoServers(), { lbVservers: [LRT] }))
    bench.engine.setServiceLatency('s1', 30_000)
    bench.engine.setServiceLatency('s2', 10_000)
    // (active + 1) × time: 30, 60 of one; 10, 20, 30, 40 of two, and the times of replies
    expect([...await visits(bench, 4)].sort().join('')).toBe('ottt')
  })

  /** Servers that name themselves, the first one after a while. */
  const slowAndFast = async (ms: number): Promise<readonly TestServer[]> => [
    await TestServer.listen((_, socket) => {
      setTimeout(() => { socket.write('slow\n') }, ms)
      return undefined
    }),
    await TestServer.listen(() => 'fast\n')
  ]
  /** Clients that come and go, so that no connections are counted. */
  const passing = async (bench: EngineBench, count: number): Promise<string> => {
    let found = ''
    for (let i = 0; i < count; i++) {
      const { client, server } = await visit(bench)
      found += server[0]
      client.socket.destroy()
      await until(
        () => Object.values(bench.engine.stats().services).every(({ connections }) => connections === 0),
        'its end'
      )
    }
    return found
  }

  test.each(['per-connection', 'per-message'])('learns from the replies to clients (%s)', async balance => {
    const source = balance === 'per-connection' ? PROTOCOL : lineProtocol("server: { framing: frame.lines({ max: 1000 }) }, replies: 'in-order',").replace("balance: 'per-connection'", "balance: 'per-message'")
    const bench = await startEngine(around(source, await slowAndFast(300), { lbVservers: [LRT] }))
    // Each has one client, to have a time.
    expect([...await passing(bench, 2)].sort().join('')).toBe('fs')
    expect(await passing(bench, 6)).toBe('ffffff')
  })

  test('a server that refuses is fast, and not preferred', async () => {
    const source = lineProtocol("server: { framing: frame.lines({ max: 1000 }), onMessage: (message, ctx) => { if (message.text() === 'full\\n') ctx.serverRefused('full'); return forward() } },")
    const servers = [await TestServer.listen(() => 'full\n'), (await slowAndFast(50))[0]!]
    const bench = await startEngine(around(source, servers, { lbVservers: [LRT] }))
    expect([...await passing(bench, 2)].sort().join('')).toBe('fs')
    expect(await passing(bench, 6)).toBe('ssssss')
    expect(bench.engine.stats().services['s1']!.refused).toBe(1)
  })

  test('HTTP servers are known by the heads of their responses, and 503 is a refusal', async () => {
    const servers = await Promise.all([['slow', 50, 200], ['busy', 0, 503]].map(async ([name, ms, status]) => {
      const server = createServer((_, response) => {
        setTimeout(() => {
          response.writeHead(status as number).end(name as string)
        }, ms as number)
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      atEnd(() => { server.close(); server.closeAllConnections() })
      return { port: (server.address() as AddressInfo).port }
    }))
    const bench = await startEngine({
      userProtocols: [{ name: 'H', transport: 'http' }],
      services: servers.map(({ port }, i) => ({
        name: `s${i + 1}`,
        type: 'HTTP' as const,
        address: '127.0.0.1',
        port
      })),
      lbVservers: [{ ...LRT, type: 'HTTP' }],
      userVservers: [{ name: 'v', protocol: 'H', address: '127.0.0.1', port: 0, defaultLb: 'lb' }]
    } as never)
    const asked = async (count: number): Promise<string[]> => {
      const answers: string[] = []
      for (let i = 0; i < count; i++) answers.push(await (await fetch(`http://127.0.0.1:${bench.port()}/`)).text())
      return answers
    }
    expect((await asked(2)).sort()).toEqual(['busy', 'slow'])
    expect(new Set(await asked(6))).toEqual(new Set(['slow']))
  })
})
