import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeavyHitters } from './heavy-hitters.ts'
import { mergeTops, type TopList } from './tops.ts'

const count = (values: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

const listOf = (values: readonly string[], size: number): TopList => {
  const hitters = new HeavyHitters(size)
  for (const value of values) hitters.add(value)
  return { since: 0, decisions: values.length, hitters: hitters.all(), floor: hitters.floor }
}

/**
 * What a list states holds for every value: it came at most `count` times, at least `count - error`, and at most
 * `floor` times where it is not there.
 */
const expectBounds = ({ hitters, floor }: TopList, counts: ReadonlyMap<string, number>): void => {
  for (const [value, exact] of counts) {
    const found = hitters.find(hitter => hitter.value === value)
    if (found === undefined) expect(exact).toBeLessThanOrEqual(floor)
    else {
      expect(exact).toBeLessThanOrEqual(found.count)
      expect(exact).toBeGreaterThanOrEqual(found.count - found.error)
    }
  }
}

const values = fc.array(fc.nat({ max: 40 }).map(n => `v${Math.floor(n * n / 40)}`), { maxLength: 400 })

test('a list holds what it states, alone and merged', () => {
  fc.assert(
    fc.property(values, values, fc.integer({ min: 1, max: 12 }), (one, other, size) => {
      const lists = [listOf(one, size), listOf(other, size)]
      expect(lists[0]!.hitters.length).toBeLessThanOrEqual(size)
      expectBounds(lists[0]!, count(one))
      const both = count([...one, ...other])
      const merged = mergeTops(lists, 100)
      expectBounds(merged, both)
      expect(merged.hitters.map(hitter => hitter.count)).toEqual(
        merged.hitters.map(hitter => hitter.count).sort((a, b) => b - a)
      )
      expectBounds(mergeTops(lists, 3), both)
    }),
    { numRuns: 200 }
  )
})

test('a million values leave it at its bound, and keep the frequent one', () => {
  const hitters = new HeavyHitters(512)
  for (let n = 0; n < 1_000_000; n++) {
    hitters.add(`10.${n >> 16}.${n >> 8 & 255}.${n & 255}`)
    if (n % 100 === 0) hitters.add('often')
  }
  expect(hitters.length).toBe(512)
  const often = hitters.all().find(({ value }) => value === 'often')!
  expect(often.count).toBeGreaterThanOrEqual(10_000)
  expect(often.count - often.error).toBeLessThanOrEqual(10_000)
})
