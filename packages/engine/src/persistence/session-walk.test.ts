import { describe, expect, test } from 'vitest'
import { RESTORED, SessionTable } from './session-table.ts'
import type { SessionVisit } from './session-walk.ts'

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

describe('entries that are kept over a restart', () => {
  interface Row {
    readonly key: string
    readonly service: string
    readonly ttlMs: number | undefined
    readonly remainingMs: number | undefined
  }
  const rows = (table: SessionTable, steps: number): Row[] => {
    const found: Row[] = []
    const visit: SessionVisit = (_, key, service, ttlMs, remainingMs) => {
      found.push({ key, service, ttlMs, remainingMs })
    }
    const walk = table.walk()
    while (walk.next(steps, visit)) { /* the next part */ }
    walk.end()
    return found
  }
  const restoreAll = (table: SessionTable, kept: readonly Row[]): void => {
    for (const { key, service, ttlMs, remainingMs } of kept) table.restore('lb', key, service, ttlMs ?? 0, remainingMs)
    table.restored()
  }

  test.each([1, 2, 1000])('come back with the time that was left, in whatever order, read in parts of %i steps', steps => {
    const { table, clock } = tableAt()
    table.claim(claimOf('held', 'a'), 0)
    for (const [key, ttlMs] of [['x', 50_000], ['y', 50_000], ['z', 70_000]] as const) {
      table.claim(claimOf(key, 'b'), 0)
      table.release('lb', key, ttlMs, 0)
      clock.now += 5000
    }
    const kept = rows(table, steps).reverse()
    expect(kept).toHaveLength(4)
    const { table: next, clock: nextClock } = tableAt(3)
    restoreAll(next, kept)
    next.releaseAll(RESTORED, () => 60_000, nextClock.now - 10_000)
    expect(Object.fromEntries(next.list().map(({ key, expiresInMs }) => [key, expiresInMs]))).toEqual({ held: 50_000, x: 35_000, y: 40_000, z: 65_000 })
    // More than there may be: the one that was let go first goes first.
    next.tidy()
    expect(next.list().map(({ key }) => key).sort()).toEqual(['held', 'y', 'z'])
    nextClock.now += 40_000
    expect(next.list().map(({ key }) => key).sort()).toEqual(['held', 'z'])
  })

  test.each([1, 2, 3, 7])('are walked over in parts of %i steps while others change: held ones, then the rest as they were let go', steps => {
    const { table, clock } = tableAt()
    const free = (key: string): void => {
      table.claim(claimOf(key), 0)
      table.release('lb', key, 5000, 0)
    }
    for (const key of ['d', 'c', 'b', 'a']) free(key)
    for (const key of ['x', 'y']) table.claim(claimOf(key), 0)
    const order: string[] = []
    const walk = table.walk()
    const visit: SessionVisit = (_, key) => { order.push(key) }
    let more = walk.next(steps, visit)
    // Where the walk stands and where it was: both leave; one comes.
    table.delete({ key: order.at(-1) ?? 'x' })
    table.delete({ key: 'c' })
    clock.now += 1
    free('late')
    while (more) more = walk.next(steps, visit)
    expect(order.filter(key => ['y', 'b', 'a'].includes(key))).toEqual(['y', 'b', 'a'])
    expect(new Set(order).size).toBe(order.length)
  })

  test('are what was said of them last', () => {
    const { table } = tableAt()
    table.restore('lb', 'k', 'a', 0, undefined)
    table.restore('lb', 'k', 'b', 5000, 4000)
    table.restore('lb', 'over', 'a', 5000, 4000)
    table.restore('lb', 'over', 'a', 5000, 0)
    table.restore('lb', 'removed', 'a', 5000, 4000)
    table.restoreRemoved('lb', 'removed')
    table.restored()
    expect(table.list()).toEqual([{ lbVserver: 'lb', key: 'k', service: 'b', connections: 0, expiresInMs: 4000 }])
  })

  test.each([[999, 5000], [1000, 5000], [1001, 3999]])(
    'whose time is %i ms shorter than that of the one before stays in order, or is sorted',
    (shorter, expiresInMs) => {
      const { table } = tableAt()
      table.restore('lb', 'before', 'a', 60_000, 5000)
      table.restore('lb', 'k', 'a', 60_000, 5000 - shorter)
      table.restored()
      expect(Object.fromEntries(table.list().map(entry => [entry.key, entry.expiresInMs]))).toEqual({
        before: 5000,
        k: expiresInMs
      })
      // In a lane out of order the later one would keep the earlier one from expiring.
      expect(table.list({ limit: 1 })).toHaveLength(1)
    }
  )

  test('whose age is not known go before all others', () => {
    const { table } = tableAt(2)
    table.restore('lb', 'known', 'a', 9000, 1)
    table.restore('lb', 'unknown', 'a', Infinity, 1_000_000)
    table.restored()
    table.claim(claimOf('new'), 0)
    expect(table.list().map(({ key }) => key).sort()).toEqual(['known', 'new'])
  })

  test('are told as they change, and only as they change', () => {
    const { table, clock } = tableAt(2)
    const told: unknown[] = []
    const tell = (what: string) => (...of: unknown[]): void => {
      told.push([what, ...of])
    }
    table.journal = {
      onHeld: tell('held'),
      onFreed: tell('freed'),
      onRemoved: tell('removed'),
      onEvicted: tell('evicted'),
      onDropped: tell('dropped')
    }
    table.claim(claimOf('k'), 0)
    table.claim(claimOf('k'), 0)
    table.claim(claimOf('k'), 1)
    table.claim(claimOf('k', 'b', ['a']), 1)
    for (const holder of [0, 0, 1, 1]) table.release('lb', 'k', 5000, holder)
    clock.now += 1000
    table.claim(claimOf('k'), 0)
    table.release('lb', 'k', 0, 0)
    for (const key of ['x', 'y', 'z']) {
      table.claim(claimOf(key), 0)
      table.release('lb', key, 5000, 0)
    }
    table.delete({ key: 'z' })
    table.delete()
    clock.now += 1e9
    table.tidy()
    expect(told).toEqual([
      ['held', 'lb', 'k', 'a'],
      ['held', 'lb', 'k', 'b'],
      ['freed', 'lb', 'k', 'b', 5000, 5000],
      ['held', 'lb', 'k', 'b'],
      ['removed', 'lb', 'k'],
      ['held', 'lb', 'x', 'a'],
      ['freed', 'lb', 'x', 'a', 5000, 5000],
      ['held', 'lb', 'y', 'a'],
      ['freed', 'lb', 'y', 'a', 5000, 5000],
      ['evicted', 'lb', 'x'],
      ['held', 'lb', 'z', 'a'],
      ['freed', 'lb', 'z', 'a', 5000, 5000],
      ['removed', 'lb', 'z'],
      ['dropped', 'lb', 'a']
    ])
  })
})
