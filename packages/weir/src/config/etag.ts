import { createHash } from 'node:crypto'

/** JSON with the fields of every object in one order, so that equal values have equal text. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) =>
  typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
    : inner)

/** Strong ETag of a value, quotes included. It covers secrets, so that a change to a private key is a change; it does not show them. */
export const etagOf = (value: unknown): string => `"${createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 27)}"`

/** True when an If-Match header (a list of ETags, or `*`) names this version. Weak ETags never match (RFC 9110 §13.1.1). */
export const matches = (ifMatch: string, etag: string): boolean => {
  const wanted = ifMatch.trim()
  return wanted === '*' || wanted.split(',').some(one => one.trim() === etag)
}
