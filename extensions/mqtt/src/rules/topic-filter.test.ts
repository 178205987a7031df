import fc from 'fast-check'
import { expect, test } from 'vitest'
import { globMatches } from './glob.ts'
import { covers, levelsOf, overlap, subscribedLevels } from './topic-filter.ts'

const of = (filter: string): readonly string[] => levelsOf(filter)!

test.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/b', 'a', false],
  ['a', 'a/b', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a/+', true],
  ['a/+', 'a/b/c', false],
  ['a/+', 'a', false],
  ['+', '', true],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a/#', true],
  ['a/#', 'a/+/#', true],
  ['a/#', 'b', false],
  ['a/#', '#', false],
  ['+/b', '#', false],
  ['a/b', 'a/+', false],
  ['#', '+/#', true],
  ['#', '#', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
  ['a/+/c', 'a//c', true],
  ['/+', '/', true],
  ['#', 'a/$b', true]
])('%s covers %s: %s', (filter, other, expected) => {
  expect(covers(of(filter), other.split('/'))).toBe(expected)
})

test.each([
  ['secret/#', '#', true],
  ['secret/#', '+/x', true],
  ['secret/#', '+', true],
  ['secret/#', 'secret', true],
  ['secret/#', 'other/#', false],
  ['secret/+', 'secret', false],
  ['a/+/c', '+/b/+', true],
  ['a/+/c', '+/b', false],
  ['a/b', 'a/b', true],
  ['$SYS/#', '#', false],
  ['$SYS/#', '+/x', false],
  ['$SYS/#', '$SYS/+', true]
])('%s and %s overlap: %s', (one, other, expected) => {
  expect(overlap(of(one), of(other))).toBe(expected)
  expect(overlap(of(other), of(one))).toBe(expected)
})

const level = fc.constantFrom('a', 'b', '', '$x', '+')
const filters = fc.tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean()).map(([levels, all]) =>
  all ? [...levels, '#'] : levels
)
const topics = fc.array(fc.constantFrom('a', 'b', '', '$x'), { minLength: 1, maxLength: 5 })

test('what covers a filter matches every topic of it; what matches a topic of a filter overlaps it', () => {
  fc.assert(fc.property(filters, filters, topics, (one, other, topic) => {
    if (!covers(other, topic)) return
    if (covers(one, other)) expect(covers(one, topic)).toBe(true)
    if (covers(one, topic)) expect(overlap(one, other)).toBe(true)
  }), { numRuns: 5000 })
})

test.each(['', 'a/#/b', 'a#', '#a', 'a/b+', '+a/b', '##'])('not a filter: %j', filter => {
  expect(levelsOf(filter)).toBeUndefined()
})

test('a shared subscription is judged by its filter', () => {
  expect(subscribedLevels('$share/group/a/+')).toEqual(['a', '+'])
  expect(subscribedLevels('$share/group//a')).toEqual(['', 'a'])
  for (const bad of ['$share/', '$share/group', '$share//a', '$share/g+/a', '$share/#/a', '$share/group/', '$share/group/a/#/b']) expect(subscribedLevels(bad), bad).toBeUndefined()
  expect(subscribedLevels('$shared/a')).toEqual(['$shared', 'a'])
})

test.each([
  ['*', '', true],
  ['*', 'abc', true],
  ['a*', 'abc', true],
  ['*c', 'abc', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a*b*c', 'a1b2b3c', true],
  ['a*b*c', 'a1c', false],
  ['', '', true],
  ['', 'a', false],
  ['abc', 'ab', false],
  ['a.c', 'abc', false]
])('pattern %j and %j: %s', (pattern, text, expected) => {
  expect(globMatches(pattern, text)).toBe(expected)
})

test('a pattern of many stars takes no more than its product', () => {
  expect(globMatches('*a'.repeat(200) + 'b', 'a'.repeat(20_000))).toBe(false)
})
