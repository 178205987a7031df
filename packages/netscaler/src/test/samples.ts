// Values for the fields of a schema, for tests of all of them.
import { z } from 'zod'

/** The schema of an entity or a field. */
export type Schema = z.ZodType

const texts = [
  'a',
  'b c',
  '"',
  '-x',
  'q/x/',
  '/a',
  '/a b.pem',
  'a.example',
  '*.a.example',
  '10.0.0.0/8',
  '127.0.0.1',
  '::1',
  'https://a.example/d',
  'https://a.example',
  '3xx',
  'c@a.example',
  '20 ??',
  'ssl',
  'true',
  '7',
  '2030-01-01T00:00:00Z'
]
const numbers = [0, 1, 2, 7, 12, 50, 64, 300, 404, 8192, 70_000, 0.25]

/** Returns values that a schema takes, of every kind that it has. */
export const samples = (schema: z.ZodType): unknown[] =>
  tried(schema).filter(value => schema.safeParse(value).success).slice(0, 8)

const tried = (schema: z.ZodType): unknown[] => {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return samples(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodEnum) return [...schema.options]
  if (schema instanceof z.ZodLiteral) return [...schema.values]
  if (schema instanceof z.ZodBoolean) return [true, false]
  if (schema instanceof z.ZodNumber) return numbers
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(option => samples(option as z.ZodType))
  if (schema instanceof z.ZodArray) return lists(samples(schema.element as z.ZodType))
  if (schema instanceof z.ZodRecord)
    return samples(schema.valueType as z.ZodType).flatMap(value => [{ a: value }, { a: value, 'b c': value }])
  if (schema instanceof z.ZodObject) return objects(schema.shape as Record<string, z.ZodType>)
  return [...texts, 3, true, { b: 1 }]
}

/** Lists of one; of several where they are not objects, which may not have the same name. */
const lists = (
  elements: readonly unknown[]
): unknown[] => [[], ...typeof elements[0] === 'object' ? [] : [elements.slice(0, 3)], ...elements.map(one => [one])]

/** The least object, and one for each value of each field. */
const objects = (shape: Record<string, z.ZodType>): Record<string, unknown>[] => {
  const needed = Object.entries(shape).filter(([, field]) => !field.safeParse(undefined).success)
  const least = Object.fromEntries(needed.map(([name, field]) => [name, samples(field)[0]]))
  return [
    least,
    ...Object.entries(shape).flatMap(([name, field]) => samples(field).map(value => ({ ...least, [name]: value })))
  ]
}

/** Returns the schema of a field by its path. */
export const fieldOf = (schema: z.ZodType, [name, ...below]: readonly string[]): z.ZodType => {
  let inner = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
    inner = inner.unwrap() as z.ZodType
  return name === undefined ? inner : fieldOf((inner as z.ZodObject).shape[name] as z.ZodType, below)
}
