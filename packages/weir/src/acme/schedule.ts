import { X509Certificate } from 'node:crypto'
import { pemBlocks } from '@weirlb/model'

const MINUTE_MS = 60_000
/** The first wait after a failure, and the longest. */
const FIRST_MS = MINUTE_MS
const LONGEST_MS = 6 * 60 * MINUTE_MS
/** A wish of an authority beyond this is taken for a mistake. */
const MOST_OBEYED_MS = 30 * 24 * 60 * MINUTE_MS

const validityOf = (chain: string): { readonly from: number, readonly to: number } => {
  const { validFromDate, validToDate } = new X509Certificate(pemBlocks(chain)[0]!.text)
  return { from: validFromDate.getTime(), to: validToDate.getTime() }
}

/** Returns how long the leaf of a chain is valid, in milliseconds. */
export const lifetimeOf = (chain: string): number => {
  const { from, to } = validityOf(chain)
  return to - from
}

/** Returns when a chain is to be renewed, in milliseconds since 1970: when a third of its leaf's time is left. */
export const renewalAt = (chain: string): number => validityOf(chain).to - lifetimeOf(chain) / 3

/**
 * Returns the wait after a number of failures in a row, in milliseconds: one minute, three times as long each time, up
 * to six hours, less up to a third by chance, so that many Weirs do not come back together. That is five orders in the
 * first hour, as many failures as Let's Encrypt allows. An authority that wants more gets it.
 */
export const retryDelay = (failures: number, retryAfterMs: number, random: () => number): number => {
  const wait = Math.min(FIRST_MS * 3 ** (failures - 1), LONGEST_MS)
  return Math.max(wait * (1 - random() / 3), Math.min(retryAfterMs, MOST_OBEYED_MS))
}
