import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { isCertificate, isEncrypted, isPrivateKey, pemBlocks } from '@weirlb/model'
import type { PemBlock } from '@weirlb/model'
import type { CertkeyContents } from './certkey-contents.ts'
import { crlFault, listsEndAt, revocationLists } from './crl.ts'
import { derElement } from './der.ts'
import { readPsk } from './psk.ts'

/** The checked parts of a certkey. */
export type CertkeyPems = Omit<CertkeyContents, 'name' | 'acmeChallenge'>

/** One thing that is wrong with a certkey. */
export interface CertkeyFault {
  readonly field: keyof CertkeyPems
  /** The fault, without the value. */
  readonly message: string
}

/** The oldest TLS that Weir speaks. */
const MIN_VERSION = 'TLSv1.2'

/**
 * Returns the faults of a certkey: unreadable texts, a key that is encrypted or belongs to another certificate, a
 * pair that OpenSSL refuses, and parts that have expired by `now` (milliseconds since 1970); without it, time is
 * ignored.
 */
export const certkeyFaults = (contents: CertkeyPems, now?: number): CertkeyFault[] => {
  const faults = faultsOf(contents)
  if (now === undefined || faults.length > 0) return faults
  const end = contents.cert === undefined ? undefined : new X509Certificate(contents.cert).validToDate.getTime()
  if (end !== undefined && end <= now)
    faults.push({
      field: 'cert',
      message: `has ended at ${iso(end)} (${subjectOf(new X509Certificate(contents.cert!))})`
    })
  const listEnd = contents.crl === undefined ? undefined : listsEndAt(contents.crl)
  if (listEnd !== undefined && listEnd <= now)
    faults.push({ field: 'crl', message: `is out of date since ${iso(listEnd)} (nextUpdate)` })
  return faults
}

const iso = (time: number): string => new Date(time).toISOString()

const faultsOf = ({ cert, key, ca, crl, psk, ocsp }: CertkeyPems): CertkeyFault[] => {
  const faults: CertkeyFault[] = []
  if (crl !== undefined) readLists(crl, faults)
  const keys = psk === undefined ? undefined : readPsk(psk)
  if (keys !== undefined && 'fault' in keys) faults.push({ field: 'psk', message: keys.fault })
  if (ocsp !== undefined && !isOcspAnswer(Buffer.from(ocsp, 'base64')))
    faults.push({ field: 'ocsp', message: 'is not a successful OCSP response in DER' })
  const chain = cert === undefined ? undefined : readCertificates('cert', cert, faults)
  const secret = key === undefined ? undefined : readKey(key, faults)
  if (ca !== undefined) readCertificates('ca', ca, faults)
  if (chain === undefined || secret === undefined || faults.length > 0) return faults
  if (!chain[0]!.checkPrivateKey(secret)) {
    const at = chain.findIndex(certificate => certificate.checkPrivateKey(secret))
    const what = at < 0
      ? ''
      : `, but to its certificate ${at + 1} of ${chain.length} (${subjectOf(chain[at]!)}), which has to come first`
    return [{ field: 'key', message: `does not belong to \`cert\` (${subjectOf(chain[0]!)})${what}` }]
  }
  try {
    createSecureContext({ cert, key, minVersion: MIN_VERSION })
  } catch (error) {
    faults.push({ field: 'cert', message: `cannot be served with its key: ${reasonOf(error)}` })
  }
  return faults
}

const readLists = (text: string, faults: CertkeyFault[]): void => {
  const lists = revocationLists(text)
  if (lists.length === 0)
    faults.push({ field: 'crl', message: `is not a PEM revocation list${insteadOf(pemBlocks(text))}` })
  for (const [i, list] of lists.entries()) {
    const fault = crlFault(list)
    if (fault !== undefined) faults.push({ field: 'crl', message: `its list ${i + 1} of ${lists.length} ${fault}` })
  }
}

/** OCSPResponse { responseStatus ENUMERATED 0, … } (RFC 6960 §4.2.1). */
const isOcspAnswer = (der: Uint8Array): boolean => {
  try {
    const whole = derElement(der, 0)
    const status = derElement(der, whole.from)
    return whole.tag === 0x30 && whole.to === der.length && status.tag === 0x0a && status.to === status.from + 1 &&
      der[status.from] === 0
  } catch {
    return false
  }
}

/** The certificates of a text; undefined, with a fault, where one cannot be read or there is none. */
const readCertificates = (
  field: 'cert' | 'ca',
  text: string,
  faults: CertkeyFault[]
): X509Certificate[] | undefined => {
  const blocks = pemBlocks(text)
  const found = blocks.filter(isCertificate)
  if (found.length === 0) {
    faults.push({ field, message: `is not a PEM certificate${insteadOf(blocks)}` })
    return undefined
  }
  const certificates: X509Certificate[] = []
  for (const [i, block] of found.entries()) {
    try {
      if (!block.complete) throw new Error('it has no last line')
      certificates.push(new X509Certificate(block.text))
    } catch (error) {
      faults.push({ field, message: `its certificate ${i + 1} of ${found.length} cannot be read: ${reasonOf(error)}` })
      return undefined
    }
  }
  return certificates
}

const readKey = (text: string, faults: CertkeyFault[]): KeyObject | undefined => {
  const blocks = pemBlocks(text)
  const block = blocks.find(isPrivateKey)
  const message = block === undefined ? `is not a PEM private key${insteadOf(blocks)}`
    : isEncrypted(block) ? 'is encrypted; name a file with its pass phrase in `passphraseFile`, or give it without'
      : block.complete ? undefined : 'is a PEM private key without a last line'
  if (message === undefined) {
    try {
      return createPrivateKey(text)
    } catch (error) {
      faults.push({ field: 'key', message: `is not a PEM private key: ${reasonOf(error)}` })
      return undefined
    }
  }
  faults.push({ field: 'key', message })
  return undefined
}

/** Labels are short and public; anything else in a text may be a secret. */
const insteadOf = (blocks: readonly PemBlock[]): string => {
  const labels = [...new Set(blocks.map(({ label }) => label))].filter(label => /^[A-Z0-9 ]{1,40}$/.test(label))
  return labels.length === 0 ? '' : `; it holds: ${labels.join(', ')}`
}

/** The last part of OpenSSL's `error:0A00018F:SSL routines::ee key too small` is for people. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^error:[0-9A-F]+:(.*)::/, '$1: ')

/** `CN=a.lan, O=Farm`. */
export const subjectOf = (certificate: X509Certificate): string =>
  certificate.subject.split('\n').toReversed().join(', ')

/**
 * The host names that a certificate is for: its DNS alternative names, or its common name when it has none (RFC 6125
 * §6.4.4). Lower case.
 */
export const hostNames = (certificate: X509Certificate): string[] => {
  const names = alternatives(certificate, 'DNS').map(name => name.toLowerCase())
  if (names.length > 0) return names
  const common = certificate.toLegacyObject().subject.CN
  return [common ?? []].flat().map(name => name.toLowerCase())
}

/** The IP addresses that a certificate is for. */
export const addressNames = (certificate: X509Certificate): string[] => alternatives(certificate, 'IP Address')

const alternatives = (certificate: X509Certificate, kind: 'DNS' | 'IP Address'): string[] =>
  // Node quotes names that contain a comma or a quote; those are no host names.
  [...(certificate.subjectAltName ?? '').matchAll(new RegExp(`(?:^|, )${kind}:([^",]+)`, 'g'))].map(match => match[1]!)

/** The facts in a certificate. */
export interface CertificateFacts {
  /** Host names, then IP addresses. */
  readonly names: readonly string[]
  readonly subject: string
  /** `RSA 2048`, `EC P-256`, `Ed25519`. */
  readonly keyType: string
  /** When it ends: ISO 8601 in UTC. */
  readonly notAfter: string
}

/** The certificates of a text, in order. Throws where one cannot be read. */
export const certificateFacts = (text: string): CertificateFacts[] =>
  pemBlocks(text).filter(isCertificate).map(block => {
    const certificate = new X509Certificate(block.text)
    return {
      names: [...hostNames(certificate), ...addressNames(certificate)],
      subject: subjectOf(certificate),
      keyType: keyTypeOf(certificate),
      notAfter: certificate.validToDate.toISOString()
    }
  })

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }
const families: Readonly<Record<string, string>> = {
  rsa: 'RSA',
  'rsa-pss': 'RSA-PSS',
  ec: 'EC',
  ed25519: 'Ed25519',
  ed448: 'Ed448'
}

const keyTypeOf = ({ publicKey }: X509Certificate): string => {
  const family = publicKey.asymmetricKeyType ?? 'unknown'
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  const size = modulusLength ?? (namedCurve === undefined ? undefined : curves[namedCurve] ?? namedCurve)
  return [families[family] ?? family, ...size === undefined ? [] : [size]].join(' ')
}
