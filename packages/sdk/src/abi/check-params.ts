import type { Param } from '../params.ts'
import type { Declaration } from './declaration.ts'
import { Issues, isRecord, shown, type DeclarationIssue } from './issues.ts'

const MAX_PARAMS = 64
const MAX_CHOICES = 256
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** The value of a parameter. */
export type ParamValue = number | string | boolean

/** Parameters with their defaults filled in, or what is wrong with them. */
export type CheckedParams =
  | { readonly ok: true, readonly params: Readonly<Record<string, ParamValue>> }
  | { readonly ok: false, readonly issues: readonly DeclarationIssue[] }

type Check = (issues: Issues, path: string, value: Readonly<Record<string, unknown>>) => Param

const specs: Record<Param['type'], Check> = {
  int: (issues, path, value) => {
    issues.record(path, value, ['type', 'default', 'min', 'max'])
    const least = Number.MIN_SAFE_INTEGER
    const most = Number.MAX_SAFE_INTEGER
    const min = value['min'] === undefined ? undefined : issues.integer(`${path}.min`, value['min'], least, most)
    const max = value['max'] === undefined ? undefined : issues.integer(`${path}.max`, value['max'], least, most)
    if (min !== undefined && max !== undefined && min > max) issues.add(path, `min ${min} is greater than max ${max}`)
    return { type: 'int', default: issues.integer(`${path}.default`, value['default'], min ?? least, max ?? most), min, max }
  },
  string: (issues, path, value) => {
    issues.record(path, value, ['type', 'default', 'oneOf'])
    const given = value['oneOf']
    if (given === undefined) return { type: 'string', default: issues.string(`${path}.default`, value['default']), oneOf: undefined }
    if (!Array.isArray(given) || given.length < 1 || given.length > MAX_CHOICES) {
      issues.add(`${path}.oneOf`, `expected a list of 1 to ${MAX_CHOICES} strings, got ${shown(given)}`)
      return { type: 'string', default: '', oneOf: undefined }
    }
    const oneOf = given.map((choice, i) => issues.string(`${path}.oneOf[${i}]`, choice))
    return { type: 'string', default: issues.oneOf(`${path}.default`, value['default'], oneOf), oneOf }
  },
  boolean: (issues, path, value) => {
    issues.record(path, value, ['type', 'default'])
    return { type: 'boolean', default: issues.boolean(`${path}.default`, value['default']) }
  }
}

const types = Object.keys(specs) as Param['type'][]

/** Read the parameters that a protocol declares. */
export const checkParamSpec = (issues: Issues, path: string, value: unknown): Record<string, Param> => {
  const params: Record<string, Param> = {}
  if (value === undefined) return params
  if (!isRecord(value)) {
    issues.add(path, `expected an object, got ${shown(value)}`)
    return params
  }
  const names = Object.keys(value)
  if (names.length > MAX_PARAMS) issues.add(path, `${names.length} parameters; there may be ${MAX_PARAMS}`)
  for (const name of names.slice(0, MAX_PARAMS)) {
    const at = `${path}.${name}`
    const spec = value[name]
    if (!NAME.test(name)) issues.add(path, `invalid name ${shown(name)}: expected a letter, then letters, digits and "_", at most 64`)
    else if (!isRecord(spec)) issues.add(at, `expected a parameter, got ${shown(spec)}; there are: ${types.map(t => `param.${t}`).join(', ')}`)
    else if (!types.includes(spec['type'] as Param['type'])) issues.add(`${at}.type`, `unknown type ${shown(spec['type'])}; there are: ${types.join(', ')}`)
    else params[name] = specs[spec['type'] as Param['type']](issues, at, spec)
  }
  return params
}

const range = (spec: { min?: number | undefined, max?: number | undefined }): string =>
  spec.min !== undefined && spec.max !== undefined ? ` from ${spec.min} to ${spec.max}`
    : spec.min !== undefined ? ` of at least ${spec.min}` : spec.max !== undefined ? ` of at most ${spec.max}` : ''

const wrong = (spec: Param, value: unknown): string | undefined => {
  switch (spec.type) {
    case 'int':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= (spec.min ?? -Infinity) && value <= (spec.max ?? Infinity)
        ? undefined : `expected a whole number${range(spec)}, got ${shown(value)}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected true or false, got ${shown(value)}`
    case 'string':
      if (typeof value !== 'string') return `expected a string, got ${shown(value)}`
      return spec.oneOf === undefined || spec.oneOf.includes(value) ? undefined : `unknown value ${shown(value)}; there are: ${spec.oneOf.join(', ')}`
  }
}

/** Check the parameters an operator gives against a declaration and fill in the defaults. Issue paths are parameter names. */
export const checkParams = (declaration: Pick<Declaration, 'params'>, given: Readonly<Record<string, unknown>>): CheckedParams => {
  const issues = new Issues()
  const names = Object.keys(declaration.params)
  const params: Record<string, ParamValue> = {}
  for (const name of names) params[name] = declaration.params[name]!.default
  for (const [name, value] of Object.entries(given)) {
    const spec = Object.hasOwn(declaration.params, name) ? declaration.params[name] : undefined
    const issue = spec === undefined ? `unknown parameter; there are: ${names.join(', ') || 'none'}` : wrong(spec, value)
    if (issue !== undefined) issues.add(name, issue)
    else params[name] = value as ParamValue
  }
  return issues.list.length === 0 ? { ok: true, params } : { ok: false, issues: issues.list }
}
