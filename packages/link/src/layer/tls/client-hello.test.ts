import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { ACME_TLS, type ClientHello, MAX_HELLO, readHello } from './client-hello.ts'

/** The first bytes that Node's TLS says to a server. */
const helloOf = async (options: ConnectionOptions): Promise<Buffer> => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  server.close()
  return bytes
}

/** The same handshake message in records of at most `size` bytes. */
const inRecords = (hello: Buffer, size: number): Buffer => {
  const parts: Buffer[] = []
  for (let at = 5; at < hello.length; at += size) {
    const part = hello.subarray(at, at + size)
    parts.push(Buffer.of(22, 3, 1, part.length >> 8, part.length & 255), part)
  }
  return Buffer.concat(parts)
}

const asks = (serverName: string, validates = false): ClientHello => ({ serverName, validates, unread: false })
const many = Array.from({ length: 100 }, (_, i) => `protocol-${i}`)

describe.each<[string, ConnectionOptions, ClientHello]>([
  ['TLS 1.3 with a name', { servername: 'a.example.test' }, asks('a.example.test')],
  ['TLS 1.2 with a name', { servername: 'a.example.test', maxVersion: 'TLSv1.2' }, asks('a.example.test')],
  ['no name', {}, asks('')],
  ['many protocols', { servername: 'b', ALPNProtocols: many }, asks('b')],
  ['the protocol of authorities', { servername: 'b', ALPNProtocols: [ACME_TLS] }, asks('b', true)],
  ['the protocol of authorities among many', { servername: 'b', ALPNProtocols: [...many, ACME_TLS] }, asks('b', true)],
  ['a protocol that begins as that of authorities', { servername: 'b', ALPNProtocols: [`${ACME_TLS}0`] }, asks('b')]
])('a hello with %s', (_, options, wanted) => {
  let hello: Buffer
  beforeAll(async () => { hello = await helloOf(options) })

  test('is read', () => { expect(readHello(hello)).toEqual(wanted) })

  test('cut anywhere asks for more, and for no more than there is', () => {
    for (let length = 0; length < hello.length; length++) {
      const need = readHello(hello.subarray(0, length))
      expect(need).toBeGreaterThan(length)
      expect(need).toBeLessThanOrEqual(hello.length)
    }
  })

  test('is read from records of any size, with anything behind it', () => {
    for (const size of [1, 2, 3, 4, 5, 64, 511]) {
      const records = inRecords(hello, size)
      expect(readHello(records)).toEqual(wanted)
      expect(readHello(Buffer.concat([records, Buffer.from('more')]))).toEqual(wanted)
      for (let length = 0; length < Math.min(records.length, 200); length++)
        expect(readHello(records.subarray(0, length))).toBeGreaterThan(length)
    }
  })

  test('with bytes changed is a hello, none, or asks for more', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { maxLength: 8 }), changes => {
      const changed = Buffer.from(hello)
      for (const [at, byte] of changes) changed[at] = byte
      const answer = readHello(changed)
      expect(typeof answer === 'object' || (answer > changed.length && answer <= MAX_HELLO)).toBe(true)
    }))
  })
})

test.each<[string, string]>([
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n').toString('hex')],
  ['an alert', '15030100020228'],
  ['a ServerHello', '160301000402000000'],
  ['an empty record', '1603010000'],
  ['a hello that is larger than the limit', '1603014000' + '01ffffff'.padEnd(0x4000 * 2, '0')],
  ['a hello that claims to be larger', '160301000401ffffff'],
  ['a hello of no bytes', '160301000401000000']
])('%s is not read', (_, hex) => { expect(readHello(Buffer.from(hex, 'hex'))).toEqual({ ...asks(''), unread: true }) })

test('any bytes are a hello, none, or ask for more', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, record) => {
    const given = record ? Buffer.concat([Buffer.of(22, 3, 1, bytes.length >> 8, bytes.length & 255), bytes]) : bytes
    const answer = readHello(given)
    expect(typeof answer === 'object' || answer > given.length).toBe(true)
  }))
})
