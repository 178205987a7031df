import { expect, test } from 'vitest'
import { defaultText, freshValue, shapeOf, type Schema } from './schema.ts'

const components: Record<string, Schema> = { Use: { oneOf: [{ type: 'object', properties: { type: { const: 'tcp' } } }, { type: 'object', properties: { type: { const: 'named' } } }] } }
const resolve = (schema: Schema): Schema => schema.$ref === undefined ? schema : components[schema.$ref.split('/').at(-1)!]!

test.each<[Schema, unknown]>([
  [{ type: 'string', enum: ['a', 'b'] }, { is: 'choice', choices: ['a', 'b'] }],
  [{ anyOf: [{ type: 'string', enum: ['off'] }, { type: 'boolean' }] }, { is: 'choice', choices: ['off', true, false] }],
  [{ anyOf: [{ type: 'string', pattern: 'a' }, { type: 'string', pattern: 'b' }] }, { is: 'text', long: false }],
  [{ type: 'string', maxLength: 100_000 }, { is: 'text', long: true }],
  [{ type: 'array', items: { type: 'string' } }, { is: 'lines' }],
  [{ type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } }, { is: 'list', of: { type: 'object', properties: { name: { type: 'string' } } } }],
  [{ type: 'array', items: { $ref: '#/components/schemas/Use' } }, { is: 'list', of: components['Use'] }],
  [{ type: 'object', properties: {} }, { is: 'object' }],
  [{ type: 'object' }, { is: 'json' }],
  [{ type: ['string', 'number'] }, { is: 'json' }]
])('%j', (schema, shape) => { expect(shapeOf(schema, resolve)).toEqual(shape) })

test('a new entry of several kinds is of the first', () => {
  expect(freshValue(components['Use']!, resolve)).toEqual({ type: 'tcp' })
})

test.each<[unknown, string | undefined]>([[undefined, undefined], ['', 'empty'], ['first', 'first'], [[], 'none'], [false, 'false'], [600, '600']])('a default of %j', (value, text) => {
  expect(defaultText(value === undefined ? {} : { default: value })).toBe(text)
})
