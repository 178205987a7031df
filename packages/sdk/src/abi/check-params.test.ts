import { expect, test } from 'vitest'
import { param } from '../params.ts'
import { checkParams } from './check-params.ts'

const declaration = { params: { limit: param.int(5, { min: 1, max: 9 }), mode: param.oneOf('a', ['a', 'b']), label: param.string('x'), open: param.boolean(true) } }

test('defaults are filled in', () => {
  expect(checkParams(declaration, {})).toEqual({ ok: true, params: { limit: 5, mode: 'a', label: 'x', open: true } })
  expect(checkParams(declaration, { limit: 9, mode: 'b', label: '', open: false })).toEqual({ ok: true, params: { limit: 9, mode: 'b', label: '', open: false } })
})

test.each<[Record<string, unknown>, string, string]>([
  [{ limit: 10 }, 'limit', 'expected a whole number from 1 to 9, got 10'],
  [{ limit: '5' }, 'limit', 'expected a whole number from 1 to 9, got "5"'],
  [{ limit: 1.5 }, 'limit', 'expected a whole number from 1 to 9, got 1.5'],
  [{ mode: 'c' }, 'mode', 'unknown value "c"; there are: a, b'],
  [{ label: null }, 'label', 'expected a string, got null'],
  [{ open: 'yes' }, 'open', 'expected true or false, got "yes"'],
  [{ limitt: 1 }, 'limitt', 'unknown parameter; there are: limit, mode, label, open'],
  [{ toString: 1 }, 'toString', 'unknown parameter; there are: limit, mode, label, open']
])('refused: %j', (given, path, message) => {
  expect(checkParams(declaration, given)).toEqual({ ok: false, issues: [{ path, message }] })
})

test('an extension without parameters says so', () => {
  expect(checkParams({ params: {} }, { a: 1 })).toEqual({ ok: false, issues: [{ path: 'a', message: 'unknown parameter; there are: none' }] })
})

test('open ranges', () => {
  expect(checkParams({ params: { n: param.int(5, { min: 1 }) } }, { n: 0 })).toMatchObject({ issues: [{ message: 'expected a whole number of at least 1, got 0' }] })
  expect(checkParams({ params: { n: param.int(5, { max: 9 }) } }, { n: 10 })).toMatchObject({ issues: [{ message: 'expected a whole number of at most 9, got 10' }] })
})
