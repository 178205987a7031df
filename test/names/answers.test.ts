// What becomes of DNS answers, from a real DNS server to the addresses of a name.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TIME_SCALE } from '@weirlb/link/testing'
import { parseConfig } from '@weirlb/model'
import { until } from '@weirlb/testing'
import { expect, test } from 'vitest'
import { Events } from '../../packages/weir/src/events.ts'
import { makeLog } from '../../packages/weir/src/log.ts'
import { DnsLookup } from '../../packages/weir/src/names/dns-lookup.ts'
import { NameKeeper } from '../../packages/weir/src/names/name-keeper.ts'
import type { Pace } from '../../packages/weir/src/names/pace.ts'
import { DnsServer } from '../support/dns-server.ts'
import { atEnd } from '../support/engine-bench.ts'

const NAME = 'web.example'
const [RED, BLUE, GREEN] = ['127.0.0.2', '127.0.0.3', '127.0.0.4'] as const
const config = parseConfig({ services: [{ name: 'web', address: NAME, port: 80, resolve: 'all' }] })

interface Followed {
  readonly dns: DnsServer
  readonly keeper: NameKeeper
  /** State after state, as events tell. */
  readonly states: {
    readonly state: string
    readonly addresses: number
    readonly ignored: number
    readonly reason: string
  }[]
  /** How often addresses were given to the workers. */
  readonly applied: number
  addresses (): readonly string[] | undefined
  /** Wait for a look-up that begins now. */
  looked (): Promise<void>
}

/** A name that is followed fast. */
const follow = async (
  records: Parameters<DnsServer['names']['set']>[1] | undefined,
  pace: Partial<Pace> = {},
  dns?: DnsServer
): Promise<Followed> => {
  dns ??= await DnsServer.start()
  if (records !== undefined) dns.names.set(NAME, records)
  const log = makeLog('silent', {})
  const events = new Events(log)
  const states: Followed['states'] = []
  events.on('name-status', event => {
    states.push(event)
  })
  const keeper = new NameKeeper({
    servers: [dns.address],
    archive: undefined,
    events,
    log,
    pace: {
      minTtlMs: 30,
      retryMs: 30,
      maxRetryMs: 60,
      applyMs: 10,
      maxTtlMs: 30,
      firstMs: 60_000,
      answerMs: 60_000,
      ...pace
    }
  })
  atEnd(async () => {
    await keeper.stop()
  })
  const followed = {
    dns,
    keeper,
    states,
    applied: 0,
    addresses: () => keeper.addressesOf(NAME)?.map(({ address }) => address),
    looked: async () => {
      const { checkedAt } = keeper.status(NAME)!
      await until(() => keeper.status(NAME)!.checkedAt !== checkedAt, 'one look-up')
      const sofar = keeper.status(NAME)!.checkedAt
      await until(() => keeper.status(NAME)!.checkedAt !== sofar, 'a whole look-up')
    }
  }
  keeper.start({ apply: async () => { followed.applied++ }, connections: async () => () => 0 })
  await keeper.prepare(config)
  return followed
}

test('addresses of both families are used, also while one family is not answered', async () => {
  const { dns, keeper, addresses } = await follow({ a: [RED], aaaa: ['::1'] })
  expect(addresses()).toEqual([RED, '::1'])
  dns.names.set(NAME, { a: [BLUE], fails: 'SERVFAIL', failsFor: 'AAAA' })
  await until(() => addresses()!.includes(BLUE), 'the other address')
  expect(addresses()).toEqual(['::1', BLUE])
  expect(keeper.status(NAME)).toMatchObject({
    state: 'resolved',
    addresses: 2,
    reason: 'AAAA records of web.example: the DNS server failed (SERVFAIL)'
  })
})

test('another order of the same addresses changes nothing', async () => {
  const followed = await follow({ a: [RED, BLUE, GREEN] })
  const { dns, states, addresses, looked } = followed
  await until(() => followed.applied === 1, 'the first answer')
  for (const order of [[GREEN, RED, BLUE], [BLUE, GREEN, RED]]) {
    dns.names.set(NAME, { a: order })
    await looked()
    expect(addresses()).toEqual([RED, BLUE, GREEN])
  }
  expect([followed.applied, states.map(({ state }) => state)]).toEqual([1, ['resolved']])
})

test('a time to live of 0 is taken as the least', async () => {
  const { dns, keeper } = await follow({ a: [RED], ttl: 0 }, { minTtlMs: 200, maxTtlMs: 10_000 })
  const begin = performance.now()
  await until(() => dns.asked.length >= 8, 'four look-ups')
  expect(performance.now() - begin).toBeGreaterThan(550)
  expect(keeper.status(NAME)!.state).toBe('resolved')
})

test('a long time to live is kept', async () => {
  const { dns, keeper } = await follow({ a: [RED], ttl: 3600 }, { maxTtlMs: 3_600_000 })
  const { nextAt } = keeper.status(NAME)!
  expect(Date.parse(nextAt!) - Date.now()).toBeGreaterThan(3_590_000)
  expect(Date.parse(nextAt!) - Date.now()).toBeLessThan(3_800_000)
  expect(dns.asked).toHaveLength(2)
})

test('of 1,000 addresses 256 are used, the same ones whatever comes first, and that is reported once', async () => {
  const all = Array.from({ length: 1000 }, (_, n) => `127.1.${n >> 8}.${n & 255}`)
  const { dns, keeper, states, addresses, looked } = await follow({ a: all }, { minTtlMs: 200, maxTtlMs: 200 })
  expect(keeper.status(NAME)).toMatchObject({ state: 'resolved', addresses: 256, ignored: 744 })
  const before = addresses()
  dns.names.set(NAME, { a: all.toReversed() })
  await looked()
  expect(addresses()).toEqual(before)
  expect(states).toMatchObject([{ name: NAME, state: 'resolved', addresses: 256, ignored: 744 }])
  dns.names.set(NAME, { a: [RED] })
  await until(() => keeper.status(NAME)!.ignored === 0, 'the short answer')
  expect(states).toMatchObject([{ ignored: 744 }, { state: 'resolved', addresses: 1, ignored: 0 }])
})

test('failures keep the addresses: one event for each state, none for each look-up', async () => {
  const { dns, keeper, states, addresses, looked } = await follow({ a: [RED] })
  dns.names.set(NAME, { fails: 'SERVFAIL' })
  await until(() => keeper.status(NAME)!.state === 'stale', 'the failure')
  await looked()
  dns.names.set(NAME, { fails: 'REFUSED' })
  await looked()
  expect(keeper.status(NAME)).toMatchObject({ state: 'stale', addresses: 1, reason: 'A records of web.example: the DNS server refused the question (REFUSED); AAAA records of web.example: the DNS server refused the question (REFUSED)' })
  expect(addresses()).toEqual([RED])
  dns.names.set(NAME, { a: [RED] })
  await until(() => keeper.status(NAME)!.state === 'resolved', 'the answer')
  expect(states.map(({ state, reason }) => [state, reason])).toEqual([
    ['resolved', ''], ['stale', 'A records of web.example: the DNS server failed (SERVFAIL); AAAA records of web.example: the DNS server failed (SERVFAIL)'], ['resolved', '']
  ])
})

test('a name is gone when it was absent three times in a row', async () => {
  const { dns, keeper, states, addresses } = await follow({ a: [RED] }, { retryMs: 300, maxRetryMs: 300 })
  dns.names.delete(NAME)
  await until(() => keeper.status(NAME)!.state === 'stale', 'one absence')
  expect(addresses()).toEqual([RED])
  await until(() => keeper.status(NAME)!.state === 'absent', 'three absences')
  expect(addresses()).toEqual([])
  // A name without addresses (NODATA) is no other.
  dns.names.set(NAME, {})
  await until(
    () => keeper.status(NAME)!.reason === 'A records of web.example: there are none (NODATA)',
    'a name without addresses'
  )
  dns.names.set(NAME, { a: [RED] })
  await until(() => keeper.status(NAME)!.state === 'resolved', 'the name again')
  expect(addresses()).toEqual([RED])
  expect(states.map(({ state }) => state)).toEqual(['resolved', 'stale', 'absent', 'resolved'])
})

test('a name that was never there is absent, and is used when it begins to resolve', async () => {
  const followed = await follow(undefined)
  const { dns, keeper, states, addresses, looked } = followed
  await looked()
  expect(keeper.status(NAME)).toMatchObject({
    state: 'absent',
    reason: 'A records of web.example: no such name (NXDOMAIN)'
  })
  expect(addresses()).toEqual([])
  const { applied } = followed
  dns.names.set(NAME, { a: [RED] })
  await until(() => followed.applied > applied, 'its address')
  expect(addresses()).toEqual([RED])
  expect(states.map(({ state }) => state)).toEqual(['absent', 'resolved'])
})

test('a DNS server that never answers is waited for no longer than a moment', async () => {
  const { dns, keeper, states } = await follow({ fails: 'silence' }, { firstMs: 100, answerMs: 300 * TIME_SCALE })
  // Its answer is still waited for.
  expect(states).toEqual([])
  expect(keeper.status(NAME)).toMatchObject({ state: 'waiting', addresses: 0, nextAt: undefined })
  await until(() => states.length === 1, 'the end of the look-up')
  expect(states).toMatchObject([{
    state: 'failing',
    reason: 'A records of web.example: no answer in time; AAAA records of web.example: no answer in time'
  }])
  dns.names.set(NAME, { a: [RED] })
  await until(() => keeper.status(NAME)!.state === 'resolved', 'the answer')
})

test('where no DNS server is, the addresses are those that were known', async () => {
  const { dns, keeper, addresses } = await follow({ a: [RED] })
  await dns.close()
  await until(() => keeper.status(NAME)!.state === 'stale', 'the failure')
  expect(keeper.status(NAME)!.reason).toContain('no DNS server can be reached')
  expect(addresses()).toEqual([RED])
})

test('a failed dial has the name looked up again, at most once a time to live', async () => {
  const { dns, keeper, addresses } = await follow({ a: [RED], ttl: 3600 }, { maxTtlMs: 3_600_000, minTtlMs: 100 })
  keeper.committed(config, {
    services: [],
    lbVservers: [],
    members: new Map([['web', [{
      service: { ...config.services[0]!, name: `web@${RED}:80` },
      weight: 1,
      priority: 0,
      from: NAME,
      leavesAt: undefined
    }]]])
  })
  dns.names.set(NAME, { a: [BLUE] })
  await until(() => {
    keeper.dialFailed(`web@${RED}:80`)
    return addresses()![0] === BLUE
  }, 'the other address')
  keeper.dialFailed(`web@${RED}:80`)
  keeper.dialFailed('another')
  expect(dns.asked).toHaveLength(4)
})

test('names that no service has any more are not looked up', async () => {
  const { dns, keeper } = await follow({ a: [RED] })
  keeper.keepOnly(parseConfig({}))
  expect(keeper.addressesOf(NAME)).toBeUndefined()
  const before = dns.asked.length
  const other = await follow({ a: [BLUE] }, {}, dns)
  await other.looked()
  // Only the other one asks.
  const mine = dns.asked.length - before
  await other.keeper.stop()
  expect(mine).toBeLessThanOrEqual(10)
  expect(keeper.status(NAME)).toBeUndefined()
})

test('SRV records that name no host or no port are left out', async () => {
  const dns = await DnsServer.start()
  const lookup = new DnsLookup([dns.address])
  const name = '_web._tcp.example'
  dns.names.set('red', { a: [RED] })
  dns.names.set(name, { srv: [{ target: 'red', port: 0 }] })
  expect(await lookup.ask(name)).toEqual({
    kind: 'absent',
    reason: 'SRV records of _web._tcp.example: none has a host and a port'
  })
  dns.names.set(name, { srv: [{ target: 'red', port: 80, priority: 7, weight: 0 }] })
  expect(await lookup.ask(name)).toMatchObject({
    kind: 'found',
    addresses: [{ address: RED, host: 'red', port: 80, priority: 7, weight: 1 }]
  })
  dns.names.set(name, { srv: [{ target: 'nobody', port: 80 }] })
  expect(await lookup.ask(name)).toEqual({ kind: 'absent', reason: 'A records of nobody: no such name (NXDOMAIN)' })
})

test('without DNS servers of its own, the hosts file counts before DNS, and the system knows localhost', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-hosts-'))
  const file = join(directory, 'hosts')
  writeFileSync(file, '# a comment\n127.0.0.2\tweb.example alias # the end\n::1 web.example\nnonsense web.example\n')
  const lookup = new DnsLookup(undefined, undefined, file)
  const addresses = async (name: string): Promise<string[]> => {
    const answer = await lookup.ask(name)
    return answer.kind === 'found' ? answer.addresses.map(({ address }) => address) : [answer.reason]
  }
  expect(await addresses('Web.example')).toEqual([RED, '::1'])
  expect(await addresses('alias')).toEqual([RED])
  expect(await addresses('localhost')).toContain('127.0.0.1')
  rmSync(directory, { recursive: true })
})

test.runIf(existsSync('/proc/self/fd'))('the hosts file is opened once for all that are looked up in it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-hosts-'))
  const file = join(directory, 'hosts')
  writeFileSync(file, '192.0.2.1 a.example\n')
  atEnd(() => { rmSync(directory, { recursive: true }) })
  const lookup = new DnsLookup(undefined, undefined, file)
  const open = (): number => readdirSync('/proc/self/fd').length
  const before = open()
  let most = 0
  const watching = setInterval(() => { most = Math.max(most, open()) }, 0)
  const answers = await Promise.all(Array.from({ length: 2000 }, async () => await lookup.ask('a.example')))
  clearInterval(watching)
  expect(answers.every(({ kind }) => kind === 'found')).toBe(true)
  expect(most - before).toBeLessThan(100)
})

test('a look-up of the system that does not end fails in time, takes one thread, and is asked no more than once at a time', async () => {
  const asked: string[] = []
  const hanging: ((addresses: readonly string[]) => void)[] = []
  const system = async (host: string): Promise<readonly string[]> => {
    asked.push(host)
    return host === 'three.localhost' ? [RED] : await new Promise(resolve => { hanging.push(resolve) })
  }
  const lookup = new DnsLookup(undefined, { answerMs: 100, questionMs: 50 }, '/nonexistent', system)
  const late = (host: string): object => ({
    kind: 'failed',
    reason: `the system's look-up of ${host}: no answer in time`
  })
  expect(await Promise.all(['one.localhost', 'two.localhost'].map(async host => await lookup.ask(host)))).toEqual([
    late('one.localhost'),
    late('two.localhost')
  ])
  expect(asked).toEqual(['one.localhost'])
  hanging[0]!([])
  // Nobody waits for the second name any more.
  const patient = new DnsLookup(undefined, { answerMs: 60_000, questionMs: 50 }, '/nonexistent', system)
  expect(await lookup.ask('three.localhost')).toMatchObject({ kind: 'found', addresses: [{ address: RED }] })
  expect(asked).toEqual(['one.localhost', 'three.localhost'])
  const stopped = patient.ask('one.localhost')
  await until(() => asked.length === 3, 'the question')
  patient.stop()
  expect(await stopped).toEqual(late('one.localhost'))
})
