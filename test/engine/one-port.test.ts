// One port for several user protocols: what the first bytes decide, and clients that fit none.
import { once } from 'node:events'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { until } from '@weirlb/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { certificateFor } from '../support/certificate.ts'
import { around, startEngine, TestClient, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { web } from '../support/http-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { TlsClient } from '../support/tls-client.ts'

/** Lines in lower case; what begins otherwise is another protocol. */
const source = lineProtocol().replace('client: {', 'client: { begins: [{ from: 0x61, to: 0x7a }],')
const userProtocols = [
  { name: 'TCP', transport: 'tcp' as const, extension: 'ext' },
  { name: 'SSL', transport: 'ssl' as const, extension: 'ext' },
  { name: 'WEB', transport: 'http' as const },
  { name: 'WEBS', transport: 'https' as const }
]
const vserver = {
  name: 'v',
  protocol: 'SSL',
  address: '127.0.0.1',
  port: 0,
  defaultLb: 'lb',
  certificates: ['red'],
  http: { defaultLb: 'web' }
}

let bench: EngineBench
const stats = () => bench.engine.stats().userVservers['v']!
const start = async (more: object): Promise<void> => {
  const lines = await TestServer.listen(chunk => chunk)
  const { port } = await web((request, response) => { response.end(`page ${request.url}`) })
  bench = await startEngine(around(source, [lines], {
    certkeys: [{ name: 'red', ...await certificateFor('red.test') }],
    userProtocols,
    services: [{ name: 's1', address: '127.0.0.1', port: lines.port }, { name: 'w1', type: 'HTTP', address: '127.0.0.1', port, monitors: [] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP', services: [{ name: 'w1' }] }],
    userVservers: [{ ...vserver, ...more }]
  }))
}

const page = async (get: typeof httpGet | typeof httpsGet): Promise<string> => {
  const request = get({ host: '127.0.0.1', port: bench.port(), path: '/x', agent: false, rejectUnauthorized: false })
  const [response] = await once(request, 'response') as [IncomingMessage]
  return await text(response)
}

describe('four protocols on one port', () => {
  beforeEach(async () => { await start({ protocols: ['TCP', 'WEB', 'WEBS'], tls: { alpn: ['lines', 'http/1.1'] } }) })

  test('are told apart by TLS and by first bytes, and counted', async () => {
    const plain = bench.connect()
    plain.socket.write('reply plain\n')
    await plain.gets('reply plain\n')
    const secure = new TlsClient(bench.port())
    secure.socket.write('reply secure\n')
    expect(await secure.line()).toBe('reply secure')
    expect([await page(httpGet), await page(httpsGet)]).toEqual(['page /x', 'page /x'])
    await until(() => stats().accepted === 4, 'the requests to be counted')
    expect(stats().protocols).toEqual({ TCP: 1, SSL: 1, WEB: 1, WEBS: 1 })
    expect(bench.engine.connections({}).map(({ protocol }) => protocol).sort()).toEqual(['SSL', 'TCP'])
    expect(bench.log.lines.filter(({ message }) => message === 'request').map(({ protocol }) => protocol)).toEqual([
      'WEB',
      'WEBS'
    ])
    plain.socket.end()
    secure.socket.end()
    expect((await bench.log.ends(2)).map(({ protocol }) => protocol).sort()).toEqual(['SSL', 'TCP'])
  })

  test('ALPN decides before a byte has come, and against the first bytes', async () => {
    const lines = new TlsClient(bench.port(), { ALPNProtocols: ['lines'] })
    lines.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => lines.closed, 'the line to be refused')
    await until(() => stats().closed.rejected === 1, 'the refusal of the line to be counted')
    expect(stats().protocols).toEqual({ SSL: 1 })
    const http = new TlsClient(bench.port(), { ALPNProtocols: ['http/1.1'] })
    http.socket.write('reply x\n')
    await until(() => http.text.includes('400 Bad Request'), 'the request to be refused')
    await until(() => stats().closed['http-failed'] === 1, 'the refusal to be counted')
    expect(stats().protocols).toEqual({ SSL: 1, WEBS: 1 })
  })

  test('bytes that come one by one are chosen by and delivered in full', async () => {
    for (const [bytes, answer] of [['reply slow\n', 'reply slow\n'], ['GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'page /slow']] as const) {
      const client = bench.connect()
      await client.writeSplit(Buffer.from(bytes), Array.from(bytes, () => 1))
      await client.gets(answer)
      const secure = new TlsClient(bench.port())
      for (const byte of bytes) {
        secure.socket.write(byte)
        await new Promise(resolve => { setImmediate(resolve) })
      }
      await until(() => secure.text.includes(answer), 'the answer over TLS')
    }
  })

  test('explain shows what first bytes choose', async () => {
    const choose = async (text: string) =>
      (await bench.engine.explain({
        userVserver: 'v',
        bytes: Buffer.from(text, 'latin1'),
        side: 'client',
        client: { address: '127.0.0.1', port: 1 }
      })).choice
    expect(await choose('reply x\n')).toEqual({ withoutTls: 'TCP', overTls: 'SSL' })
    expect(await choose('GET / HTTP/1.1\r\n')).toEqual({ withoutTls: 'WEB', overTls: 'WEBS' })
    expect(await choose('\xff')).toEqual({ withoutTls: undefined, overTls: undefined })
  })

  test.each(
    [['without TLS', () => new TestClient(bench.port())], ['over TLS', () => new TlsClient(bench.port())]] as const
  )('what fits none is refused %s, counted and logged', async (_where, connect) => {
    const client: { readonly socket: TestClient['socket'] | TLSSocket, readonly closed: boolean } = connect()
    client.socket.write(Buffer.from([0xff, 0x00]))
    await until(() => client.closed && stats().connections === 0, 'the client to be closed')
    expect(stats()).toMatchObject({ accepted: 1, connections: 0, closed: { 'no-protocol': 1 }, protocols: {} })
    expect(bench.log.lines.find(line => line.message === 'connection refused')).toMatchObject({
      reason: 'no-protocol',
      detail: expect.stringContaining('0xff') as string
    })
  })

  test('a client that leaves without a byte has closed, and one that leaves inside of a method fits none', async () => {
    bench.connect().socket.end()
    await until(() => stats().closed['client-closed'] === 1, 'the silent one')
    bench.connect().socket.end('DELE')
    await until(() => stats().closed['no-protocol'] === 1, 'the other one')
  })
})

test('a client that sends everything and its FIN at once is answered', async () => {
  await start({ protocols: ['TCP', 'WEBS'] })
  const plain = new TestClient(bench.port(), { allowHalfOpen: true })
  plain.socket.end('reply plain\n')
  await plain.gets('reply plain\n')
  const secure = new TlsClient(bench.port(), { allowHalfOpen: true } as object)
  secure.socket.end('reply secure\n')
  expect(await secure.line()).toBe('reply secure')
})

test('a choice stands behind the PROXY protocol', async () => {
  await start({ protocols: ['TCP', 'WEB', 'WEBS'], proxyProtocol: { from: ['127.0.0.1'] } })
  const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 5000 443\r\n'
  for (const [bytes, answer] of [['reply behind\n', 'reply behind\n'], ['GET /behind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 'page /behind']] as const) {
    const whole = bench.connect()
    whole.socket.write(header + bytes)
    await whole.gets(answer)
    const cut = bench.connect()
    await cut.writeSplit(Buffer.from(header + bytes), [header.length + 1, 1])
    await cut.gets(answer)
  }
  const raw = bench.connect()
  raw.socket.write(header)
  const secure = connectTls({ socket: raw.socket, rejectUnauthorized: false })
  secure.write('reply inside\n')
  const [reply] = await once(secure, 'data') as [Buffer]
  expect(reply.toString()).toBe('reply inside\n')
  await until(() => stats().accepted === 5, 'all to be counted')
  expect(stats().protocols).toEqual({ TCP: 2, WEB: 2, SSL: 1 })
})

test('a client whose protocol is not known in time is closed', async () => {
  await start({ protocols: ['TCP', 'WEB'], limits: { firstMessageTimeoutSeconds: 0.2 } })
  const [silent, slow, secure] = [bench.connect(), bench.connect(), new TlsClient(bench.port())]
  slow.socket.write('GE')
  await until(() => silent.closed && slow.closed && secure.closed, 'all to be closed')
  // A client may see its end before its links are gone, which is when it is counted.
  await until(() => Object.values(stats().closed).reduce((sum, count) => sum + count, 0) === 3, 'all to be counted')
  expect(stats().closed).toEqual({ 'first-message-timeout': 3 })
})

test('clients that wait for their choice are closed with their listener', async () => {
  await start({ protocols: ['TCP', 'WEBS'] })
  const waits = bench.connect()
  waits.socket.write('\x16')
  const [secure, other] = [new TlsClient(bench.port()), bench.connect()]
  await until(() => secure.secured, 'the handshake')
  other.socket.write('reply here\n')
  await other.gets('reply here\n')
  await bench.apply({ userVservers: [{ ...vserver, protocols: ['TCP', 'WEBS'], state: 'draining' }] })
  await waits.closes()
  await secure.refused()
})

test('a port goes from one protocol to several and back, and connections live on', async () => {
  await start({ http: undefined })
  const before = new TlsClient(bench.port())
  before.socket.write('reply one\n')
  expect(await before.line()).toBe('reply one')
  await bench.apply({ userVservers: [{ ...vserver, protocols: ['WEBS'] }] })
  expect(await page(httpsGet)).toBe('page /x')
  const several = new TlsClient(bench.port())
  several.socket.write('reply two\n')
  expect(await several.line()).toBe('reply two')
  await bench.apply({ userVservers: [{ ...vserver, http: undefined }] })
  for (const client of [before, several]) client.socket.write('reply still\n')
  await until(() => before.text.includes('still') && several.text.includes('still'), 'both to be answered')
  expect(stats().protocols).toMatchObject({ SSL: 1 })
})
