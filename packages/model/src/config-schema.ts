import { z } from 'zod'
import { certkeyFileFields } from './certkey.ts'
import { clusterPlace } from './cluster-place.ts'
import { config } from './config.ts'

/** JSON Schema (2020-12). */
export type JsonSchema = z.core.JSONSchema.BaseSchema

/** A text with a variable of the environment in it, or a file in its place. */
const reference: JsonSchema = { type: 'string', pattern: '^file:\\S|\\$\\{' }

/**
 * Returns the JSON Schema of a configuration file, which editors take completion from. Weir checks more: references
 * between entities, for one.
 */
export const configFileSchema = (): JsonSchema => {
  const { $schema, ...schema } = z.toJSONSchema(config, { io: 'input' })
  relax(schema, '')
  const { $schema: _, ...cluster } = z.toJSONSchema(clusterPlace, { io: 'input' })
  relax(cluster, '')
  return {
    $schema,
    title: 'Configuration of Weir',
    ...schema,
    properties: {
      $schema: { type: 'string', description: 'Path or URL of this schema, for editors.' },
      cluster: { description: 'Makes this Weir a node of a cluster. Read at the start alone.', ...cluster },
      ...schema.properties
    }
  } as JsonSchema
}

const files: readonly string[] = certkeyFileFields

/**
 * Let every text whose form is checked be a reference, and leave out the range that zod adds to every integer. `field`:
 * whose schema it is.
 */
const relax = (schema: unknown, field: string): void => {
  if (typeof schema !== 'object' || schema === null) return
  for (const [name, inner] of Object.entries(schema)) relax(inner, name)
  const one = schema as JsonSchema
  if (one.maximum === Number.MAX_SAFE_INTEGER) delete one.maximum
  if (one.minimum === Number.MIN_SAFE_INTEGER) delete one.minimum
  // A path may be relative to the folder of the file.
  if (files.includes(field) && one.type === 'string') delete one.pattern
  const isChecked = one.type === 'string' && one.const === undefined &&
    ['pattern', 'format', 'enum', 'minLength', 'maxLength'].some(word => word in one)
  if (!isChecked) return
  const { description: _, default: __, ...own } = one
  for (const word of Object.keys(own)) delete (one as Record<string, unknown>)[word]
  one.anyOf = [own, reference]
}
