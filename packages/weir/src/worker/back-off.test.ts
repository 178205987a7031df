import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

test('the wait doubles from 100 ms to 5 s, and starts again after a process that lived', () => {
  const backOff = new BackOff()
  expect(Array.from({ length: 8 }, () => backOff.after(10))).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
  expect(backOff.after(30_000)).toBe(100)
  expect(backOff.after(29_999)).toBe(200)
})
