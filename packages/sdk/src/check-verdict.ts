// Verdicts are checked where they are made: the error then has the author's line.
/** Keys, which may be anything: not every author has types. */
interface Unchecked { readonly token?: unknown, readonly session?: unknown, readonly via?: unknown }

/** A value as an error shows it. */
const got = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return 'text'
  return typeof value === 'object' || typeof value === 'function'
    ? Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : 'a function'
    : `the ${typeof value} ${String(value)}`
}

const wrongKey = (what: string, value: unknown): never => {
  throw new TypeError(`${what}: expected text or bytes (string or Uint8Array), got ${got(value)}`)
}
const isKey = (value: unknown): boolean =>
  value === undefined || typeof value === 'string' || value instanceof Uint8Array

/** Throws a TypeError that names the property, for a key that is neither text nor bytes. */
export const checkKey = (what: string, value: unknown): void => {
  if (!isKey(value)) wrongKey(what, value)
}

/** The same for the keys of a verdict that `maker` makes. */
export const checkKeys = (maker: string, { token, session, via }: Unchecked): void => {
  if (!isKey(token)) wrongKey(`${maker}({ token })`, token)
  if (!isKey(session)) wrongKey(`${maker}({ session })`, session)
  if (!isKey(via)) wrongKey(`${maker}({ via })`, via)
}

/** Throws a TypeError that names the property, for what is no bytes. */
export const checkBytes = (what: string, value: unknown): void => {
  if (value instanceof Uint8Array) return
  throw new TypeError(`${what}: expected bytes (a Uint8Array), got ${got(value)}${typeof value === 'string' ? "; encodeUtf8('…') makes bytes of it" : ''}`)
}
