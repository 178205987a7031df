import type { EntrySpec, ListParam, Param, ScalarParam } from '../params.ts'
import { encodeUtf8 } from '../utf8.ts'
import type { Declaration } from './declaration.ts'
import { Issues, isRecord, shown, type DeclarationIssue } from './issues.ts'

/**
 * Maximum bytes of a vserver's parameters, as JSON. They enter the sandbox in one piece, before its first connection.
 */
export const MAX_PARAMS_BYTES = 128 * 1024

/** The value of a parameter that is no list. */
export type ScalarValue = number | string | boolean
/** The value of a parameter. */
export type ParamValue = ScalarValue | readonly Readonly<Record<string, ScalarValue>>[]

/** Parameters with their defaults filled in, or what is wrong with them. */
export type CheckedParams =
  | { readonly ok: true, readonly params: Readonly<Record<string, ParamValue>> }
  | { readonly ok: false, readonly issues: readonly DeclarationIssue[] }

type Of<T extends Param['type']> = Extract<Param, { type: T }>
type Read<P, V> = (issues: Issues, path: string, spec: P, value: unknown) => V

const range = (spec: Of<'int'>): string =>
  spec.min !== undefined && spec.max !== undefined ? ` from ${spec.min} to ${spec.max}`
    : spec.min !== undefined ? ` of at least ${spec.min}` : spec.max !== undefined ? ` of at most ${spec.max}` : ''

const scalars: { readonly [T in ScalarParam['type']]: Read<Of<T>, ScalarValue> } = {
  int: (issues, path, spec, value) => {
    if (
      typeof value === 'number' && Number.isSafeInteger(value) && value >= (spec.min ?? -Infinity) &&
      value <= (spec.max ?? Infinity)
    ) return value
    issues.add(path, `expected a whole number${range(spec)}, got ${shown(value)}`)
    return spec.default
  },
  string: (issues, path, spec, value) =>
    spec.oneOf === undefined ? issues.string(path, value) : issues.oneOf(path, value, spec.oneOf),
  boolean: (issues, path, _, value) => issues.boolean(path, value)
}

const list: Read<ListParam, ParamValue> = (issues, path, spec, value) => {
  if (!Array.isArray(value) || value.length > spec.max) {
    issues.add(
      path,
      `expected a list of at most ${spec.max} entries, got ${Array.isArray(value) ? value.length : shown(value)}`
    )
    return []
  }
  return value.map((entry, i) => readEntry(issues, `${path}[${i}]`, spec.of, entry))
}

const readEntry = (issues: Issues, path: string, of: EntrySpec, value: unknown): Record<string, ScalarValue> => {
  if (isRecord(value)) return readAll(issues, `${path}.`, 'field', of, value, scalars)
  issues.add(path, `expected an object, got ${shown(value)}`)
  return {}
}

const reads: { readonly [T in Param['type']]: Read<Of<T>, ParamValue> } = { ...scalars, list }

/** Values by name, each read according to its type; missing ones get their defaults. */
const readAll = <P extends Param, V>(
  issues: Issues,
  prefix: string,
  noun: string,
  specs: Readonly<Record<string, P>>,
  given: Readonly<Record<string, unknown>>,
  readers: { readonly [T in P['type']]: Read<Extract<P, { type: T }>, V> }
): Record<string, V> => {
  const names = Object.keys(specs)
  const values: Record<string, V> = {}
  for (const name of names) values[name] = specs[name]!.default as V
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (spec === undefined) issues.add(`${prefix}${name}`, `unknown ${noun}; there are: ${names.join(', ') || 'none'}`)
    else values[name] = (readers[spec.type as P['type']] as Read<P, V>)(issues, `${prefix}${name}`, spec, value)
  }
  return values
}

const bytesOf = (value: unknown): number => encodeUtf8(JSON.stringify(value)).length

/** Parameters larger than the shared memory would never reach the sandbox, and no connection would get a verdict. */
const checkSize = (issues: Issues, params: Readonly<Record<string, ParamValue>>): void => {
  const size = bytesOf(params)
  if (size <= MAX_PARAMS_BYTES) return
  const largest = Object.keys(params).reduce((a, b) => bytesOf(params[b]) > bytesOf(params[a]) ? b : a)
  issues.add(largest, `the parameters have ${size} bytes as JSON, most of them here; there may be ${MAX_PARAMS_BYTES}`)
}

/**
 * Check the parameters an operator gives against a declaration and fill in the defaults. Issue paths begin with
 * parameter names: `rules[2].topic`.
 */
export const checkParams = (
  declaration: Pick<Declaration, 'params'>,
  given: Readonly<Record<string, unknown>>
): CheckedParams => {
  const issues = new Issues()
  const params = readAll<Param, ParamValue>(issues, '', 'parameter', declaration.params, given, reads)
  if (issues.list.length === 0) checkSize(issues, params)
  return issues.list.length === 0 ? { ok: true, params } : { ok: false, issues: issues.list }
}
