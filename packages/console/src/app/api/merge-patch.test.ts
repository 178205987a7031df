import { expect, test } from 'vitest'
import { patched } from './merge-patch.ts'

test.each<[unknown, unknown, unknown]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ rules: { M001: 'off', M002: 'block' } }, { rules: { M001: null, M003: 'simulate' } }, { rules: { M002: 'block', M003: 'simulate' } }],
  [{ a: [1] }, { a: [2, 3] }, { a: [2, 3] }],
  ['text', { a: { b: null } }, { a: {} }]
])('%j with the merge patch %j is %j', (value, patch, merged) => { expect(patched(value, patch)).toEqual(merged) })
