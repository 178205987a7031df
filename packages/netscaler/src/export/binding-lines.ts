import { binding, type CollectionName, type Entity } from '@weirlb/model'
import { isDeepStrictEqual } from 'node:util'
import { deriveOptions } from '../grammar/derive-options.ts'
import { quoteWord } from '../lexer/quote-word.ts'

/** Returns the lines with what an entity is bound to. */
export const bindingLines = (collection: CollectionName, entity: Entity<CollectionName>): string[] => {
  if (collection === 'lbVservers') return (entity as Entity<'lbVservers'>).services.map(bound => `bind lb vserver ${quoteWord(entity.name)} ${quoteWord(bound.name)}${bindingOptions(bound)}`)
  if (collection !== 'userVservers') return []
  const { certificates, tls: { clientCa } } = entity as Entity<'userVservers'>
  return [
    ...certificates.map(certkey => `bind ssl vserver ${quoteWord(entity.name)} -certkeyName ${quoteWord(certkey)}`),
    ...clientCa.map(certkey => `bind ssl vserver ${quoteWord(entity.name)} -certkeyName ${quoteWord(certkey)} -CA`)
  ]
}

const bindingOptions = (bound: Entity<'lbVservers'>['services'][number]): string => deriveOptions(binding, ['name']).flatMap(({ name, kind, missing }) => {
  const value = (bound as Readonly<Record<string, unknown>>)[name]
  return isDeepStrictEqual(value, missing) ? [] : [` -${name} ${quoteWord(kind.write(value)!)}`]
}).join('')
