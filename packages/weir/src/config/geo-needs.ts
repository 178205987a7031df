import { describeEntity, parseSource, type CollectionName, type Config, type RateLimit, type Rule } from '@weirlb/model'

/** What an entity needs to know of addresses. */
export interface GeoNeeds { readonly countries: boolean, readonly asns: boolean }

const none: GeoNeeds = { countries: false, asns: false }
const both = (one: GeoNeeds, other: GeoNeeds): GeoNeeds => ({
  countries: one.countries || other.countries,
  asns: one.asns || other.asns
})

/** What sources need: that of a list is what its items are. */
export const needsOfSources = (config: Config, sources: readonly string[]): GeoNeeds => sources.map(text => {
  const source = parseSource(text)
  const kind = source?.kind === 'list' ? config.lists.find(({ name }) => name === source.list)?.type : source?.kind
  return { countries: kind === 'country', asns: kind === 'asn' }
}).reduce(both, none)

/** The texts of a rule or a rate limit that name fields. */
export const textsOf = (entity: Rule | RateLimit): readonly string[] =>
  'counts' in entity
    ? [
      entity.expression ?? '',
      entity.counting ?? '',
      ...entity.by.map(by => typeof by === 'string' ? by : JSON.stringify(by))
    ]
    : [entity.expression]

/** What texts need, by the fields that they name. A name within a string counts, too. */
export const needsOfTexts = (texts: readonly string[]): GeoNeeds =>
  texts.map(text => ({
    countries: /\bip\.(src|geoip)\.(country|is_in_european_union)\b/.test(text),
    asns: /\bip\.(src|geoip)\.asnum\b/.test(text)
  })).reduce(both, none)

/** Every entity at work that needs to know more of addresses than themselves. */
export function* entitiesThatNeed (config: Config): Generator<{ readonly entity: string, readonly needs: GeoNeeds }> {
  const needing = function* (
    collection: CollectionName,
    name: string,
    needs: GeoNeeds
  ): Generator<{ readonly entity: string, readonly needs: GeoNeeds }> {
    if (needs.countries || needs.asns) yield { entity: describeEntity(collection, name), needs }
  }
  for (const { name, source, state } of config.accessRules)
    if (state === 'enabled') yield* needing('accessRules', name, needsOfSources(config, [source]))
  for (const { name, sources, state } of config.lockdowns)
    if (state === 'enabled') yield* needing('lockdowns', name, needsOfSources(config, sources))
  const atWork = ({ state }: Rule | RateLimit): boolean => state === 'enabled' || state === 'simulated'
  for (const rule of config.rules) if (atWork(rule)) yield* needing('rules', rule.name, needsOfTexts(textsOf(rule)))
  for (const limit of config.rateLimits)
    if (atWork(limit)) yield* needing('rateLimits', limit.name, needsOfTexts(textsOf(limit)))
}

/** All that a configuration needs. */
export const needsOf = (config: Config): GeoNeeds =>
  [...entitiesThatNeed(config)].reduce((sum, { needs }) => both(sum, needs), none)

/** What is missing, as people read it; undefined: nothing. */
export const missingPlaces = (needs: GeoNeeds, known: GeoNeeds): string | undefined => {
  const missing = [
    ...needs.countries && !known.countries ? ['countries'] : [],
    ...needs.asns && !known.asns ? ['autonomous systems'] : []
  ]
  return missing.length === 0 ? undefined : `no geo database knows ${missing.join(' or ')}`
}
