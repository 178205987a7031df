import { expect, test } from 'vitest'
import { AddressSet } from './address-set.ts'

test('an address is in a set by its networks', () => {
  const set = new AddressSet(['192.0.2.1', '10.0.0.0/8', '2001:db8::/32', '::ffff:198.51.100.7', '172.16.0.0/12'])
  for (const inside of ['192.0.2.1', '10.0.0.0', '10.255.255.255', '2001:db8::', '2001:db8:ffff::1', '198.51.100.7', '172.31.0.1']) expect([inside, set.has(inside)]).toEqual([inside, true])
  for (const outside of ['192.0.2.2', '11.0.0.0', '9.255.255.255', '2001:db9::1', '::1', '198.51.100.8', '172.32.0.1', '']) expect([outside, set.has(outside)]).toEqual([outside, false])
})

test('of no networks nobody is in, of all everybody of the family', () => {
  expect(new AddressSet([]).has('127.0.0.1')).toBe(false)
  expect([
    new AddressSet(['0.0.0.0/0']).has('8.8.8.8'),
    new AddressSet(['0.0.0.0/0']).has('::1'),
    new AddressSet(['::/0']).has('fe80::1%eth0')
  ]).toEqual([true, false, true])
})
