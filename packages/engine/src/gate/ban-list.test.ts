import { expect, test } from 'vitest'
import { bannedAs, BanList, MAX_BANS } from './ban-list.ts'

test('an address is banned in all its spellings, and of IPv6 its network', () => {
  expect(['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201'].map(bannedAs)).toEqual([
    '192.0.2.1',
    '192.0.2.1',
    '192.0.2.1'
  ])
  expect(['2001:db8::1', '2001:DB8:0:0:ffff::', '2001:db8::/64', '2001:db8::7%eth0'].map(bannedAs)).toEqual(
    Array(4).fill('2001:db8:0:0::/64')
  )
  expect(['', 'localhost', '192.0.2.1/64', '192.0.2.0/24', '2001:db8::/32', '1.2.3.4 '].map(bannedAs)).toEqual(
    Array(6).fill(undefined)
  )
})

test('a ban ends at its time, the later end counts, and it can be lifted', () => {
  const bans = new BanList()
  expect(bans.of('192.0.2.1', 0)).toBeUndefined()
  bans.add({ address: '192.0.2.1', forMs: 1000 }, 0)
  bans.add({ address: '192.0.2.1', forMs: 100 }, 0)
  expect([bans.of('192.0.2.1', 999)?.until, bans.of('::ffff:192.0.2.1', 999)?.until, bans.of('192.0.2.2', 999)])
    .toEqual([1000, 1000, undefined])
  expect([bans.of('192.0.2.1', 1000), bans.size]).toEqual([undefined, 0])
  bans.add({ address: '2001:db8::1', forMs: 1000 }, 0)
  expect(bans.of('2001:db8::2', 0)?.address).toBe('2001:db8:0:0::/64')
  bans.remove('2001:db8::3')
  expect(bans.of('2001:db8::2', 0)).toBeUndefined()
})

test('there are never more bans than the maximum: the first goes', () => {
  const bans = new BanList()
  const address = (n: number): string => `10.${n >> 16 & 255}.${n >> 8 & 255}.${n & 255}`
  for (let n = 0; n < MAX_BANS + 5; n++) bans.add({ address: address(n), forMs: 1000 }, 0)
  expect([
    bans.size,
    bans.of(address(4), 0),
    bans.of(address(5), 0)?.address,
    bans.of(address(MAX_BANS + 4), 0) !== undefined
  ]).toEqual([MAX_BANS, undefined, address(5), true])
  expect(bans.words(500)).toHaveLength(MAX_BANS)
  expect(bans.words(1000)).toEqual([])
})
