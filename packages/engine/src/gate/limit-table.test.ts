import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LimitTable } from './limit-table.ts'

test('what was not used for longest goes first, and a million keys leave the table at its bound', () => {
  const table = new LimitTable(60_000, 1000)
  for (let key = 0; key < 1000; key++) table.counter(key, 0).current++
  table.counter(0, 1)
  table.counter('new', 2)
  expect([table.peek(0) !== undefined, table.peek(1), table.size, table.evicted]).toEqual([true, undefined, 1000, 1])
  for (let key = 1000; key < 1_001_000; key++) table.counter(key, 3).current++
  expect([table.size, table.evicted]).toEqual([1000, 1_000_001])
  expect(table.peek(1_000_999)?.current).toBe(1)
  table.resize(10)
  expect([table.size, table.peek(1_000_989), table.peek(1_000_990)?.current]).toEqual([10, undefined, 1])
})

test('counters that count nothing any more make room without being counted as gone early', () => {
  const table = new LimitTable(1000, 100)
  for (let key = 0; key < 100; key++) table.counter(key, 0)
  table.peek(99)!.until = 100_000
  for (let key = 200; key < 250; key++) table.counter(key, 5000)
  expect(table.evicted).toBe(0)
  expect(table.size).toBeLessThan(100)
})

test('a sliding period holds its limit, and says when there is room again', () => {
  const table = new LimitTable(10_000, 10)
  const counter = table.counter('a', 0)
  const take = (now: number): boolean => {
    if (table.total(counter, now) + 1 > 10) return false
    counter.current++
    return true
  }
  expect(Array.from({ length: 100 }, () => take(5000)).filter(Boolean)).toHaveLength(10)
  expect(table.waitFor(counter, 1, 10, 5000)).toBeCloseTo(6000)
  expect([take(10_900), take(11_000), take(11_000)]).toEqual([false, true, false])
  // Nothing is left of it after two periods.
  expect(table.total(counter, 40_000)).toBe(0)
})

test('at every time that is said there is room, and a moment before there is none', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 }),
      (limit, gaps) => {
        const table = new LimitTable(10_000, 10)
        const counter = table.counter('a', 0)
        let now = 0
        for (const gap of gaps) {
          now += gap
          if (table.total(counter, now) + 1 <= limit) counter.current++
        }
        const wait = table.waitFor(counter, 1, limit, now)
        if (wait > 1) expect(table.total(counter, now + wait - 1) + 1).toBeGreaterThan(limit)
        expect(table.total(counter, now + wait + 1e-6) + 1).toBeLessThanOrEqual(limit + 1e-6)
      }
    )
  )
})

test('a sliding period lets no more pass than twice its limit in any period, and its limit on average', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 50, maxLength: 300 }),
      (limit, gaps) => {
        const table = new LimitTable(1000, 10)
        const passed: number[] = []
        let now = 0
        for (const gap of gaps) {
          now += gap
          const counter = table.counter('a', now)
          if (table.total(counter, now) + 1 > limit) continue
          counter.current++
          passed.push(now)
        }
        for (const from of passed) expect(passed.filter(at => at >= from && at < from + 1000).length)
            .toBeLessThanOrEqual(2 * limit)
        expect(passed.length).toBeLessThanOrEqual(limit * (now / 1000 + 2))
      }
    )
  )
})

test('a bucket loses what flows away, and never more than it has', () => {
  const table = new LimitTable(1000, 10)
  const counter = table.counter('a', 0)
  expect(table.pour(counter, 100, 0.1, 0)).toBe(100)
  expect(table.pour(counter, 0, 0.1, 500)).toBe(50)
  expect(table.pour(counter, 1, 0.1, 10_000)).toBe(1)
})
