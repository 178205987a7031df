// What an authority gets that validates a host name, and what all others get meanwhile.
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { around, atEnd, startEngine, TestClient, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { web } from '../support/http-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { TlsClient } from '../support/tls-client.ts'

let root: Authority
let own: IssuedCertificate
let validation: { readonly domain: string, readonly cert: string, readonly key: string }
beforeAll(async () => {
  root = await Authority.root()
  own = await root.issue({ names: [{ type: 'dns', value: 'own.test' }] })
  const { cert, key } = await root.issue({ subject: 'CN=validation', names: [{ type: 'dns', value: 'a.test' }] })
  validation = { domain: 'a.test', cert, key }
})

const acme = { directory: 'https://ca.test/', domains: ['a.test'] }
/** A token that is validated over HTTP, and its text. */
const [token, keyAuthorization] = ['tok-EN_1', 'tok-EN_1.thumbprint']
const PATH = `/.well-known/acme-challenge/${token}`
const userProtocols = [
  { name: 'TCP', transport: 'tcp' as const, extension: 'ext' },
  { name: 'SSL', transport: 'ssl' as const, extension: 'ext' },
  { name: 'WS', transport: 'ws' as const, extension: 'ext' },
  { name: 'WSS', transport: 'wss' as const, extension: 'ext' },
  { name: 'HTTP', transport: 'http' as const },
  { name: 'HTTPS', transport: 'https' as const }
]

let bench: EngineBench
let asked: string[]
const stats = () => bench.engine.stats().userVservers['v']!
const challenges = () => ({ tls: [validation], http: [{ token, keyAuthorization }] })

/**
 * The vserver `v` with the certkey `own`, and `acme`, which has no certificate yet. It serves `own`, unless told
 * otherwise.
 */
const start = async (vserver: Partial<NonNullable<ConfigInput['userVservers']>[number]>, certkeys: NonNullable<ConfigInput['certkeys']> = [{ name: 'own', cert: own.cert, key: own.key }, { name: 'acme', acme }]): Promise<void> => {
  asked = []
  const lines = await TestServer.listen(chunk => chunk)
  const { port } = await web((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end('page')
  })
  bench = await startEngine(around(lineProtocol(), [lines], {
    certkeys: [...certkeys, { name: 'clients', ca: root.cert }],
    userProtocols,
    services: [{ name: 's1', address: '127.0.0.1', port: lines.port }, { name: 'w1', type: 'HTTP', address: '127.0.0.1', port, monitors: [] }],
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'web', type: 'HTTP', services: [{ name: 'w1' }] }],
    userVservers: [{
      name: 'v',
      protocol: 'SSL',
      address: '127.0.0.1',
      port: 0,
      defaultLb: 'lb',
      certificates: ['own'],
      ...vserver
    }]
  }))
  await bench.apply({}, challenges())
}

const validates = (options: ConnectionOptions = {}): TlsClient =>
  new TlsClient(bench.port(), { servername: 'a.test', ALPNProtocols: ['acme-tls/1'], ...options })

/** That an authority sees the certificate for the validation, and nothing else happens. */
const isValidated = async (client: TlsClient, connections = 0): Promise<void> => {
  let seen: unknown[] = []
  client.socket.on('secureConnect', () => { seen = [client.shown, client.socket.alpnProtocol] })
  await client.refused()
  expect(seen).toEqual(['validation', 'acme-tls/1'])
  expect(client.error).toBeUndefined()
  await until(() => stats().closed['client-closed'] === 1, 'the count')
  expect(stats()).toMatchObject({ accepted: connections + 1, connections, closed: { 'client-closed': 1 } })
}

describe('over TLS', () => {
  test.each<[string, Partial<NonNullable<ConfigInput['userVservers']>[number]>]>([
    ['without settings', {}],
    ['that wants client certificates', { tls: { clientCertificate: 'mandatory', clientCa: ['clients'] } }],
    ['that serves its own names alone', { tls: { strictSni: true } }],
    ['that agrees on other protocols', { tls: { alpn: ['lines'] } }],
    ['of TLS 1.3 alone', { tls: { minVersion: 'TLSv1.3' } }],
    ['of several protocols', {
      protocols: ['TCP', 'HTTPS'],
      http: { defaultLb: 'web' },
      tls: { alpn: ['lines', 'http/1.1'] }
    }],
    ['for WebSockets', { protocol: 'WSS' }],
    ['for HTTP', { protocol: 'HTTPS', defaultLb: 'web' }],
    ['that has no certificate yet', { certificates: ['acme'] }],
    ['that takes clients from elsewhere alone', { allowFrom: ['192.0.2.0/24'] }]
  ])('a user vserver %s answers', async (_, vserver) => {
    await start(vserver)
    await isValidated(validates())
  })

  test('behind a balancer that speaks the PROXY protocol', async () => {
    await start({ proxyProtocol: { from: ['127.0.0.1'] } })
    const socket = net.connect(bench.port(), '127.0.0.1')
    atEnd(() => { socket.destroy() })
    socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n')
    const client = connectTls({
      socket,
      servername: 'a.test',
      ALPNProtocols: ['acme-tls/1'],
      rejectUnauthorized: false
    })
    await once(client, 'secureConnect')
    expect(client.getPeerCertificate().subject.CN).toBe('validation')
    client.on('error', () => {})
    client.resume()
    await once(client, 'close')
  })

  test('a user vserver that has as many clients as it may answers', async () => {
    await start({ limits: { maxClients: 1 } })
    const client = new TlsClient(bench.port())
    client.socket.write('reply x\n')
    await client.line()
    await isValidated(validates(), 1)
  })

  test('in capitals, and with TLS 1.2', async () => {
    await start({})
    await isValidated(validates({ servername: 'A.Test', maxVersion: 'TLSv1.2' }))
  })

  test('an authority that stays is closed', async () => {
    await start({})
    const socket = net.connect({ port: bench.port(), host: '127.0.0.1', allowHalfOpen: true })
    atEnd(() => {
      socket.destroy()
    })
    const client = connectTls({
      socket,
      servername: 'a.test',
      ALPNProtocols: ['acme-tls/1'],
      rejectUnauthorized: false
    })
    client.on('error', () => {})
    await once(client, 'secureConnect')
    let closed = false
    socket.on('error', () => {}).on('close', () => { closed = true })
    await until(() => {
      socket.write('more')
      return closed
    }, 'the end')
  })

  test.each(['b.test', ''])('another name (%j) is refused, and the extension sees nothing', async servername => {
    await start({})
    const client = validates({ servername })
    await client.refused()
    expect(client.error?.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
    await until(() => stats().closed['tls-failed'] === 1, 'the count')
    expect(bench.log.lines.at(-1)).toMatchObject({
      message: 'connection refused',
      reason: 'tls-failed',
      detail: `it validates "${servername}" for a certificate, and none is being ordered for that name`
    })
  })

  test('the same holds when nothing is validated, and answers end with the revision that has none', async () => {
    await start({})
    await bench.apply({})
    const client = validates()
    await client.refused()
    expect(client.error?.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
  })

  test('other clients are served meanwhile, as before', async () => {
    await start({ tls: { alpn: ['lines'] } })
    for (const options of [{}, { servername: 'a.test' }, { ALPNProtocols: ['lines'] }]) {
      const client = new TlsClient(bench.port(), options)
      client.socket.write('reply x\n')
      expect(await client.line()).toBe('reply x')
      expect(client.shown).toBe('own.test')
    }
  })

  test('clients are refused before the first certificate, and served by the same listener after it', async () => {
    await start({ certificates: ['acme'] })
    const port = bench.port()
    const early = new TlsClient(port, { servername: 'a.test' })
    await early.refused()
    expect(early.error?.code).toBe('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
    await until(() => stats().closed['tls-failed'] === 1, 'the count')
    expect(bench.log.lines.at(-1)).toMatchObject({ reason: 'tls-failed', detail: 'no certificate was issued yet' })
    await bench.apply({
      certkeys: [{ name: 'acme', cert: own.cert, key: own.key }, { name: 'clients', ca: root.cert }]
    })
    expect(bench.port()).toBe(port)
    const client = new TlsClient(port, { servername: 'a.test' })
    client.socket.write('reply x\n')
    expect(await client.line()).toBe('reply x')
  })
})

describe('over HTTP', () => {
  /** Status and body of a request on a connection of its own. */
  const ask = async (path: string, method = 'GET', secure = false): Promise<readonly [number, string]> => {
    const options = {
      host: '127.0.0.1',
      port: bench.port(),
      path,
      method,
      agent: false as const,
      rejectUnauthorized: false
    }
    const sent = secure ? httpsRequest(options) : httpRequest(options)
    sent.end()
    const [response] = await once(sent, 'response') as [IncomingMessage]
    return [response.statusCode!, await text(response)]
  }

  test.each<[string, Partial<NonNullable<ConfigInput['userVservers']>[number]>, boolean]>([
    ['of transport http', { protocol: 'HTTP', defaultLb: 'web', certificates: [] }, false],
    ['of transport https', { protocol: 'HTTPS', defaultLb: 'web' }, true],
    ['of transport ws', { protocol: 'WS', certificates: [] }, false],
    ['of several protocols', { protocols: ['TCP', 'HTTP'], http: { defaultLb: 'web' } }, false],
    ['that takes clients from elsewhere alone', {
      protocol: 'HTTP',
      defaultLb: 'web',
      certificates: [],
      allowFrom: ['192.0.2.0/24']
    }, false]
  ])('a user vserver %s answers', async (_, vserver, secure) => {
    await start(vserver)
    expect(await ask(PATH, 'GET', secure)).toEqual([200, keyAuthorization])
    await until(() => stats().closed['client-closed'] === 1, 'the count')
    expect([stats().accepted, asked]).toEqual([1, []])
  })

  test('other tokens and methods are the server\'s, and so is this one when it is not validated', async () => {
    await start({ protocol: 'HTTP', defaultLb: 'web', certificates: [] })
    expect(await ask(`${PATH}1`)).toEqual([200, 'page'])
    expect(await ask(PATH, 'POST')).toEqual([200, 'page'])
    expect(await ask(`${PATH}?x`)).toEqual([200, 'page'])
    await bench.apply({})
    expect(await ask(PATH)).toEqual([200, 'page'])
    expect(asked).toEqual([`GET ${PATH}1`, `POST ${PATH}`, `GET ${PATH}?x`, `GET ${PATH}`])
  })
})

describe('strangers of allowFrom', () => {
  const closed = (reason: 'not-allowed'): number => stats().closed[reason] ?? 0
  beforeEach(async () => {
    await start({ protocols: ['TCP', 'HTTP'], http: { defaultLb: 'web' }, allowFrom: ['192.0.2.0/24'] })
  })

  test('who validate nothing are refused in TLS', async () => {
    for (const options of [{ servername: 'a.test' }, { servername: 'b.test', ALPNProtocols: ['acme-tls/1'] }])
      await new TlsClient(bench.port(), options).refused()
    await until(() => closed('not-allowed') === 2, 'the count')
    expect(bench.log.lines.at(-1)).toMatchObject({
      message: 'connection refused',
      reason: 'not-allowed',
      detail: '127.0.0.1 is not in allowFrom'
    })
  })

  test.each([
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    `POST ${PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
    `GET ${PATH} HTTP/1.1\r\n\r\n`,
    'reply x\n',
    '\u0000'
  ])('who send %j get nothing', async bytes => {
    const client = new TestClient(bench.port())
    client.socket.write(bytes)
    await client.closes()
    await until(() => closed('not-allowed') === 1, 'the count')
    expect([client.text, asked, stats().accepted]).toEqual(['', [], 1])
  })

  test('are reset at once when nothing is validated', async () => {
    await bench.apply({})
    const client = new TestClient(bench.port())
    await client.closes()
    expect([client.error?.code ?? 'ECONNRESET', closed('not-allowed')]).toEqual(['ECONNRESET', 1])
  })
})
