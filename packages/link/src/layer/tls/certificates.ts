import { X509Certificate } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { WeirError } from '@weirlb/model'
import { certkeyFaults, hostNames, MIN_VERSION } from './certkey-pems.ts'
import type { TlsServerOptions } from './tls-options.ts'

/** A certificate and key that can serve. */
interface Served {
  readonly cert: string
  readonly key: string
  readonly names: ReadonlySet<string>
  /** OpenSSL holds one certificate of each, and picks by what the client can verify. */
  readonly keyType: string | undefined
}

/** A fully qualified name may end with a dot, which a certificate does not have and SNI should not (RFC 6066 §3). */
const plainName = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()

/** The wildcard that stands for a name: one label, and not an empty one (RFC 6125 §6.4.3). */
const wildcardOf = (name: string): string | undefined => {
  const dot = name.indexOf('.')
  return dot > 0 ? `*${name.slice(dot)}` : undefined
}

/**
 * The certificates of one TLS listener, found by the name that a client asks for (SNI).
 * An exact name wins over a wildcard. Of several certificates for a name the first of each key type serves it, and OpenSSL picks by what the client can verify.
 */
export class Certificates {
  /** What a client may be served with. The first is for clients that name no server, or one that no certificate has. */
  readonly choices: readonly SecureContextOptions[]
  readonly #byName = new Map<string, number>()

  /** Throws WeirError certificate-invalid. */
  constructor (options: TlsServerOptions) {
    const served = options.certificates.map(checked)
    const [first] = served
    if (first === undefined) throw new WeirError('certificate-invalid', 'a TLS listener needs at least one certificate with its key')
    const ids: string[] = []
    const choices: SecureContextOptions[] = []
    const choose = (some: readonly Served[]): number => {
      const chosen = firstOfEachType(some)
      const id = chosen.map(one => served.indexOf(one)).join(' ')
      const known = ids.indexOf(id)
      if (known >= 0) return known
      ids.push(id)
      return choices.push({ cert: chosen.map(({ cert }) => cert), key: chosen.map(({ key }) => key), minVersion: MIN_VERSION }) - 1
    }
    // A certificate of another key type stands beside the first only where it is for all the same names.
    choose([first, ...served.filter(({ names }) => first.names.size > 0 && [...first.names].every(name => names.has(name)))])
    for (const name of new Set(served.flatMap(({ names }) => [...names]))) {
      const wildcard = wildcardOf(name)
      const exact = served.filter(({ names }) => names.has(name))
      const others = wildcard === undefined || wildcard === name ? [] : served.filter(({ names }) => names.has(wildcard))
      this.#byName.set(name, choose([...exact, ...others]))
    }
    this.choices = choices
  }

  /** Index of the choice for a name; 0 when no certificate has it. */
  find (serverName: string): number {
    const name = plainName(serverName)
    const wildcard = wildcardOf(name)
    return this.#byName.get(name) ?? (wildcard === undefined ? undefined : this.#byName.get(wildcard)) ?? 0
  }
}

/** Refuses a pair that cannot serve, saying which and why. */
const checked = (pair: TlsServerOptions['certificates'][number]): Served => {
  const [fault] = certkeyFaults(pair)
  if (fault !== undefined) throw new WeirError('certificate-invalid', `certkey '${pair.name}': \`${fault.field}\` ${fault.message}`)
  const certificate = new X509Certificate(pair.cert)
  return { cert: pair.cert, key: pair.key, names: new Set(hostNames(certificate).map(plainName)), keyType: certificate.publicKey.asymmetricKeyType }
}

const firstOfEachType = (served: readonly Served[]): Served[] => served.filter((one, i) => served.findIndex(({ keyType }) => keyType === one.keyType) === i)
