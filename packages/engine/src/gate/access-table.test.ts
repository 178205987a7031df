import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { config, parseSource, type UserVserver } from '@weirlb/model'
import { parseIp } from '@weirlb/rules'
import { noGeo } from '../geo/geo.ts'
import { AccessBook } from './access-book.ts'
import { AccessTable, ClientOrigin, type Origin } from './access-table.ts'
import { ListBook, prepareLists } from './named-lists.ts'
import { Decisions } from '../decisions/decisions.ts'
import { RuleWatch } from './rule-watch.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const rules = (sources: Readonly<Record<string, 'allow' | 'block' | readonly ['allow' | 'block', string]>>) =>
  config.parse({
    accessRules: Object.entries(sources).map(([source, action], i) => ({
      name: `a${i}`,
      source,
      ...typeof action === 'string' ? { action } : { action: action[0], expiresAt: action[1] }
    }))
  }).accessRules

const lists = new ListBook(config.parse({ lists: [
  { name: 'office', type: 'ip', items: ['10.9.0.0/16', '10.9.9.9'], expires: { '10.9.9.9': '2000-01-01T00:00:00Z' } },
  { name: 'clouds', type: 'asn', items: ['AS64500'] },
  { name: 'far', type: 'country', items: ['NZ'] }
] }).lists)

const table = (sources: Parameters<typeof rules>[0]) =>
  new AccessTable(rules(sources), lists, ({ source, action }) => ({ source, action }))
const from = (ip: string, more: Partial<Origin> = {}): Origin => ({
  ip: parseIp(ip),
  country: undefined,
  asn: undefined,
  ...more
})

test('allow comes before block, and of one action the narrowest source first', () => {
  const of = table({
    '10.0.0.0/8': 'block',
    '10.1.0.0/16': 'allow',
    '10.1.2.0/24': 'block',
    AS64496: 'block',
    DE: 'block',
    '10.3.0.0/16': 'block',
    $clouds: 'block',
    $far: 'block',
    AS64497: 'allow',
    $office: 'allow'
  })
  const decides = (origin: Origin): string | undefined => of.find(origin, 0)?.source
  expect(decides(from('10.1.2.3'))).toBe('10.1.0.0/16')
  expect(decides(from('10.3.0.1'))).toBe('10.3.0.0/16')
  expect(decides(from('10.2.0.1', { country: 'DE', asn: 64496 }))).toBe('10.0.0.0/8')
  expect(decides(from('192.0.2.1', { country: 'DE', asn: 64496 }))).toBe('AS64496')
  expect(decides(from('192.0.2.1', { country: 'DE', asn: 64500 }))).toBe('$clouds')
  expect(decides(from('192.0.2.1', { country: 'NZ' }))).toBe('$far')
  expect(decides(from('192.0.2.1', { country: 'DE' }))).toBe('DE')
  expect(decides(from('10.0.0.1', { asn: 64497 }))).toBe('AS64497')
  expect(decides(from('10.9.9.8'))).toBe('$office')
  expect(decides(from('192.0.2.1'))).toBeUndefined()
  expect([of.trusts(from('10.1.2.3'), 0), of.trusts(from('10.3.0.1'), 0)]).toEqual([true, false])
  // An address that is none matches nothing.
  expect(of.find({ ip: undefined, country: 'DE', asn: 64496 }, 0)).toBeUndefined()
})

test('a rule that has ended leaves the client to the others', () => {
  const of = table({
    '10.0.0.0/8': 'block',
    '10.0.0.1': ['allow', '1970-01-01T00:00:01Z'],
    DE: ['block', '1970-01-01T00:00:02Z']
  })
  expect([999, 1000].map(now => of.find(from('10.0.0.1'), now)?.source)).toEqual(['10.0.0.1', '10.0.0.0/8'])
  expect([1999, 2000].map(now => of.find(from('192.0.2.1', { country: 'DE' }), now)?.source)).toEqual(['DE', undefined])
})

test('a client is looked up only where a rule asks for it', () => {
  let asked = 0
  const geo = { ...noGeo, countryOf: () => { asked++; return 'DE' }, asnOf: () => { asked++; return 1 } }
  const client = (): Origin => new ClientOrigin('192.0.2.1', parseIp('192.0.2.1'), geo)
  table({ '10.0.0.0/8': 'block', $office: 'allow' }).find(client(), 0)
  expect(asked).toBe(0)
  table({ '192.0.2.0/24': 'allow', FR: 'block' }).find(client(), 0)
  expect(asked).toBe(0)
  table({ FR: 'allow', DE: 'block' }).find(client(), 0)
  expect(asked).toBe(1)
})

test('sources have four forms', () => {
  expect(['10.0.0.0/8', '2001:db8::1', 'AS64496', 'DE', 'T1', 'XX', '$office_1'].map(text => parseSource(text)?.kind)).toEqual(['network', 'network', 'asn', 'country', 'country', 'country', 'list'])
  for (const text of ['', 'as1', 'AS0', 'AS4294967296', 'AS01', 'de', 'DEU', '$', '$a-b', '10.0.0.0/33', '10.0.0', '10.0.0.1-10.0.0.2', '::ffff:10.0.0.0/95', 'fe80::1%eth0', 'T2']) expect(parseSource(text)).toBeUndefined()
})

test('a million addresses leave nothing behind', () => {
  const geo = { ...noGeo, countryOf: () => 'DE', asnOf: () => 64_496 }
  const { accessRules, lockdowns, userAgentRules } = config.parse({
    accessRules: rules({ '10.0.0.0/8': 'block', FR: 'block', AS64500: 'allow' })
  })
  let reported = 0
  const decisions = new Decisions({ worker: 1, report: made => { reported += made.length } })
  const watch = new RuleWatch(decisions, () => {})
  let refused = 0
  const access = new AccessBook({ accessRules, lockdowns, userAgentRules }, lists, geo, decisions).of(
    { name: 'v' } as UserVserver
  )!
  const vserver = { name: 'v', config: { port: 1 }, geo }
  gc()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < 1_000_000; n++) {
    const address = `${n & 15}.${n >> 16 & 255}.${n >> 8 & 255}.${n & 255}`
    const by = access.onClient(address)
    if (by === undefined) continue
    refused++
    watch.onRefusal(by, { address, port: 1 }, vserver)
  }
  gc()
  // One entry for each would be more than 50 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10e6)
  expect(refused).toBe(62_500)
  decisions.flush()
  expect(reported).toBeGreaterThan(0)
  expect(reported).toBeLessThan(1000)
})

test('large lists are made ready in slices, those alone that something looks into', async () => {
  const address = (n: number): string => `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`
  const items = Array.from({ length: 100_000 }, (_, n) => address(n))
  const whole = config.parse({
    lists: [
      {
        name: 'bad',
        type: 'ip',
        items,
        expires: Object.fromEntries(items.slice(50_000).map(item => [item, '2999-01-01T00:00:00Z']))
      },
      { name: 'unused', type: 'ip', items }
    ],
    rateLimits: [{ name: 'l', counts: 'connections', expression: 'ip.src in $bad', limit: 5, action: 'block' }]
  })
  let turns = 0
  let over = false
  const turn = (): void => {
    turns++
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  await prepareLists(whole)
  over = true
  expect(turns).toBeGreaterThan(3)
  const book = new ListBook(whole.lists)
  const bad = book.find('bad')!
  expect(
    [address(0), address(49_999), address(50_000), address(99_999), '10.1.134.160'].map(text =>
      bad.has(parseIp(text)! as never)
    )
  ).toEqual([true, true, true, true, false])
})
