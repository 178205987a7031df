import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatch } from './merge-patch.ts'

// RFC 7396, appendix A.
test.each<[unknown, unknown, unknown]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [['a', 'b'], ['c', 'd'], ['c', 'd']],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
])('%j patched with %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result)
})

test('what is undefined is left out, as in JSON', () => {
  expect(mergePatch({ a: 1, b: { c: 2 } }, { a: undefined, b: { c: undefined, d: 3 } })).toEqual({
    a: 1,
    b: { c: 2, d: 3 }
  })
})

test('a field is a field, whatever its name', () => {
  const name = fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype), 'a', 'b')
  const object = fc.dictionary(
    name,
    fc.oneof(fc.nat(3), fc.constant(null), fc.dictionary(name, fc.nat(3), { noNullPrototype: true, maxKeys: 3 })),
    { noNullPrototype: true, maxKeys: 4 }
  )
  fc.assert(fc.property(object, object, (target, patch) => {
    const merged = mergePatch(target, patch) as object
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    const there = new Map(Object.entries(merged))
    const [before, change] = [new Map(Object.entries(target)), new Map(Object.entries(patch))]
    for (const field of new Set([...before.keys(), ...change.keys()])) {
      const value = change.has(field) ? change.get(field) : before.get(field)
      if (change.has(field) && value === null) expect(there.has(field)).toBe(false)
      else if (typeof value !== 'object' || value === null) expect(there.get(field)).toBe(value)
      else for (const [inner, given] of Object.entries(value))
          expect(new Map(Object.entries(there.get(field) as object)).get(inner)).toBe(given)
    }
    expect([...there.keys()].every(field => before.has(field) || change.has(field))).toBe(true)
  }))
})
