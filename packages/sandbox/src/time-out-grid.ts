/** Time-outs end together at multiples of this, so a batch may run this much longer than its limit. */
const GRID_MS = 50

/**
 * The time-out to give a call that begins now: at least `limitMs`, stretched so that it ends on a coarse grid.
 *
 * isolated-vm keeps the timer of a call that has returned in its queue until it is due, and its timer thread wakes for each: thousands of times a second
 * under load. Timers that are due together cost one wake. measured, 256-byte messages: every message inspected went from 0.72 to 0.88 of a plain proxy.
 */
export const timeOutOnGrid = (limitMs: number): number => {
  const now = performance.now()
  return Math.ceil(Math.ceil((now + limitMs) / GRID_MS) * GRID_MS - now)
}
