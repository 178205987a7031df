// TLS that begins inside a protocol: who gets it, what is known then, and what becomes of those who do not begin it.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { createRuntime } from '@weirlb/sandbox'
import { createInProcessRuntime, drive, TIME_SCALE, until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import startTls from '../author/fixtures/start-tls.ts'
import { around, atEnd, startEngine, TestServer, type EngineBench, type TestClient } from '../support/engine-bench.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'

const SOURCE = readFileSync(new URL('../author/fixtures/start-tls.ts', import.meta.url), 'utf8')

let root: Authority
let server: IssuedCertificate
let other: IssuedCertificate
let good: IssuedCertificate
let stranger: IssuedCertificate
beforeAll(async () => {
  root = await Authority.root()
  server = await root.issue({ names: [{ type: 'dns', value: 'one.test' }] })
  other = await root.issue({ names: [{ type: 'dns', value: 'two.test' }] })
  good = await root.issue({ subject: 'CN=client-7' })
  stranger = await (await Authority.root('Stranger')).issue({ subject: 'CN=stranger' })
})

const keys = ({ serial: _, ...pair }: IssuedCertificate) => pair
type Vserver = NonNullable<ConfigInput['userVservers']>[number]

const runtimes = { 'in-process': createInProcessRuntime, sandbox: createRuntime } as const

const start = async (more: Partial<Vserver> = {}, mode: keyof typeof runtimes = 'in-process'): Promise<EngineBench> =>
  await startEngine(
    around(SOURCE, [await TestServer.listen(bytes => bytes)], {
      certkeys: [{ name: 'one', ...keys(server) }, { name: 'two', ...keys(other) }, { name: 'clients', ca: root.cert }],
      userVservers: [{
        name: 'v',
        protocol: 'P',
        address: '127.0.0.1',
        port: 0,
        defaultLb: 'lb',
        certificates: ['one', 'two'],
        ...more
      }]
    }),
    { runtime: runtimes[mode]() }
  )

/** Put TLS on a client that has got its answer; what it gets from then on is `text`. */
class Secured {
  text = ''
  closed = false
  error: Error | undefined
  readonly socket: TLSSocket

  constructor (client: TestClient, options: ConnectionOptions = {}) {
    client.socket.removeAllListeners('data')
    this.socket = connect({ socket: client.socket, rejectUnauthorized: false, servername: 'one.test', ...options })
    this.socket.setEncoding('utf8')
    this.socket.on('data', (text: string) => { this.text += text })
    this.socket.on('error', (error: Error) => { this.error = error })
    this.socket.on('close', () => { this.closed = true })
    atEnd(() => { this.socket.destroy() })
  }

  async gets (text: string): Promise<void> {
    await until(
      () =>
        this.text.includes(text) ||
        (this.closed &&
          Promise.reject(new Error(`closed after ${JSON.stringify(this.text)}: ${this.error?.message ?? 'in order'}`))),
      `the client to get ${JSON.stringify(text)}`
    )
  }
}

const asks = async (bench: EngineBench): Promise<TestClient> => {
  const client = bench.connect()
  client.socket.write('STARTTLS\n')
  await client.gets('220 go ahead\n')
  return client
}

const started = async (bench: EngineBench, options: ConnectionOptions = {}): Promise<Secured> =>
  new Secured(await asks(bench), options)

const who = async (client: Secured): Promise<Record<string, unknown>> => {
  client.socket.write('WHO\n')
  await client.gets('}\n')
  return JSON.parse(client.text) as Record<string, unknown>
}

const closed = (bench: EngineBench): Record<string, number | undefined> =>
  bench.engine.stats().userVservers['v']!.closed

describe.each(['in-process', 'sandbox'] as const)('%s', mode => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a client that asks for TLS gets it, over %s, and the extension the facts of it',
    async version => {
      const bench = await start({ tls: { alpn: ['lines'] } }, mode)
      const client = await started(bench, {
        minVersion: version,
        maxVersion: version,
        servername: 'two.test',
        ALPNProtocols: ['lines'],
        ca: root.cert,
        rejectUnauthorized: true
      })
      expect(await who(client)).toEqual({
        address: '127.0.0.1',
        port: 0,
        serverName: 'two.test',
        alpn: 'lines',
        tlsVersion: version,
        may: false,
        lines: 2
      })
      expect(client.socket.getPeerCertificate().subject.CN).toBe('two.test')
      client.text = ''
      client.socket.write('hello\nmore\n')
      await client.gets('hello\nmore\n')
      expect(bench.engine.connections({})).toMatchObject([{
        serverName: 'two.test',
        phase: 'tunnel',
        bytesIn: 9 + 4 + 11
      }])
      client.socket.end()
      const [line] = await bench.log.ends()
      expect(line).toMatchObject({ reason: 'client-closed', serverName: 'two.test', bytesIn: 9 + 4 + 11 })
      expect(bench.engine.stats().userVservers['v']).toMatchObject({ bytesIn: 24, connections: 0 })
    }
  )

  test('a client that does not ask is served without it', async () => {
    const bench = await start({}, mode)
    const client = bench.connect()
    client.socket.write('WHO\n')
    await client.gets('}\n')
    expect(JSON.parse(client.text)).toMatchObject({ may: true, lines: 1 })
    client.socket.write('plain\n')
    await client.gets('plain\n')
  })
})

test('a certificate of the client is verified, and one that is not good ends it', async () => {
  const bench = await start({ tls: { clientCertificate: 'mandatory', clientCa: ['clients'] } })
  const client = await started(bench, keys(good))
  expect(await who(client)).toMatchObject({ certificate: { commonNames: ['client-7'] }, serverName: 'one.test' })
  const refused = await started(bench, keys(stranger))
  await until(() => refused.closed, 'the stranger to be closed')
  await started(bench)
  await until(() => closed(bench)['client-unverified'] === 2, 'both to be counted')
  expect(refused.text).toBe('')
})

test('without a certificate the extension knows that there is no TLS', async () => {
  const bench = await start({ certificates: [] })
  const client = bench.connect()
  client.socket.write('STARTTLS\n')
  await client.gets('454 TLS not available\n')
  await client.closes()
  expect(await bench.log.ends()).toMatchObject([{ reason: 'rejected', detail: 'no TLS here' }])
})

test.each(['in-process', 'sandbox'] as const)(
  'a reply to what came before, in the same read, is sent in the clear and first (%s)',
  async mode => {
    const bench = await start({}, mode)
    const client = bench.connect()
    client.socket.write('WHO\nSTARTTLS\n')
    await client.gets('220 go ahead\n')
    expect(client.text).toMatch(/^\{.*\}\n220 go ahead\n$/)
    expect(await who(new Secured(client))).toMatchObject({ tlsVersion: 'TLSv1.3', lines: 3 })
  }
)

describe('is refused', () => {
  test.each(['WHO\n', 'plain\n', 'x'])('when %j is behind the request', async rest => {
    const bench = await start()
    const client = bench.connect()
    client.socket.write(`STARTTLS\n${rest}`)
    await client.closes()
    expect(client.text).toBe('BYE protocol-error\n')
    expect(await bench.log.ends()).toMatchObject([{
      reason: 'clear-after-start-tls',
      detail: `${rest.length} bytes behind the request for TLS`,
      service: undefined
    }])
    expect(closed(bench)).toEqual({ 'clear-after-start-tls': 1 })
  })

  test('the second time', async () => {
    const bench = await start()
    const client = await started(bench)
    client.socket.write('AGAIN\n')
    await until(() => client.closed, 'the client to be closed')
    expect(await bench.log.ends()).toMatchObject([{
      reason: 'extension-error',
      detail: expect.stringContaining('startTls(): the client has TLS already') as string
    }])
  })

  test.each([['FORWARDED\n', 'the request for TLS is not forwarded; return drop()'], ['FIRST\nAGAIN\n', 'startTls(): a message of this client has been forwarded already']])('where it cannot be: %j', async (lines, why) => {
    const bench = await start()
    const client = bench.connect()
    client.socket.write(lines)
    await client.closes()
    expect(await bench.log.ends()).toMatchObject([{
      reason: 'extension-error',
      detail: expect.stringContaining(why) as string
    }])
  })
})

describe('a client that has got its answer', () => {
  test('and never begins is closed when the handshake has taken too long', async () => {
    const bench = await start({ tls: { handshakeTimeoutSeconds: 0.2 } })
    const client = await asks(bench)
    await client.closes()
    expect(await bench.log.ends()).toMatchObject([{
      reason: 'tls-failed',
      detail: 'no end of the TLS handshake within 0.2 s'
    }])
    expect(closed(bench)).toEqual({ 'tls-failed': 1 })
  })

  test('and goes on in the clear is closed', async () => {
    const bench = await start()
    const client = await asks(bench)
    client.socket.write('plain\n')
    await client.closes()
    expect(await bench.log.ends()).toMatchObject([{ reason: 'tls-failed' }])
  })

  test('and hangs up is gone', async () => {
    const bench = await start()
    const client = await asks(bench)
    client.socket.end()
    expect(await bench.log.ends()).toMatchObject([{ reason: 'tls-failed' }])
  })

  test('gets its whole time for the first message behind the handshake, and no more', async () => {
    const bench = await start({ limits: { firstMessageTimeoutSeconds: 0.3 * TIME_SCALE } })
    const client = await started(bench)
    await once(client.socket, 'secureConnect')
    await until(() => client.closed, 'the client to be closed')
    expect(await bench.log.ends()).toMatchObject([{ reason: 'first-message-timeout' }])
  })

  test('counts as a handshake, of which there is a limit', async () => {
    const bench = await start({ tls: { maxHandshakes: 1, handshakeTimeoutSeconds: 60 } })
    await asks(bench)
    const second = await asks(bench)
    await second.closes()
    expect(await bench.log.ends()).toMatchObject([{ reason: 'limit' }])
  })

  test.each(['end', 'reset'] as const)('gives its handshake back when it leaves with its request (%s)', async how => {
    const bench = await start({ tls: { maxHandshakes: 4, handshakeTimeoutSeconds: 300 } })
    const leaving = 10
    for (let i = 0; i < leaving; i++) {
      const client = bench.connect()
      await once(client.socket, 'connect')
      client.socket.write('STARTTLS\n')
      if (how === 'end') client.socket.end()
      else setImmediate(() => client.socket.resetAndDestroy())
    }
    await bench.log.ends(leaving)
    expect(bench.engine.connections({})).toEqual([])
    for (const client of [await asks(bench), await asks(bench), await asks(bench), await asks(bench)])
      expect(await who(new Secured(client))).toMatchObject({ serverName: 'one.test' })
  })

  test('is closed with its vserver, and by an operator', async () => {
    const bench = await start()
    const client = await asks(bench)
    bench.engine.kill(bench.engine.connections({})[0]!.id)
    await client.closes()
    const other = await asks(bench)
    await bench.apply({ userVservers: [] })
    await other.closes()
    expect((await bench.log.ends(2)).map(({ reason }) => reason)).toEqual(['killed', 'draining'])
    expect(bench.engine.connections({})).toEqual([])
  })

  test('keeps its handshake when the certificate is another meanwhile', async () => {
    const bench = await start()
    const client = await asks(bench)
    await bench.apply({
      certkeys: [{ name: 'one', ...keys(other) }, { name: 'two', ...keys(other) }, { name: 'clients', ca: root.cert }]
    })
    const secured = new Secured(client)
    expect(await who(secured)).toMatchObject({ serverName: 'one.test' })
    expect((await started(bench)).socket.getPeerCertificate()).toBeDefined()
  })
})

describe('without a network', () => {
  const text = (line: string): Uint8Array => Buffer.from(line)

  test('a drive shows the answer, and the facts behind it', () => {
    const t = drive(startTls, [text('STARTTLS\n'), text('WHO\n'), text('on\n')], {
      startTls: { serverName: 'one.test' }
    })
    expect(Buffer.from(t.startedTls!).toString()).toBe('220 go ahead\n')
    expect(Buffer.from(t.returned).toString()).toBe('220 go ahead\n{"address":"127.0.0.1","port":0,"serverName":"one.test","tlsVersion":"TLSv1.3","may":false,"lines":2}\n')
    expect(Buffer.from(t.forwarded).toString()).toBe('on\n')
    expect(drive(startTls, text('STARTTLS\nWHO\n'), { startTls: {} })).toMatchObject({
      closed: 'clear-after-start-tls',
      forwarded: new Uint8Array(0)
    })
    expect(drive(startTls, text('STARTTLS\n'))).toMatchObject({ closed: 'rejected', startedTls: undefined })
  })

  test('an explanation shows the answer', async () => {
    const bench = await start()
    const explanation = await bench.engine.explain({
      userVserver: 'v',
      side: 'client',
      bytes: text('STARTTLS\n'),
      client: { address: '192.0.2.1', port: 1 }
    })
    expect(explanation.frames).toMatchObject([{ answer: { effects: [{ kind: 'startTls', length: 13 }] } }])
    expect(explanation.outcome).toMatchObject({ becomes: 'waiting' })
  })
})

test('nobody validates a host name here: the client is closed, and the extension sees nothing more', async () => {
  const bench = await start()
  await bench.apply({ certkeys: [{ name: 'one', ...keys(server) }, { name: 'two', ...keys(other) }, { name: 'clients', ca: root.cert }, { name: 'acme', acme: { directory: 'https://ca.test/', domains: ['a.test'] } }] }, { tls: [{ domain: 'a.test', ...keys(good) }], http: [] })
  const client = await started(bench, { servername: 'a.test', ALPNProtocols: ['acme-tls/1'] })
  await until(() => client.closed, 'the end')
  const [line] = await bench.log.ends()
  expect(line).toMatchObject({
    reason: 'tls-failed',
    detail: 'it validated a host name, where TLS is started inside the protocol'
  })
  expect([client.text, bench.engine.stats().userVservers['v']!.connections]).toEqual(['', 0])
})
