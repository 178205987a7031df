import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RuleAction } from '@weirlb/model'
import { IpAddress, parseIp } from './address/ip-address.ts'
import { type IpRange, IpSet } from './address/ip-set.ts'
import { checkExpression } from './language/check.ts'
import { compileExpression, RuleSet, type RuleSource } from './evaluate/rule-set.ts'
import { naively } from './test/naive.ts'
import { compiled, fieldTypes, type Subject } from './test/subject.ts'

const word = fc.constantFrom('a', 'b', 'ab', 'A', '', 'é', 'abc')
const number = fc.integer({ min: -3, max: 6 })
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.1.0.1', '192.0.2.1', '2001:db8::1', '2001:db8:1::1', '::1')
const oneOf = fc.constantFrom

const comparison = fc.oneof(
  fc.tuple(
    oneOf('s', 't', 'lower(s)', 'upper(t)', 'concat(s, t)', 'list[0]', 'headers["a"][1]'),
    oneOf('eq', 'ne', 'lt', 'ge', 'contains', 'wildcard', 'strict wildcard'),
    oneOf('a', 'b', 'ab', 'a*', '*b', 'A', '*')
  ).map(([field, op, text]) => `${field} ${op} "${text}"`),
  fc.tuple(oneOf('n', 'm', 'len(s)', 'len(list)'), oneOf('eq', '!=', '<', 'le', '>', 'ge'), number).map((
    [field, op, value]
  ) => `${field} ${op} ${value}`),
  fc.tuple(oneOf('n', 'm'), fc.integer({ min: 0, max: 7 })).map(([field, mask]) => `${field} bitwise_and ${mask}`),
  fc.tuple(oneOf('n', 'm'), fc.array(number, { minLength: 1, maxLength: 4 }), number, number).map((
    [field, items, a, b]
  ) => `${field} in {${items.join(' ')} ${Math.min(a, b)}..${Math.max(a, b)}}`),
  fc.array(oneOf('a', 'b', 'ab', 'A'), { minLength: 1, maxLength: 4 }).map(items =>
    `s in {${items.map(item => `"${item}"`).join(' ')}}`
  ),
  fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([from, prefix]) =>
    `ip.src in {${from}/${prefix} 10.0.0.2..10.0.0.9}`
  ),
  fc.tuple(oneOf('any', 'all'), oneOf('a', 'b')).map(([each, text]) => `${each}(list[*] eq "${text}")`),
  oneOf('b', 'c', 'starts_with(s, t)', 's matches "^a.?$"')
)

const expression = fc.letrec<{ node: string }>(tie => ({
  node: fc.oneof(
    { maxDepth: 4 },
    comparison,
    comparison.map(text => `not ${text}`),
    fc.tuple(tie('node'), oneOf('and', '&&', 'or', '||', 'xor', '^^'), tie('node')).map(([a, op, b]) =>
      `${a} ${op} ${b}`
    ),
    tie('node').map(text => `(${text})`),
    tie('node').map(text => `!(${text})`)
  )
})).node

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const subject = fc.record({
  s: maybe(word),
  t: maybe(word),
  n: maybe(number),
  m: maybe(fc.integer({ min: 0, max: 6 })),
  b: maybe(fc.boolean()),
  c: maybe(fc.boolean()),
  ip: maybe(address),
  list: maybe(fc.array(word, { maxLength: 3 })),
  a: maybe(fc.array(word, { maxLength: 3 }))
})
type Drawn = typeof subject extends fc.Arbitrary<infer T> ? T : never

const forCompiled = ({ ip, a, ...rest }: Drawn): Subject => ({
  ...rest,
  'ip.src': ip === undefined ? undefined : parseIp(ip)!,
  headers: new Map(a === undefined ? [] : [['a', a]])
})
const forNaive = ({ ip, a, ...rest }: Drawn): Record<string, unknown> => ({
  ...rest,
  'ip.src': ip === undefined ? undefined : parseIp(ip)!.toString(),
  headers: { a }
})

describe('a compiled expression', () => {
  it('says what the slow reference says', () => {
    fc.assert(fc.property(expression, fc.array(subject, { minLength: 1, maxLength: 8 }), (text, subjects) => {
      // Masks of negative numbers differ between 32 bits and any number of bits.
      const usable = text.includes('bitwise_and') ? subjects.filter(({ n }) => n === undefined || n >= 0) : subjects
      const test = compiled(text)
      for (const drawn of usable) expect(test(forCompiled(drawn)), text).toBe(naively(text, forNaive(drawn)))
    }), { numRuns: 1500 })
  })

  it('has a position within the text for whatever is wrong', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          expression.chain(text =>
            fc.tuple(fc.integer({ min: 0, max: text.length }), fc.string({ maxLength: 3 })).map(([at, junk]) =>
              text.slice(0, at) + junk + text.slice(at + 1)
            )
          )
        ),
        text => {
          const checked = checkExpression(text, fieldTypes)
          if (checked.ok) return
          expect(checked.faults.length).toBeGreaterThan(0)
          for (const { offset, line, column } of checked.faults) {
            expect(offset).toBeGreaterThanOrEqual(0)
            expect(offset).toBeLessThanOrEqual(text.length)
            expect(line).toBe(text.slice(0, offset).split('\n').length)
            expect(column).toBeGreaterThan(0)
          }
        }
      ),
      { numRuns: 2000 }
    )
  })
})

const sourceOf = (
  expression: string,
  n: number,
  action: RuleAction,
  priority: number,
  simulated: boolean
): RuleSource<Subject> => {
  const checked = checkExpression(expression, fieldTypes)
  if (!checked.ok) throw new Error(checked.faults[0]!.message)
  return {
    name: `r${n}`,
    action,
    priority,
    simulated,
    expression: compileExpression<Subject>(checked.value, name => of => of[name])
  }
}

describe('a rule set', () => {
  const rule = fc.tuple(
    fc.oneof(
      fc.tuple(oneOf('a', 'b', 'ab'), number).map(([s, n]) => `s eq "${s}" and n eq ${n}`),
      oneOf('a', 'b', 'ab').map(s => `s eq "${s}"`),
      fc.tuple(number, number).map(([a, b]) => `n in {${a} ${b}} and b`),
      comparison,
      fc.array(comparison, { minLength: 2, maxLength: 5 }).map(all => all.join(' or ')),
      fc.tuple(comparison, comparison, comparison).map(([a, b, c]) => `(${a} and ${b}) or ${c}`),
      fc.tuple(oneOf('a', 'b', ''), oneOf('a', 'b')).map(([a, b]) =>
        `starts_with(s, "${a}") and t contains "${b}" and n eq 1`
      )
    ),
    oneOf<RuleAction>('log', 'skip', 'block'),
    fc.integer({ min: 0, max: 3 }),
    fc.boolean()
  )

  it('decides with its index as without one', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(rule, { maxLength: 12 }), fc.array(rule, { minLength: 60, maxLength: 70 })),
        fc.array(subject, { minLength: 1, maxLength: 6 }),
        (rules, subjects) => {
          const set = new RuleSet<Subject>(
            rules.map(([text, action, priority, simulated], n) => sourceOf(text, n, action, priority, simulated)),
            name => of => of[name],
            each => each
          )
          for (const drawn of subjects) {
            const of = forCompiled(drawn)
            const matched: string[] = []
            const ended = set.decide(of, {
              onMatch: each => {
                matched.push(each.name)
              }
            })
            const looked = set.look(of)
            expect(matched).toEqual(
              looked.filter(({ applies }) => applies).map(each => each.rule.name)
            )
            expect(ended?.name).toBe(
              looked.find(({ rule, applies }) => applies && !rule.simulated && rule.action !== 'log')?.rule.name
            )
          }
        }
      ),
      { numRuns: 400 }
    )
  })

  it('finds what is longer than it goes through', () => {
    const long = 'xyz'.repeat(200)
    const texts = [
      `s contains "${long}"`,
      `s eq "${long}"`,
      `s in {"${long}" "b"}`,
      's contains "b"',
      'starts_with(s, "")',
      's contains "zx"'
    ]
    const set = new RuleSet<Subject>(
      texts.map((text, n) => sourceOf(text, n, 'log', 0, false)),
      name => of => of[name],
      each => each
    )
    const matched = (s: string | undefined): string[] => {
      const names: string[] = []
      set.decide({ s }, { onMatch: ({ name }) => { names.push(name) } })
      return names
    }
    expect(matched(long)).toEqual(['r0', 'r1', 'r2', 'r4', 'r5'])
    expect(matched(`${long}b`)).toEqual(['r0', 'r3', 'r4', 'r5'])
    expect(matched('b')).toEqual(['r2', 'r3', 'r4'])
    expect(matched(undefined)).toEqual([])
  })

  it('looks by priority, 0 last, then log, skip and block, then as given', () => {
    const given = ([[0, 'block'], [2, 'block'], [2, 'log'], [1, 'skip'], [2, 'skip'], [2, 'log'], [0, 'log']] as const)
      .map(([priority, action], n) => sourceOf('b', n, action, priority, true))
    const seen: string[] = []
    new RuleSet<Subject>(given, name => of => of[name], each => each).decide({ b: true }, { onMatch: each => { seen.push(each.name) } })
    expect(seen).toEqual(['r3', 'r2', 'r5', 'r4', 'r1', 'r6', 'r0'])
  })
})

describe('a set of addresses', () => {
  const ip4 = fc.integer({ min: 0, max: 64 }).map(n => new IpAddress(4, 0, 0, 0, (0x0a00_0000 + n * 7) >>> 0))
  const ip6 = fc.tuple(oneOf(0, 1, 0xffff_ffff), oneOf(0, 5, 0xffff_ffff)).map(([c, d]) =>
    new IpAddress(6, 0x2001_0db8, 0, c, d)
  )
  const range = fc.oneof(fc.tuple(ip4, ip4), fc.tuple(ip6, ip6)).map(([a, b]): IpRange =>
    a.compare(b) <= 0 ? { from: a, to: b } : { from: b, to: a }
  )

  it('has what one of its ranges has', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), fc.oneof(ip4, ip6), (ranges, ip) => {
        const naive = ranges.some(({ from, to }) =>
          from.version === ip.version && from.compare(ip) <= 0 && ip.compare(to) <= 0
        )
        expect(new IpSet(ranges).has(ip)).toBe(naive)
      }),
      { numRuns: 1000 }
    )
  })
})
