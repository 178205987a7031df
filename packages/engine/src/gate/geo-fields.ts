import type { Geo } from '../geo/geo.ts'

/** What is known of addresses. */
export type KnownPlaces = Pick<Geo, 'hasCountries' | 'hasAsns'>

/** Fields of the rule language that need a database of countries, and those that need one of autonomous systems. */
const countryFields: ReadonlySet<string> = new Set([
  'ip.src.country',
  'ip.geoip.country',
  'ip.src.is_in_european_union'
])
const asnFields: ReadonlySet<string> = new Set(['ip.src.asnum', 'ip.geoip.asnum'])

/** What a rule that reads these fields needs. */
export const placesNeeded = (fields: readonly string[]): { readonly countries: boolean, readonly asns: boolean } =>
  ({ countries: fields.some(name => countryFields.has(name)), asns: fields.some(name => asnFields.has(name)) })

/**
 * True if all that a rule needs of geo databases is known. A rule that would compare what is missing could match by its
 * `not`.
 */
export const fitsGeo = (fields: readonly string[], { hasCountries, hasAsns }: KnownPlaces): boolean => {
  const { countries, asns } = placesNeeded(fields)
  return (hasCountries || !countries) && (hasAsns || !asns)
}
