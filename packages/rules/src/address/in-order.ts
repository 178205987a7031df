import type { IpAddress } from './ip-address.ts'

/** So many places fit into a number beside an IPv4 address. */
const MOST = 2 ** 21

/**
 * Returns what has addresses of one version by these, and in its present order where they are equal. Those of IPv4 are
 * sorted as numbers, which takes a fraction of the time of calls that compare: lists have 100,000 of them.
 */
export const byAddress = <T>(all: readonly T[], addressOf: (one: T) => IpAddress): T[] => {
  if (all.length >= MOST || (all.length > 0 && addressOf(all[0]!).version === 6))
    return [...all].sort((one, other) => addressOf(one).compare(addressOf(other)))
  const keys = new Float64Array(all.length)
  for (let n = 0; n < all.length; n++) keys[n] = addressOf(all[n]!).d * MOST + n
  return Array.from(keys.sort(), key => all[key % MOST]!)
}
