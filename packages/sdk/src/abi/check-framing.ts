import type { ByFirstByteFraming, ElementsFraming, FirstByteCase, Framing, GroupElement } from '../framing.ts'
import { isRecord, shown, type Issues, type Untrusted } from './issues.ts'

// Frame lengths travel in the Int32 words of the control block.
const MAX_FRAME = 0x7fffffff
/** Maximum bytes before a length field. */
const MAX_AT = 0xffff
const MAX_DELIMITER = 16
const MAX_CASES = 256

type Kind = Framing['kind']
type Check = (issues: Issues, path: string, value: Untrusted) => Framing

/** `max` counts the header, so it cannot be less than the header. */
const max = (issues: Issues, path: string, value: Untrusted, header: number): number => {
  if (value['max'] === undefined) {
    issues.add(`${path}.max`, 'missing: every framing needs the size of its largest frame in bytes, header included')
    return header
  }
  return issues.integer(`${path}.max`, value['max'], header, MAX_FRAME)
}

const sizeOf = (issues: Issues, path: string, value: unknown): 1 | 2 | 4 => {
  if (value === 1 || value === 2 || value === 4) return value
  issues.add(path, `unknown value ${shown(value)}; there are: 1, 2, 4`)
  return 1
}

const firstByteCase = (issues: Issues, path: string, value: unknown): FirstByteCase => {
  const given = issues.record(path, value, ['from', 'to', 'use'])
  const from = issues.integer(`${path}.from`, given['from'], 0, 255)
  const to = issues.integer(`${path}.to`, given['to'], 0, 255)
  if (from > to) issues.add(path, `from ${from} is greater than to ${to}`)
  return { from, to, use: plainFraming(issues, `${path}.use`, given['use']) }
}

const byFirstByte = (issues: Issues, path: string, value: Untrusted): ByFirstByteFraming => {
  issues.record(path, value, ['kind', 'cases', 'otherwise'])
  const given: unknown = value['cases']
  const cases: FirstByteCase[] = []
  if (!Array.isArray(given) || given.length < 1 || given.length > MAX_CASES) {
    issues.add(`${path}.cases`, `expected a list of 1 to ${MAX_CASES} cases, got ${shown(given)}`)
  } else {
    for (let i = 0; i < given.length; i++) {
      const next = firstByteCase(issues, `${path}.cases[${i}]`, given[i])
      const other = cases.findIndex(c => next.from <= c.to && c.from <= next.to)
      if (other >= 0)
        issues.add(
          `${path}.cases[${i}]`,
          `${next.from} to ${next.to} overlaps cases[${other}]: a first byte can choose one framing only`
        )
      cases.push(next)
    }
  }
  return { kind: 'byFirstByte', cases, otherwise: plainFraming(issues, `${path}.otherwise`, value['otherwise']) }
}

/** A list of at most 256 entries; `read` reads each. */
const listOf = <T>(issues: Issues, path: string, value: unknown, read: (path: string, value: unknown) => T): T[] => {
  if (Array.isArray(value) && value.length <= MAX_CASES) return value.map((entry, i) => read(`${path}[${i}]`, entry))
  issues.add(path, `expected a list of at most ${MAX_CASES}, got ${shown(value)}`)
  return []
}

const elements = (issues: Issues, path: string, value: Untrusted): ElementsFraming => {
  issues.record(path, value, ['kind', 'lines', 'bodies', 'groups', 'otherwise', 'within', 'max'])
  const byte = (at: string, given: unknown): number => issues.integer(at, given, 0, 255)
  const lines = listOf(issues, `${path}.lines`, value['lines'], byte)
  const bodies = listOf(issues, `${path}.bodies`, value['bodies'], byte)
  const groups = listOf(issues, `${path}.groups`, value['groups'], (at, given): GroupElement => {
    const group = issues.record(at, given, ['first', 'times', 'plus'])
    return {
      first: byte(`${at}.first`, group['first']),
      times: issues.integer(`${at}.times`, group['times'], 1, 255),
      plus: issues.integer(`${at}.plus`, group['plus'], 0, 255)
    }
  })
  const firsts = [...lines, ...bodies, ...groups.map(g => g.first)]
  const twice = firsts.find((first, i) => firsts.indexOf(first) !== i)
  if (twice !== undefined) issues.add(path, `${twice} is named twice: a first byte can begin one kind of element only`)
  if (firsts.length === 0) issues.add(path, 'names no first byte: give lines, bodies or groups')
  const largest = max(issues, path, value, 1)
  return {
    kind: 'elements',
    lines,
    bodies,
    groups,
    otherwise: issues.oneOf(`${path}.otherwise`, value['otherwise'], ['line', 'refuse']),
    within: issues.integer(`${path}.within`, value['within'], 1, largest),
    max: largest
  }
}

/** None is an empty list, which `issues.bytes` would not take. */
const neverOf = (issues: Issues, path: string, value: unknown): number[] =>
  value === undefined || (Array.isArray(value) && value.length === 0) ? [] : issues.bytes(path, value, MAX_DELIMITER)

const includes = (bytes: readonly number[], part: readonly number[]): boolean =>
  bytes.some((_, at) => part.every((byte, i) => bytes[at + i] === byte))

const checks: Record<Kind, Check> = {
  varint: (issues, path, value) => {
    issues.record(path, value, ['kind', 'at', 'max'])
    const at = issues.integer(`${path}.at`, value['at'], 0, MAX_AT)
    return { kind: 'varint', at, max: max(issues, path, value, at + 1) }
  },
  length: (issues, path, value) => {
    issues.record(path, value, ['kind', 'at', 'size', 'plus', 'littleEndian', 'max'])
    const at = issues.integer(`${path}.at`, value['at'], 0, MAX_AT)
    const size = sizeOf(issues, `${path}.size`, value['size'])
    return {
      kind: 'length',
      at,
      size,
      // Less than minus the header would end a frame before it begins.
      plus: value['plus'] === undefined ? 0 : issues.integer(`${path}.plus`, value['plus'], -(at + size), MAX_AT),
      littleEndian: value['littleEndian'] === undefined
        ? false
        : issues.boolean(`${path}.littleEndian`, value['littleEndian']),
      max: max(issues, path, value, at + size)
    }
  },
  fixed: (issues, path, value) => {
    issues.record(path, value, ['kind', 'size'])
    return { kind: 'fixed', size: issues.integer(`${path}.size`, value['size'], 1, MAX_FRAME) }
  },
  delimiter: (issues, path, value) => {
    issues.record(path, value, ['kind', 'bytes', 'never', 'max', 'atEnd'])
    const bytes = issues.bytes(`${path}.bytes`, value['bytes'], MAX_DELIMITER)
    const never = neverOf(issues, `${path}.never`, value['never'])
    if (never.length > 0 && includes(bytes, never))
      issues.add(`${path}.never`, 'stands in the delimiter: no frame could end')
    return {
      kind: 'delimiter',
      bytes,
      never,
      max: max(issues, path, value, Math.max(1, bytes.length)),
      atEnd: value['atEnd'] === undefined
        ? 'message'
        : issues.oneOf(`${path}.atEnd`, value['atEnd'], ['message', 'drop'])
    }
  },
  counted: (issues, path, value) => {
    issues.record(path, value, ['kind', 'max'])
    // A digit and a space.
    return { kind: 'counted', max: max(issues, path, value, 2) }
  },
  elements,
  byFirstByte
}

const kinds = Object.keys(checks) as Kind[]

/** Read a framing. */
export const checkFraming = (issues: Issues, path: string, value: unknown): Framing => {
  if (value === undefined)
    issues.add(
      path,
      `missing: say how messages are cut; there are: ${kinds.map(k => `frame.${k}`).join(', ')}`
    )
  else if (!isRecord(value))
    issues.add(
      path,
      `expected a framing, got ${shown(value)}; there are: ${kinds.map(k => `frame.${k}`).join(', ')}`
    )
  else if (!kinds.includes(value['kind'] as Kind))
    issues.add(`${path}.kind`, `unknown framing ${shown(value['kind'])}; there are: ${kinds.join(', ')}`)
  else return checks[value['kind'] as Kind](issues, path, value)
  return { kind: 'fixed', size: 1 }
}

/** A framing inside byFirstByte. It cannot be another byFirstByte, because the first byte is already used. */
const plainFraming = (issues: Issues, path: string, value: unknown): Framing => {
  if (isRecord(value) && value['kind'] === 'byFirstByte') {
    issues.add(path, 'byFirstByte cannot hold another byFirstByte; put the cases into one list')
    return { kind: 'fixed', size: 1 }
  }
  return checkFraming(issues, path, value)
}
