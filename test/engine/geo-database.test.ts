import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GeoDatabase } from '../../packages/engine/src/geo/geo-database.ts'
import { GeoBook } from '../../packages/engine/src/geo/geo.ts'
import { mmdbOf } from '../support/mmdb.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'weir-geo-')) })
afterAll(async () => { await rm(folder, { recursive: true }) })

const file = (name: string) => ({ name, mmdbFile: join(folder, name), id: name })
const read = async (name: string, bytes: Uint8Array): Promise<GeoDatabase> => {
  await writeFile(join(folder, name), bytes)
  return await GeoDatabase.read(file(name))
}

const countries = mmdbOf({
  '203.0.113.0/24': { country: { iso_code: 'DE' } },
  '203.0.113.128/25': { country_code: 'FR' },
  '2001:db8::/32': { country: { iso_code: 'NZ' } },
  '198.51.100.7/32': { registered_country: { iso_code: 'US' } }
})
const asns = mmdbOf({
  '203.0.113.0/24': { autonomous_system_number: 64_496 },
  '2001:db8::/32': { autonomous_system_number: 4_200_000_000 }
})

test('countries and autonomous systems are read in all forms that there are', async () => {
  const [one, other] = [await read('countries', countries), await read('asns', asns)]
  expect([one.knows, other.knows]).toEqual([{ countries: true, asns: false }, { countries: false, asns: true }])
  expect(one.builtAt).toBe('2023-11-14T22:13:20.000Z')
  const book = new GeoBook()
  expect(book.countryOf('203.0.113.1')).toBeUndefined()
  book.use([one, other])
  expect(
    ['203.0.113.1', '203.0.113.200', '2001:db8::5', '198.51.100.7', '198.51.100.8', 'fe80::1%eth0', 'nobody'].map(
      address => book.countryOf(address)
    )
  ).toEqual(['DE', 'FR', 'NZ', 'US', 'XX', 'XX', 'XX'])
  expect(['203.0.113.1', '2001:db8::5', '198.51.100.7'].map(address => book.asnOf(address))).toEqual([
    64_496,
    4_200_000_000,
    undefined
  ])
})

test.each([
  ['a file that is not there', undefined, /cannot be read \(ENOENT\)/],
  ['an empty one', Buffer.alloc(0), /metadata is missing/],
  ['a foreign one', Buffer.from('\x89PNG\r\n\x1a\n'), /is no mmdb file, or it is cut: its metadata is missing/],
  [
    'one whose end is cut',
    countries.subarray(0, countries.length - 200),
    /metadata is missing|no mmdb file that can be read/
  ],
  ['one whose begin is cut', countries.subarray(countries.length - 260), /is cut: its tree has \d+ bytes/],
  [
    'one of something else',
    mmdbOf({ '203.0.113.0/24': { connection_type: 'Dialup' } }, 'Connection'),
    /has neither countries nor autonomous systems; it is of type "Connection"/
  ],
  [
    'one whose metadata is noise',
    Buffer.concat([countries.subarray(0, countries.length - 60), Buffer.alloc(60, 0xff)]),
    /no mmdb file that can be read/
  ]
])('%s is refused', async (name, bytes, message) => {
  const refused = bytes === undefined ? GeoDatabase.read(file('absent')) : read(name, bytes)
  await expect(refused).rejects.toMatchObject({
    code: 'geo-invalid',
    message: expect.stringMatching(message) as string,
    issues: [{ path: 'mmdbFile' }]
  })
})

test('damaged data end no look-up', async () => {
  for (let at = 0; at < countries.length - 200; at += 3) {
    const damaged = Buffer.from(countries)
    damaged.fill(0xff, at, at + 3)
    const made = GeoDatabase.of(file('damaged'), damaged)
    if (typeof made === 'string') continue
    for (const address of ['203.0.113.1', '203.0.113.200', '2001:db8::5', '0.0.0.0', '255.255.255.255'])
      expect([undefined, 'string']).toContain(made.countryOf(address) === undefined ? undefined : 'string')
  }
})
