// What one look-up takes in a list of addresses, in a table of access rules, and in a geo database.
//   node bench/src/access/look-up.ts [--database FILE]
// CPU time; medians of seven (least–most).
import { parseArgs } from 'node:util'
import { config } from '../../../packages/model/src/index.ts'
import { parseIp } from '../../../packages/rules/src/index.ts'
import { ListBook } from '../../../packages/engine/src/gate/named-lists.ts'
import { AccessTable, ClientOrigin } from '../../../packages/engine/src/gate/access-table.ts'
import { GeoDatabase } from '../../../packages/engine/src/geo/geo-database.ts'
import { GeoBook } from '../../../packages/engine/src/geo/geo.ts'

const { values } = parseArgs({ options: { database: { type: 'string' } } })
const LOOK_UPS = 500_000
const ITEMS = 100_000

/** CPU time of this process, in milliseconds: what else the machine does is not counted. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Addresses that are neither sorted nor near each other. */
const addressOf = (n: number): string => {
  const word = Math.imul(n + 1, 2_654_435_761) >>> 0
  return [word >>> 24, word >>> 16 & 255, word >>> 8 & 255, word & 255].join('.')
}
const six = (n: number): string => `2001:db8:${(n * 40_503 & 0xffff).toString(16)}:${(n & 0xffff).toString(16)}::/64`
const addresses = Array.from({ length: 4096 }, (_, n) => addressOf(n * 7))
const parsed = addresses.map(text => parseIp(text)!)
/** What was found, so that no look-up is for nothing. */
let found = 0
const measured = (name: string, look: (n: number) => unknown): void => {
  for (let n = 0; n < LOOK_UPS / 10; n++) if (look(n & 4095) === true) found++
  const rounds = Array.from({ length: 7 }, () => {
    const begin = cpuMs()
    for (let n = 0; n < LOOK_UPS; n++) if (look(n & 4095) === true) found++
    return (cpuMs() - begin) * 1e6 / LOOK_UPS
  }).sort((a, b) => a - b)
  console.log(name.padEnd(64), `${rounds[3]!.toFixed(0)} ns (${rounds[0]!.toFixed(0)}–${rounds[6]!.toFixed(0)})`)
}
const timed = <T>(name: string, make: () => T): T => {
  const begin = cpuMs()
  const made = make()
  console.log(name.padEnd(64), `${(cpuMs() - begin).toFixed(1)} ms`)
  return made
}

const items = Array.from({ length: ITEMS }, (_, n) => addressOf(n))
const later = '2099-01-01T00:00:00Z'
const { lists } = timed('checking four lists of 100,000 items', () => config.parse({ lists: [
  { name: 'plain', type: 'ip', items },
  { name: 'networks', type: 'ip', items: items.slice(0, 20_000).map(item => `${item}/${item.length % 9 + 20}`) },
  { name: 'ending', type: 'ip', items, expires: Object.fromEntries(items.map(item => [item, later])) },
  { name: 'six', type: 'ip', items: Array.from({ length: ITEMS / 2 }, (_, n) => six(n)) }
] }))
const book = new ListBook(lists)
for (const { name, items: { length } } of lists)
  timed(`making list ${name} of ${length} ready`, () => {
    book.prepare([name])
  })
for (const { name } of lists) measured(`an address in list ${name}`, n => book.find(name)!.has(parsed[n] as never))
measured('parsing an address', n => parseIp(addresses[n]!) === undefined)
const { accessRules } = config.parse({
  accessRules: items.slice(0, 10_000).map((source, n) => ({
    name: `a${n}`,
    source,
    action: n % 2 === 0 ? 'block' : 'allow'
  }))
})
const table = timed('making a table of 10,000 access rules', () => new AccessTable(accessRules, book, rule => rule))
const geo = new GeoBook()
measured(
  'a client in 10,000 access rules, with its text',
  n => table.find(new ClientOrigin(addresses[n]!, parseIp(addresses[n]!), geo), 0) !== undefined
)
if (values.database !== undefined) {
  const database = await GeoDatabase.read({ name: 'd', mmdbFile: values.database })
  measured('a country in the database', n => database.countryOf(addresses[n]!) === 'DE')
}
console.log(`${found} were found`)
