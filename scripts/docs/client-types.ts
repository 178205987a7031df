// Writes the types and operations of the client from the API's own description.
import type { JsonSchema, OpenApi, Operation } from '@weirlb/admin'

type Schema = JsonSchema & { readonly $ref?: string }

const refName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)
const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'')}'` : JSON.stringify(value)
const key = (name: string): string => /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)
const union = (types: readonly string[]): string => [...new Set(types)].join(' | ')

/** The TypeScript type of a JSON schema, at an indentation. */
export const typeOf = (schema: Schema, indent = ''): string => {
  if (schema.$ref !== undefined) return refName(schema.$ref)
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return union(schema.enum.map(literal))
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return union(choices.map(choice => typeOf(choice as Schema, indent)))
  if (Array.isArray(schema.type))
    return union(schema.type.map(type => typeOf({ ...schema, type: type as 'string' }, indent)))
  switch (schema.type) {
    case 'string': return 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items as Schema, indent)})[]`
    case 'object':
      return objectOf(schema, indent)
    default:
      return 'unknown'
  }
}

const objectOf = (schema: Schema, indent: string): string => {
  const inner = `${indent}  `
  const required = new Set(schema.required ?? [])
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const { description } = field as Schema
    const doc = description === undefined ? '' : `${inner}/** ${description.replaceAll('*/', '* /')} */\n`
    return `${doc}${inner}readonly ${key(name)}${required.has(name) ? '' : '?'}: ${typeOf(field as Schema, inner)}${
      required.has(name) ? '' : ' | undefined'
    }`
  })
  const rest = schema.additionalProperties
  if (fields.length === 0)
    return typeof rest === 'object'
      ? `Readonly<Record<string, ${typeOf(rest as Schema, indent)}>>`
      : 'Readonly<Record<string, unknown>>'
  return `{\n${fields.join('\n')}\n${indent}}`
}

const bodyOf = ({ requestBody }: Operation): string =>
  requestBody === undefined
    ? 'undefined'
    : union([
      ...Object.entries(requestBody.content).map(([type, { schema }]) => listed(type, typeOf(schema as Schema))),
      ...requestBody.required ? [] : ['undefined']
    ])

const LINES = 'application/x-ndjson'

/** The client takes and returns lines as a list. */
const listed = (mediaType: string, type: string): string => mediaType === LINES ? `readonly ${type}[]` : type

/** The body of a success: JSON, lines, or nothing. */
const answerOf = ({ responses }: Operation): string =>
  union(
    Object.entries(responses).filter(([status]) => status.startsWith('2')).map(([, { content }]) => {
      const [type] = content === undefined
        ? []
        : Object.keys(content).filter(name => name === LINES || name === 'application/json')
      return type === undefined ? 'undefined' : listed(type, typeOf(content![type]!.schema as Schema))
    })
  )

const parametersOf = (operation: Operation, place: 'path' | 'query'): string => {
  const fields = (operation.parameters ?? []).filter(parameter => parameter.in === place)
  if (fields.length === 0) return 'undefined'
  return `{ ${
    fields.map(({ name, required, schema }) =>
      `readonly ${key(name)}${required ? '' : '?'}: ${typeOf(schema as Schema)}${required ? '' : ' | undefined'}`
    ).join(', ')
  } }`
}

/** The media type of a body, where it is not plain JSON. */
const special = ({ requestBody }: Operation): string => {
  const type = ['application/merge-patch+json', LINES].find(type => type in (requestBody?.content ?? {}))
  return type === undefined ? '' : `, '${type}'`
}

/** The module of the client's types. */
export const clientTypes = ({ paths, components }: OpenApi): string => {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation }))
  )
  const types = Object.entries(components.schemas).map(([name, schema]) =>
    `${
      schema.description === undefined ? '' : `/** ${schema.description.replaceAll('*/', '* /')} */\n`
    }export type ${name} = ${typeOf(schema as Schema)}\n`
  )
  return `// Made by \`npm run docs\` from the description of the API. Do not edit.

/** Every operation of the API: what it takes, and what it answers. */
export interface Operations {
${
    operations.map(({ operation }) =>
      `  /** ${operation.summary}. */
  ${operation.operationId}: { readonly path: ${parametersOf(operation, 'path')}, readonly query: ${
        parametersOf(operation, 'query')
      }, readonly body: ${bodyOf(operation)}, readonly answer: ${answerOf(operation)} }`
    ).join('\n')
  }
}

/** Method and path of every operation. */
export const operations = {
${
    operations.map(({ path, method, operation }) =>
      `  ${operation.operationId}: ['${method}', '${path}'${special(operation)}]`
    ).join(',\n')
  }
} as const satisfies Record<keyof Operations, readonly [string, string, string?]>

${types.join('\n')}`
}
