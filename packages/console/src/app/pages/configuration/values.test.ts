import { expect, test } from 'vitest'
import { differences, equal, onTopOf, withoutDefaults } from './values.ts'

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    weight: { type: 'integer', default: 1 },
    tags: { type: 'array', default: [] },
    limits: {
      type: 'object',
      default: { heapMb: 16 },
      properties: { heapMb: { type: 'integer', default: 16 }, cpuMs: { type: 'integer' } }
    }
  }
}

test('what is as by default is left out, within objects too, and what nobody describes stays', () => {
  expect(withoutDefaults({ name: 'a', weight: 1, tags: [], limits: { heapMb: 16, cpuMs: 5 }, other: 1 }, schema))
    .toEqual({ name: 'a', limits: { cpuMs: 5 }, other: 1 })
  expect(withoutDefaults({ name: 'a', weight: 2, limits: { heapMb: 16 } }, schema)).toEqual({ name: 'a', weight: 2 })
})

test('values are equal by what they say', () => {
  expect(equal({ a: [1, { b: 2 }], c: undefined }, { a: [1, { b: 2 }] })).toBe(true)
  expect(equal([1, 2], [2, 1])).toBe(false)
  expect(equal(null, {})).toBe(false)
})

test('differences have the paths of fields', () => {
  expect(differences({ a: 1, limits: { x: 1, y: 2 }, l: [1] }, { a: 1, limits: { x: 3 }, l: [1, 2] })).toEqual([
    { path: 'limits.x', before: 1, after: 3 },
    { path: 'limits.y', before: 2, after: undefined },
    { path: 'l', before: [1], after: [1, 2] }
  ])
})

test('a form on top of what somebody else did keeps what each of them changed', () => {
  const base = { name: 'a', port: 1, host: 'x', note: 'old' }
  expect(onTopOf({ name: 'a', port: 2, host: 'x', note: 'old' }, base, { name: 'a', port: 1, host: 'y' })).toEqual({
    name: 'a',
    port: 2,
    host: 'y'
  })
})
