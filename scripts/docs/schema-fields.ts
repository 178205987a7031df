import type { JsonSchema } from '@weirlb/admin'

/** One row of a field table. */
export interface Field {
  /** Place within the entity: `limits.maxClients`, `services[].weight`. */
  readonly path: string
  readonly type: string
  /** `required`, a value, or nothing for a field that may be left out. */
  readonly default: string
  readonly meaning: string
}

const properties = (schema: JsonSchema): [string, JsonSchema][] =>
  Object.entries(schema.properties ?? {}) as [string, JsonSchema][]

/**
 * Every field of an object, those of the objects within it too. Read-only fields, which writes ignore, are left out.
 */
export const fieldsOf = (schema: JsonSchema, prefix = ''): Field[] =>
  schema.oneOf === undefined ? ownFields(schema, prefix) : fieldsOfKinds(schema.oneOf as JsonSchema[], prefix)

/**
 * Fields of several kinds of one object, told apart by `type`: each once, with the kinds that have it, where not all
 * do.
 */
const fieldsOfKinds = (kinds: readonly JsonSchema[], prefix: string): Field[] => {
  const found = new Map<string, { field: Field, of: string[] }>()
  for (const kind of kinds) {
    for (const field of ownFields(kind, prefix)) {
      const isType = field.path === `${prefix}type`
      const key = isType ? field.path : JSON.stringify(field)
      const type = typeOf((kind.properties as Record<string, JsonSchema>)['type']!)
      const row = found.get(key) ?? { field: isType ? { ...field, type: '', meaning: '' } : field, of: [] }
      row.of.push(type)
      if (isType)
        row.field = {
          ...row.field,
          type: [row.field.type, type].filter(text => text !== '').join(', '),
          meaning: [row.field.meaning, `${type}: ${field.meaning}`].filter(text => text !== '').join(' ')
        }
      found.set(key, row)
    }
  }
  return Array.from(
    found.values(),
    ({ field, of }) => of.length === kinds.length ? field : { ...field, meaning: `${of.join(', ')}: ${field.meaning}` }
  )
}

const ownFields = (schema: JsonSchema, prefix: string): Field[] =>
  properties(schema).flatMap(([name, field]) => {
    if (field.readOnly === true) return []
    const path = `${prefix}${name}`
    const required = schema.required?.includes(name) === true
    const own: Field = {
      path,
      type: typeOf(field),
      default: required ? 'required' : defaultOf(field),
      meaning: field.description ?? ''
    }
    return [own, ...inner(field, path)]
  })

const inner = (field: JsonSchema, path: string): Field[] => {
  if (field.type === 'object' && field.properties !== undefined) return fieldsOf(field, `${path}.`)
  if (field.type !== 'array' || typeof field.items !== 'object') return []
  const items = field.items as JsonSchema
  const kinds = (items.oneOf ?? items.anyOf ?? [items]) as JsonSchema[]
  return kinds.flatMap(kind => fieldsOf(kind, `${path}[].`))
}

/** Returns a type with its limits, as text: `integer, 1 to 65535`. */
export const typeOf = (schema: JsonSchema): string => {
  if (schema.$ref?.includes('/MonitorUse') === true) return '[monitor](#monitor)'
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ')
  if (schema.pattern === namePattern) return 'name'
  if (schema.type === 'array')
    return `list of ${schema.items === undefined ? 'values' : plural(typeOf(schema.items as JsonSchema))}${
      limit(schema.maxItems, 'at most', '')
    }`
  if (schema.type === 'object')
    return typeof schema.additionalProperties === 'object'
      ? `map of ${typeOf(schema.additionalProperties as JsonSchema)}`
      : 'object'
  if (schema.format !== undefined) return formats[schema.format] ?? schema.format
  if (schema.type === 'string') return `text${limit(schema.maxLength, 'at most', ' characters')}`
  const union = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined
  if (union !== undefined) return [...new Set(union.map(typeOf))].join(' or ')
  // zod writes a union of simple types as a list of their names.
  const types = [schema.type].flat().map(type => type === 'string' ? 'text' : String(type))
  return `${types.join(' or ')}${range(schema)}`
}

const formats: Readonly<Record<string, string>> = { ipv4: 'IPv4 address', ipv6: 'IPv6 address' }

/** The pattern that every name of an entity has. */
const namePattern = '^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,126}$'

const plural = (type: string): string =>
  type === 'object' || type === 'name' ? `${type}s` : type.replace('[monitor]', '[monitors]')
const code = (value: unknown): string => `\`${String(value)}\``
const limit = (value: number | undefined, words: string, unit: string): string =>
  value === undefined ? '' : `, ${words} ${value}${unit}`

const range = ({ minimum, maximum }: JsonSchema): string => {
  if (minimum === undefined) return limit(maximum, 'at most', '')
  return maximum === undefined ? `, at least ${minimum}` : `, ${minimum} to ${maximum}`
}

const defaultOf = ({ default: value, ...schema }: JsonSchema): string => {
  // Defaults of an object are shown with its fields.
  if (value === undefined || (schema.type === 'object' && schema.properties !== undefined)) return ''
  if (Array.isArray(value) && value.length === 0) return 'none'
  if (value === '') return 'empty'
  if (Array.isArray(value))
    return value.length === 1 && typeof value[0] === 'object'
      ? 'one, with its defaults'
      : code(JSON.stringify(value))
  if (typeof value === 'object') return Object.keys(value as object).length === 0 ? 'none' : code(JSON.stringify(value))
  return code(value)
}
