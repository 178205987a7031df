import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LocalSessionDirectory } from './local-session-directory.ts'
import { SessionTable } from './session-table.ts'

const claimOf = (key: string, proposal = 'a', unavailable: string[] = []) => ({
  lbVserver: 'lb',
  key,
  proposal,
  unavailable
})

/** A table on a clock that the test moves. */
const tableAt = (maxEntries?: number) => {
  const clock = { now: 1_000_000 }
  return { clock, table: new SessionTable({ maxEntries, now: () => clock.now }) }
}

test('the first claim makes the entry, the next ones find it', () => {
  const { table } = tableAt()
  expect(table.claim(claimOf('k', 'a'), 0)).toEqual({ service: 'a', hit: false, pinned: true })
  expect(table.claim(claimOf('k', 'b'), 0)).toEqual({ service: 'a', hit: true, pinned: true })
  expect(table.claim({ ...claimOf('k', 'b'), lbVserver: 'other' }, 0)).toEqual({
    service: 'b',
    hit: false,
    pinned: true
  })
})

test('an entry whose service cannot be taken is given the proposal, and keeps it', () => {
  const { table } = tableAt()
  table.claim(claimOf('k', 'a'), 0)
  expect(table.claim(claimOf('k', 'b', ['a', 'c']), 0)).toEqual({ service: 'b', hit: false, pinned: true })
  expect(table.claim(claimOf('k', 'a'), 0)).toEqual({ service: 'b', hit: true, pinned: true })
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
  expect(table.claim(claimOf('k', 'b'), 0)).toEqual({ service: 'a', hit: true, pinned: true })
  table.release('lb', 'k', 5000, 0)
  clock.now += 5000
  expect(table.claim(claimOf('k', 'b'), 0)).toEqual({ service: 'b', hit: false, pinned: true })
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

describe('a limit', () => {
  /** Keys that are there, and what was counted. */
  const state = (
    table: SessionTable,
    lbVserver = 'lb'
  ): unknown => [
    table.list({ lbVserver }).map(({ key }) => key).sort().join(' '),
    table.counts(lbVserver).evicted,
    table.counts(lbVserver).unpinned
  ]
  const free = (table: SessionTable, key: string, lbVserver = 'lb', ttlMs = 9000): void => {
    table.claim({ ...claimOf(key), lbVserver }, 0)
    table.release(lbVserver, key, ttlMs, 0)
  }

  test.each([
    ['of the LB vserver', (): SessionTable => { const { table } = tableAt(); table.limit(new Map([['lb', 3]])); return table }],
    ['of all', (): SessionTable => tableAt(3).table]
  ])(
    '%s holds at its bound, one below and one above: the entry that was let go first goes, whatever time it had left',
    (_, make) => {
      const table = make()
      free(table, 'first', 'lb', 90_000)
      free(table, 'second')
      expect(state(table)).toEqual(['first second', 0, 0])
      free(table, 'third')
      expect(state(table)).toEqual(['first second third', 0, 0])
      // Held again and let go again, it is the youngest.
      free(table, 'first', 'lb', 90_000)
      free(table, 'fourth')
      expect(state(table)).toEqual(['first fourth third', 1, 0])
      free(table, 'fifth')
      expect(state(table)).toEqual(['fifth first fourth', 2, 0])
    }
  )

  test('never drops what is held: a key for which there is no room gets the proposal and no entry', () => {
    const { table } = tableAt(2)
    table.claim(claimOf('held'), 0)
    expect(table.claim(claimOf('held too'), 0)).toEqual({ service: 'a', hit: false, pinned: true })
    expect(table.claim(claimOf('one more'), 0)).toEqual({ service: 'a', hit: false, pinned: false })
    expect(table.pin('lb', 'and one', 'a', 0)).toBe(false)
    expect(state(table)).toEqual(['held held too', 0, 2])
    // What has an entry goes on as ever.
    expect(table.claim(claimOf('held', 'b'), 1)).toEqual({ service: 'a', hit: true, pinned: true })
    table.release('lb', 'one more', 9000, 0)
    table.release('lb', 'held too', 9000, 0)
    expect(table.claim(claimOf('one more'), 0)).toMatchObject({ pinned: true })
    expect(state(table)).toEqual(['held one more', 1, 2])
  })

  test('of one LB vserver is no other one\'s', () => {
    const { table } = tableAt(4)
    table.limit(new Map([['lb', 1]]))
    for (const key of ['a', 'b', 'c']) free(table, key, 'other')
    free(table, 'a')
    free(table, 'b')
    expect([state(table), state(table, 'other')]).toEqual([['b', 1, 0], ['a b c', 0, 0]])
    // The table is full: of all, the oldest goes, of whichever LB vserver.
    free(table, 'd', 'other')
    expect([state(table), state(table, 'other')]).toEqual([['b', 1, 0], ['b c d', 1, 0]])
  })

  test('that is lowered lets the oldest go by and by', () => {
    const { table } = tableAt()
    for (const key of ['a', 'b', 'c', 'd']) free(table, key)
    table.claim(claimOf('a'), 0)
    table.limit(new Map([['lb', 2]]))
    while (table.tidy(1)) { /* a step at a time */ }
    expect(state(table)).toEqual(['a d', 2, 0])
  })

  test('does not count what has expired as dropped', () => {
    const { table, clock } = tableAt(1)
    free(table, 'a')
    clock.now += 9000
    free(table, 'b', 'other')
    expect([state(table), state(table, 'other')]).toEqual([['', 0, 0], ['b', 0, 0]])
  })

  test('is kept by the table that is followed', () => {
    const { table } = tableAt(1)
    table.follows = true
    free(table, 'a')
    free(table, 'b')
    table.evict('lb', 'a')
    table.evict('lb', 'gone')
    table.leaveUnpinned('lb')
    table.tidy()
    expect(state(table)).toEqual(['b', 1, 1])
  })
})

test('dropped entries are gone at once, and their memory by and by', () => {
  const { table } = tableAt()
  const dropped: string[] = []
  table.journal = {
    onHeld () {},
    onFreed () {},
    onRemoved () {},
    onEvicted () {},
    onDropped: (lbVserver, service) => {
      dropped.push(`${lbVserver} ${service}`)
    }
  }
  for (let i = 0; i < 100; i++) table.pin('lb', `k${i}`, i % 2 === 0 ? 'even' : 'odd', 0)
  table.retain((lbVserver, service) => lbVserver === 'lb' && service === 'odd')
  expect([dropped, table.size, table.list().length, table.find('lb', 'k0'), table.find('lb', 'k1')]).toEqual([
    ['lb even'],
    50,
    50,
    undefined,
    'odd'
  ])
  // The key is free for another entry, and what held the old one lets go of nothing.
  table.claim(claimOf('k0', 'even'), 1)
  table.release('lb', 'k0', 1000, 0)
  while (table.tidy(1)) { /* a step at a time */ }
  expect(table.list({ key: 'k0' })).toMatchObject([{ service: 'even', connections: 1 }])
  table.releaseAll(0)
  expect(table.list().filter(({ connections }) => connections > 0).map(({ key }) => key)).toEqual(['k0'])
  expect(table.delete()).toBe(51)
  expect(table.list()).toEqual([])
})

test('what many entries need is done in parts, and no call waits for it', () => {
  const { table, clock } = tableAt()
  const count = 5000
  for (let i = 0; i < count; i++) table.claim(claimOf(`k${i}`), 1)
  table.releaseAll(1, () => 9000)
  const held = (): number => table.list().filter(({ connections }) => connections > 0).length
  expect(held()).toBe(4000)
  clock.now += 500
  // What the dead holder is said to have done since is let go too, as of its end.
  table.claim(claimOf('late'), 1)
  let parts = 1
  while (table.tidy()) parts++
  expect([parts, held()]).toEqual([5, 0])
  expect(new Set(table.list().map(({ expiresInMs }) => expiresInMs))).toEqual(new Set([8500]))
  clock.now += 8500
  expect(table.list()).toEqual([])
  table.tidy()
  expect(table.size).toBe(count + 1 - 1000)
  table.claim(claimOf('next'), 1)
  expect(table.size).toBe(count + 2 - 1000 - 16)
})

test('an entry that its first holder lets go of is the next one\'s', () => {
  const { table } = tableAt()
  for (const holder of [1, 2, 2, 3]) table.claim(claimOf('k'), holder)
  table.release('lb', 'k', 1000, 1)
  expect(table.list()[0]).toMatchObject({ connections: 3, expiresInMs: undefined })
  table.releaseAll(2)
  table.claim(claimOf('k'), 2)
  table.release('lb', 'k', 1000, 3)
  expect(table.list()[0]).toMatchObject({ connections: 1, expiresInMs: undefined })
  table.release('lb', 'k', 1000, 2)
  expect(table.list()[0]).toMatchObject({ connections: 0, expiresInMs: 1000 })
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
