import { binding, member, type CollectionName, type Entity } from '@weirlb/model'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { deriveOptions } from '../grammar/derive-options.ts'
import { quoteWord } from '../lexer/quote-word.ts'

/** Returns the lines with what an entity is bound to. */
export const bindingLines = (collection: CollectionName, entity: Entity<CollectionName>): string[] => {
  if (collection === 'lbVservers')
    return (entity as Entity<'lbVservers'>).services.map(bound =>
      `bind lb vserver ${quoteWord(entity.name)} ${quoteWord(bound.name)}${optionsOf(binding, ['name'], bound)}`
    )
  if (collection === 'serviceGroups')
    return (entity as Entity<'serviceGroups'>).members.map(one =>
      `bind serviceGroup ${quoteWord(entity.name)} ${quoteWord(one.address)} ${one.port}${
        optionsOf(member, ['address', 'port'], one)
      }`
    )
  if (collection !== 'userVservers') return []
  const { certificates, tls: { clientCa } } = entity as Entity<'userVservers'>
  return [
    ...certificates.map(certkey => `bind ssl vserver ${quoteWord(entity.name)} -certkeyName ${quoteWord(certkey)}`),
    ...clientCa.map(certkey => `bind ssl vserver ${quoteWord(entity.name)} -certkeyName ${quoteWord(certkey)} -CA`)
  ]
}

const optionsOf = (schema: z.ZodType, omit: readonly string[], bound: object): string =>
  deriveOptions(schema, omit).flatMap(({ name, kind, missing }) => {
    const value = (bound as Readonly<Record<string, unknown>>)[name]
    return isDeepStrictEqual(value, missing) ? [] : [` -${name} ${quoteWord(kind.write(value)!)}`]
  }).join('')
