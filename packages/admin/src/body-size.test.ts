import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkBodySize } from './body-size.ts'

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const taken = (body: Uint8Array, most: number): boolean => {
  try { checkBodySize(body, most) } catch { return false }
  return true
}
/** The slow reference: every object, list and what is in them. */
const values = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Object.values(value).map(values).reduce((a, b) => a + b, 0) : 1

test('what has so many values is taken, one more is not', () => {
  expect(taken(bytes(Array.from({ length: 1000 }, () => 1)), 1001)).toBe(true)
  expect(() => checkBodySize(bytes(Array.from({ length: 1001 }, () => 1)), 1001)).toThrow(
    'the body has more than 1001 values'
  )
})

test('nesting is taken to 32 levels', () => {
  expect(taken(bytes('['.repeat(32) + ']'.repeat(32)), 1e6)).toBe(true)
  expect(() => checkBodySize(bytes('['.repeat(33)), 1e6)).toThrow('nested deeper than 32 levels')
  expect(() => checkBodySize(bytes('{"a":'.repeat(100_000)), 1e9)).toThrow('nested deeper')
})

test('what stands in texts does not count', () => {
  expect(taken(bytes({ a: ',[{"\\'.repeat(1000), '\\",,,"': 1 }), 4)).toBe(true)
  expect(taken(bytes('"never ends ,,,,'), 1)).toBe(true)
})

test('every value counts, and at most one more for each list and object', () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), value => {
    const count = values(value)
    expect([taken(bytes(JSON.stringify(value)), count - 1), taken(bytes(JSON.stringify(value)), 2 * count)]).toEqual([
      false,
      true
    ])
  }))
})
