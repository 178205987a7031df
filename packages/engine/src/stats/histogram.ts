/**
 * Times by bucket: their number in each, one for each bound and one for what is above all of them, and last their sum
 * in milliseconds. `HistogramField` has the bounds. One array, because workers send those of all entities every second:
 * it costs half of an object with counts and sum.
 */
export type Histogram = number[]

/** A histogram of nothing. */
export const emptyHistogram = (bounds: readonly number[]): Histogram =>
  Array.from({ length: bounds.length + 2 }, () => 0)

/** Count a time. Allocates nothing. */
export const observe = (histogram: Histogram, bounds: readonly number[], ms: number): void => {
  let bucket = 0
  while (bucket < bounds.length && ms > bounds[bucket]!) bucket++
  histogram[bucket]!++
  histogram[bounds.length + 1]! += ms
}

/** Add up histograms of the same bounds, of those that there are. The parts are not changed. */
export const mergeHistograms = (bounds: readonly number[], parts: readonly (Histogram | undefined)[]): Histogram => {
  let total: Histogram | undefined
  for (const part of parts) {
    if (part === undefined) continue
    if (total === undefined) total = part.slice()
    else for (let i = 0; i < total.length; i++) total[i]! += part[i]!
  }
  return total ?? emptyHistogram(bounds)
}

/** The number of times in each bucket. */
export const countsOf = (histogram: Histogram): number[] => histogram.slice(0, -1)
/** The sum of the times. */
export const sumOf = (histogram: Histogram): number => histogram.at(-1)!

/**
 * Returns the time that a share of the times is at most, evenly spread within a bucket as Prometheus takes it
 * (`histogram_quantile`); the largest bound for those above all bounds. Undefined: there are no times.
 */
export const quantileOf = (counts: readonly number[], bounds: readonly number[], share: number): number | undefined => {
  const count = counts.reduce((sum, inside) => sum + inside, 0)
  if (count === 0) return undefined
  const rank = share * count
  let before = 0
  for (const [i, bound] of bounds.entries()) {
    const inside = counts[i]!
    if (inside > 0 && before + inside >= rank) {
      const from = i === 0 ? 0 : bounds[i - 1]!
      return from + (bound - from) * (rank - before) / inside
    }
    before += inside
  }
  return bounds.at(-1)
}
