import { totalmem } from 'node:os'
import { expect, test } from 'vitest'
import { isWorn, wearLimits } from './wear.ts'

test('a worker is worn by the memory that its lost threads leave it, or by their number', () => {
  const limits = { lostThreads: 16, bytes: 1000 }
  expect([isWorn(limits, 0, 5000), isWorn(limits, 1, 999), isWorn(limits, 15, 999)]).toEqual([false, false, false])
  expect([isWorn(limits, 1, 1000), isWorn(limits, 16, 0)]).toEqual([true, true])
})

test('the limits leave room for all workers and one that comes up', () => {
  for (const workers of [1, 2, 8]) {
    const { bytes } = wearLimits(workers)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes * (workers + 1)).toBeLessThanOrEqual(totalmem())
  }
})
