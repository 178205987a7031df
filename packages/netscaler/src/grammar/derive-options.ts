import { z } from 'zod'
import { json, keywords, list, number, text, toggle, type Kind } from './kind.ts'
import type { Parameter } from './option.ts'

/**
 * Returns an option for every field of an entity, by its path in the configuration: `-tls.serverName`. So each field can
 * be set and exported, also one that NetScaler has no word for. `omit`: paths that have no option.
 */
export const deriveOptions = (schema: z.ZodObject, omit: readonly string[] = [], above: readonly string[] = []): Parameter[] =>
  Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, field]) => {
    const path = [...above, name]
    const dotted = path.join('.')
    if (omit.includes(dotted)) return []
    const { inner, optional } = unwrapped(field)
    const doc = field.description ?? inner.description ?? ''
    const own: Parameter = { name: dotted, kind: kindOf(inner, name), field: path, doc, own: true }
    if (!(inner instanceof z.ZodObject)) return [own]
    const below = deriveOptions(inner, omit, path)
    // An optional object can be there with nothing but defaults in it.
    return optional ? [...below, own] : below
  })

const unwrapped = (schema: z.ZodType): { readonly inner: z.ZodType, readonly optional: boolean } => {
  let inner = schema
  let optional = false
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    if (inner instanceof z.ZodOptional) optional = true
    inner = inner.unwrap() as z.ZodType
  }
  return { inner, optional }
}

const kindOf = (schema: z.ZodType, name: string): Kind => {
  if (schema instanceof z.ZodEnum) return enumeration(schema.options.map(String))
  if (schema instanceof z.ZodBoolean) return toggle('YES', 'NO')
  if (schema instanceof z.ZodNumber) return number(name)
  if (isText(schema)) return text(name)
  if (schema instanceof z.ZodArray) {
    const element = schema.element as z.ZodType
    if (element instanceof z.ZodEnum) return list(enumeration(element.options.map(String)))
    if (isText(element)) return listOrJson(name)
  }
  return json(name)
}

/** Addresses and other formats of texts are kinds of ZodString, or unions of them. */
const isText = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodUnion && !(schema instanceof z.ZodDiscriminatedUnion) && schema.options.every(option => isText(option as z.ZodType))

const enumeration = (options: readonly string[]): Kind => keywords(Object.fromEntries(options.map(option => [option, option])))

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
