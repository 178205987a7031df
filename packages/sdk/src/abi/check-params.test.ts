import { expect, test } from 'vitest'
import { param } from '../params.ts'
import { checkParams, MAX_PARAMS_BYTES } from './check-params.ts'

const declaration = {
  params: {
    limit: param.int({ default: 5, min: 1, max: 9 }),
    mode: param.oneOf(['a', 'b'], { default: 'a' }),
    label: param.string({ default: 'x' }),
    open: param.boolean({ default: true })
  }
}

test('defaults are filled in', () => {
  expect(checkParams(declaration, {})).toEqual({ ok: true, params: { limit: 5, mode: 'a', label: 'x', open: true } })
  expect(checkParams(declaration, { limit: 9, mode: 'b', label: '', open: false })).toEqual({
    ok: true,
    params: { limit: 9, mode: 'b', label: '', open: false }
  })
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
  expect(checkParams({ params: {} }, { a: 1 })).toEqual({
    ok: false,
    issues: [{ path: 'a', message: 'unknown parameter; there are: none' }]
  })
})

test('open ranges', () => {
  expect(checkParams({ params: { n: param.int({ default: 5, min: 1 }) } }, { n: 0 })).toMatchObject({
    issues: [{ message: 'expected a whole number of at least 1, got 0' }]
  })
  expect(checkParams({ params: { n: param.int({ default: 5, max: 9 }) } }, { n: 10 })).toMatchObject({
    issues: [{ message: 'expected a whole number of at most 9, got 10' }]
  })
})

const rules = {
  params: {
    rules: param.list({
      topic: param.string({ default: '#' }),
      effect: param.oneOf(['allow', 'deny'], { default: 'deny' }),
      times: param.int({ default: 1, min: 0 })
    }, { max: 3 })
  }
}

test('entries of a list are filled in one by one', () => {
  expect(checkParams(rules, {})).toEqual({ ok: true, params: { rules: [] } })
  expect(checkParams(rules, { rules: [{ topic: 'a' }, { effect: 'allow', times: 0 }] })).toEqual({
    ok: true, params: { rules: [{ topic: 'a', effect: 'deny', times: 1 }, { topic: '#', effect: 'allow', times: 0 }] }
  })
})

test.each<[unknown, string, string]>([
  ['a', 'rules', 'expected a list of at most 3 entries, got "a"'],
  [[{}, {}, {}, {}], 'rules', 'expected a list of at most 3 entries, got 4'],
  [[{}, 5], 'rules[1]', 'expected an object, got 5'],
  [[{}, { effect: 'maybe' }], 'rules[1].effect', 'unknown value "maybe"; there are: allow, deny'],
  [[{ times: -1 }], 'rules[0].times', 'expected a whole number of at least 0, got -1'],
  [[{ topics: 'a' }], 'rules[0].topics', 'unknown field; there are: topic, effect, times'],
  [[{ topic: ['a'] }], 'rules[0].topic', 'expected a string, got ["a"]']
])('refused in a list: %j', (given, path, message) => {
  expect(checkParams(rules, { rules: given })).toEqual({ ok: false, issues: [{ path, message }] })
})

test('parameters that the sandbox could not be told are refused', () => {
  const large = (bytes: number): ReturnType<typeof checkParams> => checkParams({ params: { label: param.string({ default: '' }), note: param.string({ default: '' }) } }, { label: 'x', note: 'n'.repeat(bytes) })
  const around = JSON.stringify({ label: 'x', note: '' }).length
  expect(large(MAX_PARAMS_BYTES - around).ok).toBe(true)
  expect(large(MAX_PARAMS_BYTES - around + 1)).toEqual({
    ok: false,
    issues: [{
      path: 'note',
      message: `the parameters have ${
        MAX_PARAMS_BYTES + 1
      } bytes as JSON, most of them here; there may be ${MAX_PARAMS_BYTES}`
    }]
  })
})
