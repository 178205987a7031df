import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { countsOf, emptyHistogram, mergeHistograms, observe, quantileOf, sumOf, type Histogram } from './histogram.ts'

const bounds = [1, 2.5, 10]
const times = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 30 })
const of = (all: readonly number[]): Histogram => {
  const histogram = emptyHistogram(bounds)
  for (const ms of all) observe(histogram, bounds, ms)
  return histogram
}

test.each([[0, 0], [1, 0], [1.000001, 1], [2.5, 1], [9, 2], [10, 2], [10.1, 3], [1e9, 3]])(
  '%d ms is in bucket %i',
  (ms, bucket) => {
    expect([countsOf(of([ms])).indexOf(1), sumOf(of([ms]))]).toEqual([bucket, ms])
  }
)

test('histograms add up, and the parts stay as they are', () => {
  fc.assert(fc.property(fc.array(times, { maxLength: 4 }), parts => {
    const histograms = parts.map(of)
    const before = JSON.stringify(histograms)
    const total = mergeHistograms(bounds, histograms)
    expect(JSON.stringify(histograms)).toBe(before)
    expect(countsOf(total)).toEqual(countsOf(of(parts.flat())))
    expect(sumOf(total)).toBeCloseTo(parts.flat().reduce((sum, ms) => sum + ms, 0), 6)
    expect(countsOf(total).reduce((sum, count) => sum + count, 0)).toBe(parts.flat().length)
  }))
})

test('a quantile lies in the bucket of the time that it stands for', () => {
  fc.assert(
    fc.property(times.filter(all => all.length > 0), fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const sorted = [...all].sort((a, b) => a - b)
      const exact = sorted[Math.max(0, Math.ceil(share * all.length - 1e-9) - 1)]!
      const quantile = quantileOf(countsOf(of(all)), bounds, share)!
      const bucket = bounds.findIndex(bound => exact <= bound)
      const [from, to] = bucket < 0 ? [10, 10] : [bounds[bucket - 1] ?? 0, bounds[bucket]!]
      expect(quantile).toBeGreaterThanOrEqual(from)
      expect(quantile).toBeLessThanOrEqual(to)
    })
  )
})

test('times are taken as evenly spread within a bucket', () => {
  expect([0.5, 0.75, 1].map(share => quantileOf([0, 0, 4, 0], bounds, share))).toEqual([6.25, 8.125, 10])
  expect(quantileOf(countsOf(emptyHistogram(bounds)), bounds, 0.5)).toBeUndefined()
  expect(quantileOf([0, 0, 0, 3], bounds, 0.5)).toBe(10)
})
