import { expect, test } from 'vitest'
import { FailedAttempts } from './failed-attempts.ts'

test('ten wrong tokens at once, then one every six seconds', () => {
  const failures = new FailedAttempts()
  for (let i = 0; i < 10; i++) {
    expect(failures.waitSeconds('192.0.2.7', 0)).toBe(0)
    failures.failed('192.0.2.7', 0, true)
  }
  expect(failures.waitSeconds('192.0.2.7', 0)).toBe(6)
  expect(failures.waitSeconds('192.0.2.7', 5000)).toBe(1)
  expect(failures.waitSeconds('192.0.2.7', 6000)).toBe(0)
  failures.failed('192.0.2.7', 6000, true)
  expect(failures.waitSeconds('192.0.2.7', 6000)).toBe(6)
  expect(failures.waitSeconds('192.0.2.7', 3_600_000)).toBe(0)
})

test('those that were not tried delay nobody behind the same address', () => {
  const failures = new FailedAttempts()
  for (let i = 0; i < 10; i++) failures.failed('192.0.2.7', 0, true)
  for (let ms = 0; ms < 6000; ms += 10) failures.failed('192.0.2.7', ms, false)
  expect(failures.waitSeconds('192.0.2.7', 6000)).toBe(0)
})

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['::1', '::2', true],
  ['fe80::1%eth0', 'fe80::1', true],
  ['::ffff:192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['2001:db8::', '2001:db8:0:0:1::', true],
  ['socket', 'socket', true]
])('%s and %s are one client: %s', (a, b, same) => {
  const failures = new FailedAttempts()
  for (let i = 0; i < 10; i++) failures.failed(a, 0, true)
  expect(failures.waitSeconds(b, 0) > 0).toBe(same)
})

test('a report of one address a minute, with the number since the last', () => {
  const failures = new FailedAttempts()
  expect([0, 1, 59_999, 60_000, 60_001, 120_000].map(ms => failures.failed('a', ms, true))).toEqual([1, 0, 0, 3, 0, 2])
})

test('sixty reports a minute of all addresses', () => {
  const failures = new FailedAttempts()
  const reported = Array.from({ length: 200 }, (_, i) => failures.failed(`192.0.2.${i}`, i, true))
  expect(reported.filter(count => count > 0)).toHaveLength(60)
  expect(failures.failed('192.0.2.199', 60_000, true)).toBe(2)
})

test('ten thousand addresses are remembered, and the others forgotten first', () => {
  const failures = new FailedAttempts()
  for (let i = 0; i < 10; i++) failures.failed('first', 0, true)
  for (let i = 0; i < 10; i++) failures.failed('kept', 0, true)
  for (let i = 0; i < 9_999; i++) failures.failed(`10.0.${i >> 8}.${i & 255}`, 0, true)
  expect(failures.size).toBe(10_000)
  expect([failures.waitSeconds('first', 0), failures.waitSeconds('kept', 0)]).toEqual([0, 6])
})
