import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressesOverlap, canonicalAddress } from './address.ts'
import { endpointText, parseEndpoint } from './endpoint.ts'

test.each<[string, string, number | undefined]>([
  ['127.0.0.1', '127.0.0.1', undefined],
  ['127.0.0.1:41296', '127.0.0.1', 41296],
  ['::1', '::1', undefined],
  ['[::1]', '::1', undefined],
  ['[::1]:41296', '::1', 41296],
  ['::1:41296', '::1', 41296],
  ['0:0:0:0:0:0:0:1', '::1', undefined],
  ['[0:0:0:0:0:0:0:1]:80', '::1', 80],
  ['2001:DB8::7', '2001:db8::7', undefined],
  ['::ffff:10.0.0.1', '10.0.0.1', undefined],
  ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
  // An address as a whole, whatever was meant.
  ['::1:80', '::1:80', undefined]
])('%s is an endpoint', (text, address, port) => { expect(parseEndpoint(text)).toEqual({ address, port }) })

test.each([
  '',
  'localhost',
  'localhost:80',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:-1',
  '[127.0.0.1]:80',
  '[::1',
  '[::1]80',
  '::1]:80',
  '[::1]:99999',
  '127.1',
  'a'
])('%j is none', text => {
  expect(parseEndpoint(text)).toBeUndefined()
})

test('what is written is read', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (address, port) => {
    const read = parseEndpoint(endpointText(address, port))
    expect(read).toEqual({ address: canonicalAddress(address), port })
    expect(parseEndpoint(address)?.address).toBe(read!.address)
    expect(addressesOverlap(address, read!.address)).toBe(true)
  }))
})
