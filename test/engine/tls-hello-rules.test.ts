// Rules of the phase in front of the TLS handshake: what they know of a client, and how it is refused.
import { once } from 'node:events'
import net from 'node:net'
import { connect, createServer, type ConnectionOptions } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { beforeAll, expect, test } from 'vitest'
import { Authority } from '../support/pki.ts'
import { certificateFor, type Certificate } from '../support/certificate.ts'
import { around, atEnd, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'

let edge: Certificate
beforeAll(async () => { edge = await certificateFor('edge.test') })

type Rules = NonNullable<ConfigInput['rules']>

const start = async (
  rules: Rules,
  transport: 'ssl' | 'tcp' = 'ssl',
  more: Partial<ConfigInput> = {},
  tls: NonNullable<ConfigInput['userVservers']>[number]['tls'] = {}
): Promise<EngineBench> => {
  const server = await TestServer.listen(chunk => chunk)
  const config = around(lineProtocol(), [server], {
    userProtocols: [{ name: 'P', transport, extension: 'ext' }],
    ...transport === 'ssl' && { certkeys: [{ name: 'edge', ...edge }] },
    rules, ...more
  })
  return await startEngine(
    transport === 'ssl'
      ? { ...config, userVservers: config.userVservers!.map(vserver => ({ ...vserver, certificates: ['edge'], tls })) }
      : config
  )
}

/** How a handshake with the port ends: `secure`, or the code of its error. */
const handshake = async (bench: EngineBench, options: ConnectionOptions): Promise<string> => {
  const socket = connect({ port: bench.port(), host: '127.0.0.1', rejectUnauthorized: false, ...options })
  atEnd(() => { socket.destroy() })
  return await new Promise(resolve => {
    socket.once('secureConnect', () => { resolve('secure') })
    socket.once('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? error.message) })
    socket.once('close', () => { resolve('closed') })
  })
}

const DENIED = 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED'

test('a client is refused by its hello, with an alert or a reset, before TLS costs anything', async () => {
  const bench = await start([
    { name: 'name', expression: 'tls.sni eq "bad.test" and ssl', action: 'block' },
    { name: 'protocol', expression: 'any(tls.hello.alpn[*] eq "h2")', action: 'block', refusal: 'reset' },
    { name: 'old', expression: 'not any(tls.hello.versions[*] eq "TLSv1.3") and ip.src eq 127.0.0.1', action: 'block' },
    { name: 'weak', expression: 'all(tls.hello.ciphers[*] in {"009c" "009d" "00ff"})', action: 'log' }
  ])
  expect(await handshake(bench, { servername: 'good.test' })).toBe('secure')
  expect(await handshake(bench, { servername: 'bad.test' })).toBe(DENIED)
  expect(await handshake(bench, { servername: 'good.test', ALPNProtocols: ['h2'] })).toBe('ECONNRESET')
  expect(await handshake(bench, { servername: 'good.test', maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' })).toBe(
    DENIED
  )
  await until(() => bench.decisions.length === 4, 'the decisions')
  expect(bench.decisions.map(({ name, phase, action, connection }) => [name, phase, action, connection])).toEqual([
    ['name', 'tls-hello', 'block', undefined],
    ['protocol', 'tls-hello', 'block', undefined],
    ['weak', 'tls-hello', 'log', undefined],
    ['old', 'tls-hello', 'block', undefined]
  ])
  expect(bench.decisions[0]!.fields).toEqual({ 'tls.sni': 'bad.test', ssl: true })
  await until(() => bench.engine.stats().userVservers['v']!.closed['rule'] === 3, 'the ends to be counted')
})

test('a hello can ban its address', async () => {
  const bench = await start([{
    name: 'tool',
    expression: 'tls.hello.alpn[0] eq "tool"',
    action: 'ban',
    banSeconds: 600,
    refusal: 'reset'
  }])
  expect(await handshake(bench, { ALPNProtocols: ['tool'] })).toBe('ECONNRESET')
  expect(await handshake(bench, {})).toMatch(/^ECONNRESET|closed$/)
  await until(() => bench.engine.stats().userVservers['v']!.closed['banned'] === 2, 'both to be counted')
  expect(bench.engine.stats().rules['tool']).toMatchObject({ matched: 1, blocked: 1 })
})

test('what the hello says is there in later phases, beside what was agreed', async () => {
  const bench = await start([{
    name: 'seen',
    expression:
      'tls.ja4 contains "_" and cf.bot_management.ja4 matches "^t13d" and cf.bot_management.ja3_hash matches "^[0-9a-f]{32}$" and tls.cipher contains "AES" and cf.tls_cipher contains "AES" and tls.sni eq "good.test"',
    action: 'log',
    phase: 'message'
  }])
  const socket = connect({
    port: bench.port(),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    servername: 'good.test',
    ciphers: 'TLS_AES_128_GCM_SHA256'
  })
  atEnd(() => {
    socket.destroy()
  })
  await once(socket, 'secureConnect')
  socket.write('hello\n')
  await until(() => bench.decisions.length === 1, 'the decision')
  expect(bench.decisions[0]).toMatchObject({
    name: 'seen',
    phase: 'message',
    fields: {
      'tls.cipher': 'TLS_AES_128_GCM_SHA256',
      'tls.ja4': expect.stringMatching(/^t13d\d{4}00_[0-9a-f]{12}_[0-9a-f]{12}$/) as string
    }
  })
})

test('a client\'s certificate is known behind its handshake', async () => {
  const root = await Authority.root()
  const seconds = Math.floor(Date.now() / 1000)
  const bench = await start(
    [
      {
        name: 'ends',
        expression: `tls.client_cert.present and tls.client_cert.verified and tls.client_cert.not_after gt ${
          seconds + 86_400
        } and tls.client_cert.not_after lt ${seconds + 3 * 86_400} and tls.client_cert.subject_cn eq "meter-7"`,
        action: 'log'
      },
      { name: 'none', expression: 'not tls.client_cert.verified', action: 'block' }
    ],
    'ssl',
    { certkeys: [{ name: 'edge', ...edge }, { name: 'devices', ca: root.cert }] },
    { clientCertificate: 'optional', clientCa: ['devices'] }
  )
  const { cert, key } = await root.issue({ subject: 'CN=meter-7', from: -1, until: 2 })
  expect(await handshake(bench, { servername: 'good.test', cert, key })).toBe('secure')
  await until(() => bench.decisions.length === 1, 'the first decision')
  expect(await handshake(bench, { servername: 'good.test' })).toBe('secure')
  await until(() => bench.decisions.length === 2, 'the second decision')
  expect(bench.decisions.map(({ name, phase }) => [name, phase])).toEqual([['ends', 'hello'], ['none', 'hello']])
})

test('a hello in pieces is looked at once, and bytes that are no hello never', async () => {
  const bench = await start([{
    name: 'each',
    expression: 'ip.src in {127.0.0.0/8}',
    action: 'log',
    phase: 'tls-hello'
  }])
  const seen: Buffer[] = []
  const tap = net.createServer(socket => { socket.on('data', chunk => { seen.push(chunk) }).on('error', () => {}) })
  await new Promise<void>(resolve => { tap.listen(0, '127.0.0.1', resolve) })
  const asking = connect({ port: (tap.address() as net.AddressInfo).port, host: '127.0.0.1', servername: 'x.test' })
  asking.on('error', () => {})
  await until(() => seen.length > 0, 'a hello')
  asking.destroy()
  tap.close()
  const client = bench.connect()
  await once(client.socket, 'connect')
  for (const byte of Buffer.concat(seen)) client.socket.write(Buffer.of(byte))
  await until(() => client.received.length > 0, 'the ServerHello')
  expect(bench.decisions.length).toBe(1)
  const other = bench.connect()
  other.socket.write('GET / HTTP/1.1\r\n\r\n')
  await other.closes()
  expect(bench.decisions.length).toBe(1)
})

test('clients are counted by the fingerprint of their hello', async () => {
  const bench = await start([], 'ssl', {
    rateLimits: [{
      name: 'alike',
      counts: 'connections',
      by: ['tls.ja4'],
      limit: 1,
      periodSeconds: 600,
      action: 'block'
    }]
  })
  const joins = async (options: ConnectionOptions): Promise<string> => {
    const socket = connect({
      port: bench.port(),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      servername: 'good.test',
      ...options
    })
    atEnd(() => {
      socket.destroy()
    })
    return await new Promise(resolve => {
      socket.on('error', () => {}).once('data', () => { resolve('served') }).once('close', () => { resolve('closed') })
      socket.write('hello\n')
    })
  }
  expect(await joins({})).toBe('served')
  expect(await joins({ ALPNProtocols: ['x'] })).toBe('served')
  expect(await joins({})).toBe('closed')
})

test('a client without TLS is looked at when nothing of it was read', async () => {
  const bench = await start([{ name: 'tls-only', expression: 'not ssl', action: 'block' }, { name: 'names', expression: 'not tls.sni eq "good.test"', action: 'log' }], 'tcp')
  const client = bench.connect()
  await client.closes()
  await until(() => bench.decisions.length === 2, 'the decisions')
  expect(bench.decisions.map(({ name, phase }) => [name, phase])).toEqual([['names', 'tls-hello'], ['tls-only', 'tls-hello']])
})

test('TLS that passes is looked at as well, also if it claims to validate a name', async () => {
  const server = createServer({ cert: edge.cert, key: edge.key }, socket => { socket.on('error', () => {}) })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  atEnd(() => { server.close() })
  const bench = await start([{ name: 'no-h2', expression: 'any(tls.hello.alpn[*] eq "h2")', action: 'block' }, { name: 'no-old', expression: 'not any(tls.hello.versions[*] eq "TLSv1.3")', action: 'block', refusal: 'reset' }], 'ssl', {
    services: [{ name: 's1', address: '127.0.0.1', port: 1 }, { name: 'own', address: '127.0.0.1', port: (server.address() as net.AddressInfo).port }],
    lbVservers: [{ name: 'lb', services: [{ name: 's1' }] }, { name: 'passing', services: [{ name: 'own' }] }],
    glbs: [{ name: 'g', proxied: false, match: { sni: ['pass.test'] }, pools: [{ name: 'passing' }] }],
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', certificates: ['edge'], glbs: ['g'] }]
  })
  expect(await handshake(bench, { servername: 'pass.test' })).toBe('secure')
  expect(await handshake(bench, { servername: 'pass.test', ALPNProtocols: ['h2', 'acme-tls/1'] })).toBe(DENIED)
  expect(await handshake(bench, { servername: 'pass.test', maxVersion: 'TLSv1.2' })).toBe('ECONNRESET')
  expect(await handshake(bench, { servername: 'ends.test', ALPNProtocols: ['h2'] })).toBe(DENIED)
  expect(bench.decisions.map(({ name }) => name)).toEqual(['no-h2', 'no-old', 'no-h2'])
})

test.for([
  ['refusal in another phase', { expression: 'ssl', phase: 'hello', refusal: 'reset' }, "rules[0].refusal: only rules of phase tls-hello refuse TLS hellos; this one's is hello"],
  ['a field that the handshake makes', { expression: 'tls.version eq "TLSv1.3"', phase: 'tls-hello' }, 'rules[0].phase: tls-hello comes before tls.version: expected ']
] as const)('%s is refused at the write', async ([, rule, message]) => {
  await expect(start([{ name: 'r', action: 'block', ...rule }])).rejects.toMatchObject({ code: 'rule-invalid', message: expect.stringContaining(message) as string })
})
