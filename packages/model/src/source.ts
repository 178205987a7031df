import { z } from 'zod'
import { canonicalAddress } from './address.ts'
import { describeValue } from './describe-value.ts'
import { parseNetwork } from './network.ts'

/**
 * Where clients come from, in one text:
 *
 *   203.0.113.7, 10.0.0.0/8, 2001:db8::/32   an address or a network
 *   AS64496                                  an autonomous system
 *   DE                                       a country: ISO 3166-1, T1 (Tor), or XX (unknown)
 *   $partners                                a list
 */
export type Source =
  | { readonly kind: 'network', readonly network: string }
  | { readonly kind: 'asn', readonly asn: number }
  | { readonly kind: 'country', readonly country: string }
  | { readonly kind: 'list', readonly list: string }

const MAX_ASN = 0xffff_ffff

/** Parses `AS64496`; undefined for other text. */
export const parseAsn = (text: string): number | undefined => {
  const asn = /^AS([1-9]\d{0,9})$/.exec(text)?.[1]
  return asn !== undefined && Number(asn) <= MAX_ASN ? Number(asn) : undefined
}

/** True for the code of a country: `DE`. */
export const isCountry = (text: string): boolean => /^([A-Z]{2}|T1)$/.test(text)

/** What a list may be called: it stands behind `$` in expressions. */
export const listNamePattern = /^[A-Za-z0-9_]{1,50}$/

/** True for an address or a network of one version: `::ffff:0:0/95` would be half of each. */
export const isPlainNetwork = (text: string): boolean => {
  const network = parseNetwork(text)
  return network !== undefined &&
    (network.family === 'ipv4' || network.prefix >= 96 || canonicalAddress(network.address).includes(':'))
}

/** Parses a text in the form of `source`; undefined for other text. */
export const parseSource = (text: string): Source | undefined => {
  if (text.startsWith('$'))
    return listNamePattern.test(text.slice(1))
      ? { kind: 'list', list: text.slice(1) }
      : undefined
  const asn = parseAsn(text)
  if (asn !== undefined) return { kind: 'asn', asn }
  if (isCountry(text)) return { kind: 'country', country: text }
  return !isPlainNetwork(text) ? undefined : { kind: 'network', network: text }
}

/** Where clients come from; see `Source`. */
export const source = z.string().max(64).check(context => {
  if (parseSource(context.value) === undefined) {
    context.issues.push({ code: 'custom', message: `expected an address, a network such as 10.0.0.0/8, an autonomous system such as AS64496, a country such as DE, or a list such as $partners; got ${describeValue(context.value)}`, input: context.value })
  }
})

/** Returns the lists among sources, with their places. */
export const listsAmong = (path: string, sources: readonly string[]): (readonly [path: string, name: string])[] =>
  sources.flatMap((text, i) => text.startsWith('$') ? [[`${path}[${i}]`, text.slice(1)] as const] : [])
