import { expect, test } from 'vitest'
import { AddressSet } from './address-set.ts'
import { forwardedClient } from './forwarded-client.ts'

const trusted = new AddressSet(['10.0.0.0/8', '2001:db8::/32'])

test.each([
  ['nobody trusted has sent it', '192.0.2.1', '203.0.113.1', '192.0.2.1'],
  ['there is no header', '10.0.0.1', undefined, '10.0.0.1'],
  ['one proxy', '10.0.0.1', '203.0.113.1', '203.0.113.1'],
  ['what the client itself has written', '10.0.0.1', '127.0.0.1, 203.0.113.1', '203.0.113.1'],
  ['two proxies', '10.0.0.1', '198.51.100.1, 203.0.113.1, 10.9.9.9', '203.0.113.1'],
  ['nobody but proxies', '10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
  ['an entry that is no address', '10.0.0.1', '203.0.113.1, unknown', '10.0.0.1'],
  ['an entry that is no address behind a proxy', '10.0.0.1', '203.0.113.1, _hidden, 10.0.0.2', '10.0.0.2'],
  ['ports and brackets', '2001:db8::1', '203.0.113.1:1234, [2001:db8::2]:443', '203.0.113.1'],
  ['IPv4 in IPv6', '10.0.0.1', '::ffff:203.0.113.1', '203.0.113.1'],
  ['an empty header', '10.0.0.1', '', '10.0.0.1']
])('%s', (_, address, header, client) => {
  expect(forwardedClient(address, header, trusted)).toBe(client)
})

test('of a long header only the end is read', () => {
  expect(
    forwardedClient(
      '10.0.0.1',
      Array.from({ length: 10_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(','),
      trusted
    )
  ).toBe(`10.0.${(10_000 - 32) >> 8}.${(10_000 - 32) & 255}`)
})
