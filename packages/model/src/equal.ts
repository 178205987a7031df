import { lookUp } from './record.ts'

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Deep equality of JSON values. A field that is undefined equals one that is absent, as both vanish in JSON. */
export const equal = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a)) return equalArrays(a, b as unknown as unknown[])
  return Object.keys(a).every(key => equal(a[key], lookUp(b, key))) &&
    Object.keys(b).every(key => b[key] === undefined || lookUp(a, key) !== undefined)
}

// By their indices: names of them would be as many texts, and lists have 100,000 items.
const equalArrays = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a.length !== b.length) return false
  for (let n = 0; n < a.length; n++) if (!equal(a[n], b[n])) return false
  return true
}
