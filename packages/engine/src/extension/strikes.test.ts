import { expect, test } from 'vitest'
import { Strikes } from './strikes.ts'

const strikes = (policy = { failures: 3, windowSeconds: 10, downSeconds: 4 }) => {
  const clock = { now: 1000 }
  return { clock, strikes: new Strikes(policy, () => clock.now) }
}

test('so many failures within the window put it out, for the time that the policy says, and it begins anew then', () => {
  const { clock, strikes: s } = strikes()
  expect([s.add(), s.add(), s.count, s.delayMs()]).toEqual([false, false, 2, 50])
  expect([s.add(), s.count, s.delayMs()]).toEqual([true, 3, 4000])
  clock.now += 3999
  expect([s.count, s.delayMs()]).toEqual([3, 1])
  clock.now += 1
  expect([s.count, s.add(), s.count, s.delayMs()]).toEqual([0, false, 1, 0])
})

test('failures further apart than the window never do', () => {
  const { clock, strikes: s } = strikes()
  for (let n = 0; n < 20; n++, clock.now += 5001) expect([s.add(), s.count]).toEqual([false, n === 0 ? 1 : 2])
})

test.each([[9999, 3], [10_000, 2], [10_001, 2]])(
  'a failure of %i ms ago, of a window of 10 s: %i count with it and the two after it',
  (agoMs, count) => {
    const { clock, strikes: s } = strikes({ failures: 9, windowSeconds: 10, downSeconds: 4 })
    s.add()
    clock.now += agoMs
    s.add()
    s.add()
    expect(s.count).toBe(count)
  }
)

test('a new policy counts what there is', () => {
  const { strikes: s } = strikes()
  s.add()
  s.policy = { failures: 2, windowSeconds: 10, downSeconds: 60 }
  expect([s.add(), s.delayMs()]).toEqual([true, 60_000])
})

test('one strike may be enough', () => {
  const { strikes: s } = strikes({ failures: 1, windowSeconds: 1, downSeconds: 0.1 })
  expect([s.add(), s.delayMs()]).toEqual([true, 100])
})

test('a failure is remembered with whose bytes it was at, as long as it counts', () => {
  let now = 0
  const strikes = new Strikes({ failures: 3, windowSeconds: 60, downSeconds: 5 }, () => now)
  expect(strikes.has('192.0.2.1')).toBe(false)
  strikes.add('192.0.2.1')
  strikes.add()
  expect([strikes.has('192.0.2.1'), strikes.has('192.0.2.2')]).toEqual([true, false])
  now = 60_001
  expect([strikes.has('192.0.2.1'), strikes.count]).toEqual([false, 0])
})
