import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conditionsOf, expressionOf, operators, type Condition } from './conditions.ts'

test.each([
  ['mqtt.type eq "PUBLISH" and starts_with(mqtt.publish.topic, "$SYS/")', [[{
    field: 'mqtt.type',
    op: 'eq',
    value: 'PUBLISH'
  }, { field: 'mqtt.publish.topic', op: 'starts_with', value: '$SYS/' }]]],
  ['ip.src in {192.0.2.0/24 198.51.100.7}', [[{ field: 'ip.src', op: 'in', value: '{192.0.2.0/24 198.51.100.7}' }]]],
  ['(http.host eq "a" and not ssl) or (ip.src eq ::1)', [[{ field: 'http.host', op: 'eq', value: 'a' }, { field: 'ssl', op: 'is false', value: '' }], [{ field: 'ip.src', op: 'eq', value: '::1' }]]],
  ['http.request.headers["x-token"][0] eq "1"', [[{ field: 'http.request.headers["x-token"][0]', op: 'eq', value: '"1"' }]]],
  ['ip.src in $office', [[{ field: 'ip.src', op: 'in', value: '$office' }]]]
])('%s', (expression, conditions) => {
  expect(conditionsOf(expression)).toEqual(conditions)
  expect(expressionOf(conditions as never).replaceAll(/^\(|\)$/g, '')).toBe(expression.replaceAll(/^\(|\)$/g, ''))
})

test.each([
  'len(http.host) gt 3',
  'not (ssl and ws.upgrade)',
  'ip.src eq',
  'a eq "x" xor b eq "y"',
  '(a eq 1 or b eq 2) and c eq 3',
  '"unended'
])('%s has more than the builder', expression => {
  expect(conditionsOf(expression)).toBeUndefined()
})

test('what the builder writes, it reads again', () => {
  const condition: fc.Arbitrary<Condition> = fc.record({
    field: fc.constantFrom('ip.src', 'mqtt.publish.topic', 'http.request.headers["a"][0]'),
    op: fc.constantFrom(...operators),
    value: fc.oneof(fc.string(), fc.constantFrom('127.0.0.1', '12', '$list', 'a "b" \\ c', '::1/64'))
  })
    .map(({ op, value, ...rest }) => ({
      ...rest,
      op,
      value: op.startsWith('is ') ? '' : op === 'in' ? '{1 2}' : value
    }))
    // Who types quotes or braces has typed a literal.
    .filter(({ value, op }) => op === 'in' || !/^["{]/.test(value))
  fc.assert(
    fc.property(
      fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      conditions => {
        expect(conditionsOf(expressionOf(conditions))).toEqual(conditions)
      }
    )
  )
})
