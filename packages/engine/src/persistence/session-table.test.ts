import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LocalSessionDirectory } from './local-session-directory.ts'
import { SessionTable } from './session-table.ts'
import type { SessionSnapshot } from './session-table.ts'

const claimOf = (key: string, proposal = 'a', unavailable: string[] = []) => ({ lbVserver: 'lb', key, proposal, unavailable })

/** A table on a clock that the test moves. */
const tableAt = (maxEntries?: number) => {
  const clock = { now: 1_000_000 }
  return { clock, table: new SessionTable({ maxEntries, now: () => clock.now }) }
}

test('the first claim makes the entry, the next ones find it', () => {
  const { table } = tableAt()
  expect(table.claim(claimOf('k', 'a'), 0)).toEqual({ service: 'a', hit: false })
  expect(table.claim(claimOf('k', 'b'), 0)).toEqual({ service: 'a', hit: true })
  expect(table.claim({ ...claimOf('k', 'b'), lbVserver: 'other' }, 0)).toEqual({ service: 'b', hit: false })
})

test('an entry whose service cannot be taken is given the proposal, and keeps it', () => {
  const { table } = tableAt()
  table.claim(claimOf('k', 'a'), 0)
  expect(table.claim(claimOf('k', 'b', ['a', 'c']), 0)).toEqual({ service: 'b', hit: false })
  expect(table.claim(claimOf('k', 'a'), 0)).toEqual({ service: 'b', hit: true })
})

test('the timer starts when the last connection lets go', () => {
  const { table, clock } = tableAt()
  table.claim(claimOf('k'), 0)
  table.claim(claimOf('k'), 1)
  clock.now += 1e9
  expect(table.list()).toEqual([{ lbVserver: 'lb', key: 'k', service: 'a', connections: 2, expiresInMs: undefined }])
  table.release('lb', 'k', 5000, 0)
  clock.now += 1e9
  expect(table.list()[0]).toMatchObject({ connections: 1 })
  table.release('lb', 'k', 5000, 1)
  expect(table.list()).toEqual([{ lbVserver: 'lb', key: 'k', service: 'a', connections: 0, expiresInMs: 5000 }])
  clock.now += 4999
  expect(table.claim(claimOf('k', 'b'), 0)).toEqual({ service: 'a', hit: true })
  table.release('lb', 'k', 5000, 0)
  clock.now += 5000
  expect(table.claim(claimOf('k', 'b'), 0)).toEqual({ service: 'b', hit: false })
})

test('a time-out of 0 ends the entry with its last connection', () => {
  const { table } = tableAt()
  table.claim(claimOf('k'), 0)
  table.release('lb', 'k', 0, 0)
  expect(table.size).toBe(0)
})

test('pin overrides what stood there and holds it', () => {
  const { table, clock } = tableAt()
  table.pin('lb', 'k', 'a', 0)
  table.pin('lb', 'k', 'b', 0)
  clock.now += 1e9
  expect(table.list()).toEqual([{ lbVserver: 'lb', key: 'k', service: 'b', connections: 2, expiresInMs: undefined }])
})

test('a holder that dies lets go of everything it held, and of nothing else', () => {
  const { table, clock } = tableAt()
  table.claim(claimOf('mine'), 1)
  table.claim(claimOf('mine'), 1)
  table.claim(claimOf('shared'), 1)
  table.claim(claimOf('shared'), 2)
  table.claim(claimOf('theirs'), 2)
  table.claim(claimOf('closed'), 2)
  table.release('lb', 'closed', 7000, 2)
  table.releaseAll(1)
  expect(table.list().map(({ key, connections, expiresInMs }) => [key, connections, expiresInMs])).toEqual([
    ['mine', 0, 7000], ['shared', 1, undefined], ['theirs', 1, undefined], ['closed', 0, 7000]
  ])
  clock.now += 7000
  expect(table.list().map(({ key }) => key)).toEqual(['shared', 'theirs'])
  table.release('lb', 'shared', 7000, 1)
  expect(table.list()[0]).toMatchObject({ connections: 1 })
})

test('a holder that dies before anything was released leaves its entries for the default time, or for the one that is given', () => {
  const { table } = tableAt()
  table.claim(claimOf('one'), 1)
  table.claim(claimOf('two'), 2)
  table.releaseAll(1)
  table.releaseAll(2, () => 9000)
  expect(table.list().map(({ expiresInMs }) => expiresInMs)).toEqual([120_000, 9000])
})

test('releases that come after a delete do no harm', () => {
  const { table } = tableAt()
  table.claim(claimOf('k'), 0)
  expect(table.delete({ key: 'k' })).toBe(1)
  table.release('lb', 'k', 1000, 0)
  expect(table.size).toBe(0)
  table.claim(claimOf('k', 'b'), 1)
  table.release('lb', 'k', 1000, 0)
  expect(table.list()[0]).toMatchObject({ service: 'b', connections: 1 })
})

test('list and delete take an LB vserver, a key and a limit', () => {
  const { table } = tableAt()
  for (const lbVserver of ['one', 'two']) for (const key of ['a', 'b', 'c']) table.pin(lbVserver, key, 's', 0)
  expect(table.list({ lbVserver: 'one' })).toHaveLength(3)
  expect(table.list({ key: 'b' }).map(({ lbVserver }) => lbVserver)).toEqual(['one', 'two'])
  expect(table.list({ lbVserver: 'two', key: 'c' })).toHaveLength(1)
  expect(table.list({ limit: 4 })).toHaveLength(4)
  expect(table.list({ lbVserver: 'none' })).toEqual([])
  expect(table.delete({ lbVserver: 'one', limit: 2 })).toBe(2)
  expect(table.delete({ key: 'c' })).toBe(2)
  expect(table.delete()).toBe(2)
  expect(table.size).toBe(0)
})

test('over its maximum the table drops what would expire first, never what is held', () => {
  const { table } = tableAt(3)
  for (const key of ['held', 'later', 'sooner']) table.claim(claimOf(key), 0)
  table.release('lb', 'later', 9000, 0)
  table.release('lb', 'sooner', 2000, 0)
  table.claim(claimOf('new'), 0)
  expect(table.list().map(({ key }) => key)).toEqual(['held', 'later', 'new'])
  table.claim(claimOf('newer'), 0)
  expect(table.list().map(({ key }) => key)).toEqual(['held', 'new', 'newer'])
  // All held: correctness before the cap.
  table.claim(claimOf('one more'), 0)
  expect(table.size).toBe(4)
})

test('a snapshot comes back with the time that was left', () => {
  const { table, clock } = tableAt()
  table.claim(claimOf('held', 'a'), 0)
  table.claim(claimOf('let go', 'b'), 0)
  table.release('lb', 'let go', 5000, 0)
  clock.now += 2000
  const snapshot = JSON.parse(JSON.stringify(table.snapshot())) as SessionSnapshot[]
  const { table: next, clock: nextClock } = tableAt()
  next.pin('lb', 'held', 'newer', 0)
  next.restore(snapshot.map(entry => ({ ...entry, remainingMs: entry.remainingMs ?? 60_000 })))
  expect(next.list().map(({ key, service, expiresInMs }) => [key, service, expiresInMs])).toEqual([['held', 'newer', undefined], ['let go', 'b', 3000]])
  nextClock.now += 3000
  expect(next.size).toBe(1)
})

test('a directory is the table as one holder sees it', () => {
  const table = new SessionTable()
  const [one, two] = [new LocalSessionDirectory(table, 1), new LocalSessionDirectory(table, 2)]
  const answers: unknown[] = []
  const sink = { onClaimed (service: string, hit: boolean) { answers.push([service, hit]) } }
  one.claim(claimOf('k', 'a'), sink)
  two.claim(claimOf('k', 'b'), sink)
  expect(answers).toEqual([['a', false], ['a', true]])
  one.release('lb', 'k', 1000)
  two.pin('lb', 'k', 'c')
  table.releaseAll(2)
  expect(table.list()).toMatchObject([{ service: 'c', connections: 0 }])
})

test('agrees with a slow reference over any sequence of operations', () => {
  interface Slow { service: string, holds: number[], until: number }
  const key = fc.constantFrom('x', 'y', 'z')
  const holder = fc.constantFrom(0, 1, 2)
  const service = fc.constantFrom('a', 'b')
  const step = fc.oneof(
    fc.record({ op: fc.constant('claim' as const), key, holder, service, down: fc.boolean() }),
    fc.record({ op: fc.constant('pin' as const), key, holder, service }),
    fc.record({ op: fc.constant('release' as const), key, holder }),
    fc.record({ op: fc.constant('die' as const), holder }),
    fc.record({ op: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 4000 }) }))
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), steps => {
    const TTL = 3000
    const { table, clock } = tableAt()
    table.release('lb', 'nothing', TTL, 0)
    const slow = new Map<string, Slow>()
    const live = (k: string): Slow | undefined => {
      const entry = slow.get(k)
      return entry !== undefined && (entry.holds.length > 0 || entry.until > clock.now) ? entry : undefined
    }
    for (const each of steps) {
      if (each.op === 'wait') clock.now += each.ms
      else if (each.op === 'die') {
        table.releaseAll(each.holder)
        for (const entry of slow.values()) {
          if (!entry.holds.includes(each.holder)) continue
          entry.holds = entry.holds.filter(h => h !== each.holder)
          entry.until = clock.now + TTL
        }
      } else if (each.op === 'release') {
        table.release('lb', each.key, TTL, each.holder)
        const entry = live(each.key)
        const at = entry?.holds.indexOf(each.holder) ?? -1
        if (entry !== undefined && at >= 0) {
          entry.holds.splice(at, 1)
          entry.until = clock.now + TTL
        }
      } else {
        const entry = live(each.key) ?? { service: each.service, holds: [], until: 0 }
        slow.set(each.key, entry)
        if (each.op === 'pin') {
          table.pin('lb', each.key, each.service, each.holder)
          entry.service = each.service
        } else {
          const unavailable = each.down ? [each.service === 'a' ? 'b' : 'a'] : []
          if (unavailable.includes(entry.service)) entry.service = each.service
          expect(table.claim(claimOf(each.key, each.service, unavailable), each.holder).service).toBe(entry.service)
        }
        entry.holds.push(each.holder)
      }
      const expected = ['x', 'y', 'z'].flatMap(k => {
        const entry = live(k)
        return entry === undefined ? [] : [[k, entry.service, entry.holds.length, entry.holds.length > 0 ? undefined : entry.until - clock.now]]
      })
      expect(table.list().map(e => [e.key, e.service, e.connections, e.expiresInMs]).sort()).toEqual(expected)
    }
  }), { numRuns: 300 })
})
