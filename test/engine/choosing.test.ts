import { LocalSessionDirectory } from '@weirlb/engine'
import { until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { around, startEngine, TestServer, twoServers } from '../support/engine-bench.ts'
import { freePort } from '../support/free-port.ts'
import { lineProtocol, SERVER_LINES } from '../support/line-protocol.ts'

const PROTOCOL = lineProtocol(SERVER_LINES)

describe('sessions', () => {
  test('the same key meets the same service, others are spread', async () => {
    const { connect } = await startEngine(around(PROTOCOL, await twoServers()))
    const homes = new Map<string, string>()
    for (let round = 0; round < 3; round++) {
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const client = connect()
        client.socket.write(`tunnel ${key}\n`)
        await until(() => client.text !== '', 'an answer')
        expect(client.text).toBe(homes.get(key) ?? client.text)
        homes.set(key, client.text)
        client.socket.end()
        await client.closes()
      }
    }
    expect(new Set(homes.values()).size).toBe(2)
  })

  test('without a key nothing is pinned: the method alone decides', async () => {
    const servers = await twoServers()
    const { connect, engine } = await startEngine(around(PROTOCOL, servers))
    for (let i = 0; i < 6; i++) {
      const client = connect()
      client.socket.write('anybody\n')
      await until(() => client.text !== '', 'an answer')
    }
    expect(servers.map(s => s.sockets.length)).toEqual([3, 3])
    expect(engine.stats().lbVservers['lb']).toMatchObject({ picks: 6, sessionHits: 0, sessionMisses: 0 })
  })

  test('when its server is gone a client goes to the other, and stays there when it returns', async () => {
    const [one, two] = await twoServers()
    const { connect, log } = await startEngine(around(PROTOCOL, [one, two]))
    const first = connect()
    first.socket.write('tunnel k\n')
    await first.gets('one\n')
    const { port } = one
    await one.close()
    await first.closes()
    const second = connect()
    second.socket.write('tunnel k\n')
    await second.gets('two\n')
    expect(log.lines.filter(l => l.message === 'dial failed')).toHaveLength(1)
    second.socket.end()
    await second.closes()
    await TestServer.listen(() => 'one again\n', port)
    const third = connect()
    third.socket.write('tunnel k\n')
    await third.gets('two\n')
  })

  test('one failed dial of somebody else moves nobody', async () => {
    const [one, two] = await twoServers()
    const sessions = new LocalSessionDirectory()
    const { connect, dialFailures } = await startEngine(around(PROTOCOL, [one, two]), { sessions })
    const first = connect()
    first.socket.write('tunnel k\n')
    await first.gets('one\n')
    first.socket.end()
    await first.closes()
    const { port } = one
    await one.close()
    for (const key of ['x', 'y']) {
      const other = connect()
      other.socket.write(`tunnel ${key}\n`)
      await other.gets('two\n')
    }
    expect(dialFailures.length).toBeGreaterThan(0)
    await TestServer.listen(() => 'one again\n', port)
    const again = connect()
    again.socket.write('tunnel k\n')
    await again.gets('one again\n')
  })

  test('an entry cannot expire while a connection holds it; its time starts at the close', async () => {
    const sessions = new LocalSessionDirectory()
    const { connect } = await startEngine(
      around(PROTOCOL, await twoServers(), {
        lbVservers: [{
          name: 'lb',
          services: [{ name: 's1' }, { name: 's2' }],
          persistence: { type: 'user-session', timeoutSeconds: 0.2 }
        }]
      }),
      { sessions }
    )
    const client = connect()
    client.socket.write('tunnel k\n')
    await client.gets('\n')
    expect(sessions.table.list({})).toMatchObject([{ key: 'k', connections: 1, expiresInMs: undefined }])
    client.socket.end()
    await client.closes()
    await until(
      () => sessions.table.list({})[0]?.expiresInMs !== undefined || sessions.table.list({}).length === 0,
      'the timer to start'
    )
    await until(() => sessions.table.list({}).length === 0, 'the entry to expire')
  })

  test.each(['round-robin', 'least-connection'] as const)(
    'a burst is spread by %s although the directory answers later',
    async method => {
      const servers = await twoServers()
      const table = new LocalSessionDirectory()
      const waiting: (() => void)[] = []
      const { connect } = await startEngine(
        around(PROTOCOL, servers, {
          lbVservers: [{
            name: 'lb',
            method,
            services: [{ name: 's1' }, { name: 's2' }],
            persistence: { type: 'user-session' }
          }]
        }),
        {
          sessions: {
            claim: (claim, sink) => {
              waiting.push(() => table.claim(claim, sink))
            },
            find: (...a) => table.find(...a),
            pin: (...a) => table.pin(...a),
            release: (...a) => table.release(...a)
          }
        }
      )
      const clients = Array.from({ length: 12 }, () => connect())
      for (const [i, client] of clients.entries()) client.socket.write(`tunnel ${i}\n`)
      await until(() => waiting.length === 12, 'all claims')
      for (const answer of waiting) answer()
      for (const client of clients) await client.gets('\n')
      expect(servers.map(s => s.sockets.length)).toEqual([6, 6])
    }
  )

  test('an entry that names a service which is not bound any more is replaced', async () => {
    const sessions = new LocalSessionDirectory()
    sessions.pin('lb', 'k', 'long-gone')
    const { connect } = await startEngine(around(PROTOCOL, await twoServers()), { sessions })
    const client = connect()
    client.socket.write('tunnel k\n')
    await client.gets('one\n')
  })

  test('a claim that is answered after its connection has ended is let go', async () => {
    const table = new LocalSessionDirectory()
    let answer: (() => void) | undefined
    const { connect, engine } = await startEngine(around(PROTOCOL, await twoServers()), {
      sessions: {
        claim: (claim, sink) => { answer = () => table.claim(claim, sink) },
        find: (...a) => table.find(...a),
        pin: (...a) => table.pin(...a),
        release: (...a) => table.release(...a)
      }
    })
    const client = connect()
    client.socket.write('tunnel k\n')
    await until(() => answer !== undefined, 'the claim')
    for (const { id } of engine.connections({})) engine.kill(id)
    await until(() => engine.connections({}).length === 0, 'the client to be gone')
    answer!()
    expect(table.table.list({})).toMatchObject([{ connections: 0 }])
  })
})

describe('choosing', () => {
  test('nothing that was sent is lost when the first service cannot be reached', async () => {
    const [one, two] = await twoServers()
    await one.close()
    const { connect, engine } = await startEngine(around(PROTOCOL, [{ port: await freePort() }, two]))
    const client = connect()
    client.socket.write('hello x\nand more\n')
    await client.gets('two\n')
    await until(() => two.text() === 'hello x\nand more\n', 'all lines, once')
    expect(engine.stats().services['s1']).toMatchObject({ dialFailures: 1, connections: 0 })
  })

  test.each(
    [
      ['no service is bound', [], 'no-service'],
      ['no service can be reached', [{ port: 0 }, { port: 0 }], 'dial-failed']
    ] as const
  )('when %s the client is told in its protocol', async (_, servers, reason) => {
    const { connect, log } = await startEngine(
      around(PROTOCOL, await Promise.all(servers.map(async () => ({ port: await freePort() }))))
    )
    const client = connect()
    client.socket.write('hello x\n')
    await client.closes()
    expect(client.text).toBe(`goodbye ${reason} after 1\n`)
    expect((await log.ends())[0]!['reason']).toBe(reason)
  })

  test('a backup LB vserver serves when no service here can', async () => {
    const [one, two] = await twoServers()
    const { connect, engine } = await startEngine(around(PROTOCOL, [one, two], {
      lbVservers: [
        { name: 'spare', services: [{ name: 's2' }] },
        { name: 'lb', services: [{ name: 's1' }], backup: 'spare' }
      ]
    }))
    engine.setServiceHealth('s1', 'down')
    const client = connect()
    client.socket.write('hello x\n')
    await client.gets('two\n')
    expect(engine.connections({})[0]).toMatchObject({ lbVserver: 'spare', service: 's2' })
  })

  test('`via` chooses among the bound LB vservers', async () => {
    const [one, two] = await twoServers()
    const { connect } = await startEngine(around(PROTOCOL, [one, two], {
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'reports', services: [{ name: 's2' }] }],
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        lbVservers: ['reports']
      }]
    }))
    const client = connect()
    client.socket.write('via reports\n')
    await client.gets('two\n')
  })

  test('a service takes no more than maxClients, then the next; when all are full the client is told', async () => {
    const [one, two] = await twoServers()
    const config = around(PROTOCOL, [one, two])
    const { connect, log } = await startEngine({
      ...config,
      services: config.services!.map(s => ({ ...s, maxClients: 1 }))
    })
    const clients = [connect(), connect()]
    for (const client of clients) client.socket.write('hello\n')
    for (const client of clients) await client.gets('\n')
    expect(clients.map(c => c.text).sort()).toEqual(['one\n', 'two\n'])
    const third = connect()
    third.socket.write('hello\n')
    await third.closes()
    expect(third.text).toBe('goodbye limit after 1\n')
    expect((await log.ends())[0]!['reason']).toBe('limit')
  })

  test('a user vserver takes no more than maxClients', async () => {
    const { connect, engine } = await startEngine(around(PROTOCOL, await twoServers(), {
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        limits: { maxClients: 1 }
      }]
    }))
    const first = connect()
    first.socket.write('hello\n')
    await first.gets('\n')
    const second = connect()
    await second.closes()
    expect(engine.stats().userVservers['v']).toMatchObject({ connections: 1, accepted: 2, closed: { limit: 1 } })
    first.socket.write('more\n')
    await first.gets('\n')
  })
})

describe('health', () => {
  test('a service that goes down gets no new client, and keeps those it has', async () => {
    const servers = await twoServers()
    const { connect, engine, log } = await startEngine(around(PROTOCOL, servers))
    const client = connect()
    client.socket.write('tunnel k\n')
    await client.gets('one\n')
    engine.setServiceHealth('s1', 'down')
    const again = connect()
    again.socket.write('tunnel k\n')
    await again.gets('two\n')
    client.socket.write('still\n')
    await until(() => servers[0].text() === 'tunnel k\nstill\n', 'the old client to go on')
    // Its own link shows it.
    servers[0].sockets[0]!.end()
    await client.closes()
    expect((await log.ends())[0]!['reason']).toBe('server-closed')
  })

  test('its clients are told where its LB vserver wants them to go', async () => {
    const servers = await twoServers()
    const binding = { persistence: { type: 'user-session' as const }, services: [{ name: 's1' }, { name: 's2' }] }
    const { connect, engine, log, apply } = await startEngine(
      around(PROTOCOL, servers, { lbVservers: [{ name: 'lb', onDown: 'close', ...binding }] })
    )
    const client = connect()
    client.socket.write('tunnel k\n')
    await client.gets('one\n')
    engine.setServiceHealth('s1', 'down')
    await client.closes()
    expect(client.text).toBe('one\ngoodbye service-down after 1 answered\n')
    expect((await log.ends())[0]!['reason']).toBe('service-down')
    const again = connect()
    again.socket.write('tunnel k\n')
    await again.gets('two\n')
    // What holds is what is configured when it goes down.
    await apply({ lbVservers: [{ name: 'lb', onDown: 'keep', ...binding }] })
    engine.setServiceHealth('s2', 'down')
    again.socket.write('still\n')
    await until(() => servers[1].text() === 'tunnel k\nstill\n', 'the client to go on')
  })

  test('nobody is refused before the first verdict, and what starts together is equal', async () => {
    const servers = await twoServers()
    const config = around(PROTOCOL, servers)
    const monitored = config.services!.map(service => ({ ...service, monitors: [{ type: 'tcp' as const }] }))
    const { connect, engine } = await startEngine({ ...config, services: monitored })
    const serverOf = async (): Promise<string> => {
      const client = connect()
      client.socket.write('hello\n')
      await client.gets('\n')
      return client.text
    }
    expect([await serverOf(), await serverOf()].toSorted()).toEqual(['one\n', 'two\n'])
    engine.setServiceHealth('s1', 'up')
    expect([await serverOf(), await serverOf()].toSorted()).toEqual(['one\n', 'two\n'])
    engine.setServiceHealth('s2', 'failing')
    expect([await serverOf(), await serverOf()]).toEqual(['one\n', 'one\n'])
    // What is failing is better than nothing.
    engine.setServiceHealth('s1', 'down')
    expect(await serverOf()).toBe('two\n')
    engine.setServiceHealth('s2', 'up')
    expect(await serverOf()).toBe('two\n')
  })

  test.each([['of its own', true], ['of the LB vserver', false]])('a service that comes to others gets clients with its first verdict, or when nothing is up: monitors %s', async (_whose, own) => {
    const servers = await twoServers()
    const config = around(PROTOCOL, servers)
    const monitors = [{ type: 'tcp' as const }]
    const [s1, s2] = config.services!.map(service => ({ ...service, monitors: own ? monitors : [] }))
    const lb = { name: 'lb', monitors: own ? [] : monitors }
    const { connect, engine, apply } = await startEngine({ ...config, services: [s1!], lbVservers: [{ ...lb, services: [{ name: 's1' }] }] })
    engine.setServiceHealth('s1', 'up')
    await apply({ services: [s1!, s2!], lbVservers: [{ ...lb, services: [{ name: 's1' }, { name: 's2' }] }] })
    const serverOf = async (): Promise<string> => {
      const client = connect()
      client.socket.write('hello\n')
      await client.gets('\n')
      return client.text
    }
    for (let i = 0; i < 3; i++) expect(await serverOf()).toBe('one\n')
    const { frames: [frame] } = await engine.explain({ userVserver: 'v', bytes: Buffer.from('hello\n'), side: 'client', client: { address: '127.0.0.1', port: 1 } })
    expect(frame!.decision!.candidates).toContainEqual(expect.objectContaining({ service: 's2', verdict: 'skipped', why: 'unknown' }))
    // Another change meanwhile makes it no older.
    await apply({ services: [{ ...s1!, comment: 'changed' }, s2!] })
    for (let i = 0; i < 2; i++) expect(await serverOf()).toBe('one\n')
    engine.setServiceHealth('s1', 'down')
    expect(await serverOf()).toBe('two\n')
    engine.setServiceHealth('s1', 'up')
    engine.setServiceHealth('s2', 'up')
    expect([await serverOf(), await serverOf()].toSorted()).toEqual(['one\n', 'two\n'])
  })

  test('draining keeps the clients it has and takes no more; disabling closes them', async () => {
    const servers = await twoServers()
    const config = around(PROTOCOL, servers)
    const { connect, apply } = await startEngine(config)
    const client = connect()
    client.socket.write('tunnel k\n')
    await client.gets('one\n')
    const [s1, s2] = config.services!
    await apply({ services: [{ ...s1!, state: 'draining' }, s2!] })
    const same = connect()
    same.socket.write('tunnel k\n')
    await same.gets('two\n')
    client.socket.write('still\n')
    await until(() => servers[0].text() === 'tunnel k\nstill\n', 'the old client to go on')
    await apply({ services: [{ ...s1!, state: 'disabled' }, s2!] })
    await client.closes()
    expect(client.text).toContain('goodbye service-down')
  })
})
