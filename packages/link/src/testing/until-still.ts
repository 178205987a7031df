import { TIME_SCALE } from './time-scale.ts'

const DEADLINE_MS = 15_000 * TIME_SCALE
/** How long nothing moves in what has come to rest. */
const STILL_MS = 50 * TIME_SCALE

/**
 * Wait until a measure of what happened does not change any more, and return it. `measure` returns undefined while
 * nothing has begun.
 */
export const untilStill = async (
  measure: () => number | undefined | Promise<number | undefined>,
  what: string
): Promise<number> => {
  const deadline = performance.now() + DEADLINE_MS
  let last: number | undefined
  for (;;) {
    const now = await measure()
    if (now !== undefined && now === last) return now
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`)
    last = now
    await new Promise(resolve => { setTimeout(resolve, STILL_MS) })
  }
}
