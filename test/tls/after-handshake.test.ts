// What a TLS client may do to its connection once the handshake is over: answered as Node's own TLS server answers
// it, and counted.
import { once } from 'node:events'
import net from 'node:net'
import { connect, createServer, type SecureVersion } from 'node:tls'
import { until } from '@weirlb/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { atEnd } from '../support/engine-bench.ts'
import { Authority, type IssuedCertificate } from '../support/pki.ts'
import { upgradeRequest } from '../support/raw-websocket.ts'
import { whoami } from './whoami.ts'

let red: IssuedCertificate
beforeAll(async () => { red = await (await Authority.root()).issue({ names: [{ type: 'dns', value: 'red.test' }] }) })

/** Types of the records in these bytes. */
const recordTypes = (bytes: Buffer): number[] => {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at]!)
  return types
}

/** A wire between a client in order and a server, on which bytes of one's own can be put. */
class Wire {
  readonly toServer: net.Socket
  /** What the server has sent since the last `mark`. */
  got = Buffer.alloc(0)
  closed = false
  #client: net.Socket | undefined
  private constructor (port: number, client: net.Socket) {
    this.#client = client
    this.toServer = net.connect(port, '127.0.0.1')
    client.pipe(this.toServer)
    this.toServer.on('data', data => {
      this.got = Buffer.concat([this.got, data])
      this.#client?.write(data)
    })
    this.toServer.on('close', () => { this.closed = true }).on('error', () => {})
    client.on('error', () => {})
    atEnd(() => { this.toServer.destroy() })
  }

  /** Connect, send a text, and wait until the server has sent something, or has read it. */
  static async open (port: number, version: SecureVersion, text?: string): Promise<Wire> {
    let wire: Wire | undefined
    const between = net.createServer(client => { wire = new Wire(port, client) })
    await once(between.listen(0, '127.0.0.1'), 'listening')
    const socket = connect({
      host: '127.0.0.1',
      port: (between.address() as net.AddressInfo).port,
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      servername: 'red.test'
    })
    socket.on('error', () => {})
    atEnd(() => { socket.destroy(); between.close() })
    if (text === undefined || text.endsWith('\r\n\r\n')) {
      if (text !== undefined) socket.write(text)
      await once(socket, 'data')
    } else {
      await once(socket, 'secureConnect')
      await new Promise<void>(resolve => { socket.write(text === '' ? '\r\n' : text, () => { resolve() }) })
      for (let turn = 0; turn < 10; turn++) await new Promise(resolve => { setImmediate(resolve) })
    }
    wire!.#cut()
    return wire!
  }

  /** The client is no part of it any more. */
  #cut (): void {
    this.#client?.unpipe(this.toServer)
    this.#client = undefined
    this.got = Buffer.alloc(0)
  }

  async send (bytes: Uint8Array): Promise<void> {
    await new Promise<void>(resolve => {
      this.toServer.write(bytes, () => {
        resolve()
      })
    })
  }
}

const nodeServer = async (): Promise<number> => {
  const server = createServer({ cert: red.cert, key: red.key, minVersion: 'TLSv1.2' }, socket => {
    socket.on('error', () => {})
    socket.write('hello\n')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  atEnd(() => { server.close() })
  return (server.address() as net.AddressInfo).port
}

const record = (type: number, body: Uint8Array, version = 0x0303): Buffer =>
  Buffer.concat([Buffer.of(type, version >> 8, version & 255, body.length >> 8, body.length & 255), body])

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('%s', version => {
  test.each<readonly [what: string, bytes: Buffer]>([
    ['data that is not encrypted', record(23, Buffer.from('hello\n'))],
    ['data that is encrypted with another key', record(23, Buffer.alloc(64, 7))],
    ['an empty record', record(23, Buffer.alloc(0))],
    ['a record that is too large', record(23, Buffer.alloc(20_000))],
    ['a record of another version', record(23, Buffer.alloc(64), 0x0200)],
    ['a record of an unknown type', record(99, Buffer.alloc(64))],
    ['a handshake message that is not encrypted', record(22, Buffer.of(1, 0, 0, 0))],
    ['an alert that is not encrypted', record(21, Buffer.of(1, 0))],
    ['a fatal alert that is not encrypted', record(21, Buffer.of(2, 40))],
    ['change_cipher_spec', record(20, Buffer.of(1))],
    ['change_cipher_spec of another value', record(20, Buffer.of(2))],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['all bits set', Buffer.alloc(100, 0xff)]
  ])('%s', async (_what, bytes) => {
    const bench = await whoami([{ name: 'red', cert: red.cert, key: red.key }], ['red'])
    const answers = await Promise.all([await nodeServer(), bench.port].map(async port => {
      const wire = await Wire.open(port, version)
      await wire.send(bytes)
      await until(() => wire.got.length > 0, 'the alert')
      // Node's server leaves the connection open.
      if (port === bench.port) await until(() => wire.closed, 'the end')
      return recordTypes(wire.got)
    }))
    expect(answers[1]).toEqual(answers[0])
    expect(await bench.bench.log.ends()).toMatchObject([{
      reason: 'protocol-error',
      detail: expect.stringMatching(/^TLS: [a-z0-9 /]+$/) as string
    }])
    expect(bench.closed('protocol-error')).toBe(1)
  })
})

test.each<readonly [what: string, request: string]>([
  ['before a request', ''],
  ['within a request', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ['on a WebSocket', upgradeRequest('/')]
])('with HTTP above TLS, %s: the connection is closed and counted', async (_what, request) => {
  const bench = await whoami([{ name: 'red', cert: red.cert, key: red.key }], ['red'], {}, 'wss')
  const wire = await Wire.open(bench.port, 'TLSv1.3', request)
  await wire.send(record(23, Buffer.alloc(64, 7)))
  await until(() => wire.closed, 'the end')
  await until(() => Object.keys(bench.bench.engine.stats().userVservers['v']!.closed).length > 0, 'the count')
  const upgraded = request.includes('Upgrade')
  expect(bench.bench.engine.stats().userVservers['v']!.closed).toEqual({
    [upgraded ? 'protocol-error' : 'http-failed']: 1
  })
  expect(upgraded ? bench.bench.log.closed.map(({ detail }) => detail) : bench.refusals).toEqual([
    expect.stringContaining('TLS: decryption failed or bad record mac')
  ])
})
