import type { ClosingFrames, Framing } from '../framing.ts'
import { hasHeader } from './check-peek.ts'
import { shown, type Issues } from './issues.ts'

const MAX_CASES = 256
/** Maximum distance of the deciding byte from the header: Weir waits for it. */
const MAX_AT = 1023

const checkWhere = (issues: Issues, path: string, value: unknown, framing: Framing): ClosingFrames['where'] => {
  if (value === undefined) return undefined
  if (!hasHeader(framing))
    issues.add(path, 'this framing has no header behind which a byte could decide; varint and length have')
  const given = issues.record(path, value, ['at', 'from', 'to'])
  const at = issues.integer(`${path}.at`, given['at'], 0, MAX_AT)
  const from = issues.integer(`${path}.from`, given['from'], 0, 255)
  const to = issues.integer(`${path}.to`, given['to'], 0, 255)
  if (from > to) issues.add(path, `from ${from} is greater than to ${to}`)
  return { at, from, to }
}

/** Read which frames are a side's last; `path` is the list's. */
export const checkCloses = (
  issues: Issues,
  path: string,
  value: unknown,
  framing: Framing
): readonly ClosingFrames[] | undefined => {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_CASES) {
    issues.add(path, `expected a list of 1 to ${MAX_CASES} cases { from, to, where? }, got ${shown(value)}`)
    return undefined
  }
  const cases: ClosingFrames[] = []
  for (const [i, entry] of value.entries()) {
    const at = `${path}[${i}]`
    const given = issues.record(at, entry, ['from', 'to', 'where'])
    const from = issues.integer(`${at}.from`, given['from'], 0, 255)
    const to = issues.integer(`${at}.to`, given['to'], 0, 255)
    if (from > to) issues.add(at, `from ${from} is greater than to ${to}`)
    const other = cases.findIndex(c => from <= c.to && c.from <= to)
    if (other >= 0) issues.add(at, `${from} to ${to} overlaps closes[${other}]: a first byte can be in one only`)
    cases.push({ from, to, where: checkWhere(issues, `${at}.where`, given['where'], framing) })
  }
  return cases
}
