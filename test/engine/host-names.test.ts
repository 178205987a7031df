// GLBs: clients and requests are led to pools by the name that they ask for.
import { describe, expect, test } from 'vitest'
import { TestServer } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { NamesBench, says, type Glb } from '../support/names-bench.ts'
import { BINARY, frame } from '../support/raw-websocket.ts'

const clients = (name: string, match: Glb['match'], ...pools: string[]): Glb => ({
  name,
  match,
  pools: pools.map(name => ({ name }))
})

describe('a host', () => {
  test('leads WebSockets and requests: exact before wildcard before the default', async () => {
    const names = await NamesBench.start([
      clients('mqtt', { hosts: ['MQTT.example.test.'] }, 'two'),
      clients('below', { hosts: ['*.example.test'] }, 'three'),
      clients('web', { hosts: ['www.example.test'] }, 'wtwo'),
      clients('api', { hosts: ['www.example.test'], path: '/api' }, 'wthree')
    ])
    const sockets = ['mqtt.example.test', 'Mqtt.Example.Test:8443', 'mqtt.example.test.', 'other.example.test', 'a.b.example.test', 'example.test', '127.0.0.1:80', '[::1]:443']
    expect(await Promise.all(sockets.map(async host => await names.socket(host)))).toEqual(['two', 'two', 'two', 'three', 'three', 'one', 'one', 'one'])
    const pages = [['www.example.test', '/'], ['WWW.example.test.:80', '/apis'], ['www.example.test', '/api?x'], ['mqtt.example.test', '/api']] as const
    expect(await Promise.all(pages.map(async ([host, path]) => await names.page(host, path)))).toEqual(['wtwo', 'wtwo', 'wthree', 'wone'])
    const { glbs } = names.bench.engine.stats()
    expect([glbs['mqtt'], glbs['below'], glbs['api']]).toEqual([
      { picks: 3, fallback: 0, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { two: 3 } },
      { picks: 2, fallback: 0, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { three: 2 } },
      { picks: 1, fallback: 0, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { wthree: 1 } }
    ])
  })

  test('leads each request of one connection by itself', async () => {
    const names = await NamesBench.start([
      clients('a', { hosts: ['a.test'] }, 'wtwo'),
      clients('b', { hosts: ['b.test'] }, 'wthree')
    ])
    const client = names.bench.connect()
    for (const host of ['a.test', 'b.test', 'c.test'])
      client.socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n${host === 'c.test' ? 'Connection: close\r\n' : ''}\r\n`)
    await client.closes()
    expect(client.text.match(/w(one|two|three)$|w(one|two|three)(?=HTTP)/gm)).toEqual(['wtwo', 'wthree', 'wone'])
  })

  test('leads requests where no extension is', async () => {
    const names = await NamesBench.start([clients('a', { hosts: ['a.test'] }, 'wtwo')], {
      userProtocols: [{ name: 'P', transport: 'http' }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'wone', glbs: ['a'] }]
    })
    expect([await names.page('a.test'), await names.page('b.test')]).toEqual(['wtwo', 'wone'])
  })

  test('whose pool is full goes to the next one', async () => {
    const names = await NamesBench.start([clients('g', { hosts: ['g.test'] }, 'one', 'two')])
    const { port } = await TestServer.listen(() => 'full\n')
    await names.bench.apply({
      services: ['one', 'two', 'three', 'wone', 'wtwo', 'wthree'].map(name => ({
        name,
        address: '127.0.0.1',
        port,
        maxClients: name === 'one' ? 1 : 0,
        type: name.startsWith('w') ? 'HTTP' as const : 'USER_TCP' as const
      }))
    })
    const sockets = [await names.open('g.test'), await names.open('g.test')]
    for (const socket of sockets) expect(await says(socket)).toBe('full')
    expect(names.bench.engine.stats().glbs['g']).toMatchObject({ pools: { one: 1, two: 1 } })
  })

  test('of a request is explained: rule, pool and service', async () => {
    const names = await NamesBench.start([{
      ...clients('api', { hosts: ['*.test'], path: '/api' }, 'wtwo', 'wthree'),
      fallback: 'wone'
    }])
    const explained = async (host: string, path: string) =>
      await names.bench.engine.explain({
        userVserver: 'v',
        bytes: Buffer.alloc(0),
        side: 'request',
        client: { address: '127.0.0.1', port: 1, http: { path, headers: { host }, subprotocol: undefined } }
      })
    expect(await explained('A.test:80', '/api/1')).toMatchObject({
      side: 'request',
      extension: undefined,
      outcome: {
        becomes: 'open',
        service: 'wtwo',
        decision: { rule: { pattern: '*.test', path: '/api' }, glb: { glb: 'api' } }
      }
    })
    expect(await explained('a.test', '/')).toMatchObject({
      outcome: { becomes: 'open', service: 'wone', decision: { rule: undefined, glb: undefined, lbVserver: 'wone' } }
    })
    names.health({ wone: 'down', wtwo: 'down', wthree: 'down' })
    expect(await explained('a.test', '/api')).toMatchObject({
      outcome: { service: 'wone', decision: { glb: { fallback: { pool: 'wone', chosen: true } } } }
    })
    expect(await explained('a.test', '/')).toMatchObject({ outcome: { becomes: 'closed', reason: 'no-service' } })
    expect(names.bench.engine.stats().glbs['api']).toMatchObject({ picks: 0 })
  })

  test('without a Host header, or with any, has the rule of `*`', async () => {
    const names = await NamesBench.start([clients('all', { hosts: ['*'] }, 'wtwo')])
    const client = names.bench.connect()
    client.socket.write('GET / HTTP/1.0\r\n\r\n')
    await client.closes()
    expect([client.text.endsWith('wtwo'), await names.page('any.test')]).toEqual([true, 'wtwo'])
  })
})

describe('a field', () => {
  const asks = async (names: NamesBench, host: string, who: string): Promise<string> =>
    await says(await names.open(host), `hello ${who}`)

  test('that the extension published leads a client, within its name or whatever that is', async () => {
    const names = await NamesBench.start([
      { name: 'tenant', match: { field: { name: 'who', values: ['anna', 'otto'] } }, pools: [{ name: 'two' }] },
      { name: 'site', match: { hosts: ['g.test'] }, pools: [{ name: 'one' }] },
      {
        name: 'vip',
        match: { hosts: ['g.test'], field: { name: 'who', values: ['otto'] } },
        pools: [{ name: 'three' }]
      }
    ])
    const asked = [['x.test', 'anna'], ['x.test', 'eva'], ['g.test', 'anna'], ['g.test', 'otto']] as const
    expect(await Promise.all(asked.map(async ([host, who]) => await asks(names, host, who)))).toEqual([
      'two',
      'one',
      'one',
      'three'
    ])
  })

  test('that the extension does not publish is refused, and so is a secret one', async () => {
    const names = await NamesBench.start([clients('g', { hosts: ['g.test'] }, 'two')])
    for (const field of ['whom', 'pin']) {
      await expect(
        names.bench.apply({
          glbs: [{ name: 'g', match: { field: { name: field, values: ['x'] } }, pools: [{ name: 'two' }] }]
        })
      ).rejects.toMatchObject({
        code: 'config-invalid',
        issues: [{
          path: 'glbs[0].match.field.name',
          message: `extension 'ext' of user vserver 'v' publishes no field "${field}"; there are: who`
        }]
      })
    }
    expect(await names.socket('g.test')).toBe('two')
  })
})

describe('steering', () => {
  const glb: Glb = {
    name: 'g',
    match: { hosts: ['g.test'] },
    pools: [{ name: 'one', weight: 2 }, { name: 'two' }],
    fallback: 'three'
  }
  const counted = async (names: NamesBench, clients: number): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {}
    for (let n = 0; n < clients; n++) {
      const server = await names.socket('g.test')
      counts[server] = (counts[server] ?? 0) + 1
    }
    return counts
  }

  test('by weight shares the clients among the pools that are not out', async () => {
    const names = await NamesBench.start([{ ...glb, steering: 'weighted' }])
    expect(await counted(names, 9)).toEqual({ one: 6, two: 3 })
    names.health({ one: 'down' })
    expect(await counted(names, 2)).toEqual({ two: 2 })
  })

  test('by connections counts those of all services of a pool, for its weight', async () => {
    const names = await NamesBench.start([{ ...glb, steering: 'least-connection' }])
    expect(await counted(names, 6)).toEqual({ one: 4, two: 2 })
    names.health({ one: 'down', two: 'down' })
    expect(await counted(names, 1)).toEqual({ three: 1 })
  })
})

describe('steering by latency', () => {
  test('takes the pool that passes its probes fastest, and keeps the order without a clear difference', async () => {
    const names = await NamesBench.start([{
      name: 'g',
      match: { hosts: ['g.test'] },
      pools: [{ name: 'one' }, { name: 'two' }, { name: 'three' }],
      steering: 'latency'
    }])
    const { engine } = names.bench
    expect(await names.socket('g.test')).toBe('one')
    engine.setServiceLatency('three', 20)
    expect(await names.socket('g.test')).toBe('three')
    engine.setServiceLatency('two', 10)
    engine.setServiceLatency('one', 10.5)
    expect(await names.socket('g.test')).toBe('one')
    engine.setServiceLatency('one', 12)
    expect(await names.socket('g.test')).toBe('two')
    names.health({ two: 'down' })
    expect(await names.socket('g.test')).toBe('one')
  })
})

describe('pools', () => {
  const glb: Glb = {
    name: 'g',
    match: { hosts: ['g.test'] },
    pools: [{ name: 'one' }, { name: 'two' }],
    fallback: 'three'
  }

  test('take over in their order, and the fallback whatever its health; live connections stay', async () => {
    const names = await NamesBench.start([glb])
    names.health({ one: 'up', two: 'up', three: 'down' })
    const first = await names.open('g.test')
    expect(await says(first)).toBe('one')
    names.health({ one: 'down' })
    const second = await names.open('g.test')
    expect(await says(second)).toBe('two')
    names.health({ two: 'down' })
    const third = await names.open('g.test')
    expect(await says(third)).toBe('three')
    names.health({ one: 'up', two: 'up' })
    expect([await names.socket('g.test'), await says(first), await says(second), await says(third)]).toEqual([
      'one',
      'one',
      'two',
      'three'
    ])
    expect(names.bench.engine.stats().glbs['g']).toEqual({
      picks: 4,
      fallback: 1,
      noService: 0,
      sessionHits: 0,
      sessionMisses: 0,
      pools: { one: 2, two: 1, three: 1 }
    })
  })

  test('without a fallback refuse when all are out, and so does a disabled fallback', async () => {
    const names = await NamesBench.start([{ ...glb, fallback: undefined }, { name: 'w', match: { hosts: ['w.test'] }, pools: [{ name: 'wone' }], fallback: 'wtwo' }])
    names.health({ one: 'down', two: 'down', wone: 'down' })
    const socket = await names.open('g.test')
    socket.socket.write(frame(BINARY, 'hello\n'))
    const [line] = await names.bench.log.ends()
    expect([line!['reason'], names.bench.engine.stats().glbs['g']!.noService]).toEqual(['no-service', 1])
    expect(await names.page('w.test')).toBe('wtwo')
    await names.bench.apply({
      lbVservers: ['one', 'two', 'three', 'wone', 'wtwo'].map(name => ({
        name,
        type: name.startsWith('w') ? 'HTTP' : 'USER_TCP',
        services: [{ name }],
        state: name === 'wtwo' ? 'disabled' : 'enabled'
      }))
    })
    expect(await names.page('w.test')).toBe('503 no server can take the request now')
  })

  test('with fewer services than they need pass to the next, and one that has too few is not worth a fallback', async () => {
    const names = await NamesBench.start([{
      ...glb,
      pools: [{ name: 'both', minimumUp: 2 }, { name: 'three' }],
      fallback: undefined
    }], {
      lbVservers: [
        { name: 'both', services: [{ name: 'one' }, { name: 'two' }] },
        ...['one', 'two', 'three'].map(name => ({ name, services: [{ name }] })),
        { name: 'wone', type: 'HTTP' }
      ]
    })
    names.health({ one: 'up', two: 'up', three: 'up' })
    expect(await names.socket('g.test')).toBe('one')
    names.health({ two: 'down' })
    expect(await names.socket('g.test')).toBe('three')
    names.health({ two: 'up' })
    expect(await names.socket('g.test')).toBe('two')
  })

  test('whose servers cannot be reached pass the client on within the same attempt', async () => {
    const port = await freePort()
    const names = await NamesBench.start([glb])
    const two = await TestServer.listen(() => 'two\n')
    await names.bench.apply({
      services: ['one', 'two', 'three', 'wone', 'wtwo', 'wthree'].map(name => ({
        name,
        address: '127.0.0.1',
        port: name === 'two' ? two.port : port,
        type: name.startsWith('w') ? 'HTTP' as const : 'USER_TCP' as const
      }))
    })
    expect(await names.socket('g.test')).toBe('two')
    expect(names.bench.dialFailures).toEqual(['one'])
    // Its failed dial makes the first pool doubtful, so that the next client does not try it.
    expect(await names.socket('g.test')).toBe('two')
    expect(names.bench.dialFailures).toEqual(['one'])
  })

  test('are served by the backup of an LB vserver', async () => {
    const names = await NamesBench.start([glb], {
      lbVservers: [
        { name: 'one', services: [{ name: 'one' }], backup: 'three' },
        ...['two', 'three'].map(name => ({ name, services: [{ name }] })),
        { name: 'wone', type: 'HTTP' }
      ]
    })
    names.health({ one: 'down', two: 'up', three: 'up' })
    expect(await names.socket('g.test')).toBe('three')
  })
})

describe('a change', () => {
  test('of hosts, pools and state counts for new clients and moves nobody', async () => {
    const glb = clients('g', { hosts: ['g.test'] }, 'two')
    const names = await NamesBench.start([glb])
    const first = await names.open('g.test')
    expect(await says(first)).toBe('two')
    await names.bench.apply({ glbs: [clients('g', { hosts: ['g.test'] }, 'three')] })
    expect([await names.socket('g.test'), await says(first)]).toEqual(['three', 'two'])
    await names.bench.apply({ glbs: [clients('g', { hosts: ['h.test'] }, 'three')] })
    expect([await names.socket('g.test'), await names.socket('h.test'), await says(first)]).toEqual([
      'one',
      'three',
      'two'
    ])
    await names.bench.apply({ glbs: [{ ...glb, state: 'disabled' }] })
    expect([await names.socket('g.test'), await says(first)]).toEqual(['one', 'two'])
  })
})
