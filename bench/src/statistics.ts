/** The middle of the numbers, the upper one of two. */
export const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!

/** The number below which a share of sorted numbers is; 0 if there are none. */
export const quantileOf = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? 0

/** A quarter of the numbers is below, and above. */
const quarters = (numbers: readonly number[]): readonly [number, number] => {
  const sorted = [...numbers].sort((a, b) => a - b)
  const at = (share: number): number => {
    const place = share * (sorted.length - 1)
    const low = sorted[Math.floor(place)]!
    return low + (sorted[Math.ceil(place)]! - low) * (place % 1)
  }
  return [at(0.25), at(0.75)]
}

/**
 * How far a median of so many rounds may be off, as a share of it: half the width of a box plot's notches, between
 * which the true median is in 95 of 100 cases (McGill, Tukey, Larsen 1978). Infinite for one number.
 */
export const uncertainty = (numbers: readonly number[]): number => {
  if (numbers.length < 2) return Infinity
  const [low, high] = quarters(numbers)
  return 1.57 * (high - low) / Math.sqrt(numbers.length) / median(numbers)
}
