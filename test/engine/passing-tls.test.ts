// GLBs that are not proxied: TLS goes to the servers of its name as it comes.
import { createServer, connect, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import type { ConfigInput } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { around, atEnd, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { web } from '../support/http-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

let edge: Certificate
let own: Certificate
beforeAll(async () => { [edge, own] = await Promise.all([certificateFor('edge.test'), certificateFor('own.test')]) })

/** A server that ends TLS itself, and says its name to whatever arrives. */
const tlsServer = async (name: string): Promise<number> => {
  const server = createServer({ cert: own.cert, key: own.key }, socket => {
    socket.on('error', () => {})
    socket.on('data', () => { socket.write(`${name}\n`) })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const sockets = new Set<{ destroy: () => void }>()
  server.on('connection', socket => { sockets.add(socket) })
  atEnd(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Client { readonly socket: TLSSocket, readonly certificate: string, text: string, closed: boolean }

const open = async (port: number, servername: string): Promise<Client> => {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  atEnd(() => { socket.destroy() })
  const client = { socket, certificate: '', text: '', closed: false }
  socket.on('error', () => {})
  socket.on('data', chunk => { client.text += chunk.toString() })
  socket.on('close', () => { client.closed = true })
  await until(() => client.closed || socket.getPeerCertificate().subject?.CN !== undefined, 'the handshake')
  if (!client.closed) client.certificate = String(socket.getPeerCertificate().subject.CN)
  return client
}

const says = async (client: Client, line: string): Promise<string> => {
  const before = client.text.length
  client.socket.write(line)
  await until(() => client.text.length > before || client.closed, 'an answer')
  return client.text.slice(before).trim()
}

let bench: EngineBench
let config: ConfigInput
const start = async (
  transport: 'ssl' | 'wss',
  more: Partial<NonNullable<ConfigInput['userVservers']>[number]> = {}
): Promise<void> => {
  const lines = await TestServer.listen(() => 'plain\n')
  const { port } = await web((_, response) => { response.end('page') })
  config = around(lineProtocol(), [lines], {
    userProtocols: [{ name: 'P', transport, extension: 'ext' }],
    certkeys: [{ name: 'edge', ...edge }],
    services: [
      { name: 's1', address: '127.0.0.1', port: lines.port },
      { name: 'w1', type: 'HTTP', address: '127.0.0.1', port },
      ...await Promise.all(['a', 'b'].map(async name => ({ name, address: '127.0.0.1', port: await tlsServer(name) })))
    ],
    lbVservers: [
      { name: 'lb', services: [{ name: 's1' }] },
      { name: 'web', type: 'HTTP', services: [{ name: 'w1' }] },
      ...['a', 'b'].map(name => ({ name, services: [{ name }] }))
    ],
    glbs: [
      {
        name: 'pass',
        proxied: false,
        match: { sni: ['*.own.test', 'own.test'] },
        pools: [{ name: 'a' }, { name: 'b' }]
      },
      {
        name: 'ended',
        match: transport === 'ssl' ? { sni: ['ended.own.test'] } : { hosts: ['ended.own.test'] },
        pools: [{ name: 'lb' }]
      }
    ],
    userVservers: [{
      name: 'v',
      protocol: 'P',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: ['edge'],
      glbs: ['pass', 'ended'],
      ...(transport === 'wss' ? { http: { defaultLb: 'web' } } : {}),
      ...more
    }]
  })
  bench = await startEngine(config)
}

describe('on a vserver whose other clients end TLS here', () => {
  beforeEach(async () => { await start('ssl') })

  test('clients of the name reach the server itself, and others the extension', async () => {
    const passed = await open(bench.port(), 'www.OWN.test')
    expect([passed.certificate, await says(passed, 'hello')]).toEqual(['own.test', 'a'])
    const ended = await Promise.all(['edge.test', 'ended.own.test'].map(async name => {
      const client = await open(bench.port(), name)
      return [client.certificate, await says(client, 'hello x\n')]
    }))
    expect(ended).toEqual([['edge.test', 'plain'], ['edge.test', 'plain']])
    expect(bench.engine.connections({ service: 'a' })).toMatchObject([{
      userVserver: 'v',
      serverName: 'www.OWN.test',
      phase: 'tunnel',
      lbVserver: 'a',
      version: 0,
      session: undefined
    }])
    expect(bench.engine.stats()).toMatchObject({
      glbs: { pass: { picks: 1, pools: { a: 1 } }, ended: { picks: 1 } },
      userVservers: { v: { connections: 3, accepted: 3 } },
      extensions: { ext: { messages: 2 } }
    })
    passed.socket.end()
    const [line] = await bench.log.ends()
    expect(line).toMatchObject({ reason: 'client-closed', serverName: 'www.OWN.test', service: 'a', lbVserver: 'a' })
  })

  test('is explained without bytes', async () => {
    const explained = async (serverName: string) =>
      await bench.engine.explain({
        userVserver: 'v',
        bytes: Buffer.from('hello x\n'),
        side: 'client',
        client: { address: '127.0.0.1', port: 1, serverName }
      })
    expect(await explained('www.own.test')).toMatchObject({
      extension: undefined,
      frames: [],
      outcome: {
        becomes: 'tunnel',
        service: 'a',
        decision: { rule: { pattern: '*.own.test' }, glb: { glb: 'pass' }, lbVserver: 'a' }
      }
    })
    expect(await explained('ended.own.test')).toMatchObject({
      extension: 'ext',
      frames: [{ decision: { glb: { glb: 'ended' }, service: 's1' } }]
    })
    bench.engine.setServiceHealth('a', 'down')
    bench.engine.setServiceHealth('b', 'down')
    expect(await explained('own.test')).toMatchObject({
      outcome: { becomes: 'closed', reason: 'no-service', service: undefined }
    })
    expect(bench.engine.stats().glbs['pass']).toMatchObject({ picks: 0, noService: 0 })
  })

  test('a pool that is out passes to the next, and nobody is moved', async () => {
    const first = await open(bench.port(), 'own.test')
    bench.engine.setServiceHealth('a', 'down')
    const second = await open(bench.port(), 'own.test')
    bench.engine.setServiceHealth('a', 'up')
    expect([await says(first, 'x'), await says(second, 'x'), await says(await open(bench.port(), 'own.test'), 'x')])
      .toEqual(['a', 'b', 'a'])
    bench.engine.setServiceHealth('a', 'down')
    bench.engine.setServiceHealth('b', 'down')
    expect((await open(bench.port(), 'own.test')).certificate).toBe('')
    expect(await bench.log.ends()).toMatchObject([{ reason: 'no-service' }])
  })

  test('a change of the GLB counts for new clients, and a disabled vserver closes those that pass', async () => {
    const passed = await open(bench.port(), 'own.test')
    await bench.apply({ glbs: config.glbs!.map(glb => ({ ...glb, proxied: true })) })
    const ended = await open(bench.port(), 'own.test')
    expect([ended.certificate, await says(passed, 'x')]).toEqual(['edge.test', 'a'])
    await bench.apply({ userVservers: config.userVservers!.map(vserver => ({ ...vserver, state: 'disabled' })) })
    await until(() => passed.closed && ended.closed, 'both to be closed')
  })

  test('a hello in pieces is put together, and one that never ends has its time', async () => {
    const client = bench.connect()
    const hello = await helloFor('own.test')
    await client.writeSplit(hello, [1, 4, 5, 40, 100])
    await until(() => client.received.length > 5, 'a ServerHello')
    expect(client.received[0]).toBe(22)
    await bench.apply({
      userVservers: config.userVservers!.map(vserver => ({ ...vserver, limits: { firstMessageTimeoutSeconds: 0.2 * TIME_SCALE } }))
    })
    const slow = bench.connect()
    slow.socket.write(hello.subarray(0, 20))
    await slow.closes()
    expect(bench.engine.stats().userVservers['v']!.closed).toMatchObject({ 'first-message-timeout': 1 })
    const other = bench.connect()
    other.socket.write('this is no TLS\n')
    await other.closes()
    await until(() => bench.engine.stats().userVservers['v']!.closed['tls-failed'] === 1, 'the failure to be counted')
  })
})

describe('beside HTTP', () => {
  test('the server name decides before requests and WebSockets are seen, and an exact host keeps its own', async () => {
    await start('wss')
    const passed = await open(bench.port(), 'x.own.test')
    expect([passed.certificate, await says(passed, 'x')]).toEqual(['own.test', 'a'])
    const ended = await open(bench.port(), 'ended.own.test')
    expect([ended.certificate, await says(ended, 'GET / HTTP/1.1\r\nHost: ended.own.test\r\n\r\n')]).toEqual([
      'edge.test',
      expect.stringContaining('page')
    ])
  })
})

/** The first bytes of a client of this name. */
const helloFor = async (servername: string): Promise<Buffer> => {
  const server = await TestServer.listen()
  const socket = connect({ port: server.port, host: '127.0.0.1', servername })
  socket.on('error', () => {})
  atEnd(() => { socket.destroy() })
  const bytes = (): Buffer => server.received[0] ?? Buffer.alloc(0)
  await until(() => bytes().length > 5 && bytes().length >= 5 + bytes().readUInt16BE(3), 'a ClientHello')
  return bytes()
}
