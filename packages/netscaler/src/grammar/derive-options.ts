import { z } from 'zod'
import { json, keywords, list, number, text, toggle, type Kind } from './kind.ts'
import type { Parameter } from './option.ts'

/** An option of a field, with what the field is when the option is left out. */
export interface FieldOption extends Parameter {
  readonly field: readonly string[]
  readonly own: true
  readonly missing: unknown
  /** An optional object, whose fields have options too: this one says that it is there. */
  readonly object?: true
}

/**
 * Returns an option for every field of an entity, by its path in the configuration: `-tls.serverName`. So each field
 * can be set and exported, also one that NetScaler has no word for. `omit`: paths that have no option. The fields of an
 * entity of several kinds are those of all kinds.
 */
export const deriveOptions = (
  schema: z.ZodType,
  omit: readonly string[] = [],
  above: readonly string[] = []
): FieldOption[] =>
  [...shapeOf(schema)].flatMap(([name, fields]): FieldOption[] => {
    const path = [...above, name]
    const dotted = path.join('.')
    if (omit.includes(dotted)) return []
    const { inner, optional, missing } = unwrapped(fields[0]!)
    const doc = fields[0]!.description ?? inner.description ?? ''
    const literals = fields.flatMap(field => field instanceof z.ZodLiteral ? [...field.values].map(String) : [])
    const own: FieldOption = {
      name: dotted,
      kind: literals.length === fields.length ? enumeration(literals) : kindOf(inner, name),
      field: path,
      doc,
      own: true,
      missing
    }
    if (!(inner instanceof z.ZodObject)) return [own]
    const below = deriveOptions(inner, omit, path)
    // An optional object can be there with nothing but defaults in it.
    return optional ? [...below, { ...own, kind: json(name), object: true }] : below
  })

/** The fields of an entity, each with its schema in every kind that has it. */
const shapeOf = (schema: z.ZodType): Map<string, z.ZodType[]> => {
  const all = new Map<string, z.ZodType[]>()
  const kinds = schema instanceof z.ZodDiscriminatedUnion ? schema.options as readonly z.ZodType[] : [schema]
  for (const kind of kinds) {
    for (const [name, field] of Object.entries((kind as z.ZodObject).shape as Record<string, z.ZodType>))
      all.set(name, [...all.get(name) ?? [], field])
  }
  return all
}

/** Returns the schema of the very kind that an entity has, of an entity of several kinds. */
export const kindOfEntity = (schema: z.ZodType, entity: object): z.ZodType => {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema
  const { discriminator } = schema.def
  const value = (entity as Readonly<Record<string, unknown>>)[discriminator]
  return (schema.options as readonly z.ZodObject[]).find(option =>
    (option.shape as Record<string, z.ZodType>)[discriminator]!.safeParse(value).success
  ) ?? schema
}

const unwrapped = (
  schema: z.ZodType
): { readonly inner: z.ZodType, readonly optional: boolean, readonly missing: unknown } => {
  let inner = schema
  let optional = false
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    if (inner instanceof z.ZodOptional) optional = true
    inner = inner.unwrap() as z.ZodType
  }
  const absent = schema.safeParse(undefined)
  return { inner, optional, missing: absent.success ? absent.data : undefined }
}

const kindOf = (schema: z.ZodType, name: string): Kind => {
  if (schema instanceof z.ZodEnum) return enumeration(schema.options.map(String))
  if (schema instanceof z.ZodBoolean) return toggle('YES', 'NO')
  if (schema instanceof z.ZodNumber) return number(name)
  if (isText(schema)) return text(name)
  if (
    schema instanceof z.ZodUnion && !(schema instanceof z.ZodDiscriminatedUnion) &&
    schema.options.every(option => option instanceof z.ZodEnum || option instanceof z.ZodBoolean)
  ) {
    return either(schema.options.map(option => kindOf(option as z.ZodType, name)))
  }
  if (schema instanceof z.ZodArray) {
    const element = schema.element as z.ZodType
    if (element instanceof z.ZodEnum) return list(enumeration(element.options.map(String)))
    if (isText(element)) return listOrJson(name)
  }
  return json(name)
}

/** Addresses and other formats of texts are kinds of ZodString, or unions of them. */
const isText = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodString || schema instanceof z.ZodStringFormat ||
  schema instanceof z.ZodUnion && !(schema instanceof z.ZodDiscriminatedUnion) && schema.options.every(option =>
      isText(option as z.ZodType)
    )

const enumeration = (options: readonly string[]): Kind =>
  keywords(Object.fromEntries(options.map(option => [option, option])))

/** The first kind that takes a word, or has one for a value. */
const either = (kinds: readonly Kind[]): Kind => {
  const words = kinds.flatMap(({ keywords = [] }) => keywords)
  return {
    synopsis: `( ${words.join(' | ')} )`,
    keywords: words,
    read: word =>
      kinds.map(kind => kind.read(word)).find(reading => 'value' in reading) ??
        { expected: `one of ${words.join(', ')}`, choices: words },
    write: value => kinds.map(kind => kind.write(value)).find(word => word !== undefined)
  }
}

/** Texts that have commas in them are given as JSON. */
const listOrJson = (name: string): Kind => {
  const plain = list(text(name))
  const quoted = json(name)
  return {
    ...plain,
    read: word => {
      const reading = word.startsWith('[') ? quoted.read(word) : undefined
      return reading !== undefined && 'value' in reading ? reading : plain.read(word)
    },
    write: value => {
      const written = plain.write(value)
      return written === undefined || written.startsWith('[') ? quoted.write(value) : written
    }
  }
}
