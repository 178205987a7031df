import { expect, test } from 'vitest'
import { Thrown } from './thrown.ts'

test('each kind is logged at once, and then once a minute with the number since', () => {
  const thrown = new Thrown()
  expect([thrown.count('a.ts:1:1', 0), thrown.count('b.ts:1:1', 1)]).toEqual([1, 1])
  expect(Array.from({ length: 100 }, (_, i) => thrown.count('a.ts:1:1', i))).toEqual(new Array(100).fill(0))
  expect(thrown.count('a.ts:1:1', 60_000)).toBe(101)
  expect([thrown.count('a.ts:1:1', 60_001), thrown.count('a.ts:1:1', 120_000)]).toEqual([0, 2])
})

test('kinds without end take no room without end', () => {
  const thrown = new Thrown()
  for (let i = 0; i < 10_000; i++) expect(thrown.count(`a.ts:${i}:1`, 0)).toBe(1)
  expect(thrown.count('a.ts:9999:1', 0)).toBe(0)
  expect(thrown.count('a.ts:0:1', 0)).toBe(1)
})
