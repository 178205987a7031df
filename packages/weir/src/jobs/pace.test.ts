import { expect, test } from 'vitest'
import { Pace } from './pace.ts'

test('a rate is kept whatever the steps are, and its fractions too', () => {
  const pace = new Pace(3, 0)
  let sum = 0
  for (let now = 0; now <= 100_000; now += 70) sum += pace.take(now)
  expect(sum).toBe(Math.floor(99_960 / 1000 * 3 + 1e-6))
})

test('less than one a second is one after its time', () => {
  const pace = new Pace(0.1, 0)
  expect([pace.take(9000), pace.take(9999), pace.take(10_000), pace.take(19_000), pace.take(20_000)]).toEqual([
    0,
    0,
    1,
    0,
    1
  ])
})

test('a stop of the process is caught up with for half a second, and a pause not at all', () => {
  const pace = new Pace(100, 0)
  expect(pace.take(60_000)).toBe(50)
  pace.skipTo(120_000)
  expect(pace.take(120_010)).toBe(1)
  // What nobody took is there again, within the same half second.
  pace.giveBack(1000)
  expect(pace.take(120_010)).toBe(50)
  expect(pace.take(119_000)).toBe(0)
})
