import { X509Certificate } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { WeirError } from '@weirlb/model'
import { addressNames, certkeyFaults, hostNames } from './certkey-pems.ts'
import type { TlsServerOptions } from './tls-options.ts'

/** A certificate and key that can serve. */
interface Served {
  readonly name: string
  readonly cert: string
  readonly key: string
  readonly names: ReadonlySet<string>
  /** OpenSSL holds one certificate of each, and picks by what the client can verify. */
  readonly keyType: string | undefined
  readonly ocsp: string | undefined
}

/** The certificates for a client. */
export interface Choice {
  /** Identifies it, as long as the names of certkeys are the same. */
  readonly id: string
  readonly context: SecureContextOptions
  /**
   * OpenSSL accepts one response per context, and does not show which of several certificates it serves; so one of
   * several has none.
   */
  readonly ocsp: Buffer | undefined
}

/** A fully qualified name may end with a dot, which a certificate does not have and SNI should not (RFC 6066 §3). */
const plainName = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()

/** Returns the wildcard for a name: one label, and not an empty one (RFC 6125 §6.4.3). */
const wildcardOf = (name: string): string | undefined => {
  const dot = name.indexOf('.')
  return dot > 0 ? `*${name.slice(dot)}` : undefined
}

/**
 * The certificates of one TLS listener, selected by the client's requested name (SNI). An exact name precedes a
 * wildcard. Of several certificates for a name, the first of each key type serves it, and OpenSSL picks one that the
 * client can verify.
 */
export class Certificates {
  /** The choices for clients. The first is for clients that request no name, or an unknown one. */
  readonly choices: readonly Choice[]
  readonly #byName = new Map<string, number>()

  /** Throws WeirError certificate-invalid. */
  constructor (options: TlsServerOptions) {
    const served = options.certificates.map(checked)
    const [first] = served
    if (first === undefined) {
      if ((options.psk ?? []).length + (options.awaited ?? []).length === 0)
        throw new WeirError('certificate-invalid', 'a TLS listener needs at least one certificate with its key')
      this.choices = [{ id: '', context: {}, ocsp: undefined }]
      return
    }
    const ids: string[] = []
    const choices: Choice[] = []
    const choose = (some: readonly Served[]): number => {
      const chosen = firstOfEachType(some)
      const id = chosen.map(one => served.indexOf(one)).join(' ')
      const known = ids.indexOf(id)
      if (known >= 0) return known
      ids.push(id)
      const ocsp = chosen.length === 1 ? chosen[0]!.ocsp : undefined
      return choices.push({
        id: chosen.map(({ name }) => name).join(' '),
        context: { cert: chosen.map(({ cert }) => cert), key: chosen.map(({ key }) => key) },
        ocsp: ocsp === undefined ? undefined : Buffer.from(ocsp, 'base64')
      }) - 1
    }
    // A certificate of another key type is added to the first only if it is for all the same names.
    choose([
      first,
      ...served.filter(({ names }) => first.names.size > 0 && [...first.names].every(name => names.has(name)))
    ])
    for (const name of new Set(served.flatMap(({ names }) => [...names]))) {
      const wildcard = wildcardOf(name)
      const exact = served.filter(({ names }) => names.has(name))
      const others = wildcard === undefined || wildcard === name
        ? []
        : served.filter(({ names }) => names.has(wildcard))
      this.#byName.set(name, choose([...exact, ...others]))
    }
    this.choices = choices
  }

  /** Index of the choice for a name; undefined when no certificate has it. */
  find (serverName: string): number | undefined {
    const name = plainName(serverName)
    const wildcard = wildcardOf(name)
    return this.#byName.get(name) ?? (wildcard === undefined ? undefined : this.#byName.get(wildcard))
  }
}

/** Refuses a pair that cannot serve, saying which and why. */
const checked = (pair: TlsServerOptions['certificates'][number]): Served => {
  const [fault] = certkeyFaults(pair)
  if (fault !== undefined)
    throw new WeirError('certificate-invalid', `certkey '${pair.name}': \`${fault.field}\` ${fault.message}`)
  const { name, cert, key, ocsp } = pair
  const certificate = new X509Certificate(cert)
  // Some clients request the address that they dialled, which RFC 6066 §3 does not foresee.
  const names = [...hostNames(certificate), ...addressNames(certificate)]
  return {
    name,
    cert,
    key,
    ocsp,
    names: new Set(names.map(plainName)),
    keyType: certificate.publicKey.asymmetricKeyType
  }
}

const firstOfEachType = (served: readonly Served[]): Served[] =>
  served.filter((one, i) => served.findIndex(({ keyType }) => keyType === one.keyType) === i)
