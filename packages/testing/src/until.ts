import { TIME_SCALE } from '@weirlb/link/testing'

export { TIME_SCALE } from '@weirlb/link/testing'

/**
 * Longest time a test waits for one condition, in ms. It is long, for a busy machine is no failure, and only a test
 * that fails waits so long.
 */
export const WAIT_MS = 15_000 * TIME_SCALE

const POLL_MS = 5

/**
 * Wait for a condition. Returns its first value that is neither false nor undefined nor null. `what` completes
 * "waited for …". Errors of the condition fail the test at once. `waitMs`: another time than `WAIT_MS`.
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  what: string,
  waitMs = WAIT_MS
): Promise<NonNullable<Exclude<T, false>>> => {
  const deadline = performance.now() + waitMs
  for (;;) {
    const value = await condition()
    if (value !== false && value !== undefined && value !== null) return value as NonNullable<Exclude<T, false>>
    if (performance.now() > deadline) throw new Error(`waited ${waitMs} ms for ${what}`)
    await new Promise(resolve => { setTimeout(resolve, POLL_MS) })
  }
}
