import type { Difference } from '../../ui/difference-table.tsx'
import type { Schema } from './schema.ts'

/** An entity, as a form has it: without what it has by default. */
export type Entity = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Entity =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True if two JSON values say the same; fields may stand in any order, and an undefined one is none. */
export const equal = (a: unknown, b: unknown): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, i) => equal(each, b[i]))
  if (!isFields(a) || !isFields(b)) return a === b
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(name => equal(a[name], b[name]))
}

/** Returns a value without the fields that have their defaults. */
export const withoutDefaults = (value: unknown, schema: Schema): unknown => {
  const { properties } = schema
  if (!isFields(value) || properties === undefined) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => {
    const of = properties[name]
    if (of === undefined) return [[name, each]]
    const left = withoutDefaults(each, of)
    if (of.default !== undefined && (equal(each, of.default) || equal(left, of.default))) return []
    return [[name, left]]
  }))
}

/** Returns the fields that differ, by their paths; lists are compared as a whole. */
export const differences = (before: unknown, after: unknown, path = ''): readonly Difference[] => {
  if (equal(before, after)) return []
  if (!isFields(before) || !isFields(after)) return [{ path, before, after }]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap(name =>
    differences(before[name], after[name], path === '' ? name : `${path}.${name}`)
  )
}

/**
 * Put what was changed in a form on top of what somebody else has made of the entity: fields that the form left alone
 * are theirs.
 */
export const onTopOf = (theirs: Entity, base: Entity, mine: Entity): Entity => {
  const merged: Record<string, unknown> = { ...theirs }
  for (const field of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (equal(base[field], mine[field])) continue
    if (mine[field] === undefined) delete merged[field]
    else merged[field] = mine[field]
  }
  return merged
}
