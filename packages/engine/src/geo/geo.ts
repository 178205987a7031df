import type { GeoDatabase } from './geo-database.ts'

/** Where addresses are. */
export interface Geo {
  /**
   * The country of an address: `DE`, or `XX` for one that no database has; undefined: there is no database of
   * countries.
   */
  countryOf (address: string): string | undefined
  /** The autonomous system of an address; undefined: it is not known. */
  asnOf (address: string): number | undefined
  /** There is a database of countries. */
  readonly hasCountries: boolean
  /** There is a database of autonomous systems. */
  readonly hasAsns: boolean
}

/** The databases of a configuration. Of several that know countries, the first that has an address counts. */
export class GeoBook implements Geo {
  #countries: readonly GeoDatabase[] = []
  #asns: readonly GeoDatabase[] = []

  use (databases: readonly GeoDatabase[]): void {
    this.#countries = databases.filter(({ knows }) => knows.countries)
    this.#asns = databases.filter(({ knows }) => knows.asns)
  }

  get hasCountries (): boolean { return this.#countries.length > 0 }
  get hasAsns (): boolean { return this.#asns.length > 0 }

  countryOf (address: string): string | undefined {
    for (let n = 0; n < this.#countries.length; n++) {
      const country = this.#countries[n]!.countryOf(address)
      if (country !== undefined) return country
    }
    return this.#countries.length === 0 ? undefined : 'XX'
  }

  asnOf (address: string): number | undefined {
    for (let n = 0; n < this.#asns.length; n++) {
      const asn = this.#asns[n]!.asnOf(address)
      if (asn !== undefined) return asn
    }
    return undefined
  }
}

/** Nothing is known. */
export const noGeo: Geo = { countryOf: () => undefined, asnOf: () => undefined, hasCountries: false, hasAsns: false }

/** Members of the European Union. */
export const europeanUnion: ReadonlySet<string> = new Set([
  'AT', 'BE', 'BG', 'HR', 'CY', 'CZ', 'DK', 'EE', 'FI', 'FR', 'DE', 'GR', 'HU', 'IE', 'IT', 'LV', 'LT', 'LU', 'MT',
  'NL', 'PL', 'PT', 'RO', 'SK', 'SI', 'ES', 'SE'
])
