import type { Framing, PeekByFirstByte, PeekCase } from '../framing.ts'
import { largestPeek } from './declaration.ts'
import { isRecord, shown, type Issues } from './issues.ts'
import { MAX_ENTRY } from './layout.ts'

const MAX_CASES = 256

/** True if every frame has a header of known length, after which a field may follow. */
export const hasHeader = (framing: Framing): boolean => framing.kind === 'varint' || framing.kind === 'length' ||
  framing.kind === 'byFirstByte' && hasHeader(framing.otherwise) && framing.cases.every(c => hasHeader(c.use))

const checkCase = (issues: Issues, path: string, value: unknown, framing: Framing): PeekCase => {
  const given = issues.record(path, value, ['from', 'to', 'bytes', 'field', 'wide'])
  const from = issues.integer(`${path}.from`, given['from'], 0, 255)
  const to = issues.integer(`${path}.to`, given['to'], 0, 255)
  if (from > to) issues.add(path, `from ${from} is greater than to ${to}`)
  const bytes = issues.integer(`${path}.bytes`, given['bytes'], 1, MAX_ENTRY)
  const wide = given['wide'] === undefined ? undefined : issues.integer(`${path}.wide`, given['wide'], bytes, MAX_ENTRY)
  const field = given['field']
  if (field === undefined) return { from, to, bytes, wide }
  if (field !== 1 && field !== 2) {
    issues.add(`${path}.field`, `unknown value ${shown(field)}; there are: 1, 2`)
    return { from, to, bytes, wide }
  }
  if (!hasHeader(framing))
    issues.add(`${path}.field`, 'this framing has no header behind which a field could stand; varint and length have')
  return { from, to, bytes, field, wide }
}

const checkNames = (issues: Issues, path: string, value: unknown): string[] => {
  if (Array.isArray(value) && value.length <= MAX_CASES && value.every(name => typeof name === 'string')) return value
  issues.add(path, `expected a list of at most ${MAX_CASES} names of declared fields, got ${shown(value)}`)
  return []
}

/** Read how much of a frame enters. */
export const checkPeek = (issues: Issues, path: string, value: unknown, framing: Framing): number | PeekByFirstByte => {
  if (!isRecord(value)) return issues.integer(path, value, 1, MAX_ENTRY)
  const given = issues.record(path, value, ['cases', 'otherwise', 'wideFor'])
  const otherwise = issues.integer(`${path}.otherwise`, given['otherwise'], 1, MAX_ENTRY)
  const list = given['cases']
  if (!Array.isArray(list) || list.length < 1 || list.length > MAX_CASES) {
    issues.add(`${path}.cases`, `expected a list of 1 to ${MAX_CASES} cases, got ${shown(list)}`)
    return otherwise
  }
  const cases = list.map((entry, i) => checkCase(issues, `${path}.cases[${i}]`, entry, framing))
  cases.forEach((next, i) => {
    const other = cases.slice(0, i).findIndex(c => next.from <= c.to && c.from <= next.to)
    if (other >= 0)
      issues.add(
        `${path}.cases[${i}]`,
        `${next.from} to ${next.to} overlaps cases[${other}]: a first byte can choose one only`
      )
  })
  const peek = {
    cases,
    otherwise,
    wideFor: given['wideFor'] === undefined ? undefined : checkNames(issues, `${path}.wideFor`, given['wideFor'])
  }
  if (largestPeek(peek) > MAX_ENTRY)
    issues.add(path, `up to ${largestPeek(peek)} bytes of a frame would enter; at most ${MAX_ENTRY} can`)
  return peek
}
