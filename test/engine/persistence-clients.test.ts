// Persistence of an extension's clients by what identifies them beside session keys: address, TLS session, cookie,
// field, header.
import { LocalSessionDirectory, type ExplainQuery, type LbExplanation } from '@weirlb/engine'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { around, startEngine, TestClient, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol, SERVER_LINES } from '../support/per-message-protocol.ts'
import { BINARY, frame, RawWebSocket } from '../support/raw-websocket.ts'
import { TlsClient } from '../support/tls-client.ts'

type Persistence = NonNullable<NonNullable<ConfigInput['lbVservers']>[number]['persistence']>
const NAMES = ['s1', 's2', 's3', 's4']
let certificate: Certificate
let sessions: LocalSessionDirectory
let servers: TestServer[]
beforeAll(async () => { certificate = await certificateFor('h.test') })
beforeEach(async () => {
  sessions = new LocalSessionDirectory()
  servers = await Promise.all(
    NAMES.map(async name =>
      await TestServer.listen(chunk => chunk.toString().split('\n').slice(0, -1).map(() => `${name}\n`).join(''))
    )
  )
})

const start = async (
  persistence: Persistence,
  transport: 'tcp' | 'ssl' | 'ws' | 'wss' = 'tcp',
  source = lineProtocol(),
  more: Partial<ConfigInput> = {}
): Promise<EngineBench> =>
  await startEngine(
    around(source, servers, {
      userProtocols: [{ name: 'P', transport, extension: 'ext' }],
      lbVservers: [{ name: 'lb', persistence, services: NAMES.map(name => ({ name })) }],
      ...(transport === 'ssl' || transport === 'wss' ? { certkeys: [{ name: 'c', ...certificate }] } : {}),
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        ...(transport === 'ssl' || transport === 'wss' ? { certificates: ['c'] } : {})
      }],
      ...more
    }),
    { sessions }
  )

/** The server of a client that sends a line. */
const visit = async (bench: EngineBench, from: string, line = 'hello'): Promise<string> => {
  const client = new TestClient(bench.port(), { from })
  client.socket.write(`${line}\n`)
  await client.gets('\n')
  client.socket.destroy()
  return client.text.trim()
}
const tables = (): string[] => [...new Set(sessions.table.list().map(({ lbVserver }) => lbVserver))].toSorted()
const letGo = async (): Promise<void> => {
  await until(() => !sessions.table.holdsAny, 'the clients to let go')
}
const explained = async (
  bench: EngineBench,
  line: string,
  client: ExplainQuery['client'] = { address: '192.0.2.7', port: 1 }
): Promise<LbExplanation> =>
  (await bench.engine.explain({ userVserver: 'v', side: 'client', bytes: Buffer.from(`${line}\n`), client })).frames[0]!
    .decision!

describe('by address', () => {
  test('clients of one network come to one server', async () => {
    const bench = await start({ type: 'source-ip', sourceIp: { ipv4Prefix: 24 } })
    const first = await visit(bench, '127.0.5.1')
    expect([await visit(bench, '127.0.5.2'), await visit(bench, '127.0.5.3'), await visit(bench, '127.0.5.1')]).toEqual(
      [first, first, first]
    )
    const others = [await visit(bench, '127.0.6.1'), await visit(bench, '127.0.7.1'), await visit(bench, '127.0.8.1')]
    expect(new Set([first, ...others]).size).toBe(4)
    await letGo()
    expect(await explained(bench, 'hello', { address: '::ffff:127.0.5.9', port: 1 })).toMatchObject({
      by: 'session',
      service: first,
      persistence: [{ type: 'source-ip', key: '127.0.5.0/24', entry: first, used: true }]
    })
    expect(await explained(bench, 'hello', { address: '2001:DB8:0:0::1%eth0', port: 1 })).toMatchObject({
      by: 'method',
      persistence: [{ key: '2001:db8::1', why: 'its key has no entry' }]
    })
    await bench.apply({
      services: servers.map(({ port }, i) => ({
        name: NAMES[i]!,
        address: '127.0.0.1',
        port,
        state: NAMES[i] === first ? 'draining' as const : 'enabled' as const
      }))
    })
    expect(await explained(bench, 'hello', { address: '127.0.5.9', port: 1 })).toMatchObject({
      by: 'method',
      persistence: [{ entry: first, used: false, why: `'${first}' cannot be taken now` }]
    })
  })

  test('a client without a session key is known by its address, and by its key once it has one', async () => {
    const bench = await start({ type: 'user-session', secondary: 'source-ip' })
    const plain = await visit(bench, '127.0.0.2')
    expect(await visit(bench, '127.0.0.2')).toBe(plain)
    const ann = await visit(bench, '127.0.0.3', 'hello ann')
    expect([await visit(bench, '127.0.0.4', 'hello ann'), await visit(bench, '127.0.0.2')]).toEqual([ann, plain])
    await letGo()
    // A session key that is written like an address is another client's.
    await visit(bench, '127.0.0.5', 'hello 127.0.0.2')
    expect(tables()).toEqual(['lb', 'source-ip/lb'])
    expect(sessions.table.list({ key: '127.0.0.2' }).map(({ lbVserver }) => lbVserver).toSorted()).toEqual(['lb', 'source-ip/lb'])
    expect(await explained(bench, 'hello ann')).toMatchObject({ session: { key: 'ann', entry: ann }, persistence: [{ type: 'user-session', used: true }] })
    expect(await explained(bench, 'hello')).toMatchObject({ persistence: [{ type: 'user-session', why: 'the extension named no session key' }, { type: 'source-ip', key: '192.0.2.7' }] })
  })

  test('each message of a client goes to one server', async () => {
    const bench = await start({ type: 'source-ip' }, 'tcp', perMessageProtocol('in-order', SERVER_LINES))
    const client = new TestClient(bench.port(), { from: '127.0.0.2' })
    for (let i = 1; i <= 3; i++) {
      client.socket.write('line\nline\n')
      await until(() => client.text.split('\n').length > 2 * i, 'the answers')
    }
    expect(new Set(client.text.trim().split('\n')).size).toBe(1)
    expect(sessions.table.list()).toMatchObject([{ lbVserver: 'source-ip/lb', key: '127.0.0.2', connections: 1 }])
    client.socket.destroy()
    await letGo()
    expect(await visit(bench, '127.0.0.2', 'line')).toBe(client.text.split('\n', 1)[0])
  })

  test('TLS that passes unopened', async () => {
    const bench = await start({ type: 'none' }, 'ssl', lineProtocol(), {
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'one', services: [{ name: 's1' }] }, { name: 'two', services: [{ name: 's2' }] }],
      glbs: [{ name: 'g', match: { sni: ['*'] }, proxied: false, steering: 'weighted', pools: [{ name: 'one' }, { name: 'two' }], affinity: { type: 'source-ip' } }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', certificates: ['c'], glbs: ['g'] }]
    })
    for (let i = 1; i <= 4; i++) {
      void new TlsClient(0, {
        servername: 'h.test',
        socket: new TestClient(bench.port(), { from: '127.0.0.2' }).socket
      })
      await until(() => servers[0]!.sockets.length + servers[1]!.sockets.length === i, 'the hello to reach a server')
    }
    expect([servers[0]!.sockets.length, servers[1]!.sockets.length].toSorted()).toEqual([0, 4])
    expect(tables()).toEqual(['source-ip/glb/g'])
  })
})

test('by a published field, which may change meanwhile', async () => {
  const bench = await start({ type: 'rule', rule: { field: 'who' } })
  const ann = await visit(bench, '127.0.0.2', 'hello ann')
  expect([await visit(bench, '127.0.0.3', 'hello ann'), await visit(bench, '127.0.0.4', 'hello ann')]).toEqual([
    ann,
    ann
  ])
  await letGo()
  expect(sessions.table.list()).toMatchObject([{ lbVserver: 'rule/lb', key: 'ann' }])
  expect(await explained(bench, 'hello ann')).toMatchObject({ by: 'session', service: ann, persistence: [{ type: 'rule', key: 'ann', used: true }] })
  expect(await explained(bench, 'other')).toMatchObject({ by: 'method', persistence: [{ type: 'rule', why: "the extension has published no field 'who' yet" }] })
})

test.each(['nothing', 'pin'])('a field %s that the extension does not publish is refused', async field => {
  const bench = await start({ type: 'none' })
  await expect(
    bench.apply({
      lbVservers: [{ name: 'lb', persistence: { type: 'rule', rule: { field } }, services: [{ name: 's1' }] }]
    })
  ).rejects.toMatchObject({
    code: 'config-invalid',
    issues: [{
      path: 'lbVservers[0].persistence.rule.field',
      message: `extension 'ext' of user vserver 'v' publishes no field "${field}"; there are: who`
    }]
  })
})

describe('by TLS session', () => {
  const over = async (
    bench: EngineBench,
    version: 'TLSv1.2' | 'TLSv1.3',
    session?: Buffer
  ): Promise<{ server: string, session: Buffer, reused: boolean }> => {
    const client = new TlsClient(bench.port(), {
      servername: 'h.test',
      minVersion: version,
      maxVersion: version,
      ...(session && { session })
    })
    await until(() => client.secured, 'the handshake')
    client.socket.write('hello\n')
    const server = await client.line()
    await until(() => client.session !== undefined || client.socket.isSessionReused(), 'a ticket')
    const reused = client.socket.isSessionReused()
    client.socket.destroy()
    return { server, session: client.session ?? session!, reused }
  }

  test('a client that resumes its session of TLS 1.2 comes back to its server', async () => {
    const bench = await start({ type: 'ssl-session' }, 'ssl')
    const first = await over(bench, 'TLSv1.2')
    const second = await over(bench, 'TLSv1.2', first.session)
    const third = await over(bench, 'TLSv1.2', second.session)
    expect([second, third]).toMatchObject([{ server: first.server, reused: true }, { server: first.server, reused: true }])
    expect((await over(bench, 'TLSv1.2')).server).not.toBe(first.server)
    await letGo()
    expect(tables()).toEqual(['ssl-session/lb'])
    expect(sessions.table.size).toBe(2)
    const { key } = sessions.table.list({}).find(({ service }) => service === first.server)!
    expect(await explained(bench, 'hello', { address: '192.0.2.7', port: 1, tlsVersion: 'TLSv1.2', tlsSession: key }))
      .toMatchObject({
        by: 'session',
        service: first.server,
        persistence: [{ type: 'ssl-session', entry: first.server, used: true }]
      })
  })

  test('a client of TLS 1.3 is known by the secondary type alone', async () => {
    const bench = await start({ type: 'ssl-session', secondary: 'source-ip' }, 'ssl')
    const first = await over(bench, 'TLSv1.3')
    expect(await over(bench, 'TLSv1.3', first.session)).toMatchObject({ server: first.server, reused: true })
    expect(tables()).toEqual(['source-ip/lb'])
    expect(await explained(bench, 'hello', { address: '192.0.2.7', port: 1, tlsVersion: 'TLSv1.3' })).toMatchObject({
      persistence: [
        { type: 'ssl-session', why: 'the client speaks TLSv1.3, whose sessions have no lasting identity' },
        { type: 'source-ip' }
      ]
    })
  })
})

describe('by cookie', () => {
  const open = async (
    bench: EngineBench,
    headers: Readonly<Record<string, string>> = {}
  ): Promise<{ server: string, cookies: string[] }> => {
    const socket = await RawWebSocket.open(bench.port(), '/', headers)
    socket.socket.write(frame(BINARY, 'hello\n'))
    await until(() => socket.data.length > 0, 'an answer')
    socket.socket.destroy()
    return {
      server: socket.data.toString().trim(),
      cookies: socket.head.split('\r\n').filter(line => /^set-cookie:/i.test(line)).map(line =>
        line.slice('set-cookie: '.length)
      )
    }
  }

  test('a browser gets it with the answer to its upgrade, and comes back with it', async () => {
    const bench = await start({ type: 'cookie' }, 'ws')
    const first = await open(bench)
    expect(first.cookies).toEqual([
      expect.stringMatching(/^weir-[0-9a-f]{8}=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/)
    ])
    const Cookie = `x=y; ${first.cookies[0]!.split(';', 1)[0]!}`
    for (let i = 0; i < 4; i++) expect(await open(bench, { Cookie })).toEqual({ server: first.server, cookies: [] })
    await letGo()
    expect(sessions.table.list()).toMatchObject([{ lbVserver: 'cookie/lb', service: first.server }])
    expect(
      await explained(bench, 'hello', {
        address: '192.0.2.7',
        port: 1,
        http: { path: '/', headers: { host: 'h', cookie: Cookie }, subprotocol: undefined }
      })
    ).toMatchObject({ by: 'session', persistence: [{ type: 'cookie', entry: first.server, used: true }] })
    expect(
      await explained(bench, 'hello', {
        address: '192.0.2.7',
        port: 1,
        http: { path: '/', headers: { host: 'h' }, subprotocol: undefined }
      })
    ).toMatchObject({
      by: 'method',
      persistence: [{ type: 'cookie', why: expect.stringContaining('the client sent no cookie') as string }]
    })
  })

  test('a forged one is replaced, and makes no entry of its choice', async () => {
    const bench = await start({ type: 'cookie', cookie: { name: 'at' } }, 'ws')
    for (const Cookie of ['at=', `at=${'A'.repeat(32)}`, 'at=../../etc/passwd', 'at', `at=${'é'.repeat(32)}`]) {
      expect((await open(bench, { Cookie })).cookies).toEqual([expect.stringMatching(/^at=[\w-]{32};/)])
    }
    await letGo()
    expect(sessions.table.size).toBe(5)
  })

  test('that of a service that is gone leads to another, which it keeps', async () => {
    const bench = await start({ type: 'cookie', cookie: { name: 'at' } }, 'ws')
    const first = await open(bench)
    const Cookie = first.cookies[0]!.split(';', 1)[0]!
    await letGo()
    const left = NAMES.filter(name => name !== first.server)
    await bench.apply({
      lbVservers: [{
        name: 'lb',
        persistence: { type: 'cookie', cookie: { name: 'at' } },
        services: left.map(name => ({ name }))
      }]
    })
    const second = await open(bench, { Cookie })
    expect([left.includes(second.server), second.cookies]).toEqual([true, []])
    for (let i = 0; i < 3; i++) expect((await open(bench, { Cookie })).server).toBe(second.server)
  })

  test('one for the GLB and one for its pool, with `Secure` behind TLS of the balancer in front or as configured', async () => {
    const bench = await start({ type: 'none' }, 'ws', lineProtocol(), {
      lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'a', services: [{ name: 's1' }, { name: 's2' }], persistence: { type: 'cookie', cookie: { name: '__Host-at', secure: 'always', sameSite: 'none' } } }, { name: 'b', services: [{ name: 's3' }, { name: 's4' }] }],
      glbs: [{ name: 'g', match: { hosts: ['*'] }, steering: 'weighted', pools: [{ name: 'a' }, { name: 'b' }], affinity: { type: 'cookie', cookie: { name: 'pool' } } }],
      userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', glbs: ['g'] }]
    })
    const first = await open(bench)
    expect(first.cookies.toSorted()).toEqual([
      expect.stringMatching(/^__Host-at=[\w-]{32}; Path=\/; Secure; HttpOnly; SameSite=None$/),
      expect.stringMatching(/^pool=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/)
    ])
    const Cookie = first.cookies.map(cookie => cookie.split(';', 1)[0]!).join('; ')
    const pool = first.server === 's1' || first.server === 's2' ? ['s1', 's2'] : ['s3', 's4']
    for (let i = 0; i < 4; i++) expect(pool).toContain((await open(bench, { Cookie })).server)
  })
})

test('by a header of the upgrade', async () => {
  const bench = await start({ type: 'rule', rule: { header: 'X-Tenant' }, timeoutSeconds: 60 }, 'ws')
  const first = await RawWebSocket.open(bench.port(), '/', { 'x-tenant': 'blue' })
  const second = await RawWebSocket.open(bench.port(), '/', { 'X-TENANT': 'blue' })
  for (const socket of [first, second]) {
    socket.socket.write(frame(BINARY, 'hello\n'))
    await until(() => socket.data.length > 0, 'an answer')
  }
  expect(second.data.toString()).toBe(first.data.toString())
  expect(sessions.table.list()).toMatchObject([{ lbVserver: 'rule/lb', connections: 2 }])
  for (const { socket } of [first, second]) socket.destroy()
  await letGo()
})
