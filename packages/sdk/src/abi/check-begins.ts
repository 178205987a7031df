import type { ByteRange } from '../framing.ts'
import { shown, type Issues } from './issues.ts'

const MAX_RANGES = 256

/** Read what a client may begin with; `path` is the side's. */
export const checkBegins = (issues: Issues, path: string, value: unknown): readonly ByteRange[] | undefined => {
  if (value === undefined) return undefined
  const at = `${path}.begins`
  if (path !== 'client') issues.add(at, 'is for the client side: a server is dialled, and says what it wants')
  return checkRanges(issues, at, value)
}

/** Read which messages of a server answer no request; `path` is the side's. */
export const checkUnasked = (issues: Issues, path: string, value: unknown): readonly ByteRange[] | undefined => {
  if (value === undefined) return undefined
  const at = `${path}.unasked`
  if (path !== 'server') issues.add(at, 'is for the server side: every message of a client asks for something')
  return checkRanges(issues, at, value)
}

const checkRanges = (issues: Issues, at: string, value: unknown): readonly ByteRange[] | undefined => {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_RANGES) {
    issues.add(at, `expected a list of 1 to ${MAX_RANGES} ranges { from, to }, got ${shown(value)}`)
    return undefined
  }
  return value.map((entry, i) => {
    const given = issues.record(`${at}[${i}]`, entry, ['from', 'to'])
    const from = issues.integer(`${at}[${i}].from`, given['from'], 0, 255)
    const to = issues.integer(`${at}[${i}].to`, given['to'], 0, 255)
    if (from > to) issues.add(`${at}[${i}]`, `from ${from} is greater than to ${to}`)
    return { from, to }
  })
}
