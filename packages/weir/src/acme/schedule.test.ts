import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { lifetimeOf, renewalAt, retryDelay } from './schedule.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

test('a chain is renewed when a third of the leaf\'s time is left', async () => {
  const from = new Date('2030-01-01T00:00:00Z')
  const leaf = await generate([{ name: 'commonName', value: 'a.test' }], {
    keyType: 'ec',
    notBeforeDate: from,
    notAfterDate: new Date(from.getTime() + 90 * day)
  })
  const issuer = await generate([{ name: 'commonName', value: 'CA' }], { keyType: 'ec' })
  const chain = `${leaf.cert}\n${issuer.cert}`
  expect(lifetimeOf(chain)).toBe(90 * day)
  expect(renewalAt(chain)).toBe(from.getTime() + 60 * day)
})

test('waits grow threefold up to six hours, less up to a third by chance', () => {
  const waits = (random: number): number[] =>
    Array.from({ length: 8 }, (_, i) => retryDelay(i + 1, 0, () => random) / minute)
  expect(waits(0)).toEqual([1, 3, 9, 27, 81, 243, 360, 360])
  expect(waits(0.75).map(each => Math.round(each * 100) / 100)).toEqual([
    0.75,
    2.25,
    6.75,
    20.25,
    60.75,
    182.25,
    270,
    270
  ])
  expect(retryDelay(1000, 0, () => 0)).toBe(6 * hour)
})

test('an authority that wants to be left alone longer is, up to thirty days', () => {
  expect(retryDelay(1, 2 * hour, () => 0)).toBe(2 * hour)
  expect(retryDelay(1, 10, () => 0)).toBe(minute)
  expect(retryDelay(1, 30 * day, () => 0)).toBe(30 * day)
  expect(retryDelay(1, 30 * day + 1, () => 0)).toBe(30 * day)
})
