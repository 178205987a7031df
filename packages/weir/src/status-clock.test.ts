import { until } from '@weirlb/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StatusClock } from './status-clock.ts'

let looks = 0
let endLook = (): void => {}
let clock: StatusClock
beforeEach(() => {
  looks = 0
  clock = new StatusClock(async () => {
    looks++
    await new Promise<void>(resolve => { endLook = resolve })
  })
})
afterEach(() => {
  endLook()
  clock.stop()
})

test('a look dates what it finds by the change that it is for', async () => {
  const first = clock.since('services', 's', 'up')
  clock.changed()
  const told = Date.now()
  await until(() => looks === 1, 'the look')
  const since = clock.since('services', 's', 'down')!
  expect(since).toBeGreaterThanOrEqual(first!)
  expect(since).toBeLessThanOrEqual(told)
  expect(clock.since('services', 's', 'down')).toBe(since)
})

test('a change during a look is not dated before it came', async () => {
  clock.since('services', 's', 'up')
  clock.changed()
  await until(() => looks === 1, 'the look')
  const before = Date.now()
  clock.changed()
  expect(clock.since('services', 's', 'down')).toBeGreaterThanOrEqual(before)
  // It has a look of its own.
  endLook()
  await until(() => looks === 2, 'its look')
})

test('collections without a clock have no time', () => {
  expect(clock.since('certkeys', 'c', 'valid')).toBeUndefined()
})
