import { createSecureContext } from 'node:tls'
import { pemBlocks } from '@weirlb/model'
import { derElement, derTime, type DerElement } from './der.ts'

const INTEGER = 0x02

/** The lists of a text as PEM, each for itself: OpenSSL reads one of a text. */
export const revocationLists = (text: string): string[] =>
  pemBlocks(text).filter(({ label }) => label === 'X509 CRL').map(block => block.text)

/** Returns the fault of a revocation list; undefined: OpenSSL can read it, and it has the time of the next one. */
export const crlFault = (pem: string): string | undefined => {
  try {
    createSecureContext({ crl: pem })
    return nextUpdateOf(pem) === undefined
      ? 'does not say when the next one comes (nextUpdate), so nobody can tell when it is out of date'
      : undefined
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
  derTime(der, next())
  return at < list.to ? derTime(der, next()) : undefined
}

/** When the first of these lists is out of date, in milliseconds since 1970; undefined where there is no list. */
export const listsEndAt = (text: string): number | undefined => {
  const ends = revocationLists(text).map(nextUpdateOf).filter(end => end !== undefined)
  return ends.length === 0 ? undefined : Math.min(...ends)
}
