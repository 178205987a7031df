import { type AccessAction, type AccessRule, parseSource } from '@weirlb/model'
import { type IpAddress, type NamedList, type NetworkEntry, NetworkTable, parseRange } from '@weirlb/rules'
import type { Geo } from '../geo/geo.ts'
import type { ListBook } from './named-lists.ts'

/** Where a client comes from; what is not asked for is not looked up. */
export interface Origin {
  readonly ip: IpAddress | undefined
  readonly country: string | undefined
  readonly asn: number | undefined
}

/** A value that ends. */
interface Ending<T> { readonly value: T, readonly until: number }

/**
 * Sources with values: the value of the narrowest source that a client comes from, and that has not ended. Of several
 * that are equal the first counts.
 *
 *   address or network, the longest prefix first  >  list  >  autonomous system  >  country
 */
export class SourceTable<T> {
  readonly #networks: NetworkTable<T>
  readonly #lists: readonly (Ending<T> & { readonly list: NamedList })[]
  readonly #asns: ReadonlyMap<number, readonly Ending<T>[]>
  readonly #countries: ReadonlyMap<string, readonly Ending<T>[]>
  readonly #usesAsns: boolean
  readonly #usesCountries: boolean

  /** Each source is valid, and each list exists. */
  constructor (entries: readonly (Ending<T> & { readonly source: string })[], lists: ListBook) {
    const networks: NetworkEntry<T>[] = []
    const named: (Ending<T> & { readonly list: NamedList })[] = []
    const asns = new Map<number, Ending<T>[]>()
    const countries = new Map<string, Ending<T>[]>()
    for (const { source, value, until } of entries) {
      const parsed = parseSource(source)!
      switch (parsed.kind) {
        case 'network': {
          const network = parseRange(parsed.network)
          if (network !== undefined) networks.push({ network, value, until })
          break
        }
        case 'list':
          lists.prepare([parsed.list])
          named.push({ list: lists.find(parsed.list)!, value, until })
          break
        case 'asn':
          asns.set(parsed.asn, [...asns.get(parsed.asn) ?? [], { value, until }])
          break
        case 'country':
          countries.set(parsed.country, [...countries.get(parsed.country) ?? [], { value, until }])
      }
    }
    // Of equal networks the one that is made last lies in the others.
    this.#networks = new NetworkTable(networks.reverse())
    this.#lists = named
    this.#asns = asns
    this.#countries = countries
    this.#usesAsns = asns.size > 0 || named.some(({ list }) => list.type === 'int')
    this.#usesCountries = countries.size > 0 || named.some(({ list }) => list.type === 'string')
  }

  find (origin: Origin, now: number): T | undefined {
    const { ip } = origin
    if (ip === undefined) return undefined
    const found = this.#networks.find(ip, now)
    if (found !== undefined) return found
    const asn = this.#usesAsns ? origin.asn : undefined
    const country = this.#usesCountries ? origin.country : undefined
    for (let n = 0; n < this.#lists.length; n++) {
      const { list, value, until } = this.#lists[n]!
      if (until > now && inList(list, ip, asn, country)) return value
    }
    return present(asn === undefined ? undefined : this.#asns.get(asn), now) ??
      present(country === undefined ? undefined : this.#countries.get(country), now)
  }
}

const inList = (list: NamedList, ip: IpAddress, asn: number | undefined, country: string | undefined): boolean => {
  switch (list.type) {
    case 'ip': return list.has(ip)
    case 'int': return asn !== undefined && list.has(asn)
    case 'string': return country !== undefined && list.has(country)
  }
}

const present = <T>(entries: readonly Ending<T>[] | undefined, now: number): T | undefined =>
  entries?.find(({ until }) => until > now)?.value

/** A client's origin, whose parts are looked up once each when they are asked for. */
export class ClientOrigin implements Origin {
  readonly ip: IpAddress | undefined
  readonly #address: string
  readonly #geo: Geo
  #country: string | undefined
  #asn: number | undefined
  #located = false
  #routed = false

  constructor (address: string, ip: IpAddress | undefined, geo: Geo) {
    this.#address = address
    this.ip = ip
    this.#geo = geo
  }

  get country (): string | undefined {
    if (!this.#located) {
      this.#located = true
      this.#country = this.#geo.countryOf(this.#address)
    }
    return this.#country
  }

  get asn (): number | undefined {
    if (!this.#routed) {
      this.#routed = true
      this.#asn = this.#geo.asnOf(this.#address)
    }
    return this.#asn
  }
}

/** Until when an entity with such a field has effect, in milliseconds since 1970. */
export const endOf = ({ expiresAt }: { readonly expiresAt?: string | undefined }): number =>
  expiresAt === undefined ? Infinity : Date.parse(expiresAt)

/** The access rules of a user vserver. */
export class AccessTable<T extends { readonly action: AccessAction }> {
  readonly #allowed: SourceTable<T> | undefined
  readonly #blocked: SourceTable<T> | undefined
  readonly #challenged: SourceTable<T> | undefined

  /** `ruleOf`: what is found in place of an access rule. */
  constructor (rules: readonly AccessRule[], lists: ListBook, ruleOf: (rule: AccessRule) => T) {
    const of = (action: AccessAction): SourceTable<T> | undefined => {
      const some = rules.filter(rule => rule.action === action)
      return some.length === 0
        ? undefined
        : new SourceTable(some.map(rule => ({ source: rule.source, value: ruleOf(rule), until: endOf(rule) })), lists)
    }
    this.#allowed = of('allow')
    this.#blocked = of('block')
    this.#challenged = of('challenge')
  }

  /** Returns the access rule that decides about a client; undefined: none does. */
  find (origin: Origin, now: number): T | undefined {
    return this.#allowed?.find(origin, now) ?? this.#blocked?.find(origin, now) ?? this.#challenged?.find(origin, now)
  }

  /** True if a rule allows a client. */
  trusts (origin: Origin, now: number): boolean { return this.#allowed?.find(origin, now) !== undefined }
}
