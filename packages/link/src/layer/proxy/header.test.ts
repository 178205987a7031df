import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'
import { NoHeader } from './no-header.ts'
import { MAX_HEADER, readHeader, SIGNATURE, type ProxyHeader } from './read-header.ts'
import { writeBinary, writeLine, type ProxiedAddresses, type SaidOfClient } from './write-header.ts'

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const whyNot = (bytes: Buffer): string | undefined => {
  const read = readHeader(bytes)
  return read instanceof NoHeader ? read.why : undefined
}
const header = (bytes: Buffer): ProxyHeader => {
  const read = readHeader(bytes)
  if (read === undefined || read instanceof NoHeader) throw new Error(`no header: ${read?.why ?? 'incomplete'}`)
  return read
}

/** A header of version 2 by its parts. */
const binary = (command: number, family: number, body: Buffer | number[] = []): Buffer => {
  const rest = Buffer.from(body)
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, rest.length >> 8, rest.length & 255]), rest])
}
const four = [192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 0x07, 0x5b]
const nothing: SaidOfClient = { alpn: undefined, authority: undefined, uniqueId: undefined, tls: undefined }

describe('version 1', () => {
  test.each([
    ['PROXY TCP4 192.0.2.1 198.51.100.2 12345 1883\r\n', '192.0.2.1', 12345, '198.51.100.2', 1883],
    ['PROXY TCP6 2001:db8::1 2001:DB8:0::2 1 65535\r\n', '2001:db8::1', 1, '2001:db8::2', 65535],
    ['PROXY TCP6 ::ffff:192.0.2.1 ::1 0 1\r\n', '192.0.2.1', 0, '::1', 1],
    // As nginx writes it.
    ['PROXY TCP6 2001:db8::1 127.0.0.1 5 6\r\n', '2001:db8::1', 5, '127.0.0.1', 6]
  ])('%j', (line, source, sourcePort, destination, destinationPort) => {
    expect(header(latin1(`${line}rest`))).toEqual({
      version: 1,
      length: line.length,
      tlvs: {},
      addresses: {
        source: { address: source, port: sourcePort },
        destination: { address: destination, port: destinationPort }
      }
    })
  })

  test.each(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 whatever 1 2\r\n'])('%j says nothing of the client', line => {
    expect(header(latin1(line))).toEqual({ version: 1, length: line.length, tlvs: {}, addresses: undefined })
  })

  test.each([
    ['PROXY TCP4 ::1 ::1 1 2\r\n', 'says TCP4'],
    ['PROXY TCP6 192.0.2.1 192.0.2.1 1 2\r\n', 'says TCP6'],
    ['PROXY TCP4 192.0.2.1 ::1 1 2\r\n', 'says TCP4'],
    ['PROXY TCP4 localhost 192.0.2.1 1 2\r\n', 'says TCP4'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 99999 2\r\n', 'ports 99999'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 -1 2\r\n', 'is not of the form'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 01 2\r\n', 'is not of the form'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 1\r\n', 'is not of the form'],
    ['PROXY TCP4  192.0.2.1 192.0.2.1 1 2\r\n', 'is not of the form'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 1 2 \r\n', 'is not of the form'],
    ['PROXY UDP4 192.0.2.1 192.0.2.1 1 2\r\n', 'is not of the form'],
    ['PROXY UNKNOWNS\r\n', 'is not of the form'],
    ['PROXY \r\n', 'is not of the form'],
    ['proxy TCP4 192.0.2.1 192.0.2.1 1 2\r\n', 'expected a header'],
    ['PROXY TCP4 192.0.2.1 192.0.2.1 1 2\n', 'byte 34 of the line'],
    ['PROXY TCP4 192.0.2.1\r 192.0.2.1 1 2\n', 'byte 20 of the line'],
    ['PROXY \0', 'byte 6 of the line'],
    [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'no end within 107']
  ])('%j is none', (line, why) => { expect(whyNot(latin1(line))).toContain(why) })

  test('the longest line', () => {
    const longest = latin1(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`)
    expect([longest.length, header(longest).length]).toEqual([107, 107])
  })
})

describe('version 2', () => {
  test('addresses of IPv4 and IPv6', () => {
    expect(header(binary(0x21, 0x11, four))).toEqual({
      version: 2,
      length: 28,
      tlvs: {},
      addresses: { source: { address: '192.0.2.1', port: 12345 }, destination: { address: '198.51.100.2', port: 1883 } }
    })
    const six = Buffer.from('20010db800000000000000000000000100000000000000000000ffffc000020100010002', 'hex')
    expect(header(binary(0x21, 0x21, six)).addresses).toEqual({
      source: { address: '2001:db8::1', port: 1 },
      destination: { address: '192.0.2.1', port: 2 }
    })
  })

  test.each([
    ['LOCAL', binary(0x20, 0x00)],
    ['LOCAL, whose family is ignored', binary(0x20, 0xff, [1, 2, 3])],
    ['PROXY of no family', binary(0x21, 0x00)],
    ['PROXY of a Unix socket', binary(0x21, 0x31, Buffer.alloc(216))],
    ['PROXY of datagrams', binary(0x21, 0x12, four)]
  ])('%s leaves the addresses of the connection', (_, bytes) => {
    expect(header(bytes)).toEqual({ version: 2, length: bytes.length, tlvs: {}, addresses: undefined })
  })

  test.each([
    ['another version', binary(0x11, 0x11, four), 'of version 1'],
    ['another command', binary(0x22, 0x11, four), 'command of version 2 is 2'],
    ['a family that there is not', binary(0x21, 0x41, four), 'family of version 2 is 0x41'],
    ['a protocol that there is not', binary(0x21, 0x13, four), 'family of version 2 is 0x13'],
    ['too few bytes for its family', binary(0x21, 0x21, four), 'has 12 bytes for addresses of IPv6, which take 36'],
    ['no bytes for its family', binary(0x21, 0x11), 'has 0 bytes for addresses of IPv4'],
    ['a header that is too long', binary(0x21, 0x11, Buffer.alloc(MAX_HEADER - 15)), 'of 2049 bytes'],
    ['a TLV beyond the end', binary(0x21, 0x11, [...four, 1, 0, 9, 1]), 'reaches beyond'],
    ['half of a TLV', binary(0x21, 0x11, [...four, 1, 0]), 'reaches beyond'],
    ['a long unique ID', binary(0x21, 0x11, [...four, 5, 0, 129, ...Buffer.alloc(129)]), 'unique ID has 129'],
    ['a wrong checksum', binary(0x21, 0x11, [...four, 3, 0, 4, 1, 2, 3, 4]), 'checksum (CRC32C)'],
    ['a short checksum', binary(0x21, 0x11, [...four, 3, 0, 2, 1, 2]), 'checksum has 2 bytes'],
    ['TLS in too few bytes', binary(0x21, 0x11, [...four, 0x20, 0, 4, 1, 0, 0, 0]), 'about TLS has 4 bytes'],
    [
      'TLS with a TLV beyond the end',
      binary(0x21, 0x11, [...four, 0x20, 0, 8, 1, 0, 0, 0, 0, 0x21, 0, 5]),
      'about TLS reaches beyond'
    ],
    ['no header', latin1('GET / HTTP/1.1\r\n'), 'expected a header of the PROXY protocol; got 0x474554']
  ])('%s is refused', (_, bytes, why) => { expect(whyNot(bytes)).toContain(why) })

  test('a header of the most bytes', () => {
    const noop = Buffer.alloc(MAX_HEADER - 16 - four.length)
    noop[0] = 4
    noop.writeUInt16BE(noop.length - 3, 1)
    expect(header(binary(0x21, 0x11, Buffer.concat([Buffer.from(four), noop]))).length).toBe(MAX_HEADER)
  })

  test('the checksum is that of the header with itself as zeros', () => {
    expect(crc32c(latin1('123456789'))).toBe(0xe3069283)
    const bytes = binary(0x21, 0x11, [...four, 3, 0, 4, 0, 0, 0, 0])
    bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4)
    expect(header(bytes).addresses?.source.port).toBe(12345)
    bytes[20] = 9
    expect(whyNot(bytes)).toContain('checksum')
  })

  test('what else it says, and a client without TLS', () => {
    const said = {
      alpn: 'mqtt',
      authority: 'broker.test',
      uniqueId: Buffer.from('7f01', 'hex'),
      tls: {
        certificate: true,
        verified: true,
        version: 'TLSv1.3',
        commonName: 'meter ü',
        cipher: 'TLS_AES_128_GCM_SHA256'
      }
    }
    const addresses = { source: { address: '::1', port: 1 }, destination: { address: '::2', port: 2 } }
    expect(header(writeBinary(addresses, said)).tlvs).toEqual({
      alpn: 'mqtt',
      authority: 'broker.test',
      uniqueId: '7f01',
      tls: said.tls
    })
    expect(
      header(writeBinary(addresses, { ...nothing, tls: { certificate: false, verified: false, version: 'TLSv1.2' } }))
        .tlvs
    ).toEqual({ tls: { certificate: false, verified: false, version: 'TLSv1.2' } })
    expect(header(binary(0x21, 0x11, [...four, 0x20, 0, 5, 0, 0, 0, 0, 1])).tlvs).toEqual({})
    expect(header(writeBinary(addresses, { ...nothing, authority: 'x'.repeat(513) })).tlvs).toEqual({})
  })
})

describe('what is written', () => {
  test('is read again, whatever the addresses are', () => {
    const peer = fc.record({ address: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.integer({ min: 0, max: 65_535 }) })
    fc.assert(fc.property(fc.record({ source: peer, destination: peer }), addresses => {
      const line = header(writeLine(addresses))
      expect(line.addresses).toEqual(header(writeBinary(addresses, nothing)).addresses)
      expect([line.addresses?.source.port, line.addresses?.destination.port]).toEqual([
        addresses.source.port,
        addresses.destination.port
      ])
    }))
  })

  test('an IPv4 address beside an IPv6 one is written as that, and a zone is left out', () => {
    const addresses: ProxiedAddresses = {
      source: { address: 'fe80::1%eth0', port: 1 },
      destination: { address: '192.0.2.1', port: 2 }
    }
    expect(writeLine(addresses).toString()).toBe('PROXY TCP6 fe80::1 ::ffff:192.0.2.1 1 2\r\n')
    expect(writeLine({ source: addresses.destination, destination: addresses.destination }).toString()).toBe(
      'PROXY TCP4 192.0.2.1 192.0.2.1 2 2\r\n'
    )
  })

  test('is not read before it is whole, wherever it is cut', () => {
    for (const whole of [writeLine({ source: { address: '192.0.2.1', port: 1 }, destination: { address: '::2', port: 2 } }), binary(0x21, 0x11, four), binary(0x20, 0), latin1('PROXY UNKNOWN\r\n')]) {
      for (let length = 0; length < whole.length; length++) expect([length, readHeader(whole.subarray(0, length))]).toEqual([length, undefined])
      expect(header(Buffer.concat([whole, whole])).length).toBe(whole.length)
    }
  })

  test('no bytes make the reader throw', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(SIGNATURE, latin1('PROXY '), Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11])])),
        (bytes, start) => {
          const read = readHeader(Buffer.concat([start, bytes]))
          expect(read === undefined || read instanceof NoHeader || read.length > 0).toBe(true)
        }
      )
    )
  })
})
