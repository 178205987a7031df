// TLS to servers: what is verified of theirs, and with what Weir identifies itself, for clients and for monitors.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { createWeir } from '@weirlb/core'
import type { ConfigInput } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Certificate } from '../support/certificate.ts'
import { around, atEnd, startEngine } from '../support/engine-bench.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'

const SOURCE = `
import { defineProtocol, forward, frame } from '@weirlb/sdk'
export default defineProtocol({
  name: 'lines', api: 1, balance: 'per-connection',
  client: { framing: frame.lines({ max: 1000 }), onMessage: () => forward({ then: 'tunnel' }) }, server: { framing: frame.lines({ max: 1000 }) }
})`

type ServiceTls = NonNullable<NonNullable<ConfigInput['services']>[number]['tls']>

let root: Authority
let stranger: Authority
let server: IssuedCertificate
let own: IssuedCertificate
beforeAll(async () => {
  root = await Authority.root()
  stranger = await Authority.root('Stranger')
  server = await root.issue({ names: [{ type: 'dns', value: 'server.test' }] })
  own = await root.issue({ subject: 'CN=weir' })
})

/** A server that says to each client whose certificate it has seen, and what was agreed. */
const listen = async (certificate: Certificate, options: TlsOptions = {}): Promise<number> => {
  const open = new Set<TLSSocket>()
  const tls = createServer({ cert: certificate.cert, key: certificate.key, ...options }, socket => {
    open.add(socket)
    const { CN } = (socket.getPeerCertificate() as Partial<ReturnType<TLSSocket['getPeerCertificate']>>).subject ?? {}
    socket.on('error', () => {}).on('data', () => {
      socket.write(`${String(CN)} ${String(socket.servername)} ${String(socket.alpnProtocol)}\n`)
    })
  })
  tls.on('tlsClientError', () => {})
  await once(tls.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => {
    tls.close()
    for (const socket of open) socket.destroy()
  })
  return (tls.address() as AddressInfo).port
}

const certkeys = async () => [
  { name: 'root', ca: root.cert },
  { name: 'stranger', ca: stranger.cert },
  { name: 'own', cert: own.cert, key: own.key },
  { name: 'lists', ca: root.cert, crl: await root.revoke([server]) }
]

const config = async (port: number, tls: ServiceTls): Promise<ConfigInput> =>
  around(SOURCE, [], {
    certkeys: await certkeys(),
    services: [{
      name: 's1',
      address: '127.0.0.1',
      port,
      type: 'USER_SSL_TCP',
      tls,
      monitors: [{ type: 'tcp', intervalSeconds: 0.1, downAfter: 1 }]
    }],
    lbVservers: [{ name: 'lb', type: 'USER_SSL_TCP', services: [{ name: 's1' }] }]
  })

/** What a client hears through a service with this TLS; or why it hears nothing. */
const heard = async (port: number, tls: ServiceTls): Promise<string> => {
  const bench = await startEngine(await config(port, tls))
  const client = bench.connect()
  client.socket.write('hello\n')
  await until(() => client.closed || client.text.endsWith('\n'), 'an answer')
  if (client.text !== '') return client.text.trim()
  const [line] = await bench.log.ends()
  const failed = bench.log.lines.find(({ message }) => message.includes('dial'))
  return `${String(line!['reason'])}: ${String(failed?.['detail'] ?? failed?.['error'] ?? line!['detail'])}`
}

describe('what is verified of a server', () => {
  test('off: nothing; full: the chain; strict, the default: the chain and the name', async () => {
    const port = await listen(server)
    expect(await heard(port, { verify: 'off' })).toContain('undefined false')
    expect(await heard(port, { verify: false, serverName: 'other.test' })).toContain('undefined other.test')
    expect(await heard(port, { verify: 'full', ca: 'root', serverName: 'other.test' })).toContain(
      'undefined other.test'
    )
    expect(await heard(port, { ca: 'root', serverName: 'server.test' })).toContain('undefined server.test')
    expect(await heard(port, { verify: true, ca: 'root', serverName: 'server.test' })).toContain(
      'undefined server.test'
    )
    expect(await heard(port, { ca: 'root', serverName: 'other.test' })).toMatch(/^dial-failed: .*other\.test/)
    expect(await heard(port, { verify: 'full', ca: 'stranger' })).toMatch(
      /^dial-failed: .*unable to verify|^dial-failed: .*self-signed/
    )
    expect(await heard(port, { verify: 'full' })).toMatch(/^dial-failed: /)
  })

  test('a certificate that has ended, or is revoked', async () => {
    const ended = await listen(
      await root.issue({ names: [{ type: 'dns', value: 'server.test' }], from: -9, until: -1 })
    )
    expect(await heard(ended, { ca: 'root', serverName: 'server.test' })).toMatch(/^dial-failed: .*expired/)
    const revoked = await listen(server)
    expect(await heard(revoked, { ca: 'lists', serverName: 'server.test' })).toMatch(/^dial-failed: .*revoked/)
    expect(await heard(revoked, { ca: 'lists', verify: 'off' })).toContain('undefined')
  })
})

test('Weir has a certificate of its own, and offers protocols', async () => {
  const port = await listen(server, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: root.cert,
    ALPNProtocols: ['mqtt']
  })
  const tls = { ca: 'root', serverName: 'server.test' } as const
  expect(await heard(port, { ...tls, certificate: 'own', alpn: ['x', 'mqtt'] })).toBe('weir server.test mqtt')
  expect(await heard(port, { ...tls, certificate: 'own' })).toBe('weir server.test false')
  expect(await heard(port, tls)).toMatch(/^(dial-failed|server-closed|server-reset): /)
})

test('monitors speak TLS as clients do', async () => {
  const port = await listen(server, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: root.cert,
    maxVersion: 'TLSv1.2'
  })
  const monitors = [{ type: 'extension' as const, extension: 'probed', intervalSeconds: 0.1, downAfter: 1 }]
  const probed = SOURCE.replace("server: {", "probe: { send: () => new Uint8Array([10]), judge: () => 'up' }, server: {")
  const base = await config(port, { ca: 'root', serverName: 'server.test', certificate: 'own' })
  const service = { ...base.services![0]!, monitors }
  const weir = createWeir({
    workers: 0,
    log: { level: 'silent' },
    config: {
      ...base,
      extensions: [...base.extensions!, { name: 'probed', source: probed }],
      services: [service, { ...service, name: 'without', tls: { ca: 'root', serverName: 'server.test' } }]
    }
  })
  atEnd(async () => {
    await weir.stop({ graceMs: 0 })
  })
  await weir.start()
  await until(async () => (await weir.services.status('s1')).value === 'up', 'the service with a certificate')
  await until(async () => (await weir.services.status('without')).value === 'down', 'the service without one')
})

test.each<[ServiceTls, string, string]>([
  [{ certificate: 'root' }, 'services[0].tls.certificate', "certkey 'root' has no certificate with its key; those that have: own"],
  [{ certificate: 'nobody' }, 'services[0].tls.certificate', "no certkey 'nobody'"],
  [{ ca: 'own' }, 'services[0].tls.ca', "certkey 'own' has no ca bundle; those that have: root, stranger, lists"],
  [{ verify: 'some' as never }, 'services[0].tls.verify', 'got "some"']
])('%o is refused', async (tls, path, message) => {
  const weir = createWeir({ log: { level: 'silent' } })
  atEnd(async () => { await weir.stop({ graceMs: 0 }) })
  await weir.start()
  await expect(weir.config.replace(await config(1883, tls))).rejects.toMatchObject({
    issues: [{ path, message: expect.stringContaining(message) as string }]
  })
})
