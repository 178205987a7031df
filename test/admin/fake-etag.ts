import { WeirError } from '@weirlb/model'
import type { WriteOptions } from 'weirlb'

/** Throws precondition-failed for a writer that has seen another version. */
export const match = ({ ifMatch }: WriteOptions, present: unknown): void => {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.split(',').some(tag => tag.trim() === etagOf(present))) return
  throw new WeirError('precondition-failed', `If-Match is ${ifMatch}, the present version is ${etagOf(present)}`)
}

/** Fields in one order, as equal entities have one ETag. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
    : value

/** Some ETag: equal entities have the same. */
export const etagOf = (value: unknown): string =>
  `"${[...JSON.stringify(value, sorted)].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) | 0, 7).toString(36)}"`
