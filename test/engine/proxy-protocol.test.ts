// The PROXY protocol on both sides: the address that comes with a client is the client's everywhere after, and goes
// on to its server.
import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { parseEndpoint } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/testing'
import { describe, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, atEnd, startEngine, TestClient, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { clientInfoProtocol, tunnelProtocol } from '../support/client-info-protocol.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { perMessageProtocol, SERVER_LINES } from '../support/per-message-protocol.ts'
import { Authority } from '../support/pki.ts'

const BALANCER = '127.0.0.2'
const proxyProtocol = { from: [BALANCER] }
const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.2 12345 1883\r\n'
const vserver = { name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', proxyProtocol }

/** A header of version 2 from 2001:db8::1, port 1, with an ALPN, an authority and a unique ID. */
const BINARY = Buffer.concat([
  Buffer.from('0d0a0d0a000d0a515549540a', 'hex'),
  Buffer.from([0x21, 0x21, 0, 36 + 7 + 6 + 5]),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('20010db8000000000000000000000002', 'hex'),
  Buffer.from([0, 1, 7, 91]),
  Buffer.from([1, 0, 4]),
  Buffer.from('mqtt'),
  Buffer.from([2, 0, 3]),
  Buffer.from('sni'),
  Buffer.from([5, 0, 2, 0xca, 0xfe])
])

const from = (bench: EngineBench, address: string, vserver = 'v'): TestClient =>
  new TestClient(bench.port(vserver), { from: address })
const closed = (bench: EngineBench): object => bench.engine.stats().userVservers['v']!.closed

describe('from a balancer in front', () => {
  test('the extension, the log, the API, queries and traces are told of the client, and by whom', async () => {
    const bench = await startEngine({
      ...around(clientInfoProtocol, [await TestServer.listen()]),
      userVservers: [vserver]
    })
    const client = from(bench, BALANCER)
    client.socket.write(Buffer.concat([BINARY, Buffer.from('hello\n')]))
    await client.gets('\n')
    const { address, port, serverName, proxied } = JSON.parse(client.text) as {
      address: string
      port: number
      serverName: string
      proxied: { by: { port: number } }
    }
    expect({ address, port, serverName, proxied }).toEqual({
      address: '2001:db8::1',
      port: 1,
      serverName: 'sni',
      proxied: {
        by: { address: BALANCER, port: client.socket.localPort },
        version: 2,
        alpn: 'mqtt',
        authority: 'sni',
        uniqueId: 'cafe'
      }
    })
    const via = `${BALANCER}:${client.socket.localPort}`
    await until(() => bench.engine.connections({})[0]?.bytesIn === 6, 'the message')
    expect(bench.engine.connections({ client: '2001:db8::1' })).toMatchObject([{
      client: '[2001:db8::1]:1',
      via,
      serverName: 'sni',
      bytesIn: 6
    }])
    expect(bench.engine.connections({ client: BALANCER })).toEqual([])
    client.socket.destroy()
    expect(await bench.log.ends()).toMatchObject([{ client: '[2001:db8::1]:1', via, bytesIn: 6 }])
  })

  test('version 1 and TLS behind it, and the name is that of the handshake here', async () => {
    const config = around(clientInfoProtocol, [await TestServer.listen()], {
      certkeys: [{ name: 'red', ...await certificateFor('red.test') }, { name: 'blue', ...await certificateFor('blue.test') }],
      userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
      userVservers: [{ ...vserver, protocol: 'S', certificates: ['red', 'blue'] }]
    })
    const bench = await startEngine(config)
    const outer = from(bench, BALANCER)
    outer.socket.removeAllListeners('data')
    outer.socket.write(LINE)
    const socket = connectTls({ socket: outer.socket, servername: 'blue.test', rejectUnauthorized: false })
    atEnd(() => { socket.destroy() })
    const [bytes] = await once(socket, 'data') as [Buffer]
    expect(JSON.parse(bytes.toString())).toMatchObject({
      address: '192.0.2.1',
      port: 12345,
      serverName: 'blue.test',
      proxied: { version: 1 }
    })
    expect(socket.getPeerCertificate().subject.CN).toBe('blue.test')
  })

  test.each([['in one piece', 0], ['apart', LINE.length], ['in the middle of it', LINE.length + 20]])(
    'a WebSocket behind it, %s',
    async (_, cut) => {
      const bench = await startEngine({
        ...around(clientInfoProtocol, [await TestServer.listen()]),
        userProtocols: [{ name: 'W', transport: 'ws', extension: 'ext' }],
        userVservers: [{ ...vserver, protocol: 'W' }]
      })
      const client = from(bench, BALANCER)
      const all = Buffer.from(
        `${LINE}GET /p HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`
      )
      await client.writeSplit(all, cut === 0 ? [] : [cut])
      await client.gets('"path":"/p"')
      expect(client.text).toContain('101 Switching Protocols')
      expect(client.text).toContain('"proxied":{"by":{"address":"127.0.0.2"')
      expect(bench.engine.connections({ client: '192.0.2.1' })).toHaveLength(1)
    }
  )

  test.each([
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
    ['LOCAL', Buffer.concat([BINARY.subarray(0, 12), Buffer.from([0x20, 0, 0, 0])])]
  ])('%s is about the connection itself', async (_, header) => {
    const bench = await startEngine({
      ...around(clientInfoProtocol, [await TestServer.listen()]),
      userVservers: [vserver]
    })
    const client = from(bench, BALANCER)
    client.socket.write(header)
    await client.gets('\n')
    expect(JSON.parse(client.text)).toEqual({ address: BALANCER, port: client.socket.localPort })
  })

  test('what is no header, too long, of a wrong family or absent is refused and counted, silence apart', async () => {
    const timeoutSeconds = Math.round(200 * TIME_SCALE) / 1000
    const bench = await startEngine({
      ...around(lineProtocol(), [await TestServer.listen()]),
      userVservers: [{ ...vserver, logSilentClients: false, proxyProtocol: { from: [BALANCER], timeoutSeconds } }]
    })
    const wrong = Buffer.from(BINARY)
    wrong[13] = 0x41
    const bad = [
      'hello bob\n',
      `PROXY UNKNOWN ${'x'.repeat(200)}`,
      LINE.replace('TCP4', 'TCP6'),
      wrong,
      LINE.slice(0, 30),
      BINARY.subarray(0, 40)
    ]
    for (const [i, bytes] of bad.entries()) {
      const client = from(bench, BALANCER)
      client.socket.write(bytes)
      await client.closes()
      expect([i, client.text]).toEqual([i, ''])
      await until(() => (closed(bench) as Record<string, number>)['proxy-failed'] === i + 1, 'the count')
    }
    const refused = bench.log.lines.filter(({ message }) => message === 'connection refused')
    expect(refused.map(({ reason }) => reason)).toEqual(bad.map(() => 'proxy-failed'))
    expect(refused.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('got 0x68656c6c6f20626f620a'),
      expect.stringContaining('no end within 107'),
      expect.stringContaining('says TCP6'),
      expect.stringContaining('0x41'),
      `no whole header within ${timeoutSeconds} s, after 30 bytes`,
      `no whole header within ${timeoutSeconds} s, after 40 bytes`
    ])
    const check = from(bench, BALANCER)
    await once(check.socket, 'connect')
    check.socket.end()
    await until(() => (closed(bench) as Record<string, number>)['proxy-silent'] === 1, 'the health check')
    expect(bench.log.lines.filter(({ message }) => message === 'connection refused')).toHaveLength(bad.length)
  })

  test("a stranger's header is its protocol's bytes", async () => {
    const bench = await startEngine({ ...around(lineProtocol(), [await TestServer.listen()]), userVservers: [vserver] })
    const stranger = from(bench, '127.0.0.3')
    stranger.socket.write('reply mine\n')
    await stranger.gets('reply mine')
    expect(bench.engine.connections({})).toMatchObject([{
      client: expect.stringContaining('127.0.0.3:'),
      via: undefined
    }])
  })
})

describe('to a service', () => {
  /** A server that keeps the chunks that it gets, and answers each. */
  const recording = async () => {
    const chunks: Buffer[] = []
    return { chunks, server: await TestServer.listen(chunk => { chunks.push(chunk); return 'welcome\n' }) }
  }
  const withHeader = (
    version: 'v1' | 'v2',
    port: number
  ) => [{ name: 's1', address: '127.0.0.1', port, proxyProtocol: version }]

  test('version 1, in one piece with the first message, with where the client connected to', async () => {
    const { chunks, server } = await recording()
    const bench = await startEngine({
      ...around(lineProtocol(), [server]),
      services: withHeader('v1', server.port),
      userVservers: [{ ...vserver, proxyProtocol: undefined }, { ...vserver, name: 'behind' }]
    })
    const client = bench.connect()
    client.socket.write('hello bob\n')
    await client.gets('welcome')
    expect(chunks.map(String)).toEqual([
      `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${bench.port()}\r\nhello bob\n`
    ])
    const behind = from(bench, BALANCER, 'behind')
    behind.socket.write(`${LINE}hello amy\n`)
    await behind.gets('welcome')
    expect(String(chunks[1])).toBe(`${LINE}hello amy\n`)
    expect(bench.engine.stats().services['s1']).toMatchObject({ bytesIn: 20 })
  })

  test('version 2, with all that a balancer in front has said', async () => {
    const { chunks, server } = await recording()
    const bench = await startEngine({
      ...around(lineProtocol(), [server]),
      services: withHeader('v2', server.port),
      userVservers: [vserver]
    })
    const behind = from(bench, BALANCER)
    behind.socket.write(Buffer.concat([BINARY, Buffer.from('hello bob\n')]))
    await behind.gets('welcome')
    expect(chunks[0]!.toString('hex')).toBe(Buffer.concat([BINARY, Buffer.from('hello bob\n')]).toString('hex'))
  })

  test('version 2 of a TLS client has its name, its version of TLS and an ID of ours', async () => {
    const { chunks, server } = await recording()
    const bench = await startEngine({
      ...around(lineProtocol(), [server]),
      certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
      userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
      services: withHeader('v2', server.port),
      userVservers: [{ ...vserver, protocol: 'S', certificates: ['red'], proxyProtocol: undefined }]
    })
    const socket = connectTls({
      host: '127.0.0.1',
      port: bench.port(),
      servername: 'red.test',
      rejectUnauthorized: false
    })
    atEnd(() => {
      socket.destroy()
    })
    socket.write('hello bob\n')
    await once(socket, 'data')
    const { id } = bench.engine.connections({})[0]!
    const said = chunks[0]!.subarray(28).toString('latin1')
    expect(said).toBe(
      `\x02\0\x08red.test\x05\0${
        String.fromCharCode(id.length)
      }${id}\x20\0\x0f\x01\0\0\0\x01\x21\0\x07TLSv1.3hello bob\n`
    )
  })

  test('a Weir behind a Weir knows the certificate of the client, its protocol and its name', async () => {
    const [root, behind] = [await Authority.root(), await TestServer.listen()]
    const inner = await startEngine({
      ...around(clientInfoProtocol, [behind]),
      userVservers: [{ ...vserver, proxyProtocol: { from: ['127.0.0.1'] } }]
    })
    const outer = await startEngine({
      ...around(tunnelProtocol, [{ port: inner.port() }]),
      certkeys: [{ name: 'red', ...await certificateFor('red.test') }, { name: 'devices', ca: root.cert }],
      userProtocols: [{ name: 'S', transport: 'ssl', extension: 'ext' }],
      services: withHeader('v2', inner.port()),
      userVservers: [{
        ...vserver,
        protocol: 'S',
        certificates: ['red'],
        tls: { clientCertificate: 'mandatory', clientCa: ['devices'], alpn: ['mqtt'] },
        proxyProtocol: undefined
      }]
    })
    const { cert, key } = await root.issue({ subject: 'CN=meter-7' })
    const socket = connectTls({
      host: '127.0.0.1',
      port: outer.port(),
      servername: 'red.test',
      ALPNProtocols: ['mqtt'],
      rejectUnauthorized: false,
      cert,
      key
    })
    atEnd(() => {
      socket.destroy()
    })
    socket.write('hello')
    const [bytes] = await once(socket, 'data') as [Buffer]
    const { id } = outer.engine.connections({})[0]!
    expect(JSON.parse(bytes.toString())).toMatchObject({
      address: '127.0.0.1',
      port: socket.localPort,
      serverName: 'red.test',
      alpn: 'mqtt',
      proxied: {
        authority: 'red.test',
        alpn: 'mqtt',
        uniqueId: Buffer.from(id).toString('hex'),
        tls: { certificate: true, verified: true, version: 'TLSv1.3', commonName: 'meter-7' }
      }
    })
  })

  test('the client of a WebSocket connected to its vserver too', async () => {
    const { chunks, server } = await recording()
    const bench = await startEngine({
      ...around(tunnelProtocol, [server]),
      userProtocols: [{ name: 'W', transport: 'ws', extension: 'ext' }],
      services: withHeader('v1', server.port),
      userVservers: [{ ...vserver, protocol: 'W', proxyProtocol: undefined }]
    })
    const client = bench.connect()
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n')
    await client.gets('101')
    // A binary message of one byte, masked with zeros.
    client.socket.write(Buffer.from([0x82, 0x81, 0, 0, 0, 0, 0x21]))
    await until(() => chunks.length > 0, 'the message')
    expect(String(chunks[0])).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${bench.port()}\r\n!`)
  })

  test('every link of a client whose messages are balanced one by one begins with it', async () => {
    const { chunks, server } = await recording()
    const bench = await startEngine({
      ...around(perMessageProtocol('in-order', SERVER_LINES), [server]),
      services: withHeader('v1', server.port),
      userVservers: [{ ...vserver, proxyProtocol: undefined }]
    })
    const client = bench.connect()
    client.socket.write('session one\n')
    await until(() => chunks.length > 0, 'the first message')
    const line = String(chunks[0]).split('\r\n')[0]!
    expect(line).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${bench.port()}`)
    expect(parseEndpoint(bench.engine.connections({})[0]!.client)?.port).toBe(client.socket.localPort)
  })
})
