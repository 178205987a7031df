import { createSecureContext } from 'node:tls'
import { pemBlocks } from '@weirlb/model'
import { derElement, type DerElement } from './der.ts'

const INTEGER = 0x02
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

/** The lists of a text as PEM, each for itself: OpenSSL reads one of a text. */
export const revocationLists = (text: string): string[] => pemBlocks(text).filter(({ label }) => label === 'X509 CRL').map(block => block.text)

/** Returns the fault of a revocation list; undefined: OpenSSL can read it, and it has the time of the next one. */
export const crlFault = (pem: string): string | undefined => {
  try {
    createSecureContext({ crl: pem })
    return nextUpdateOf(pem) === undefined ? 'does not say when the next one comes (nextUpdate), so nobody can tell when it is out of date' : undefined
  } catch {
    return 'cannot be read'
  }
}

/**
 * Returns when the next list is due, in milliseconds since 1970; undefined if a list has no such time (RFC 5280
 * §5.1.2.5). Throws for other text.
 *
 *     CertificateList { tbsCertList { version?, signature, issuer, thisUpdate, nextUpdate?, … }, … }
 */
export const nextUpdateOf = (pem: string): number | undefined => {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  const list = derElement(der, derElement(der, 0).from)
  let at = list.from
  const next = (): DerElement => {
    const element = derElement(der, at)
    at = element.to
    return element
  }
  if (next().tag === INTEGER) next()
  next()
  timeOf(der, next())
  return at < list.to ? timeOf(der, next()) : undefined
}

/** Milliseconds since 1970; undefined for what is no time. Years of two digits are 1950 to 2049 (RFC 5280 §4.1.2.5.1). */
const timeOf = (der: Buffer, { tag, from, to }: DerElement): number | undefined => {
  const text = der.toString('latin1', from, to)
  const digits = tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : tag === GENERALIZED_TIME ? text : undefined
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits ?? '') ?? []
  if (parts.length === 0) return undefined
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number]
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** When the first of these lists is out of date, in milliseconds since 1970; undefined where there is no list. */
export const listsEndAt = (text: string): number | undefined => {
  const ends = revocationLists(text).map(nextUpdateOf).filter(end => end !== undefined)
  return ends.length === 0 ? undefined : Math.min(...ends)
}
