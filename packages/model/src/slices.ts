/** How long work goes on before others have their turn, in milliseconds. */
const SLICE_MS = 5

/**
 * Do the steps of a generator, and return what it returns. When they have taken a few milliseconds, `pause` is awaited
 * before the next, so that the process can do other work. Rejects with what a step throws.
 */
export const runInSlices = async <T>(steps: Iterator<unknown, T>, pause: () => Promise<unknown>): Promise<T> => {
  let end = performance.now() + SLICE_MS
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() < end) continue
    await pause()
    end = performance.now() + SLICE_MS
  }
}

/** Do all steps of a generator at once, and return what it returns. */
export const runAtOnce = <T>(steps: Iterator<unknown, T>): T => {
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

/** True for what a generator function returns. */
export const isSteps = (value: unknown): value is Iterator<unknown> =>
  typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
