import { bitsOf, parseIp } from '../address/ip-address.ts'
import { type IpRange, networkRange } from '../address/ip-set.ts'
import type { ExpressionFault } from './fault.ts'
import type { AddressSyntax, Comparison, Operator, SetSyntax, StringSyntax } from './syntax.ts'
import { type NamedLists, typeTexts, type ValueType } from './types.ts'
import type { Match } from './typed.ts'

/** The check of an expression, as its comparisons see it. */
export interface Checking {
  readonly lists: NamedLists
  readonly listsRead: Set<string>
  readonly faults: readonly ExpressionFault[]
  /** Report a fault at an offset. */
  fault (at: number, message: string, expected?: readonly string[]): undefined
  /** Count a regular expression, and report its fault; false if it has one. */
  regex (pattern: string, at: number): boolean
  /** The text of a literal; undefined: there is a fault. */
  string (literal: StringSyntax): string | undefined
}

/** Operators of each type. */
const operators: Readonly<Record<ValueType, readonly Operator[]>> = {
  string: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'matches', 'wildcard', 'strict wildcard', 'in'],
  int: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'bitwise_and', 'in'],
  bool: ['eq', 'ne'],
  ip: ['eq', 'ne', 'in'],
  strings: [],
  headers: []
}

/** Checks what a value of a type is compared with; `what`: the value as people read it. Undefined: there is a fault. */
export const checkMatch = (
  checker: Checking,
  type: ValueType,
  { op, right, at }: Comparison,
  what: string
): Match | undefined => {
  if (!operators[type].includes(op)) {
    const choices = operators[type]
    return checker.fault(
      at,
      `${what} is ${typeTexts[type]}, and ${op} does not compare that${
        choices.length === 0 ? '; write [0], [*] or a name in brackets behind it' : `; there are: ${choices.join(', ')}`
      }`,
      choices
    )
  }
  if (op === 'in') return checkMembership(checker, type as 'string' | 'int' | 'ip', right, what)
  if (right.kind === 'set' || right.kind === 'list') return checker.fault(right.at, `${op} takes one value`)
  const other = right.kind === 'ip' ? 'ip' : right.kind
  if (other !== type)
    return checker.fault(right.at, `${what} is ${typeTexts[type]}; got ${typeTexts[other]}`, [typeTexts[type]])
  switch (right.kind) {
    case 'int':
      if (!Number.isSafeInteger(right.value)) return checker.fault(right.at, 'the number is too large')
      if (op === 'bitwise_and' && (right.value < 0 || right.value > 0xffff_ffff))
        return checker.fault(right.at, 'bitwise_and takes a number of 32 bits')
      return { op, with: right.value } as Match
    case 'bool': return { op, with: right.value } as Match
    case 'ip': {
      if (right.to !== undefined || right.prefix !== undefined)
        return checker.fault(right.at, `${op} takes a single address; a network or a range stands behind in`, ['in'])
      const range = rangeOf(checker, right)
      return range && { op, with: range.from } as Match
    }
    case 'string': {
      if (op === 'matches') return checker.regex(right.raw, right.at) ? { op, with: right.raw } : undefined
      const text = checker.string(right)
      return text === undefined ? undefined : { op, with: text } as Match
    }
  }
}

const checkMembership = (
  checker: Checking,
  type: 'string' | 'int' | 'ip',
  right: Comparison['right'],
  what: string
): Match | undefined => {
  if (right.kind === 'list') {
    const list = checker.lists.find(right.name)
    const names = checker.lists.names()
    if (list === undefined)
      return checker.fault(
        right.at,
        `no list '$${right.name}'; there are: ${
          names.length === 0 ? 'none' : names.map(name => `$${name}`).join(', ')
        }`,
        names.map(name => `$${name}`)
      )
    if (list.type !== type)
      return checker.fault(
        right.at,
        `$${right.name} is a list of ${
          list.type === 'ip' ? 'IP addresses' : list.type === 'int' ? 'numbers' : 'strings'
        }, and ${what} is ${typeTexts[type]}`
      )
    checker.listsRead.add(right.name)
    return { op: 'in', list, name: right.name }
  }
  if (right.kind === 'ip') {
    if (type !== 'ip')
      return checker.fault(right.at, `${what} is ${typeTexts[type]}; got an IP address`, [typeTexts[type]])
    const range = rangeOf(checker, right)
    return range && { op: 'in', ips: [range] }
  }
  if (right.kind !== 'set') return checker.fault(right.at, 'in takes a set, a list or a network', ['{', '$list'])
  if (right.items.length === 0) return checker.fault(right.at, 'the set is empty')
  return checkSet(checker, type, right, what)
}

const checkSet = (
  checker: Checking,
  type: 'string' | 'int' | 'ip',
  { items }: SetSyntax,
  what: string
): Match | undefined => {
  const strings: string[] = []
  const ints: (readonly [number, number])[] = []
  const ips: IpRange[] = []
  const before = checker.faults.length
  for (const item of items) {
    if (item.kind === 'string' && type === 'string') {
      const text = checker.string(item)
      if (text !== undefined) strings.push(text)
    } else if (item.kind === 'int' && type === 'int') ints.push([item.value, item.value])
    else if (item.kind === 'range' && type === 'int') {
      if (item.from > item.to) checker.fault(item.at, `the range begins behind its end: ${item.from}..${item.to}`)
      else ints.push([item.from, item.to])
    } else if (item.kind === 'ip' && type === 'ip') {
      const range = rangeOf(checker, item)
      if (range !== undefined) ips.push(range)
    } else checker.fault(
        item.at,
        `${what} is ${typeTexts[type]}; got ${item.kind === 'range' ? 'a range of numbers' : typeTexts[item.kind]}`,
        [typeTexts[type]]
      )
  }
  if (checker.faults.length > before) return undefined
  return type === 'string' ? { op: 'in', strings } : type === 'int' ? { op: 'in', ints } : { op: 'in', ips }
}

const rangeOf = (checker: Checking, { from, to, prefix, at }: AddressSyntax): IpRange | undefined => {
  const first = parseIp(from)
  if (first === undefined) return checker.fault(at, `no IP address: ${from}`, ['an IP address'])
  if (to !== undefined) {
    const last = parseIp(to)
    if (last === undefined) return checker.fault(at, `no IP address: ${to}`, ['an IP address'])
    if (last.version !== first.version) return checker.fault(at, 'a range has two addresses of one version')
    if (prefix !== undefined) return checker.fault(at, 'a range has no prefix')
    return first.compare(last) > 0
      ? checker.fault(at, `the range begins behind its end: ${from}..${to}`)
      : { from: first, to: last }
  }
  if (prefix === undefined) return { from: first, to: first }
  const skipped = first.version === 4 && from.includes(':') ? 96 : 0
  const most = bitsOf(first.version) + skipped
  return prefix < skipped || prefix > most
    ? checker.fault(at, `a prefix of an IPv${first.version} network is ${skipped} to ${most}; got ${prefix}`)
    : networkRange(first, prefix - skipped)
}
