import { once } from 'node:events'
import net from 'node:net'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { beforeAll, describe, expect, test } from 'vitest'
import { dialled, latin1, listening, RecordingSink, until } from '../../testing/recording-sink.ts'
import type { TestCertificate } from '../../test/test-certificate.ts'
import { testCertificate } from '../../test/test-certificate.ts'
import { describeResets } from '../../test/reset-suite.ts'
import { describeKeepAlive } from '../../test/keep-alive-suite.ts'
import { describeLinks } from '../../test/links-suite.ts'
import { describeSlowPeers } from '../../test/slow-suite.ts'
import { Certificates } from './certificates.ts'
import { nobody } from '../../nobody.ts'
import type { ByteLink } from '../../byte-link.ts'
import { dial as dialTarget } from '../layered-dial.ts'
import { createNodeTransport } from '../../node/node-transport.ts'
import { TlsDialLayer } from './tls-dial-layer.ts'
import { TlsServerLayer } from './tls-server-layer.ts'
import type { ServerVerification } from '@weirlb/model'

const transport = createNodeTransport()
const loopback = await testCertificate(['localhost'], { ip: true })

/** Layers of a listener with these certificates. */
const serves = (...certificates: TestCertificate[]): TlsServerLayer[] => [new TlsServerLayer({ certificates })]
/** Layers of a dial that verifies nothing. */
const unverified = [new TlsDialLayer({ serverName: undefined, verify: 'off', ca: undefined })]

const listen = { layers: serves(loopback) }
const dial = { layers: [new TlsDialLayer({ serverName: undefined, verify: 'strict', ca: loopback.cert })] }
describeLinks('node links on TLS', transport, listen, dial)
describeResets('resets on TLS', transport, listen, dial, loopback)
describeSlowPeers('slow peers on TLS', transport, listen, dial)
describeKeepAlive('keep-alive on TLS', transport, listen, dial)

const client = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** Common name of the certificate that a client of this server name is shown. */
const shown = async (port: number, servername?: string, options: ConnectionOptions = {}): Promise<string> => {
  const socket = await client(port, servername === undefined ? options : { ...options, servername })
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
    const { listener, links } = await listening(transport, { layers: serves(first, wild, exact, common) })
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
    const server = await listening(transport, { layers: serves(first) })
    const { listener, links } = server
    const open = await client(listener.port)
    open.on('error', () => {})
    server.layers = serves(exact, wild)
    expect(await shown(listener.port)).toBe('exact.example.test')
    expect(await shown(listener.port, 'x.example.test')).toBe('wild')
    open.write('still open')
    await until(() => links[0]!.text === 'still open')
    expect(() => serves({ ...exact, key: wild.key })).toThrow('does not belong')
    expect(await shown(listener.port)).toBe('exact.example.test')
    open.destroy()
    listener.close()
  })

  test('a name with a trailing dot is the name without it', async () => {
    const { listener } = await listening(transport, { layers: serves(first, wild, exact) })
    expect(await shown(listener.port, 'exact.example.test.')).toBe('exact.example.test')
    expect(await shown(listener.port, 'any.example.test.')).toBe('wild')
    listener.close()
  })

  test('a wildcard stands for one label, not for none and not for an empty one', async () => {
    const lan = await testCertificate(['*.lan'], { commonName: 'any of lan' })
    const certificates = new Certificates({ certificates: [first, lan] })
    for (const name of ['lan', 'lan.', '.lan', '', '.', 'a.b.lan', '..lan'])
      expect([name, certificates.find(name)]).toEqual([name, undefined])
    for (const name of ['a.lan', 'A.LAN.', '*.lan']) expect([name, certificates.find(name)]).toEqual([name, 1])
  })

  test('the common name counts beside alternatives that are no names', async () => {
    const byAddress = await testCertificate([], { ip: true, commonName: 'gateway.test' })
    const { listener } = await listening(transport, { layers: serves(first, byAddress) })
    expect(await shown(listener.port, 'gateway.test')).toBe('gateway.test')
    listener.close()
  })

  test('of two key types for one name each client gets the one that it can verify', async () => {
    const [ec, rsa] = [
      await testCertificate(['both.test'], { commonName: 'ec' }),
      await testCertificate(['both.test'], { commonName: 'rsa', keyType: 'rsa' })
    ]
    const wildRsa = await testCertificate(['*.example.test'], { commonName: 'wild rsa', keyType: 'rsa' })
    const later = await testCertificate(['both.test'], { commonName: 'later' })
    const server = await listening(transport, { layers: serves(ec, rsa, exact, wildRsa, later) })
    const { listener } = server
    const [onlyRsa, onlyEc] = [{ sigalgs: 'RSA-PSS+SHA256:RSA+SHA256' }, { sigalgs: 'ECDSA+SHA256' }]
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect(await shown(listener.port, 'both.test', { ...onlyRsa, maxVersion })).toBe('rsa')
      expect(await shown(listener.port, 'both.test', { ...onlyEc, maxVersion })).toBe('ec')
      // Who names nobody gets the first, or what is for all the same names.
      expect(await shown(listener.port, undefined, { ...onlyRsa, maxVersion })).toBe('rsa')
      expect(await shown(listener.port, undefined, { ...onlyEc, maxVersion })).toBe('ec')
      expect(await shown(listener.port, 'exact.example.test', { ...onlyEc, maxVersion })).toBe('exact.example.test')
      expect(await shown(listener.port, 'exact.example.test', { ...onlyRsa, maxVersion })).toBe('wild rsa')
    }
    server.layers = serves(rsa, ec)
    expect(await shown(listener.port, 'both.test', onlyEc)).toBe('ec')
    expect(await shown(listener.port, undefined, onlyRsa)).toBe('rsa')
    listener.close()
  })

  test('a pair that cannot serve is refused, saying which and why', () => {
    const refused = (certificates: TestCertificate[], message: string): void => {
      expect(() => serves(...certificates)).toThrow(expect.objectContaining({ code: 'certificate-invalid', message }))
    }
    refused([], 'a TLS listener needs at least one certificate with its key')
    refused([first, { ...exact, key: wild.key }], "certkey 'exact.example.test': `key` does not belong to `cert` (CN=exact.example.test)")
    refused([{ ...first, cert: 'nonsense' }], "certkey 'first.test': `cert` is not a PEM certificate")
  })
})

describe('handshakes', () => {
  test('one that fails is told with the address, and the listener goes on', async () => {
    const { listener, links, failures } = await listening(transport, { layers: serves(loopback) })
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
    const old = connect({
      port: listener.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0'
    })
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

  test('a hello in pieces is waited for, and a client that sends none is a failure', async () => {
    const other = await testCertificate(['other.test'])
    const { listener, links, failures } = await listening(transport, { layers: serves(loopback, other) })
    // A relay that passes on what a client says byte by byte at first.
    const relay = net.createServer(downstream => {
      const upstream = net.connect({ port: listener.port, host: '127.0.0.1', noDelay: true })
      for (const socket of [upstream, downstream]) socket.on('error', () => {})
      upstream.pipe(downstream)
      downstream.once('data', hello => {
        for (const byte of hello) upstream.write(Uint8Array.of(byte))
        downstream.pipe(upstream)
      })
    })
    await once(relay.listen(0, '127.0.0.1'), 'listening')
    expect(await shown((relay.address() as net.AddressInfo).port, 'other.test')).toBe('other.test')
    await until(() => links.length === 1)

    const plain = net.connect({ port: listener.port, host: '127.0.0.1' })
    plain.on('error', () => {})
    plain.write('GET / HTTP/1.1\r\n\r\n')
    await until(() => failures.length === 1)
    const leaves = net.connect({ port: listener.port, host: '127.0.0.1' })
    leaves.on('error', () => {})
    leaves.end(latin1('\x16\x03\x01\x02'))
    await until(() => failures.length === 2)
    const resets = net.connect({ port: listener.port, host: '127.0.0.1' })
    resets.on('error', () => {})
    resets.write(latin1('\x16\x03\x01\x02'), () => { resets.resetAndDestroy() })
    await until(() => failures.length === 3)
    expect(failures.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1'])
    expect(failures[1]!.message).toBe('the client closed the connection before its TLS hello')
    expect(await shown(listener.port, 'other.test')).toBe('other.test')
    for (const socket of [plain, leaves]) socket.destroy()
    relay.close()
    listener.close()
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a link that is reset as soon as it is there, by the server or by the client, over %s', async version => {
    const { listener, links } = await listening(transport, { layers: serves(loopback) }, link => { link.abort() })
    for (let i = 1; i <= 20; i++) {
      const socket = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: version, maxVersion: version })
      // Over TLS 1.2 it hears an error.
      socket.on('error', () => {}).resume()
      await new Promise(resolve => { socket.on('close', resolve) })
      await until(() => links.length === i && links[i - 1]!.closes === 1)
    }
    listener.close()
    const taking = await listening(transport, { layers: serves(loopback) })
    for (let i = 1; i <= 20; i++) {
      const { link } = await new Promise<{ link: ByteLink }>((resolve, reject) => {
        dialTarget(transport, { address: '127.0.0.1', port: taking.listener.port, timeoutMs: 10_000, nodeSockets: true, layers: unverified }, {
          onConnected (link) {
            link.sink = nobody
            link.abort()
            resolve({ link })
          },
          onFailed: ({ message }) => { reject(new Error(message)) }
        }, undefined)
      })
      expect(link.bytesWritten).toBe(0)
      await until(() => taking.failures.length + taking.links.filter(({ closes }) => closes === 1).length === i)
    }
    taking.listener.close()
  })

  test('a client that resets inside the handshake is a failure, not a crash', async () => {
    const { listener, failures } = await listening(transport, { layers: serves(loopback) })
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

  test.each<[string, readonly string[]]>([['one', []], ['several', ['other.test']]])(
    'bytes sent along with the end of the handshake arrive, with %s certificate',
    async (_, others) => {
      const more = await Promise.all(others.map(async name => await testCertificate([name])))
      const { listener, links } = await listening(transport, { layers: serves(loopback, ...more) })
      const socket = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false })
      socket.on('error', () => {})
      socket.write('at once')
      await until(() => links[0]?.text === 'at once')
      socket.destroy()
      listener.close()
    }
  )
})

describe('dialling TLS', () => {
  test('verification: by CA and name, by CA and IP address, or switched off', async () => {
    const named = await testCertificate(['server.test'])
    const { listener, links } = await listening(transport, { layers: serves(named, loopback) })
    const { port } = listener
    const dial = (serverName: string | undefined, verify: ServerVerification, ca: string | undefined) =>
      dialled(transport, { port, layers: [new TlsDialLayer({ serverName, verify, ca })] })

    const good = await dial('server.test', 'strict', named.cert)
    expect(good.error).toBeUndefined()
    await until(() => links.length === 1)
    expect(links[0]!.link.peer.serverName).toBe('server.test')
    const sink = new RecordingSink(good.link!)
    links[0]!.link.write(latin1('hello'))
    await until(() => sink.text === 'hello')

    // A trailing dot is no part of the name: not on the wire, and not in the certificate.
    const dotted = await dial('server.test.', 'strict', named.cert)
    expect(dotted.error).toBeUndefined()
    await until(() => links.length === 2)
    expect(links[1]!.link.peer.serverName).toBe('server.test')
    dotted.link!.abort()

    expect((await dial('other.test', 'strict', named.cert)).error).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('other.test')
    })
    expect((await dial('server.test', 'strict', undefined)).error).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('self-signed')
    })
    // Without a server name the address itself is verified; the default certificate does not have it.
    expect((await dial(undefined, 'strict', named.cert)).error).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('127.0.0.1')
    })
    const unverified = await dial('other.test', 'off', undefined)
    expect(unverified.error).toBeUndefined()
    expect((await dial('server.test', 'strict', 'nonsense')).error).toMatchObject({ kind: 'tls' })
    good.link!.abort()
    unverified.link!.abort()
    listener.close()
  })

  test('a server that does not speak TLS, or says nothing, fails the dial', async () => {
    const plain = await listening(transport, {}, link => { link.writeOwned(latin1('220 hello\r\n')) })
    const talks = await dialled(transport, { port: plain.listener.port, layers: unverified })
    expect(talks.error).toMatchObject({ kind: 'tls' })
    plain.listener.close()
    const silent = await listening(transport)
    const waits = await dialled(transport, { port: silent.listener.port, timeoutMs: 100, layers: unverified })
    expect(waits.error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('TLS handshake') })
    await until(() => silent.links[0]?.closes === 1 || silent.links[0]?.ends === 1)
    silent.listener.close()
  })
})
