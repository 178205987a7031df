import type { z } from 'zod'
import { deriveOptions } from '../grammar/derive-options.ts'
import { keywords, type Kind } from '../grammar/kind.ts'
import type { Parameter } from '../grammar/option.ts'
import { capitals } from '../words/capitals.ts'

/** What a row says of an option: the field alone, or with a kind or a sentence of its own. */
export type FieldRow = string | {
  readonly field: string
  readonly kind?: Kind
  readonly doc?: string
  readonly aliases?: readonly string[]
}

/**
 * Returns the options of a table of NetScaler's names with the fields that they set. Kinds and sentences are those of
 * the model, with values in capitals as NetScaler writes them.
 */
export const namedOptions = (schema: z.ZodType, rows: Readonly<Record<string, FieldRow>>): Parameter[] => {
  const derived = new Map(deriveOptions(schema).map(option => [option.name, option]))
  return Object.entries(rows).map(([name, row]) => {
    const { field, kind, doc, aliases } = typeof row === 'string' ? { field: row } as Exclude<FieldRow, string> : row
    const known = derived.get(field)
    if (known === undefined) throw new Error(`option -${name}: the model has no field '${field}'`)
    // An option with the values of the field goes by the field's name too.
    const names = [...aliases ?? [], ...kind === undefined && field !== name ? [field] : []]
    return {
      name,
      field: known.field,
      kind: kind ?? inCapitals(known.kind),
      doc: doc ?? known.doc,
      ...names.length === 0 ? {} : { aliases: names }
    }
  })
}

/** The fields that no named option and no argument sets have an option of Weir's own. */
export const withOwnOptions = (
  schema: z.ZodType,
  named: readonly Parameter[],
  omit: readonly string[]
): Parameter[] => {
  const taken = new Map(named.map(({ name, field }) => [name.toLowerCase(), field?.join('.')]))
  return [...named, ...deriveOptions(schema, omit).flatMap(option => {
    if (named.some(({ aliases = [] }) => aliases.includes(option.name))) return []
    const field = taken.get(option.name.toLowerCase())
    if (field === undefined) return [option]
    // NetScaler has the name for another thing.
    return field === option.name ? [] : [{ ...option, name: `weir.${option.name}` }]
  })]
}

const inCapitals = (kind: Kind): Kind => {
  if (kind.keywords === undefined || kind.keywords.some(word => /[^a-z-]/.test(word))) return kind
  return keywords(Object.fromEntries(kind.keywords.map(word => [capitals(word), word])))
}
