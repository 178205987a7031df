import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadLibc } from './libc.ts'
import { addressOf, familyOf, portOf, SOCKADDR_BYTES, writeSockaddr } from './sockaddr.ts'
import { AF_INET, AF_INET6 } from './socket.ts'

const libc = (() => { try { return loadLibc() } catch { return undefined } })()

test.each([
  ['127.0.0.1', AF_INET, 16, '00000000 7f000001'],
  ['::', AF_INET6, 28, '00000000000000000000000000000000'],
  ['::1', AF_INET6, 28, '00000000000000000000000000000001'],
  ['2001:db8::8:800:200c:417a', AF_INET6, 28, '20010db80000000000080800200c417a'],
  ['fe80::', AF_INET6, 28, 'fe800000000000000000000000000000'],
  ['1:2:3:4:5:6:7:8', AF_INET6, 28, '00010002000300040005000600070008'],
  ['1:0:0:2::3', AF_INET6, 28, '00010000000000020000000000000003']
])('%s is written as the kernel has it, and read back', (address, family, length, hex) => {
  const bytes = Buffer.alloc(SOCKADDR_BYTES, 0xee)
  expect(writeSockaddr(bytes, address, 0x1234)).toEqual({ family, length })
  expect([familyOf(bytes), portOf(bytes)]).toEqual([family, 0x1234])
  if (family === AF_INET) expect(bytes.subarray(4, 8).toString('hex')).toBe(hex.slice(9))
  else expect(bytes.subarray(8, 24).toString('hex')).toBe(hex)
  expect(addressOf(bytes)).toBe(address)
})

test('IPv4 clients of an IPv6 listener keep their notation', () => {
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  writeSockaddr(bytes, '::ffff:192.0.2.7', 1)
  expect(addressOf(bytes)).toBe('192.0.2.7')
})

test.skipIf(libc === undefined)('a zone with a name goes into the scope by its number, and one that is not here is refused', () => {
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  writeSockaddr(bytes, 'fe80::1%lo', 1)
  expect(bytes.readUInt32LE(24)).toBe(Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8')))
  expect(() => writeSockaddr(bytes, 'fe80::1%nowhere', 1)).toThrow(/^'fe80::1%nowhere': this machine has no network interface 'nowhere'; there are: .*\blo\b/)
  expect(() => writeSockaddr(bytes, 'fe80::1%0', 1)).toThrow("no network interface '0'")
})

test('a zone in numbers goes into the scope', () => {
  const bytes = Buffer.alloc(SOCKADDR_BYTES)
  writeSockaddr(bytes, 'fe80::1%3', 1)
  expect(bytes.readUInt32LE(24)).toBe(3)
})
