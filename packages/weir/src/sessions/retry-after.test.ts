import { expect, test } from 'vitest'
import { retryAfter } from './retry-after.ts'

test('the wait doubles from the first one to 30 s, and stays there', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 5000].map(failures => retryAfter(failures, 1000))).toEqual([
    1000,
    2000,
    4000,
    8000,
    16_000,
    30_000,
    30_000,
    30_000
  ])
  expect([29_999, 30_000, 30_001].map(firstMs => retryAfter(1, firstMs))).toEqual([29_999, 30_000, 30_000])
})
