/** The parts of JSON Schema that the API's description uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly readOnly?: boolean
}

/** Follows a reference to a component. */
export type Resolve = (schema: Schema) => Schema

/** How a value is shown: what a form has an input for. `json`: anything else, as text. */
export type Shape =
  | { readonly is: 'choice', readonly choices: readonly (string | boolean)[] }
  | { readonly is: 'number' }
  | { readonly is: 'text', readonly long: boolean }
  | { readonly is: 'lines' }
  | { readonly is: 'object' }
  | { readonly is: 'list', readonly of: Schema }
  | { readonly is: 'variants', readonly by: string, readonly of: readonly Schema[] }
  | { readonly is: 'json' }

/** Texts from here on get a box of several lines. */
const LONG_TEXT = 4096

/** Returns how values of a schema are shown. */
export const shapeOf = (schema: Schema, resolve: Resolve): Shape => {
  if (schema.oneOf !== undefined) return variantsOf(schema.oneOf.map(resolve))
  if (schema.anyOf !== undefined) {
    const parts = schema.anyOf.map(part => shapeOf(resolve(part), resolve))
    if (parts.every(part => part.is === 'choice'))
      return {
        is: 'choice',
        choices: parts.flatMap(({ choices }) => choices)
      }
    return parts.every(part => part.is === 'text') ? { is: 'text', long: false } : { is: 'json' }
  }
  if (schema.enum !== undefined) return { is: 'choice', choices: schema.enum }
  switch (schema.type) {
    case 'boolean': return { is: 'choice', choices: [true, false] }
    case 'integer':
    case 'number':
      return { is: 'number' }
    case 'string':
      return { is: 'text', long: schema.pattern === undefined && (schema.maxLength ?? Infinity) >= LONG_TEXT }
    case 'object':
      return schema.properties === undefined ? { is: 'json' } : { is: 'object' }
    case 'array':
      return listOf(resolve(schema.items ?? {}), resolve)
    default:
      return { is: 'json' }
  }
}

const listOf = (items: Schema, resolve: Resolve): Shape => {
  const { is } = shapeOf(items, resolve)
  if (is === 'text' || (is === 'choice' && items.type === 'string')) return { is: 'lines' }
  return is === 'object' || is === 'variants' ? { is: 'list', of: items } : { is: 'json' }
}

/** Objects that are told apart by a constant: `type` of a monitor. */
const variantsOf = (variants: readonly Schema[]): Shape => {
  const by = Object.keys(variants[0]?.properties ?? {}).find(name =>
    variants.every(({ properties }) => properties?.[name]?.const !== undefined)
  )
  return by === undefined ? { is: 'json' } : { is: 'variants', by, of: variants }
}

/** Returns the value that a new entry of a list begins with. */
export const freshValue = (schema: Schema, resolve: Resolve): Record<string, unknown> => {
  const shape = shapeOf(schema, resolve)
  return shape.is === 'variants' ? { [shape.by]: shape.of[0]!.properties![shape.by]!.const } : {}
}

/** Returns a default in words; undefined: there is none. */
export const defaultText = ({ default: value }: Schema): string | undefined => {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.length === 0) return 'none'
  return typeof value === 'string' ? (value === '' ? 'empty' : value) : JSON.stringify(value)
}
