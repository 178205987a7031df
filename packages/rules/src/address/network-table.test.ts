import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIp } from './ip-address.ts'
import { parseRange } from './ip-set.ts'
import { NetworkTable } from './network-table.ts'

const table = (networks: Readonly<Record<string, number>>): NetworkTable<string> =>
  new NetworkTable(
    Object.entries(networks).map(([text, until]) => ({ network: parseRange(text)!, value: text, until }))
  )

const at = (of: NetworkTable<string>, address: string, now = 0): string | undefined => of.find(parseIp(address)!, now)

test('the narrowest network that has not ended has an address', () => {
  const of = table({
    '10.0.0.0/8': Infinity,
    '10.1.0.0/16': 5,
    '10.1.2.3': 9,
    '0.0.0.0/0': 20,
    '255.255.255.255': Infinity,
    '2001:db8::/32': Infinity,
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff': 3,
    '::/0': 2
  })
  expect(of.size).toBe(8)
  expect([at(of, '10.1.2.3'), at(of, '10.1.2.3', 9), at(of, '10.1.2.4', 4), at(of, '10.1.2.4', 5)]).toEqual([
    '10.1.2.3',
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.0.0.0/8'
  ])
  expect([at(of, '11.0.0.0'), at(of, '9.255.255.255'), at(of, '11.0.0.0', 20), at(of, '255.255.255.255', 21)]).toEqual([
    '0.0.0.0/0',
    '0.0.0.0/0',
    undefined,
    '255.255.255.255'
  ])
  expect([
    at(of, '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 2),
    at(of, '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 3),
    at(of, '2001:db9::'),
    at(of, '2001:db7::', 2)
  ])
    .toEqual(['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::/32', '::/0', undefined])
  expect([at(table({}), '10.0.0.1'), at(table({}), '::1')]).toEqual([undefined, undefined])
})

test('a look-up finds what a walk over all networks finds', () => {
  // Few different bits, so that networks lie in each other and begin together.
  const v4 = fc.tuple(fc.array(fc.constantFrom(0, 1, 127, 128, 254, 255), { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 })).map(([parts, prefix]) => `${parts.join('.')}/${prefix}`)
  const v6 = fc.tuple(fc.array(fc.constantFrom('0', '1', '8000', 'ffff'), { minLength: 8, maxLength: 8 }), fc.integer({ min: 0, max: 128 })).map(([parts, prefix]) => `${parts.join(':')}/${prefix}`)
  const networks = fc.array(fc.record({ text: fc.oneof(v4, v6), until: fc.constantFrom(1, 2, Infinity) }), { maxLength: 24 })
  fc.assert(fc.property(networks, fc.array(fc.oneof(v4, v6), { minLength: 1, maxLength: 12 }), (all, clients) => {
    const entries = all.flatMap(({ text, until }, value) => {
      const network = parseRange(text)
      // `::ffff:0:0/96` and wider ones around it are IPv4 or nothing.
      return network === undefined ? [] : [{ network, value, until }]
    })
    const of = new NetworkTable(entries)
    for (const client of clients) {
      const ip = parseIp(client.split('/', 1)[0]!)!
      for (const now of [0, 1, 2]) {
        const around = entries.filter(({ network: { from, to }, until }) => until > now && from.version === ip.version && from.compare(ip) <= 0 && to.compare(ip) >= 0)
        const found = of.find(ip, now)
        const narrowest = around.filter(({ network: { from, to } }) => around.every(({ network }) => network.from.compare(from) <= 0 && network.to.compare(to) >= 0))
        expect(found === undefined ? [] : narrowest.map(({ value }) => value)).toEqual(found === undefined ? around : expect.arrayContaining([found]))
      }
    }
  }), { numRuns: 300 })
})

test('IPv4 addresses are read as Node reads them', () => {
  for (const text of ['1.2.3.4', '0.0.0.0', '255.255.255.255']) expect(parseIp(text)?.toString()).toBe(text)
  for (const text of ['', '1', '1.2.3', '1.2.3.', '.1.2.3', '1..2.3', '1.2.3.4.5', '01.2.3.4', '00.0.0.0', '256.1.1.1', '1.2.3.4444', '1.2.3.a', ' 1.2.3.4', '1.2.3.4 ', '1.2.3.-4']) expect(parseIp(text)).toBeUndefined()
})
