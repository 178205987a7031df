// Clients that stop at every step before they are connections: they end, they reset, or they say nothing more. Each
// is counted with the reason of its layer, and nothing of it stays.
import net from 'node:net'
import { once } from 'node:events'
import { connect as connectTls, type ConnectionOptions, type SecureVersion } from 'node:tls'
import { TIME_SCALE, until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { around, atEnd, startEngine, TestServer, type EngineBench } from '../support/engine-bench.ts'
import { lineProtocol } from '../support/line-protocol.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { upgradeRequest } from '../support/raw-websocket.ts'

let root: Authority
let red: IssuedCertificate
let device: IssuedCertificate
beforeAll(async () => {
  root = await Authority.root()
  red = await root.issue({ names: [{ type: 'dns', value: 'red.test' }] })
  device = await root.issue({ subject: 'CN=device' })
})

type Stop = 'ends' | 'resets' | 'says nothing more'
const stops: readonly Stop[] = ['ends', 'resets', 'says nothing more']

const start = async (transport: 'tcp' | 'ssl' | 'ws', vserver: object): Promise<EngineBench> =>
  await startEngine(around(lineProtocol(), [await TestServer.listen(chunk => chunk)], {
    certkeys: [{ name: 'red', cert: red.cert, key: red.key }, { name: 'devices', ca: root.cert }],
    userProtocols: [{ name: 'P', transport, extension: 'ext' }],
    userVservers: [{ name: 'v', protocol: 'P', address: '127.0.0.1', port: 0, defaultLb: 'lb', ...vserver }]
  }))

/** Send these bytes, stop, and wait until the connection is closed. */
const stop = async (port: number, bytes: Uint8Array, how: Stop): Promise<void> => {
  const socket = net.connect({ port, host: '127.0.0.1' })
  atEnd(() => { socket.destroy() })
  let closed = false
  socket.on('error', () => {}).on('close', () => { closed = true }).resume()
  await once(socket, 'connect')
  if (bytes.length > 0) await new Promise<void>(resolve => { socket.write(bytes, () => { resolve() }) })
  // A connection that is reset before it is accepted is nobody's: the system has no address for it.
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => { setImmediate(resolve) })
  if (how === 'ends') socket.end()
  if (how === 'resets') socket.resetAndDestroy()
  await until(() => closed, 'the end')
}

/** Stop behind each of these lengths. Resets come one by one, so that each client is accepted before. */
const stopAtEach = async (
  bench: EngineBench,
  bytes: Uint8Array,
  lengths: readonly number[],
  how: Stop
): Promise<void> => {
  const left = [...lengths]
  const next = async (): Promise<void> => {
    for (let length = left.shift(); length !== undefined; length = left.shift())
      await stop(bench.port(), bytes.subarray(0, length), how)
  }
  await Promise.all(Array.from({ length: how === 'resets' ? 1 : 16 }, next))
  await until(() => bench.engine.stats().userVservers['v']!.accepted === lengths.length, 'every client to be counted')
}
const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i)
const closed = (bench: EngineBench): Readonly<Record<string, number | undefined>> =>
  bench.engine.stats().userVservers['v']!.closed

describe.each(stops)('a client that %s', how => {
  const v2 = Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a2111', 'hex'),
    Buffer.of(0, 12),
    Buffer.from([192, 0, 2, 7, 127, 0, 0, 1, 0xc3, 0xcb, 0x07, 0x5b])
  ])
  test.each([['1', Buffer.from('PROXY TCP4 192.0.2.7 127.0.0.1 50123 1883\r\n')], ['2', v2]])(
    'at every byte of a PROXY header of version %s',
    async (_, header) => {
      const bench = await start('tcp', { proxyProtocol: { from: ['127.0.0.1'], timeoutSeconds: 0.2 * TIME_SCALE } })
      await stopAtEach(bench, header, upTo(header.length), how)
      // A listed address that only connects is a health check.
      expect(closed(bench)).toEqual({ 'proxy-silent': 1, 'proxy-failed': header.length - 1 })
    }
  )

  test('at every byte of a request for a WebSocket', async () => {
    const bench = await start('ws', { http: { headTimeoutSeconds: 0.2 * TIME_SCALE } })
    const request = Buffer.from(upgradeRequest('/'))
    await stopAtEach(bench, request, upTo(request.length), how)
    expect(closed(bench)).toEqual({ 'http-failed': request.length })
  })

  test.each<readonly [version: SecureVersion, certificate: boolean]>([['TLSv1.2', false], ['TLSv1.2', true], ['TLSv1.3', false], ['TLSv1.3', true]])('at every record of a handshake of %s, with a certificate: %s', async (version, certificate) => {
    const tls = certificate ? { clientCertificate: 'mandatory', clientCa: ['devices'] } : {}
    const bench = await start('ssl', { certificates: ['red'], tls: { handshakeTimeoutSeconds: 0.5, ...tls } })
    const options: ConnectionOptions = { rejectUnauthorized: false, minVersion: version, maxVersion: version, servername: 'red.test', ...certificate ? { cert: device.cert, key: device.key } : {} }
    // A whole handshake has the time that it needs.
    const ends = (await recordsSent(await start('ssl', { certificates: ['red'], tls }), options)).slice(0, -1)
    // At each record's end, and in its middle.
    const lengths = ends.flatMap((end, i) => [Math.ceil((end + (ends[i - 1] ?? 0)) / 2), end])
    await Promise.all(lengths.map(async length => { await handshakeUpTo(bench.port(), options, length, how) }))
    await until(() => bench.engine.stats().userVservers['v']!.accepted === lengths.length, 'every client to be counted')
    expect(closed(bench)['tls-failed']).toBe(lengths.length)
  })
})

/** Where each record ends of those that a client sends until its handshake is over, as it sees it. */
const recordsSent = async (bench: EngineBench, options: ConnectionOptions): Promise<number[]> => {
  let bytes = Buffer.alloc(0)
  const wire = await wireTo(bench.port(), options, part => {
    bytes = Buffer.concat([bytes, part])
    return part
  })
  await until(() => bench.engine.stats().userVservers['v']!.connections === 1, 'the handshake')
  wire.close()
  const ends: number[] = []
  for (let at = 0; at + 5 <= bytes.length;) {
    at += 5 + bytes.readUInt16BE(at + 3)
    ends.push(at)
  }
  return ends
}

/** A handshake of which so many of the client's bytes arrive. */
const handshakeUpTo = async (port: number, options: ConnectionOptions, length: number, how: Stop): Promise<void> => {
  let left = length
  const wire = await wireTo(port, options, part => {
    const some = part.subarray(0, left)
    left -= some.length
    return some
  })
  await until(() => left === 0 || wire.closed(), 'the bytes to be sent')
  if (how === 'ends') wire.server.end()
  if (how === 'resets') wire.server.resetAndDestroy()
  await until(() => wire.closed(), 'the end')
  wire.close()
}

/** A TLS client whose bytes go through `pass`. */
const wireTo = async (
  port: number,
  options: ConnectionOptions,
  pass: (part: Buffer) => Buffer
): Promise<{ server: net.Socket, closed: () => boolean, close: () => void }> => {
  const server = net.connect({ port, host: '127.0.0.1', noDelay: true })
  let closed = false
  server.on('error', () => {}).on('close', () => { closed = true })
  const between = net.createServer(socket => {
    socket.on('data', part => {
      const some = pass(part)
      if (some.length > 0) server.write(some)
    }).on('error', () => {})
    server.on('data', part => { socket.write(part) })
  })
  await once(between.listen(0, '127.0.0.1'), 'listening')
  const client = connectTls({ host: '127.0.0.1', port: (between.address() as net.AddressInfo).port, ...options }).on(
    'error',
    () => {}
  )
  const close = (): void => {
    client.destroy()
    server.destroy()
    between.close()
  }
  atEnd(close)
  return { server, closed: () => closed, close }
}
