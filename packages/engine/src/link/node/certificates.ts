import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { WeirError } from '@weir/model'
import type { TlsServerOptions } from '../transport.ts'

const MIN_VERSION = 'TLSv1.2'

/** The names a certificate answers to: its DNS alternative names, or its common name when it has none (RFC 6125 §6.4.4). Lower case. */
export const certificateNames = (certificate: X509Certificate): string[] => {
  const names: string[] = []
  // Node quotes names that contain a comma or a quote; those are no host names.
  for (const match of (certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^",]+)/g)) names.push(match[1]!.toLowerCase())
  if (names.length > 0 || certificate.subjectAltName !== undefined) return names
  const common = /^CN=(.+)$/m.exec(certificate.subject)
  return common ? [common[1]!.toLowerCase()] : []
}

const reason = (error: unknown): string => error instanceof Error ? error.message : String(error)

const parse = <T>(what: string, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    throw new WeirError('certificate-invalid', `${what}: ${reason(error)}`, { cause: error })
  }
}

/** Refuses a pair that cannot serve, saying which and why; answers the leaf certificate. */
const check = (pair: TlsServerOptions['certificates'][number], label: string): X509Certificate => {
  const certificate = parse(`${label}: \`cert\` is not a PEM certificate`, () => new X509Certificate(pair.cert))
  if (/ENCRYPTED/.test(pair.key)) throw new WeirError('certificate-invalid', `${label}: \`key\` is encrypted; give it without a passphrase`)
  const key: KeyObject = parse(`${label}: \`key\` is not a PEM private key`, () => createPrivateKey(pair.key))
  if (!certificate.checkPrivateKey(key)) {
    throw new WeirError('certificate-invalid', `${label}: \`key\` does not belong to \`cert\` (${certificate.subject.replaceAll('\n', ', ')})`)
  }
  return certificate
}

/**
 * The certificates of one TLS listener, found by the name that a client asks for (SNI).
 * An exact name wins over a wildcard, a wildcard stands for one label (RFC 6125 §6.4.3), and of two equal names the first certificate has it.
 */
export class Certificates {
  /** For clients that name no server. */
  readonly defaults: SecureContextOptions
  readonly #default: SecureContext
  readonly #exact = new Map<string, SecureContext>()
  /** By what follows `*.` */
  readonly #wildcard = new Map<string, SecureContext>()

  /** Throws WeirError certificate-invalid. */
  constructor (options: TlsServerOptions) {
    const [first] = options.certificates
    if (first === undefined) throw new WeirError('certificate-invalid', 'a TLS listener needs at least one certificate with its key')
    this.defaults = { cert: first.cert, key: first.key, minVersion: MIN_VERSION }
    const contexts = options.certificates.map((pair, index) => this.#add(pair, `certificate ${index + 1} of ${options.certificates.length}`))
    this.#default = contexts[0]!
  }

  #add (pair: TlsServerOptions['certificates'][number], label: string): SecureContext {
    const certificate = check(pair, label)
    const context = parse(label, () => createSecureContext({ cert: pair.cert, key: pair.key, minVersion: MIN_VERSION }))
    for (const name of certificateNames(certificate)) {
      const table = name.startsWith('*.') ? this.#wildcard : this.#exact
      const key = name.startsWith('*.') ? name.slice(2) : name
      if (!table.has(key)) table.set(key, context)
    }
    return context
  }

  /** The certificate for a name; the default when none has it. */
  find (serverName: string): SecureContext {
    const name = serverName.toLowerCase()
    return this.#exact.get(name) ?? this.#wildcard.get(name.slice(name.indexOf('.') + 1)) ?? this.#default
  }
}
