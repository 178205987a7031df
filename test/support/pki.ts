import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Certificate } from './certificate.ts'

x509.cryptoProvider.set(webcrypto as never)

const DAY = 86_400_000
const keyTypes = {
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: Uint8Array.of(1, 0, 1), modulusLength: 2048 }
} as const

/** What a certificate says, where it differs from an ordinary one. */
export interface CertificateWishes {
  /** RFC 4514, or RDNs one by one as `[{ CN: ['a'] }, { CN: ['b'] }]`. Default: `CN=` the first name. */
  readonly subject?: x509.JsonName | string
  /** SANs. */
  readonly names?: readonly { readonly type: 'dns' | 'url' | 'ip' | 'email', readonly value: string }[]
  readonly keyType?: keyof typeof keyTypes
  /** Days from now. Default: yesterday to in thirty days. */
  readonly from?: number
  readonly until?: number
}

/** A certificate with its key and number. */
export interface IssuedCertificate extends Certificate { readonly serial: string }

/** A certificate authority, made on the spot. */
export class Authority {
  readonly cert: string
  readonly #keys: webcrypto.CryptoKeyPair
  readonly #certificate: x509.X509Certificate

  private constructor (certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.cert = `${certificate.toString('pem')}\n`
    this.#certificate = certificate
    this.#keys = keys
  }

  /** One that signs itself. */
  static async root (name = 'Test Root'): Promise<Authority> {
    const keys = await generate('ec')
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      serialNumber: serial(),
      notBefore: days(-1),
      notAfter: days(3650),
      keys,
      signingAlgorithm: keyTypes.ec,
      extensions: [...authorityExtensions, await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)]
    })
    return new Authority(certificate, keys)
  }

  /** One below this. */
  async intermediate (name = 'Test Intermediate'): Promise<Authority> {
    const keys = await generate('ec')
    return new Authority(await this.#issue(`CN=${name}`, keys.publicKey, -1, 3650, authorityExtensions), keys)
  }

  async issue (
    { subject, names = [], keyType = 'ec', from = -1, until = 30 }: CertificateWishes = {}
  ): Promise<IssuedCertificate> {
    const keys = await generate(keyType)
    const extensions = names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]
    const certificate = await this.#issue(
      subject ?? `CN=${names[0]?.value ?? 'nameless'}`,
      keys.publicKey,
      from,
      until,
      extensions
    )
    return { cert: `${certificate.toString('pem')}\n`, key: await pemKey(keys), serial: certificate.serialNumber }
  }

  /** A revocation list with these certificates. `until`: days from now to the next list. */
  async revoke (
    certificates: readonly IssuedCertificate[],
    { from = -1, until = 30 }: { readonly from?: number, readonly until?: number } = {}
  ): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.#certificate.subjectName,
      thisUpdate: days(from),
      nextUpdate: days(until),
      signingAlgorithm: keyTypes.ec,
      signingKey: this.#keys.privateKey,
      entries: certificates.map(({ serial }) => ({ serialNumber: serial, revocationDate: days(-1) }))
    })
    return `${list.toString('pem').replaceAll('BEGIN CRL', 'BEGIN X509 CRL').replaceAll('END CRL', 'END X509 CRL')}\n`
  }

  async #issue (
    subject: x509.JsonName | string,
    publicKey: webcrypto.CryptoKey,
    from: number,
    until: number,
    extensions: readonly x509.Extension[]
  ): Promise<x509.X509Certificate> {
    const identifiers = [
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey)
    ]
    return await x509.X509CertificateGenerator.create({
      subject,
      issuer: this.#certificate.subjectName,
      serialNumber: serial(),
      notBefore: days(from),
      notAfter: days(until),
      publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: keyTypes.ec,
      extensions: [...extensions, ...identifiers]
    })
  }
}

/** A certificate that nobody else has signed. */
export const selfSigned = async (name: string): Promise<Certificate> => {
  const keys = await generate('ec')
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    serialNumber: serial(),
    notBefore: days(-1),
    notAfter: days(30),
    keys,
    signingAlgorithm: keyTypes.ec
  })
  return { cert: `${certificate.toString('pem')}\n`, key: await pemKey(keys) }
}

const authorityExtensions = [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)
]

const days = (count: number): Date => new Date(Date.now() + count * DAY)

/** Positive, and not the same twice. */
const serial = (): string => `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(9))).toString('hex')}`

const generate = async (type: keyof typeof keyTypes): Promise<webcrypto.CryptoKeyPair> =>
  await webcrypto.subtle.generateKey(keyTypes[type], true, ['sign', 'verify']) as webcrypto.CryptoKeyPair

const pemKey = async ({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> =>
  `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY')}\n`
