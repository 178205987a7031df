// Hellos of TLS clients, from usual ones to what no client would send: answered with the record and the alert of
// Node's own TLS server.
import { once } from 'node:events'
import net from 'node:net'
import { createServer } from 'node:tls'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeAll, expect, test } from 'vitest'
import { atEnd } from '../support/engine-bench.ts'
import {
  EXTENSION as E, hello, helloMessage, long, named, nameEntry, recordsOf, serverName, share, short, tls12, u16, u8,
  type HelloShape
} from '../support/client-hello.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { told, whoami } from './whoami.ts'

const SILENCE_MS = 150
const nothing = Buffer.alloc(0)

/** What a server's first record is: `alert 2 40`, `hello 1.3 1301`, `retry`, or `closed`. */
const shown = (bytes: Buffer, closed: boolean): string | undefined => {
  if (bytes[0] === 21 && bytes.length >= 7) return `alert ${bytes[5]} ${bytes[6]}`
  if (bytes[0] === 22 && bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3))
    return serverHello(bytes.subarray(5))
  return closed ? bytes.length === 0 ? 'closed' : bytes.subarray(0, 16).toString('hex') : undefined
}

/** SHA-256 of "HelloRetryRequest", which a server's random is then (RFC 8446 §4.1.3). */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

const serverHello = (message: Buffer): string => {
  if (message[0] !== 2) return `message ${message[0]}`
  if (message.toString('hex', 6, 38) === RETRY) return 'retry'
  const session = message[38]!
  const cipher = message.toString('hex', 39 + session, 41 + session)
  const extensions = message.subarray(44 + session)
  return `hello ${extensions.includes(Buffer.from('002b00020304', 'hex')) ? '1.3' : '1.2'} ${cipher}`
}

/** Send bytes, and show what comes back first. */
const answerTo = async (port: number, pieces: readonly Uint8Array[], end: boolean): Promise<string> => {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  let got = Buffer.alloc(0)
  let closed = false
  socket.on('data', data => {
    got = Buffer.concat([got, data])
  }).on('error', () => {}).on('close', () => {
    closed = true
  })
  await once(socket, 'connect')
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise(resolve => { setImmediate(resolve) })
  }
  if (end) socket.end()
  const answer = await until(() => shown(got, closed), 'an answer')
  socket.destroy()
  return answer
}

/** What each server answers, by the case. */
type Answers = Readonly<Record<string, string>>

const answersTo = async (port: number, cases: readonly Case[]): Promise<Answers> => {
  const answers: Record<string, string> = {}
  const left = [...cases]
  const ask = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [what, bytes, options] = next
      answers[what] = await answerTo(port, bytes instanceof Uint8Array ? [bytes] : bytes, options?.end === true)
    }
  }
  await Promise.all(Array.from({ length: 16 }, ask))
  return answers
}

const nodeServer = async ({ cert, key }: IssuedCertificate): Promise<number> => {
  const server = createServer({ cert, key, minVersion: 'TLSv1.2', handshakeTimeout: SILENCE_MS * TIME_SCALE })
  server.on('tlsClientError', (_error, socket) => { socket.destroy() })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.close() })
  return (server.address() as net.AddressInfo).port
}

let red: IssuedCertificate
let blue: IssuedCertificate
beforeAll(async () => {
  const root = await Authority.root()
  red = await root.issue({ names: [{ type: 'dns', value: 'red.test' }] })
  blue = await root.issue({ names: [{ type: 'dns', value: 'blue.test' }] })
})

/** `end`: the client ends its side behind the bytes. */
type Case = readonly [what: string, bytes: Uint8Array | readonly Uint8Array[], options?: { readonly end?: boolean }]
const of = (shape: HelloShape): Buffer => hello(shape)
const old = (shape: HelloShape): Buffer => hello({ ...tls12, ...shape, with: [...tls12.with!, ...shape.with ?? []] })
const ext = (type: number, body: Uint8Array | undefined): HelloShape => ({ with: [[type, body]] })
const versions = (...list: readonly number[]): HelloShape => ext(E.versions, short(u16(...list)))
const key = (bytes: number, fill = 9): Buffer => Buffer.alloc(bytes, fill)
const whole = helloMessage()

const groups: Readonly<Record<string, readonly Case[]>> = {
  usual: [
    ['TLS 1.3 and 1.2', of({})],
    ['TLS 1.3 alone', of(versions(0x0304))],
    ['TLS 1.2', old({})],
    ['TLS 1.2 in supported_versions', of(versions(0x0303))],
    ['without a session', of({ session: nothing })],
    ['byte by byte', [...of({})].map(byte => Buffer.of(byte))],
    ['in records of one byte', of({ records: 1 })],
    ['in records of 100 bytes', of({ records: 100 })],
    ['in two records, each in a segment', [recordsOf(whole.subarray(0, 50)), recordsOf(whole.subarray(50))]],
    ['with GREASE in every list', of({ ciphers: [0x0a0a, 0x1301, 0xc02b], with: [[E.groups, long(u16(0x1a1a, 29))], [E.versions, short(u16(0x2a2a, 0x0304))], [E.keyShare, long(share(0x1a1a, u8(0)), share(29))], [0x3a3a, nothing]], more: [[0x4a4a, u8(0)]] })],
    ['with the signal of a fallback from 1.3', old({ ciphers: [0xc02b, 0x5600] })],
    ['with renegotiation_info', of(ext(E.renegotiation, u8(0)))],
    ['with a ticket that is unknown', of(ext(E.ticket, key(100)))],
    ['with a request for a staple', of(ext(E.status, Buffer.from('0100000000', 'hex')))],
    ['with an unknown extension', of({ more: [[0xabcd, key(50)]] })],
    ['with 100 unknown extensions', of({ more: Array.from({ length: 100 }, (_, i) => [0xa000 + i, key(5)] as const) })],
    ['with 12,000 bytes of padding', of({ more: [[21, key(12_000, 0)]] })]
  ],
  versions: [
    ...[0x0002, 0x0300, 0x0301, 0x0302, 0x0304, 0x0305, 0x03ff, 0x0400, 0xfefd].map((
      version
    ): Case => [`legacy version ${version.toString(16)}, TLS 1.3 offered`, of({ version })]),
    ...[0x0002, 0x0200, 0x0300, 0x0301, 0x0302, 0x0304, 0x03ff, 0x7f1c].map((
      version
    ): Case => [`version ${version.toString(16)} alone`, old({ version })]),
    ...[0x0200, 0x0300, 0x0302, 0x0303, 0x0304, 0x03ff, 0x0400, 0x0500, 0x0001].map((
      recordVersion
    ): Case => [`version ${recordVersion.toString(16)} of the record`, of({ recordVersion })]),
    ['supported: none', of(ext(E.versions, short()))],
    ['supported: an odd length', of(ext(E.versions, short(Buffer.of(3, 4, 3))))],
    ['supported: a length beyond it', of(ext(E.versions, Buffer.of(9, 3, 4)))],
    ['supported: bytes behind it', of(ext(E.versions, Buffer.concat([short(u16(0x0304)), u8(0)])))],
    ['supported: an empty body', of(ext(E.versions, nothing))],
    ...[0x0305, 0x7f1c, 0x0300, 0x0301, 0x0302, 0x0a0a, 0xfefc].map((
      version
    ): Case => [`supported: ${version.toString(16)}`, of(versions(version))])
  ],
  'ciphers, compression, random, session': [
    ['no suites', of({ ciphers: [] })],
    ['unknown suites', of({ ciphers: [0xaaaa, 0xeeee] })],
    ['suites of TLS 1.3 in TLS 1.2', old({ ciphers: [0x1301] })],
    ['suites of TLS 1.2 in TLS 1.3', of({ ...versions(0x0304), ciphers: [0xc02b] })],
    ['no encryption', old({ ciphers: [0x0001, 0x0002, 0x003b] })],
    ['RC4 and DES', old({ ciphers: [0x0004, 0x0005, 0x000a] })],
    ['anonymous', old({ ciphers: [0x0018, 0x0034, 0xc018] })],
    ['RSA key exchange', old({ ciphers: [0x009c, 0x002f] })],
    ['suites of RSA certificates', old({ ciphers: [0xc02f, 0xc030] })],
    ['the same suite a hundred times', of({ ciphers: Array.from({ length: 100 }, () => 0x1301) })],
    [
      'an odd length of suites',
      recordsOf(
        Buffer.concat([
          u8(1),
          Buffer.of(0, 0, 46),
          u16(0x0303),
          key(32),
          u8(0),
          Buffer.of(0, 3, 0x13, 1, 0),
          short(u8(0)),
          u16(0),
          u8(0)
        ])
      )
    ],
    ['compression: none', of({ compression: [] })],
    ['compression: DEFLATE', of({ compression: [1] })],
    ['compression: DEFLATE and null', of({ compression: [1, 0] })],
    ['compression: in TLS 1.2', old({ compression: [1, 0] })],
    ['compression: DEFLATE alone in TLS 1.2', old({ compression: [1] })],
    ['a random of zeros', of({ random: Buffer.alloc(32) })],
    ['a random too short', of({ random: key(20) })],
    ...[1, 31, 33, 64, 255].map((length): Case => [`a session of ${length} bytes`, of({ session: key(length) })])
  ],
  'key exchange': [
    ['no share', of(ext(E.keyShare, long()))],
    ['no extension of shares', of(ext(E.keyShare, undefined))],
    ['a share of another group', of(ext(E.keyShare, long(share(23, Buffer.concat([u8(4), key(64)])))))],
    [
      'a point that is not on the curve',
      of({ with: [[E.groups, long(u16(23))], [E.keyShare, long(share(23, Buffer.concat([u8(4), key(64)])))]] })
    ],
    ['a share of an unknown group', of(ext(E.keyShare, long(share(0xaaaa, key(32)))))],
    ...[0, 1, 31, 33, 64].map((
      length
    ): Case => [`an X25519 share of ${length} bytes`, of(ext(E.keyShare, long(share(29, key(length)))))]),
    ['an X25519 share of low order', of(ext(E.keyShare, long(share(29, Buffer.alloc(32)))))],
    ['the same share twice', of(ext(E.keyShare, long(share(29), share(29))))],
    [
      'a share of a group that is not offered',
      of({ with: [[E.groups, long(u16(23))], [E.keyShare, long(share(29))]] })
    ],
    ['a share whose length leads beyond it', of(ext(E.keyShare, long(u16(29, 99), key(32))))],
    ['bytes behind the shares', of(ext(E.keyShare, Buffer.concat([long(share(29)), u8(1)])))],
    ['no groups', of(ext(E.groups, undefined))],
    ['an empty list of groups', of(ext(E.groups, long()))],
    ['an odd list of groups', of(ext(E.groups, long(Buffer.of(0, 29, 0))))],
    ['unknown groups', of({ with: [[E.groups, long(u16(0xaaaa))], [E.keyShare, long()]] })],
    ['no groups in TLS 1.2', old(ext(E.groups, undefined))],
    ['unknown groups in TLS 1.2', old(ext(E.groups, long(u16(0xaaaa))))],
    ['compressed points alone in TLS 1.2', old(ext(E.pointFormats, short(u8(1))))],
    ['no point formats in TLS 1.2', old(ext(E.pointFormats, undefined))],
    ['an empty list of point formats', old(ext(E.pointFormats, short()))],
    ['no signatures', of(ext(E.signatures, undefined))],
    ['an empty list of signatures', of(ext(E.signatures, long()))],
    ['an odd list of signatures', of(ext(E.signatures, long(Buffer.of(4, 3, 8))))],
    ['unknown signatures', of(ext(E.signatures, long(u16(0xaaaa))))],
    ['signatures of RSA alone', of(ext(E.signatures, long(u16(0x0804, 0x0401))))],
    ['SHA-1 alone', of(ext(E.signatures, long(u16(0x0203, 0x0201))))],
    ['MD5 alone, in TLS 1.2', old(ext(E.signatures, long(u16(0x0101))))],
    ['no signatures in TLS 1.2', old(ext(E.signatures, undefined))]
  ],
  'other extensions': [
    ...[E.groups, E.signatures, E.versions, E.keyShare, E.extendedSecret].map((
      type
    ): Case => [
      `extension ${type} twice`,
      of({ more: [[type, type === E.extendedSecret ? nothing : long(u16(29))]] })
    ]),
    ['an unknown extension twice', of({ more: [[0xabcd, nothing], [0xabcd, nothing]] })],
    ['extended master secret with a body', of(ext(E.extendedSecret, u8(1)))],
    ['renegotiation_info of another handshake', of(ext(E.renegotiation, short(key(12))))],
    ['renegotiation_info with a wrong length', of(ext(E.renegotiation, Buffer.of(5, 1)))],
    ...[0, 1, 4, 5, 255].map((code): Case => [`max_fragment_length ${code}`, of(ext(E.maxFragmentLength, u8(code)))]),
    ['max_fragment_length of two bytes', of(ext(E.maxFragmentLength, u16(1)))],
    ['heartbeat', of(ext(E.heartbeat, u8(1)))],
    ['record_size_limit of 0', of(ext(E.recordSizeLimit, u16(0)))],
    ['a cookie that nobody gave', of(ext(E.cookie, long(key(10))))],
    ['an empty cookie', of(ext(E.cookie, long()))],
    ['early data without a key', of(ext(E.earlyData, nothing))],
    ['no key exchange modes', of(ext(E.pskModes, short()))],
    ['an unknown key exchange mode', of(ext(E.pskModes, short(u8(9))))],
    [
      'an unknown pre-shared key',
      of({ more: [[E.psk, Buffer.concat([long(long(key(20)), key(4, 0)), long(short(key(32)))])]] })
    ],
    [
      'a pre-shared key with too few binders',
      of({ more: [[E.psk, Buffer.concat([long(long(key(20)), key(4, 0)), long()])]] })
    ],
    [
      'a pre-shared key with a short binder',
      of({ more: [[E.psk, Buffer.concat([long(long(key(20)), key(4, 0)), long(short(key(5)))])]] })
    ],
    [
      'a pre-shared key without modes',
      of({
        with: [[E.pskModes, undefined]],
        more: [[E.psk, Buffer.concat([long(long(key(20)), key(4, 0)), long(short(key(32)))])]]
      })
    ],
    [
      'a pre-shared key that is not last',
      of({ more: [[E.psk, Buffer.concat([long(long(key(20)), key(4, 0)), long(short(key(32)))])], [0xabcd, nothing]] })
    ],
    ['an empty pre-shared key', of({ more: [[E.psk, nothing]] })],
    ['ALPN: a name', of(ext(E.alpn, long(short(Buffer.from('mqtt')))))],
    ['ALPN: no names', of(ext(E.alpn, long()))],
    ['ALPN: an empty name', of(ext(E.alpn, long(short())))],
    ['ALPN: a length beyond it', of(ext(E.alpn, long(u8(9), Buffer.from('mqtt'))))],
    ['a staple request with an unknown type', of(ext(E.status, Buffer.from('0900000000', 'hex')))],
    ['a staple request that is cut', of(ext(E.status, Buffer.from('01', 'hex')))],
    ['encrypt-then-MAC with a body', old(ext(E.encryptThenMac, u8(1)))],
    ['an extension that leads beyond the hello', of({ block: long(u16(0xabcd, 99), key(5)) })],
    ['half of an extension', of({ block: long(Buffer.of(0xab)) })],
    ['a block that leads beyond the hello', of({ block: Buffer.concat([u16(500), key(5)]) })],
    ['a block of nothing', of({ block: u16(0) })],
    ['no block', of({ block: nothing })],
    ['half of a block\'s length', of({ block: u8(0) })],
    ['bytes behind the block', of({ rest: key(5) })]
  ],
  'server names': [
    ['in capitals', of(ext(E.serverName, named('RED.Test')[1]))],
    ['with a dot at the end', of(ext(E.serverName, named('red.test.')[1]))],
    ['two of one type', of(ext(E.serverName, serverName(nameEntry('red.test'), nameEntry('blue.test'))[1]))],
    ['of another type', of(ext(E.serverName, serverName(nameEntry('red.test', 1))[1]))],
    ['none in the list', of(ext(E.serverName, long()))],
    ['an empty body', of(ext(E.serverName, nothing))],
    ['an empty name', of(ext(E.serverName, named('')[1]))],
    ['a zero byte in it', of(ext(E.serverName, named('red\0.test')[1]))],
    ['255 bytes', of(ext(E.serverName, named('x'.repeat(255))[1]))],
    ['256 bytes', of(ext(E.serverName, named('x'.repeat(256))[1]))],
    ['10,000 bytes', of(ext(E.serverName, named('x'.repeat(10_000))[1]))],
    ['bytes that are no ASCII', of(ext(E.serverName, named(Buffer.of(0xff, 0xfe))[1]))],
    ['a length beyond it', of(ext(E.serverName, long(u8(0), u16(99), Buffer.from('red.test'))))],
    ['a length of the list beyond it', of(ext(E.serverName, Buffer.concat([u16(99), nameEntry('red.test')])))],
    ['bytes behind it', of(ext(E.serverName, Buffer.concat([long(nameEntry('red.test')), u8(0)])))],
    ['twice', of({ more: [named('red.test')] })]
  ],
  'records and messages': [
    ['an empty record first', Buffer.concat([Buffer.of(22, 3, 1, 0, 0), of({})])],
    [
      'a hundred empty records first',
      Buffer.concat([...Array.from({ length: 100 }, () => Buffer.of(22, 3, 1, 0, 0)), of({})])
    ],
    [
      'an empty record between two',
      Buffer.concat([recordsOf(whole.subarray(0, 40)), Buffer.of(22, 3, 1, 0, 0), recordsOf(whole.subarray(40))])
    ],
    ['a record of 16,385 bytes', recordsOf(key(16_385), 20_000)],
    ['a record of 65,535 bytes', Buffer.concat([Buffer.of(22, 3, 1, 255, 255), key(65_535)])],
    ['change_cipher_spec first', Buffer.concat([Buffer.of(20, 3, 3, 0, 1, 1), of({})])],
    [
      'change_cipher_spec between two records',
      Buffer.concat([recordsOf(whole.subarray(0, 40)), Buffer.of(20, 3, 3, 0, 1, 1), recordsOf(whole.subarray(40))])
    ],
    [
      'an alert between two records',
      Buffer.concat([recordsOf(whole.subarray(0, 40)), Buffer.of(21, 3, 1, 0, 2, 1, 90), recordsOf(whole.subarray(40))])
    ],
    ['application data first', recordsOf(Buffer.from('hello'), 100, 0x0303, 23)],
    ['a close_notify', Buffer.of(21, 3, 1, 0, 2, 1, 0), { end: true }],
    ['a fatal alert', Buffer.of(21, 3, 1, 0, 2, 2, 40), { end: true }],
    ['half of an alert', Buffer.of(21, 3, 1, 0, 1, 2)],
    ['a record of an unknown type', recordsOf(key(10), 100, 0x0301, 99)],
    ['a heartbeat record', recordsOf(Buffer.of(1, 0x40, 0), 100, 0x0301, 24)],
    ...[0, 2, 4, 11, 12, 14, 15, 16, 20, 24, 67, 99].map((
      type
    ): Case => [`message ${type} in place of a hello`, of({ type })]),
    ['a message of 16 MB, claimed', of({ length: 0xffffff })],
    ['a length one too short', of({ length: helloMessage().length - 5 })],
    ['a length one too long', of({ length: helloMessage().length - 3 })],
    ['an empty hello', of({ length: 0 })],
    ['a hello of two bytes', recordsOf(Buffer.of(1, 0, 0, 2, 3, 3))],
    ['two hellos in one record', recordsOf(Buffer.concat([whole, whole]))],
    ['two hellos', Buffer.concat([of({}), of({})])],
    ['a hello, then garbage', Buffer.concat([of({}), key(50)])],
    ['a hello of SSL 2', Buffer.concat([Buffer.of(0x80, 46, 1, 0, 2, 0, 21, 0, 0, 0, 16), key(37)])],
    ['a hello of SSL 2 for TLS 1.2', Buffer.concat([Buffer.of(0x80, 46, 1, 3, 3, 0, 21, 0, 0, 0, 16), key(37)])],
    ['a hello of DTLS', Buffer.concat([Buffer.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0), long(whole)])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: red.test\r\n\r\n')],
    ['HTTP by a proxy', Buffer.from('CONNECT red.test:443 HTTP/1.1\r\n\r\n')],
    ['MQTT', Buffer.from('100d00044d5154540402003c000161', 'hex')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['zeros', Buffer.alloc(100)],
    ['all bits set', Buffer.alloc(100, 0xff)]
  ],
  'an end within it': [1, 4, 5, 6, 9, 43, 100, whole.length + 4].map((
    length
  ): Case => [`behind ${length} bytes`, of({}).subarray(0, length), { end: true }])
}
/** Hellos in order whose name no certificate has, or without one. */
const nameless = ['a block of nothing', 'no block', 'an empty name', '255 bytes', 'bytes that are no ASCII']

const settings = { handshakeTimeoutSeconds: SILENCE_MS * TIME_SCALE / 1000 }

test.each(Object.entries(groups))('%s', async (_name, cases) => {
  const certkeys = [{ name: 'red', cert: red.cert, key: red.key }, { name: 'blue', cert: blue.cert, key: blue.key }]
  const expected = await answersTo(await nodeServer(red), cases)
  expect(Object.keys(expected)).toHaveLength(cases.length)
  for (const certificates of [['red'], ['red', 'blue']]) {
    const bench = await whoami(certkeys, certificates, settings)
    expect(await answersTo(bench.port, cases)).toEqual(expected)
  }
  const strict = await whoami(certkeys, ['red'], { ...settings, strictSni: true })
  const refused = Object.fromEntries(nameless.filter(what => what in expected).map(what => [what, 'alert 2 112']))
  expect(await answersTo(strict.port, cases)).toEqual({ ...expected, ...refused })
  await until(
    () => strict.bench.engine.stats().userVservers['v']!.accepted === cases.length,
    'every client to be counted'
  )
})

test('a hello that is too long for Weir is held to strictSni by the name that OpenSSL has read', async () => {
  const certkeys = [{ name: 'red', cert: red.cert, key: red.key }]
  const bench = await whoami(certkeys, ['red'], { ...settings, handshakeTimeoutSeconds: 60, strictSni: true })
  const ALPNProtocols = Array.from({ length: 400 }, (_, i) => `${i}`.padStart(50, 'x'))
  expect(await told(bench.connect({ servername: 'red.test', ALPNProtocols }))).toMatchObject({ serverName: 'red.test' })
  await bench.connect({ servername: 'blue.test', ALPNProtocols }).refused()
  await bench.connect({ ALPNProtocols }).refused()
  await until(() => bench.closed('tls-failed') === 2, 'the count')
  expect(bench.refusals.map(line => line.replace(/^tls-failed: /, '')).sort()).toEqual([
    'it asks for no server name, and strictSni is set',
    'no certificate has the server name "blue.test", and strictSni is set'
  ])
})
