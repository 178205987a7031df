import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { drive, everySplit } from '@weirlb/testing'
import sni from './index.ts'
import { serverNameIn } from './client-hello.ts'

/** The first bytes that Node's TLS sends for a name. */
const helloFor = async (servername?: string): Promise<Buffer> => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    ...servername === undefined ? {} : { servername }
  }).on('error', () => {})
  const [accepted] = await once(server, 'connection') as [Socket]
  const parts: Buffer[] = []
  accepted.on('error', () => {})
  for (;;) {
    const [part] = await once(accepted, 'data') as [Buffer]
    parts.push(part)
    const all = Buffer.concat(parts)
    if (all.length === 5 + all.readUInt16BE(3)) {
      socket.destroy()
      accepted.destroy()
      server.close()
      return all
    }
  }
}

/** The same message in records of so many bytes. */
const inRecords = (hello: Buffer, size: number): Buffer => {
  const message = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part)
  }
  return Buffer.concat(records)
}

let hello: Buffer
let nameless: Buffer
beforeAll(async () => { [hello, nameless] = await Promise.all([helloFor('Mqtt.Example.Test'), helloFor()]) })

const routes = [{ name: '*.example.test', via: 'wild' }, { name: 'mqtt.example.test.', via: 'brokers' }]

describe('a ClientHello', () => {
  test('names its server, whatever records it comes in and wherever it is cut', () => {
    // Key shares for the time after quantum computers make it longer than a segment.
    expect(hello.length).toBeGreaterThan(1400)
    for (const size of [hello.length, 700, 100, 60]) {
      const bytes = inRecords(hello, size)
      const seen = everySplit(sni, [bytes, Buffer.from('what follows')], { params: { routes } })
      expect(seen.verdicts).toEqual([{
        op: 'pipe',
        token: 'mqtt.example.test',
        session: 'mqtt.example.test',
        via: 'brokers',
        then: 'tunnel'
      }])
      expect(Buffer.from(seen.forwarded)).toEqual(Buffer.concat([bytes, Buffer.from('what follows')]))
      expect(seen.fields).toEqual({ serverName: 'mqtt.example.test' })
    }
  })

  test('asks for no more bytes than it has', () => {
    for (let length = 0; length < hello.length; length++) {
      const missing = serverNameIn(hello.subarray(0, length))
      expect([length, typeof missing === 'number' && missing > 0 && missing <= hello.length - length]).toEqual([
        length,
        true
      ])
    }
  })

  test('of a client that names nobody goes to the default, or is refused', () => {
    expect(drive(sni, [nameless], { params: { routes } }).verdicts).toEqual([{ op: 'pipe', then: 'tunnel' }])
    const refused = drive(sni, [nameless], { params: { routes, others: 'refuse' } })
    expect(refused).toMatchObject({ closed: 'rejected', counters: { refused: 1 } })
    expect(Buffer.from(refused.returned).toString('hex')).toBe('15030100020270')
  })

  test.each([
    ['an HTTP request', 'GET / HTTP/1.1\r\n\r\n', ''],
    ['another message of the handshake', '\x16\x03\x01\x00\x04\x02\x00\x00\x00', '15030100020232'],
    ['a record without bytes', '\x16\x03\x01\x00\x00', '15030100020232'],
    ['a message that is too long', '\x16\x03\x01\x00\x04\x01\x00\x40\x01', '15030100020232'],
    ['another record inside of it', '\x16\x03\x01\x00\x01\x01\x17\x03\x03\x00\x01a', '15030100020232'],
    [
      'lengths that lead beyond it',
      `\x16\x03\x01\x00\x28\x01\x00\x00\x24${'\x03'.repeat(34)}\xff\x00`,
      '15030100020232'
    ]
  ])('%s is refused', (_, text, alert) => {
    const seen = everySplit(sni, [Buffer.from(text, 'latin1')])
    expect([seen.closed, Buffer.from(seen.returned).toString('hex'), seen.forwarded.length]).toEqual([
      'rejected',
      alert,
      0
    ])
  })

  test('in more records than it may have is refused, and one that ends early too', () => {
    expect(drive(sni, [inRecords(hello, 40)]).closed).toBe('rejected')
    expect(drive(sni, [hello.subarray(0, 500)], { end: true })).toMatchObject({
      closed: 'rejected',
      forwarded: new Uint8Array()
    })
  })

  test('that is any bytes makes nothing throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, real) => {
      const name = serverNameIn(
        real ? Buffer.concat([hello.subarray(0, 9), bytes]) : Buffer.concat([Buffer.of(22, 3, 1, 1, 0), bytes])
      )
      expect(['string', 'number', 'undefined']).toContain(typeof name)
    }))
  })
})

describe('routes', () => {
  test('are exact before a wildcard, which stands for one label', async () => {
    const via = async (name: string): Promise<unknown> =>
      (drive(sni, [await helloFor(name)], { params: { routes } }).verdicts[0] as { via?: string }).via
    expect([
      await via('mqtt.example.test'),
      await via('web.example.test'),
      await via('a.b.example.test'),
      await via('example.test')
    ]).toEqual(['brokers', 'wild', undefined, undefined])
  })

  test('are checked when they are written', () => {
    const issues = (routes: object[]): unknown => sni.checkParams!({ routes, others: 'pass' } as never)
    expect(issues([{ name: 'a.test', via: 'x' }, { name: '*.a.test', via: 'x' }])).toEqual([])
    expect(issues([{ name: 'A.test.', via: 'x' }, { name: 'a.test', via: '' }, { name: 'a b', via: 'x' }, { name: '*', via: 'x' }])).toEqual([
      { path: 'routes[1].name', message: 'there is a route for "a.test" before this one' },
      { path: 'routes[1].via', message: 'expected the name of an LB vserver that is bound to the user vserver' },
      { path: 'routes[2].name', message: 'expected a host name, or a wildcard as *.example.com; got "a b"' },
      { path: 'routes[3].name', message: 'expected a host name, or a wildcard as *.example.com; got "*"' }
    ])
  })
})
