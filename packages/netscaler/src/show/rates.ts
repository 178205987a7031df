/** Samples are compared while they are not older, in milliseconds. */
const LONGEST_MS = 120_000
/** Nor younger: a rate of a moment says little. */
const SHORTEST_MS = 200

/** Most samples that are kept. */
const MAX_SAMPLES = 1000

interface Sample { readonly time: number, readonly counters: ReadonlyMap<string, number> }

/** The counters that somebody has seen last, of each Weir. */
const samples = new WeakMap<object, Map<string, Sample>>()

/**
 * Returns the rates of counters since the last call of the same kind about a Weir, per second. `weir` stands for it.
 * Undefined without one within two minutes, or for a counter that is new.
 */
export const ratesOf = (
  weir: object,
  kind: string,
  counters: ReadonlyMap<string, number>
): (counter: string) => number | undefined => {
  const seen = samples.get(weir) ?? new Map<string, Sample>()
  samples.set(weir, seen)
  // Names come and go.
  if (seen.size > MAX_SAMPLES) seen.clear()
  const time = performance.now()
  const last = seen.get(kind)
  const passed = last === undefined ? Infinity : time - last.time
  if (passed >= SHORTEST_MS) seen.set(kind, { time, counters })
  if (last === undefined || passed > LONGEST_MS || passed < SHORTEST_MS) return () => undefined
  return counter => {
    const [now, before] = [counters.get(counter), last.counters.get(counter)]
    return now === undefined || before === undefined || now < before ? undefined : (now - before) * 1000 / passed
  }
}
