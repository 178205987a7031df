/** A smaller difference is how two clocks are read one after the other, and no step of one of them. */
const STEP_MS = 100

let offset = Date.now() - performance.now()

/**
 * Returns when a moment of `performance.now()` was by the clock of the machine as it is set now, in milliseconds since
 * 1970 (UTC). The same moment has the same time until somebody sets the clock.
 */
export const timeOfDay = (moment: number): number => {
  const now = Date.now() - performance.now()
  if (Math.abs(now - offset) > STEP_MS) offset = now
  return Math.round(offset + moment)
}
