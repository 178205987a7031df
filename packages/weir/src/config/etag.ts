import { createHash } from 'node:crypto'

/**
 * JSON with the fields of every object in one order, so that equal values have equal text. A replacer for
 * JSON.stringify would take three times as long.
 */
export const canonicalJson = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  // Lists have 100,000 texts.
  if (Array.isArray(value) && value.every(inner => typeof inner === 'string')) return JSON.stringify(value)
  if (Array.isArray(value))
    return `[${value.map(inner => inner === undefined ? 'null' : canonicalJson(inner)).join(',')}]`
  const fields = value as Readonly<Record<string, unknown>>
  return `{${
    Object.keys(fields).sort().flatMap(field =>
      fields[field] === undefined ? [] : [`${JSON.stringify(field)}:${canonicalJson(fields[field])}`]
    ).join(',')
  }}`
}

/**
 * Strong ETag of a value, quotes included. It covers secrets, so that a change to a private key is a change; it does
 * not show them.
 */
export const etagOf = (value: unknown): string =>
  `"${createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 27)}"`

/**
 * True when an If-Match header (a list of ETags, or `*`) names this version. Weak ETags never match (RFC 9110 §13.1.1).
 */
export const matches = (ifMatch: string, etag: string): boolean => {
  const wanted = ifMatch.trim()
  return wanted === '*' || wanted.split(',').some(one => one.trim() === etag)
}
