// The parts that hold floods back, with a clock of the test.
import { floodControlIds, heldVserver, type UserVserver, userVserver } from '@weirlb/model'
import { describe, expect, test } from 'vitest'
import { Defence, type Second } from './defence.ts'
import { FlappingKeys } from './flapping-keys.ts'
import type { FloodRefusal } from './flood-decision.ts'
import { FloodGuard } from './flood-guard.ts'
import { FloodWorld } from './flood-world.ts'
import { LoopWatch } from './loop-watch.ts'
import { nextDue } from './rate.ts'
import { RecentTable, TABLE_ENTRIES } from './recent-table.ts'
import { sourceOf } from './source-of.ts'

const vserver = (floods: object = {}, more: object = {}): UserVserver =>
  userVserver.parse({
    name: 'v',
    protocol: 'P',
    port: 1,
    defaultLb: 'lb',
    floods: { exemptFrom: [], rampSeconds: 0, ...floods },
    ...more
  })

/** A guard of a world whose loop is as late as the test says. */
const guarding = (floods: object = {}, more: object = {}) => {
  const world = new FloodWorld(0)
  const acted: Record<string, number> = {}
  const guard = new FloodGuard(vserver(floods, more), world, acted)
  let time = 0
  const late = (ms: number): void => { for (let looks = 0; looks < 8; looks++) world.loop.saw(time += 250, ms) }
  return { guard, world, acted, late }
}
/** The number of a refusal. */
const by = (refusal: FloodRefusal | undefined): string | undefined => refusal?.control
const ip = (n: number): string => `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`

describe('a guard', () => {
  test('D002: an address has so many connections, and gets one more when one is gone', () => {
    const { guard, acted } = guarding({ connectionsPerAddress: 2, connectsPerAddress: 0 })
    expect([
      guard.admit('10.0.0.1', 1),
      guard.admit('10.0.0.1', 2),
      by(guard.admit('10.0.0.1', 3)),
      guard.admit('10.0.0.2', 4)
    ]).toEqual([undefined, undefined, 'D002', undefined])
    guard.left('10.0.0.1')
    expect(guard.admit('10.0.0.1', 5)).toBe(undefined)
    expect(acted).toEqual({ D002: 1 })
    // Some went without a call.
    guard.recount(['10.0.0.1'])
    expect([guard.admit('10.0.0.1', 6), by(guard.admit('10.0.0.1', 7))]).toEqual([undefined, 'D002'])
  })

  test('D003: an address connects at its rate, with a burst', () => {
    const { guard, acted } = guarding({ connectsPerAddress: 10, connectBurst: 3, connectionsPerAddress: 0 })
    const at = (...times: number[]) => times.map(time => by(guard.admit('10.0.0.1', time)))
    expect(at(0, 0, 0, 0, 99, 100)).toEqual([undefined, undefined, undefined, 'D003', 'D003', undefined])
    expect(acted).toEqual({ D003: 2 })
  })

  test('D004, D029: all addresses together, which rise to it after a start', () => {
    const { guard } = guarding({ connectsPerSecond: 20, rampSeconds: 10 })
    // A tenth of it at first.
    expect([1, 2, 3].map(n => by(guard.admit(ip(n), 0)))).toEqual([undefined, undefined, 'D029'])
    const passed = Array.from({ length: 40 }, (_, n) => guard.admit(ip(100 + n), 20_000))
    expect(passed.filter(refusal => refusal === undefined)).toHaveLength(20)
    expect(by(passed.at(-1))).toBe('D004')
  })

  test('D011: so many clients without an answer, of a protocol in which servers answer', () => {
    const { guard } = guarding({ unanswered: 2 })
    guard.onAsked()
    guard.onAsked()
    expect(guard.admit(ip(1), 0)).toBe(undefined)
    guard.onAnswered(true)
    guard.onAsked()
    expect(by(guard.admit(ip(2), 0))).toBe('D011')
    guard.onAnswered(false)
    expect(guard.admit(ip(3), 0)).toBe(undefined)
  })

  test('D012: a key that flaps is refused for a time', () => {
    const { guard, acted } = guarding({ connectsPerKey: 2, keyRefusedSeconds: 5 })
    expect([0, 1, 2, 3, 4000].map(time => guard.keyRefusal('k', '10.0.0.1', time) === undefined)).toEqual([
      true,
      true,
      false,
      false,
      false
    ])
    expect(guard.keyRefusal('k', '10.0.0.1', 5003)).toBe(undefined)
    expect(guard.keyRefusal('other', '10.0.0.1', 3)).toBe(undefined)
    const long = 'k'.repeat(65_535)
    expect(
      [`${long}1`, `${long}2`, `${long}1`, `${long}1`].map(key => guard.keyRefusal(key, '10.0.0.2', 4) === undefined)
    ).toEqual([true, true, true, false])
    expect(acted).toEqual({ D012: 4 })
  })

  test('D026: so many lines in a second, and their number then', () => {
    const { guard, acted } = guarding({ loggedPerSecond: 2 })
    expect([0, 0, 0, 0, 600].map(time => guard.mayLog(time))).toEqual([0, 0, undefined, undefined, 2])
    expect(guard.takeUnlogged()).toBe(0)
    expect(acted).toEqual({ D026: 2 })
  })

  test('D028: an overloaded loop sheds new clients, and known-good ones last', () => {
    const { guard, late } = guarding({ loopDelayMs: 100 })
    guard.onSession('10.0.0.9', 20_000, 0)
    late(150)
    expect([by(guard.admit('10.0.0.1', 0)), guard.admit('10.0.0.9', 0)]).toEqual(['D028', undefined])
    late(450)
    expect(by(guard.admit('10.0.0.9', 0))).toBe('D028')
  })

  test('exempt addresses are counted, and never refused', () => {
    const { guard, late } = guarding({ exemptFrom: ['10.0.0.0/24'], connectionsPerAddress: 1, connectsPerSecond: 1 })
    late(5000)
    for (let n = 0; n < 5; n++) expect(guard.admit('10.0.0.1', 0)).toBe(undefined)
    guard.configure(vserver({ connectionsPerAddress: 5, loopDelayMs: 0 }))
    expect(by(guard.admit('10.0.0.1', 0))).toBe('D002')
  })

  test('a threat score above 50 is refused, unless the address is known-good, and decays', () => {
    const { guard } = guarding()
    for (let n = 0; n < 4; n++) guard.onEnd('10.0.0.1', 'protocol-error', 0)
    expect(guard.threat('10.0.0.1', 0)).toBe(60)
    expect(guard.admit('10.0.0.1', 0)).toMatchObject({ control: 'security-level' })
    expect(guard.threat('10.0.0.1', 600_000)).toBe(30)
    expect(guard.admit('10.0.0.1', 600_000)).toBe(undefined)
    for (let n = 0; n < 4; n++) guard.onEnd('10.0.0.1', 'protocol-error', 600_001)
    expect(guard.admit('10.0.0.1', 600_001)).toMatchObject({ control: 'security-level' })
    guard.onSession('10.0.0.1', 10_000, 600_001)
    expect(guard.admit('10.0.0.1', 600_002)).toBe(undefined)
  })

  test('in defence mode most connects are kept for known-good addresses', () => {
    const { guard } = guarding({ mode: 'on', connectsPerSecond: 100 })
    expect(guard.onSecond()).toBe(true)
    for (let n = 0; n < 100; n++) guard.onSession(ip(1000 + n), 60_000, 0)
    const unknown = Array.from({ length: 100 }, (_, n) => guard.admit(ip(n), 1000)).filter(refusal =>
      refusal === undefined
    )
    const good = Array.from({ length: 100 }, (_, n) => guard.admit(ip(1000 + n), 1000)).filter(refusal =>
      refusal === undefined
    )
    expect([unknown.length, good.length]).toEqual([30, 70])
  })

  test('D025: a million addresses and keys leave every table at its bound', () => {
    const { guard, world, acted } = guarding({ connectsPerAddress: 0, connectsPerSecond: 0, connectsPerKey: 15 })
    for (let n = 0; n < 1_000_000; n++) {
      const address = ip(n)
      guard.admit(address, n)
      if (n < 201_000) {
        guard.onEnd(address, 'rejected', n)
        guard.onSession(address, 20_000, n)
        guard.keyRefusal(address, address, n)
      }
    }
    expect({ sources: world.sources.size, keys: world.keys.size, ...world.standing.sizes }).toEqual({
      sources: TABLE_ENTRIES,
      keys: TABLE_ENTRIES,
      scores: TABLE_ENTRIES,
      good: TABLE_ENTRIES
    })
    expect(acted['D025']).toBe(800_000 + 3 * 1000)
  })
})

describe('numbers that hold', () => {
  test('each control that has numbers can be switched off, and defence mode is never laxer', () => {
    const config = vserver({ connectsPerKey: 15 }, { tls: {}, http: {}, websocket: {}, proxyProtocol: { from: ['10.0.0.0/8'] } })
    expect(heldVserver(config, false)).toBe(config)
    const tight = heldVserver(config, true)
    expect({ ...tight.floods, off: [] }).toMatchObject({
      connectionsPerAddress: 32,
      connectsPerAddress: 2,
      connectBurst: 10,
      unanswered: 100,
      connectsPerKey: 5,
      messageSeconds: 10,
      readSeconds: 5
    })
    expect(tight.tls).toMatchObject({ handshakeTimeoutSeconds: 3, maxHandshakes: 500, handshakesPerSecond: 250 })
    expect(tight.http).toMatchObject({ headTimeoutSeconds: 2 })
    expect(tight.limits).toMatchObject({ firstMessageTimeoutSeconds: 3, idleTimeoutSeconds: 0 })
    const off = heldVserver(
      vserver({ off: floodControlIds }, { http: {}, websocket: {}, proxyProtocol: { from: ['10.0.0.0/8'] } }),
      true
    )
    expect(off.floods).toMatchObject({
      connectionsPerAddress: 0,
      connectsPerAddress: 0,
      connectsPerSecond: 0,
      unanswered: 0,
      connectsPerKey: 0,
      messageSeconds: 0,
      readSeconds: 0,
      loopDelayMs: 0,
      loggedPerSecond: 0,
      rampSeconds: 0
    })
    expect(off.limits).toMatchObject({ maxClients: 50_000, firstMessageTimeoutSeconds: 3600 })
    // What is off is a valid configuration.
    expect(userVserver.parse(off)).toEqual(off)
    expect(userVserver.parse(tight)).toEqual(tight)
  })
})

describe('defence mode', () => {
  const floods = { mode: 'auto', afterSeconds: 3, calmSeconds: 5, connectsPerSecond: 1000 } as const
  const quiet: Second = { connects: 10, failed: 0, overloaded: false }
  const run = (defence: Defence, second: Second, times: number) =>
    Array.from({ length: times }, () => defence.onSecond(second, floods))

  test.each([
    ['refusals', { connects: 40, failed: 21, overloaded: false }, /21 of 40 clients/],
    ['connects', { connects: 501, failed: 0, overloaded: false }, /501 connects/],
    ['the loop', { connects: 0, failed: 0, overloaded: true }, /overloaded/]
  ])('begins by %s after some seconds of them, and ends after some of calm', (_, attack, reason) => {
    const defence = new Defence()
    run(defence, quiet, 100)
    expect(run(defence, attack, 2)).toEqual([false, false])
    // A calm second begins it anew.
    run(defence, quiet, 1)
    expect(run(defence, attack, 3)).toEqual([false, false, true])
    expect(defence).toMatchObject({ on: true })
    expect(defence.reason).toMatch(reason)
    expect(run(defence, quiet, 4)).not.toContain(true)
    run(defence, attack, 1)
    expect(run(defence, quiet, 5)).toEqual([false, false, false, false, true])
    expect(defence).toMatchObject({ on: false, reason: 'calm for 5 s' })
  })

  test('is what an operator says at once', () => {
    const defence = new Defence()
    expect(defence.onSecond(quiet, { ...floods, mode: 'on' })).toBe(true)
    expect(defence.onSecond(quiet, { ...floods, mode: 'off' })).toBe(true)
    expect(run(defence, { connects: 9999, failed: 9999, overloaded: true }, 3).at(-1)).toBe(true)
    expect(defence.onSecond(quiet, { ...floods, mode: 'off' })).toBe(true)
    expect(defence.on).toBe(false)
  })
})

test('one long turn is no overload, and a second of them is', () => {
  const loop = new LoopWatch()
  loop.saw(0, 0)
  loop.saw(3000, 2950)
  expect(loop.delay).toBe(0)
  for (const at of [3200, 3400, 3600, 3800]) loop.saw(at, 140)
  expect(loop.delay).toBe(0)
  loop.saw(4000, 150)
  expect(loop.delay).toBe(140)
  loop.saw(4050, 0)
  expect(loop.delay).toBe(0)
})

test('a rate is exact over a long time', () => {
  let due = 0
  let passed = 0
  for (let now = 1000; now < 61_000; now += 7) {
    const next = nextDue(due, now, 20, 100)
    if (next < 0) continue
    due = next
    passed++
  }
  expect(passed).toBeGreaterThanOrEqual(60 * 20 + 99)
  expect(passed).toBeLessThanOrEqual(60 * 20 + 101)
})

test('a table keeps what is in use, and drops the least recent of the rest', () => {
  const gone: number[] = []
  const table = new RecentTable<{ open: boolean }>(3, () => { gone.push(1) }, ({ open }) => open)
  table.set('a', { open: true })
  table.set('b', { open: false })
  table.set('c', { open: false })
  table.use('b')
  table.set('d', { open: false })
  expect(['a', 'b', 'c', 'd'].filter(key => table.peek(key) !== undefined)).toEqual(['a', 'b', 'd'])
  expect(gone).toHaveLength(1)
})

test('keys come and go', () => {
  const keys = new FlappingKeys(() => {})
  expect([0, 0, 61_000].map(now => keys.admit('k', now, 2, 1000))).toEqual([true, true, true])
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::6', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::', '0:0:0:0::/64']
])('%s counts as %s', (address, source) => {
  expect(sourceOf(address)).toBe(source)
})

test('the first and the last of a burst pass, however times are rounded', () => {
  for (let n = 1; n < 1000; n++) {
    const now = n * 1234.567891
    expect(nextDue(0, now, 0.001, 1)).toBeGreaterThan(now)
    const second = nextDue(nextDue(0, now, 0.3, 2), now, 0.3, 2)
    expect(second).toBeGreaterThan(now)
    expect(nextDue(second, now, 0.3, 2)).toBe(-1)
  }
})
