import type { IpAddress } from '../address/ip-address.ts'
import { IpSet } from '../address/ip-set.ts'
import { LinearRegex } from '../language/regex.ts'
import type { Match } from '../language/typed.ts'
import type { RuleValue } from '../language/types.ts'
import { Wildcard } from '../language/wildcard.ts'

/** Returns true if a value passes a comparison. */
export type Matcher = (value: RuleValue) => boolean

/** Values are of the type that the comparison was checked for: nothing is looked at twice. */
const on = <T extends RuleValue> (test: (value: T) => boolean): Matcher => test as Matcher

/** The function of a comparison. Everything that does not depend on the value is done once, here. */
export const matcherOf = (match: Match): Matcher => {
  switch (match.op) {
    case 'eq':
    case 'ne': return equality(match.op === 'eq', match.with)
    case 'lt': { const other = match.with; return on<string | number>(value => value < other) }
    case 'le': { const other = match.with; return on<string | number>(value => value <= other) }
    case 'gt': { const other = match.with; return on<string | number>(value => value > other) }
    case 'ge': { const other = match.with; return on<string | number>(value => value >= other) }
    case 'bitwise_and': { const mask = match.with; return on<number>(value => (value & mask) !== 0) }
    case 'contains': { const part = match.with; return on<string>(value => value.includes(part)) }
    case 'matches': { const regex = new LinearRegex(match.with); return on<string>(value => regex.test(value)) }
    case 'wildcard':
    case 'strict wildcard': { const pattern = new Wildcard(match.with, match.op === 'strict wildcard'); return on<string>(value => pattern.test(value)) }
    case 'in': return membership(match)
  }
}

const equality = (equal: boolean, other: string | number | boolean | IpAddress): Matcher => {
  if (typeof other !== 'object') return equal ? value => value === other : value => value !== other
  return equal ? on<IpAddress>(value => value.equals(other)) : on<IpAddress>(value => !value.equals(other))
}

const membership = (match: Extract<Match, { readonly op: 'in' }>): Matcher => {
  if ('strings' in match) {
    const set = new Set(match.strings)
    return on<string>(value => set.has(value))
  }
  if ('ips' in match) {
    const set = new IpSet(match.ips)
    return on<IpAddress>(value => set.has(value))
  }
  if ('list' in match) {
    const { list } = match
    // Asked each time: its entries change without the rule.
    return value => list.has(value as never)
  }
  const singles = new Set(match.ints.filter(([from, to]) => from === to).map(([from]) => from))
  const ranges = match.ints.filter(([from, to]) => from !== to)
  if (ranges.length === 0) return on<number>(value => singles.has(value))
  const froms = Float64Array.from(ranges, ([from]) => from)
  const tos = Float64Array.from(ranges, ([, to]) => to)
  return on<number>(value => {
    if (singles.has(value)) return true
    for (let n = 0; n < froms.length; n++) if (value >= froms[n]! && value <= tos[n]!) return true
    return false
  })
}
