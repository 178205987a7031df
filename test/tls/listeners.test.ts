// What a TLS listener negotiates, whom it refuses before that, and what it keeps from one worker to the next.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { MAX_KEY_LOG_BYTES } from '@weirlb/model'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { atEnd } from '../support/engine-bench.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import type { TlsClient } from '../support/tls-client.ts'
import { told, whoami } from './whoami.ts'

let root: Authority
let red: IssuedCertificate
let rsa: IssuedCertificate
let wild: IssuedCertificate
beforeAll(async () => {
  root = await Authority.root()
  red = await root.issue({ names: [{ type: 'dns', value: 'red.test' }, { type: 'ip', value: '127.0.0.1' }] })
  rsa = await root.issue({ names: [{ type: 'dns', value: 'red.test' }], keyType: 'rsa' })
  wild = await root.issue({ subject: 'CN=wild', names: [{ type: 'dns', value: '*.wild.test' }] })
})

const certkey = (name: string, { cert, key }: IssuedCertificate) => ({ name, cert, key })
const certkeys = () => [certkey('red', red), certkey('wild', wild)]

/** The code of the alert that ends a client's handshake. */
const alertOf = async (client: TlsClient): Promise<string | undefined> => {
  await client.refused()
  return client.error?.code
}

describe('strictSni', () => {
  const strict = { strictSni: true } as const

  test('serves names that a certificate has, and says unrecognized_name to others', async () => {
    const bench = await whoami(certkeys(), ['red', 'wild'], strict)
    for (const [servername, shown] of [['red.test', 'red.test'], ['RED.test', 'red.test'], ['a.wild.test', 'wild'], ['a.wild.test.', 'wild']] as const) {
      const client = bench.connect({ servername })
      expect(await told(client)).toMatchObject({ serverName: servername })
      expect(client.shown).toBe(shown)
    }
    for (const servername of ['blue.test', 'a.b.wild.test', 'wild.test', '']) {
      expect([servername, await alertOf(bench.connect({ servername }))]).toEqual([
        servername,
        'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'
      ])
    }
    await until(() => bench.closed('tls-failed') === 4, 'the count')
    expect(bench.refusals[0]).toBe('tls-failed: no certificate has the server name "blue.test", and strictSni is set')
    expect(bench.refusals[3]).toBe('tls-failed: it asks for no server name, and strictSni is set')
  })

  test('an address counts as a name where the certificate has it, as some clients ask for it', async () => {
    const bench = await whoami(certkeys(), ['red'], strict)
    const hello = await clientHello({ servername: 'host-name' })
    expect(await answerTo(bench.port, named(hello, 'host-name', '127.0.0.1'))).toBe('handshake')
    expect(await answerTo(bench.port, named(hello, 'host-name', '127.0.0.2'))).toBe('alert 112')
  })
})

/** The bytes of a hello that Node sends. */
const clientHello = async (options: ConnectionOptions): Promise<Buffer> => {
  const { connect } = await import('node:tls')
  const server = net.createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect({ host: '127.0.0.1', port: (server.address() as net.AddressInfo).port, ...options })
  socket.on('error', () => {})
  const [accepted] = await once(server, 'connection') as [net.Socket]
  const [bytes] = await once(accepted, 'data') as [Buffer]
  socket.destroy()
  server.close()
  return bytes
}

/** The same hello, asking for another name of the same length. */
const named = (hello: Buffer, from: string, to: string): Buffer => {
  const changed = Buffer.from(hello)
  changed.write(to, changed.indexOf(from), 'latin1')
  return changed
}

/** What comes back to these bytes: `handshake`, `alert N`, or `closed`. */
const answerTo = async (port: number, bytes: Uint8Array): Promise<string> => {
  const socket = net.connect(port, '127.0.0.1')
  atEnd(() => { socket.destroy() })
  socket.on('error', () => {})
  socket.write(bytes)
  let got = Buffer.alloc(0)
  let closed = false
  socket.on('data', data => { got = Buffer.concat([got, data]) })
  socket.on('close', () => { closed = true })
  await until(() => closed || got.length >= 7, 'an answer')
  return got[0] === 22 ? 'handshake' : got[0] === 21 ? `alert ${got[6]}` : 'closed'
}

describe('a hello that is not what it should be', () => {
  test.each([false, true])(
    'with a name of 255 bytes, of more, and with a length beyond its end; strictSni %s',
    async strictSni => {
      const bench = await whoami(certkeys(), ['red', 'wild'], { strictSni })
      const label = 'x'.repeat(63)
      const longest = [label, label, label, label].join('.')
      const hello = await clientHello({ servername: longest })
      expect(longest).toHaveLength(255)
      expect(await answerTo(bench.port, hello)).toBe(strictSni ? 'alert 112' : 'handshake')
      // Node sends none that is longer, so two bytes are taken from what follows.
      const longer = Buffer.from(hello)
      longer.writeUInt16BE(257, longer.indexOf(longest) - 2)
      expect(await answerTo(bench.port, longer)).toMatch(/^alert (50|112)$/)
      expect(await told(bench.connect({ servername: 'red.test' }))).toMatchObject({ serverName: 'red.test' })
    }
  )

  test('plain MQTT, HTTP, garbage, and a hello that is cut anywhere: each is closed and counted', async () => {
    // The last handshake is whole.
    const seconds = Math.round(300 * TIME_SCALE) / 1000
    const bench = await whoami(certkeys(), ['red'], { handshakeTimeoutSeconds: seconds })
    const hello = await clientHello({ servername: 'red.test' })
    const starts = [
      Buffer.from('100d00044d5154540402003c000161', 'hex'),
      Buffer.from('GET / HTTP/1.1\r\nHost: red.test\r\n\r\n'),
      Buffer.alloc(300, 0xff),
      ...[1, 5, 6, 43, 100, hello.length - 1].map(length => hello.subarray(0, length))
    ]
    await Promise.all(starts.map(async bytes => {
      expect(await answerTo(bench.port, bytes)).toMatch(/^(closed|alert \d+)$/)
    }))
    await until(() => bench.closed('tls-failed') === starts.length, 'the count')
    const reasons = [...new Set(bench.refusals)].sort()
    expect(reasons).toContain('tls-failed: http request')
    expect(reasons).toContain('tls-failed: wrong version number')
    expect(reasons).toContain(`tls-failed: no end of the TLS handshake within ${seconds} s`)
    expect(await told(bench.connect())).toBeDefined()
  })

  test('a client that stops after the server has answered is closed when the time is over, also where names are looked at', async () => {
    const bench = await whoami(certkeys(), ['red', 'wild'], { handshakeTimeoutSeconds: 0.3 })
    const hello = await clientHello({ servername: 'red.test' })
    const socket = net.connect(bench.port, '127.0.0.1')
    atEnd(() => { socket.destroy() })
    let closed = false
    socket.on('close', () => { closed = true }).on('error', () => {}).resume()
    socket.write(hello)
    await until(() => closed, 'the end')
    await until(() => bench.refusals.length === 1, 'the line')
    expect(bench.refusals).toEqual(['tls-failed: no end of the TLS handshake within 0.3 s'])
  })
})

describe('what is negotiated', () => {
  test('versions', async () => {
    const bench = await whoami(certkeys(), ['red'], { minVersion: 'TLSv1.3' })
    expect(await alertOf(bench.connect({ maxVersion: 'TLSv1.2' }))).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    const newest = bench.connect()
    await told(newest)
    expect(newest.socket.getProtocol()).toBe('TLSv1.3')
    await bench.set({ maxVersion: 'TLSv1.2' })
    const oldest = bench.connect()
    await told(oldest)
    expect(oldest.socket.getProtocol()).toBe('TLSv1.2')
    expect(
      await alertOf(bench.connect({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }))
    ).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
  })

  test('ciphers and groups, in the order of the server', async () => {
    const bench = await whoami(certkeys(), ['red'], {
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256',
      groups: ['P-384', 'X25519']
    })
    const client = bench.connect({ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305' })
    await told(client)
    expect(client.socket.getCipher().name).toBe('ECDHE-ECDSA-CHACHA20-POLY1305')
    expect(client.socket.getEphemeralKeyInfo()).toMatchObject({ name: 'secp384r1' })
    expect(await alertOf(bench.connect({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }))).toMatch(/HANDSHAKE_FAILURE/)
    expect(await alertOf(bench.connect({ ecdhCurve: 'P-256' }))).toMatch(/HANDSHAKE_FAILURE/)
    await expect(bench.set({ ciphers: 'NO-SUCH-CIPHER' })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('tls.ciphers: OpenSSL does not take "NO-SUCH-CIPHER"') as string
    })
    await expect(bench.set({ groups: ['P-256', 'P-999'] })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('tls.groups: OpenSSL does not take "P-999"') as string
    })
  })

  test('ALPN: the first of ours that the client has; a client with none of them is refused, one without is served', async () => {
    const bench = await whoami(certkeys(), ['red'], { alpn: ['mqtt', 'x-other'] })
    expect(await told(bench.connect({ ALPNProtocols: ['x-other', 'mqtt'] }))).toMatchObject({ alpn: 'mqtt' })
    expect((await told(bench.connect())).alpn).toBeUndefined()
    expect(await alertOf(bench.connect({ ALPNProtocols: ['http/1.1'] }))).toMatch(/NO_APPLICATION_PROTOCOL/)
  })

  test('an ECDSA and an RSA certificate of one name, for the clients that can verify each', async () => {
    const bench = await whoami([certkey('red', red), certkey('rsa', rsa)], ['red', 'rsa'])
    for (const [sigalgs, type] of [['ECDSA+SHA256', 'ec'], ['RSA-PSS+SHA256:RSA+SHA256', 'rsa']] as const) {
      const client = bench.connect({ servername: 'red.test', sigalgs })
      await told(client)
      expect(client.socket.getPeerX509Certificate()!.publicKey.asymmetricKeyType).toBe(type)
    }
  })

  test('no renegotiation: whoever a client is, it stays', async () => {
    const bench = await whoami(certkeys(), ['red'], { maxVersion: 'TLSv1.2' })
    const client = bench.connect()
    await told(client)
    client.socket.renegotiate({ rejectUnauthorized: false }, () => {})
    await until(() => client.closed, 'the end')
    expect(client.error?.code).toBe('ERR_SSL_NO_RENEGOTIATION')
  })
})

describe('handshakes that are too many are closed before TLS begins', () => {
  test('at one time', async () => {
    const bench = await whoami(certkeys(), ['red'], { maxHandshakes: 2, handshakeTimeoutSeconds: 60 })
    const idle = [net.connect(bench.port, '127.0.0.1'), net.connect(bench.port, '127.0.0.1')]
    await Promise.all(idle.map(async socket => { await once(socket, 'connect') }))
    await bench.connect().refused()
    await until(() => bench.closed('limit') === 1, 'the count')
    expect(bench.refusals).toEqual(['limit: maxHandshakes is 2'])
    // Neither a revision in between changes anything of it, nor one with other settings.
    await bench.bench.apply({})
    await bench.set({ maxHandshakes: 2, handshakeTimeoutSeconds: 60, alpn: ['mqtt'] })
    await bench.connect().refused()
    idle[0]!.destroy()
    await until(() => bench.closed('tls-failed') === 1, 'the end of one')
    await told(bench.connect())
    // Those whose handshake is over do not count.
    await told(bench.connect())
    idle[1]!.destroy()
  })

  test('in a second', async () => {
    // Loopback is exempt by default.
    const bench = await whoami(certkeys(), ['red'], { handshakesPerSecond: 2 }, 'ssl', { exemptFrom: [] })
    await Promise.all([told(bench.connect()), told(bench.connect())])
    const clients = Array.from({ length: 20 }, () => bench.connect())
    await until(() => clients.every(({ closed, text }) => closed || text !== ''), 'what becomes of them')
    expect(bench.closed('limit')).toBeGreaterThan(10)
    expect(bench.refusals[0]).toBe('limit: handshakesPerSecond is 2')
    await until(() => told(bench.connect()).then(() => true, () => false), 'the next second')
  })
})

test('the secrets of sessions are written where somebody asks for it, for the owner alone', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-keylog-'))
  atEnd(() => { rmSync(directory, { recursive: true }) })
  const keyLogFile = join(directory, 'keys')
  const bench = await whoami(certkeys(), ['red'], { keyLogFile })
  await told(bench.connect())
  expect(readFileSync(keyLogFile, 'utf8')).toMatch(/^(?:SERVER|CLIENT)_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} /m)
  expect(statSync(keyLogFile).mode & 0o777).toBe(0o600)
})

test('the file of secrets has a maximum size, and is written again when it is emptied', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-keylog-'))
  atEnd(() => { rmSync(directory, { recursive: true }) })
  const keyLogFile = join(directory, 'keys')
  writeFileSync(keyLogFile, '')
  // It takes no place on the disk.
  truncateSync(keyLogFile, MAX_KEY_LOG_BYTES - 300)
  const bench = await whoami(certkeys(), ['red'], { keyLogFile })
  for (let i = 0; i < 3; i++) await told(bench.connect())
  expect(statSync(keyLogFile).size).toBe(MAX_KEY_LOG_BYTES)
  const end = readFileSync(keyLogFile).subarray(-300).toString()
  expect(end).toMatch(/^[A-Z_]+ [0-9a-f ]+\n+# Weir writes no more: .*\n$/)
  truncateSync(keyLogFile, 0)
  await told(bench.connect())
  expect(readFileSync(keyLogFile, 'utf8')).toMatch(/^[A-Z_]+ [0-9a-f]{64} /)
})
