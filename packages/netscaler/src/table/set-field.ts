import type { Call, Given } from '../grammar/command.ts'
import { recordFrom } from '@weirlb/model'

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Set the field at a path; objects on the way are made. */
const setField = (fields: Fields, [name, ...below]: readonly string[], value: unknown): void => {
  if (name === undefined) {
    // The option sets several fields.
    if (isFields(value)) Object.assign(fields, value)
    return
  }
  if (below.length === 0) {
    const there = fields[name]
    // `-tls {}` says that there is one; what stands in it comes by other options.
    fields[name] = isFields(there) && isFields(value) ? { ...value, ...there } : value
    return
  }
  const there = fields[name]
  const inner: Fields = isFields(there) ? there : recordFrom<unknown>([])
  fields[name] = inner
  setField(inner, below, value)
}

/** Returns the fields that the words of a command set. */
export const fieldsOf = (given: Iterable<Given>): Fields => {
  const fields: Fields = {}
  for (const { parameter: { field }, value } of given) if (field !== undefined) setField(fields, field, value)
  return fields
}

/** Returns the text of an argument or option that has to be there. */
export const textOf = (call: Call, name: string): string => String(call.given.get(name)!.value)
