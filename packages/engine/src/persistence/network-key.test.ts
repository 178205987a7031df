import { expect, test } from 'vitest'
import { networkKey } from './network-key.ts'

test.each([
  ['192.0.2.77', 32, 128, '192.0.2.77'],
  ['192.0.2.77', 24, 128, '192.0.2.0/24'],
  ['192.0.2.77', 25, 1, '192.0.2.0/25'],
  ['192.0.2.200', 25, 1, '192.0.2.128/25'],
  ['192.0.2.77', 1, 1, '128.0.0.0/1'],
  ['::ffff:192.0.2.77', 24, 64, '192.0.2.0/24'],
  ['2001:db8::1', 24, 64, '2001:db8::/64'],
  ['2001:DB8:0:0:1::1', 24, 128, '2001:db8::1:0:0:1'],
  ['2001:db8:1:2:3:4:5:6', 24, 37, '2001:db8::/37'],
  ['fe80::1%eth0', 24, 128, 'fe80::1'],
  ['', 24, 64, undefined],
  ['unknown', 24, 64, undefined],
  ['1.2.3', 24, 64, undefined],
  ['1.2.3.4.5', 24, 64, undefined]
])('%s with %i and %i is %s', (address, ipv4Prefix, ipv6Prefix, key) => {
  expect(networkKey(address, ipv4Prefix, ipv6Prefix)).toBe(key)
})
