import { until } from '@weirlb/testing'

/** Time from one attempt to the next, in milliseconds. */
const EVERY_MS = 250

/**
 * Calls something until a call succeeds, and returns its result. A call that takes long does not hold up the next one,
 * and its result counts when it comes.
 */
export const succeeds = async <T>(call: () => Promise<T>, what: string): Promise<T> => {
  let found: { readonly value: T } | undefined
  let next = 0
  await until(() => {
    if (performance.now() >= next) {
      next = performance.now() + EVERY_MS
      call().then(value => { found ??= { value } }, () => {})
    }
    return found !== undefined
  }, what)
  return found!.value
}
