import type { ListParam, Param, ScalarParam } from '../params.ts'
import { isRecord, shown, type Issues } from './issues.ts'

const MAX_PARAMS = 64
const MAX_CHOICES = 256
const MAX_ENTRIES = 4096
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

type Given = Readonly<Record<string, unknown>>
type Check<P> = (issues: Issues, path: string, value: Given) => P

const scalars: Record<ScalarParam['type'], Check<ScalarParam>> = {
  int: (issues, path, value) => {
    issues.record(path, value, ['type', 'default', 'min', 'max'])
    const least = Number.MIN_SAFE_INTEGER
    const most = Number.MAX_SAFE_INTEGER
    const min = value['min'] === undefined ? undefined : issues.integer(`${path}.min`, value['min'], least, most)
    const max = value['max'] === undefined ? undefined : issues.integer(`${path}.max`, value['max'], least, most)
    if (min !== undefined && max !== undefined && min > max) issues.add(path, `min ${min} is greater than max ${max}`)
    return {
      type: 'int',
      default: issues.integer(`${path}.default`, value['default'], min ?? least, max ?? most),
      min,
      max
    }
  },
  string: (issues, path, value) => {
    issues.record(path, value, ['type', 'default', 'oneOf'])
    const given = value['oneOf']
    if (given === undefined)
      return { type: 'string', default: issues.string(`${path}.default`, value['default']), oneOf: undefined }
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

const list = (issues: Issues, path: string, value: Given): ListParam => {
  issues.record(path, value, ['type', 'of', 'max', 'default'])
  const max = issues.integer(`${path}.max`, value['max'], 1, MAX_ENTRIES)
  if (!Array.isArray(value['default']) || value['default'].length > 0)
    issues.add(`${path}.default`, `expected an empty list, got ${shown(value['default'])}`)
  return { type: 'list', of: readSpecs(issues, `${path}.of`, value['of'], scalars), max, default: [] }
}

const params: Record<Param['type'], Check<Param>> = { ...scalars, list }

/** Named parameters, each of one of these types. */
const readSpecs = <P extends Param>(
  issues: Issues,
  path: string,
  value: unknown,
  checks: Readonly<Record<string, Check<P>>>
): Record<string, P> => {
  const specs: Record<string, P> = {}
  if (!isRecord(value)) {
    issues.add(path, `expected an object, got ${shown(value)}`)
    return specs
  }
  const types = Object.keys(checks)
  const names = Object.keys(value)
  if (names.length > MAX_PARAMS) issues.add(path, `${names.length} parameters; there may be ${MAX_PARAMS}`)
  for (const name of names.slice(0, MAX_PARAMS)) {
    const at = `${path}.${name}`
    const spec = value[name]
    if (!NAME.test(name))
      issues.add(path, `invalid name ${shown(name)}: expected a letter, then letters, digits and "_", at most 64`)
    else if (!isRecord(spec))
      issues.add(
        at,
        `expected a parameter, got ${shown(spec)}; there are: ${types.map(t => `param.${t}`).join(', ')}`
      )
    else if (!types.includes(spec['type'] as string))
      issues.add(`${at}.type`, `unknown type ${shown(spec['type'])}; there are: ${types.join(', ')}`)
    else specs[name] = checks[spec['type'] as string]!(issues, at, spec)
  }
  return specs
}

/** Read the parameters that a protocol declares. */
export const checkParamSpec = (issues: Issues, path: string, value: unknown): Record<string, Param> =>
  value === undefined ? {} : readSpecs(issues, path, value, params)
