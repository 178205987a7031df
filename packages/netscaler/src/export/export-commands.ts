import { collectionNames, collections, type CollectionName, type Config, type Entity } from '@weirlb/model'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { deriveOptions, kindOfEntity } from '../grammar/derive-options.ts'
import type { Parameter } from '../grammar/option.ts'
import { quoteWord } from '../lexer/quote-word.ts'
import { addOf, type AddRow } from './add-rows.ts'
import { bindingLines } from './binding-lines.ts'
import { certkeyWords, remarks } from './certkey-words.ts'
import { importWords } from './import-words.ts'

/**
 * Returns the commands that make a configuration. Run on an empty one, they make an equal one. Sources of extensions
 * and texts of certificates stand in them as `data:` URLs; private keys, which nothing shows, are missing, and a remark
 * says so.
 */
export const exportCommands = (config: Config): string => {
  const lines = collectionNames.flatMap(collection =>
    (config[collection] as readonly Entity<CollectionName>[]).flatMap(entity => entityLines(collection, entity))
  )
  return lines.map(line => `${line}\n`).join('')
}

const entityLines = (collection: CollectionName, entity: Entity<CollectionName>): string[] => {
  const row = addOf(collection)
  const words = collection === 'extensions'
    ? importWords(entity as Entity<'extensions'>)
    : [...row.words, entity.name, ...row.arguments.map(argument => written(argument, entity))]
  const options = optionWords(collection, row, entity)
  const files = collection === 'certkeys' ? certkeyWords(entity as Entity<'certkeys'>) : []
  return [
    ...collection === 'certkeys' ? remarks(entity as Entity<'certkeys'>) : [],
    [...words.map(quoteWord), ...files, ...options].join(' '),
    ...bindingLines(collection, entity)
  ]
}

const optionWords = (collection: CollectionName, row: AddRow, entity: Entity<CollectionName>): string[] => {
  const schema = kindOfEntity(collections[collection].schema as unknown as z.ZodType, entity)
  const done: string[] = []
  return deriveOptions(schema, row.omit).flatMap(own => {
    const value = at(entity, own.field)
    const path = own.field.join('.')
    if (value === undefined || isDeepStrictEqual(value, own.missing)) return []
    // What stands in an object has been written; an object with nothing but defaults is written itself.
    if (row.whole.some(whole => path.startsWith(`${whole}.`))) return []
    if (own.object === true && !row.whole.includes(path))
      return done.some(field => field.startsWith(`${path}.`))
        ? []
        : [`-${own.name}`, quoteWord('{}')]
    done.push(path)
    for (const option of row.options.filter(({ field }) => field?.join('.') === path)) {
      const word = option.kind.write(value)
      // A word that reads as another value is none for it.
      if (word !== undefined && reads(option, word, value)) return [`-${option.name}`, quoteWord(word)]
    }
    throw new Error(`${collection} '${entity.name}': no option writes ${path}`)
  })
}

const reads = ({ kind }: Parameter, word: string, value: unknown): boolean => {
  const reading = kind.read(word)
  return 'value' in reading && isDeepStrictEqual(plain(reading.value), plain(value))
}

/** Without prototypes, which say nothing about a value. */
const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) as unknown : value

const written = ({ kind, field }: Parameter, entity: object): string => kind.write(at(entity, field!)) ?? ''

const at = (entity: object, path: readonly string[]): unknown => {
  let value: unknown = entity
  for (const step of path)
    value = typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)[step]
      : undefined
  return value
}
