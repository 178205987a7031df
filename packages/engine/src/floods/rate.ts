/** What times are rounded by, at most. */
const ROUNDING_MS = 1e-6

/**
 * When something that may happen `perSecond` times in a second, and `burst` times at once, is due by its rate (GCRA, as
 * of ATM Forum TM 4.0). `due`: the last result, 0 at first. Returns the next one, or -1 if it may not happen now. Times
 * are milliseconds of a monotonic clock.
 */
export const nextDue = (due: number, now: number, perSecond: number, burst: number): number => {
  const each = 1000 / perSecond
  const begins = Math.max(due, now)
  // Compared before anything is added: a sum of large and small numbers is rounded, and would refuse the last of a
  // burst.
  return begins - now > each * (burst - 1) + ROUNDING_MS ? -1 : begins + each
}
