import { expect, test } from 'vitest'
import { alreadyHas } from './etag.ts'

test.each([
  [undefined, false],
  ['', false],
  ['"a"', true],
  ['"b"', false],
  ['*', true],
  [' * ', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ['"b","a"', true],
  ['"b", W/"a"', true],
  ['a', false],
  ['"A"', false],
  ['w/"a"', false]
])('If-None-Match: %s of "a" is %s', (field, has) => {
  expect(alreadyHas(field, '"a"')).toBe(has)
})
