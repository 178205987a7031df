import { once } from 'node:events'
import net from 'node:net'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { dialled, latin1, listening, RecordingSink, until } from '../test/recording-sink.ts'
import type { TestCertificate } from '../test/test-certificate.ts'
import { testCertificate } from '../test/test-certificate.ts'
import { describeResets } from '../test/reset-suite.ts'
import { describeLinks } from '../test/transport-suite.ts'
import { createNodeTransport } from './node-transport.ts'

const transport = createNodeTransport()
const loopback = await testCertificate(['localhost'], { ip: true })

const listen = { tls: { certificates: [loopback] } }
const dial = { tls: { serverName: undefined, verify: true, ca: loopback.cert } }
describeLinks('node links on TLS', transport, listen, dial)
describeResets('resets on TLS', transport, listen, dial)

const client = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** Common name of the certificate that a client of this server name is shown. */
const shown = async (port: number, servername?: string): Promise<string> => {
  const socket = await client(port, servername === undefined ? {} : { servername })
  const name = socket.getPeerCertificate().subject.CN
  socket.end()
  return String(name)
}

describe('certificates by name', () => {
  let first: TestCertificate
  let wild: TestCertificate
  let exact: TestCertificate
  let common: TestCertificate

  beforeAll(async () => {
    first = await testCertificate(['first.test', 'also-first.test'])
    wild = await testCertificate(['*.example.test'], { commonName: 'wild' })
    exact = await testCertificate(['exact.example.test'])
    common = await testCertificate([], { commonName: 'common.test' })
  })

  test('exact before wildcard, wildcard for one label, common name without alternatives, first by default', async () => {
    const { listener, links } = await listening(transport, { tls: { certificates: [first, wild, exact, common] } })
    const { port } = listener
    expect(await shown(port, 'also-first.test')).toBe('first.test')
    expect(await shown(port, 'exact.example.test')).toBe('exact.example.test')
    expect(await shown(port, 'EXACT.example.TEST')).toBe('exact.example.test')
    expect(await shown(port, 'any.example.test')).toBe('wild')
    expect(await shown(port, 'two.labels.example.test')).toBe('first.test')
    expect(await shown(port, 'example.test')).toBe('first.test')
    expect(await shown(port, 'common.test')).toBe('common.test')
    expect(await shown(port, 'unknown.test')).toBe('first.test')
    expect(await shown(port)).toBe('first.test')
    await until(() => links.length === 9)
    expect(links[3]!.link.peer.serverName).toBe('any.example.test')
    expect(links[8]!.link.peer.serverName).toBeUndefined()
    listener.close()
  })

  test('new certificates serve the handshakes to come, and open links go on', async () => {
    const { listener, links } = await listening(transport, { tls: { certificates: [first] } })
    const open = await client(listener.port)
    open.on('error', () => {})
    listener.setTls({ certificates: [exact, wild] })
    expect(await shown(listener.port)).toBe('exact.example.test')
    expect(await shown(listener.port, 'x.example.test')).toBe('wild')
    open.write('still open')
    await until(() => links[0]!.text === 'still open')
    expect(() => { listener.setTls({ certificates: [{ cert: exact.cert, key: wild.key }] }) }).toThrow('does not belong')
    expect(await shown(listener.port)).toBe('exact.example.test')
    open.destroy()
    listener.close()
  })

  test('a pair that cannot serve is refused, saying which and why', async () => {
    const refused = (certificates: { cert: string, key: string }[], message: string): Promise<void> =>
      expect(listening(transport, { tls: { certificates } })).rejects.toMatchObject({ code: 'certificate-invalid', message: expect.stringContaining(message) })
    await refused([], 'at least one certificate')
    await refused([first, { cert: exact.cert, key: wild.key }], 'certificate 2 of 2: `key` does not belong to `cert` (CN=exact.example.test)')
    await refused([{ cert: 'nonsense', key: first.key }], 'certificate 1 of 1: `cert` is not a PEM certificate')
    await refused([{ cert: first.cert, key: 'nonsense' }], '`key` is not a PEM private key')
    await refused([{ cert: first.cert, key: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----' }], 'encrypted')
  })
})

describe('handshakes', () => {
  test('one that fails is told with the address, and the listener goes on', async () => {
    const { listener, links, failures } = await listening(transport, { tls: { certificates: [loopback] } })
    const plain = net.connect({ port: listener.port, host: '127.0.0.1' })
    plain.on('error', () => {})
    plain.write('GET / HTTP/1.1\r\n\r\n')
    await until(() => failures.length === 1)
    expect(failures[0]).toMatchObject({ address: '127.0.0.1' })
    const hangUp = net.connect({ port: listener.port, host: '127.0.0.1' })
    await once(hangUp, 'connect')
    hangUp.end()
    await until(() => failures.length === 2)
    expect(failures[1]).toMatchObject({ address: '127.0.0.1' })
    const old = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    old.on('error', () => {})
    await until(() => failures.length === 3)
    expect(links).toHaveLength(0)
    const good = await client(listener.port)
    good.on('error', () => {})
    await until(() => links.length === 1)
    good.destroy()
    plain.destroy()
    hangUp.destroy()
    listener.close()
  })

  test('a client that resets inside the handshake is a failure, not a crash', async () => {
    const { listener, failures } = await listening(transport, { tls: { certificates: [loopback] } })
    for (let i = 0; i < 20; i++) {
      const socket = net.connect({ port: listener.port, host: '127.0.0.1' })
      socket.on('error', () => {})
      socket.once('connect', () => {
        socket.write(latin1('\x16\x03\x01\x02'))
        setImmediate(() => socket.resetAndDestroy())
      })
    }
    await until(() => failures.length > 0)
    const good = await client(listener.port)
    good.destroy()
    listener.close()
  })

  test('bytes sent along with the end of the handshake arrive', async () => {
    const { listener, links } = await listening(transport, { tls: { certificates: [loopback] } })
    const socket = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false })
    socket.on('error', () => {})
    socket.write('at once')
    await until(() => links[0]?.text === 'at once')
    socket.destroy()
    listener.close()
  })
})

describe('dialling TLS', () => {
  test('verification: by CA and name, by CA and IP address, or switched off', async () => {
    const named = await testCertificate(['server.test'])
    const { listener, links } = await listening(transport, { tls: { certificates: [named, loopback] } })
    const { port } = listener
    const dial = (serverName: string | undefined, verify: boolean, ca: string | undefined) => dialled(transport, { port, tls: { serverName, verify, ca } })

    const good = await dial('server.test', true, named.cert)
    expect(good.error).toBeUndefined()
    await until(() => links.length === 1)
    expect(links[0]!.link.peer.serverName).toBe('server.test')
    const sink = new RecordingSink(good.link!)
    links[0]!.link.write(latin1('hello'))
    await until(() => sink.text === 'hello')

    expect((await dial('other.test', true, named.cert)).error).toMatchObject({ kind: 'tls', message: expect.stringContaining('other.test') })
    expect((await dial('server.test', true, undefined)).error).toMatchObject({ kind: 'tls', message: expect.stringContaining('self-signed') })
    // Without a server name the address itself is verified; the default certificate does not have it.
    expect((await dial(undefined, true, named.cert)).error).toMatchObject({ kind: 'tls', message: expect.stringContaining('127.0.0.1') })
    const unverified = await dial('other.test', false, undefined)
    expect(unverified.error).toBeUndefined()
    expect((await dial('server.test', true, 'nonsense')).error).toMatchObject({ kind: 'tls' })
    good.link!.abort()
    unverified.link!.abort()
    listener.close()
  })

  test('a server that does not speak TLS, or says nothing, fails the dial', async () => {
    const plain = await listening(transport, {}, link => { link.writeOwned(latin1('220 hello\r\n')) })
    const talks = await dialled(transport, { port: plain.listener.port, tls: { serverName: undefined, verify: false, ca: undefined } })
    expect(talks.error).toMatchObject({ kind: 'tls' })
    plain.listener.close()
    const silent = await listening(transport)
    const waits = await dialled(transport, { port: silent.listener.port, timeoutMs: 100, tls: { serverName: undefined, verify: false, ca: undefined } })
    expect(waits.error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('TLS handshake') })
    await until(() => silent.links[0]?.closes === 1 || silent.links[0]?.ends === 1)
    silent.listener.close()
  })
})
