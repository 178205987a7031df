import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { ClientCertificate } from '../../client-facts.ts'
import { clientCertificate } from './client-certificate.ts'

/** Whom a listener takes. */
export interface ClientTrust {
  readonly certificate: 'off' | 'optional' | 'mandatory'
  /** Maximum certificates between a client's and its root; undefined: OpenSSL's maximum. */
  readonly depth: number | undefined
  /** Where that is set, all certificates of the authorities. */
  readonly authorities: readonly X509Certificate[]
  /** When the first revocation list is out of date, milliseconds since 1970. */
  readonly listsEndAt: number | undefined
  /** There are pre-shared keys. */
  readonly psk: boolean
}

/** A client's identity, or the reason for refusing it. */
export interface ClientIdentity {
  readonly certificate?: ClientCertificate | undefined
  /** Identity of its pre-shared key. */
  readonly psk?: string | undefined
  readonly refused?: string | undefined
}

const nobody: ClientIdentity = Object.freeze({})

/**
 * Returns the identity of a client after its handshake. Node lets OpenSSL complete a handshake with any client
 * certificate, and reports its faults afterwards. `identity`: of the pre-shared key that OpenSSL last received for
 * this client.
 */
export const identifyClient = (
  socket: TLSSocket,
  trust: ClientTrust,
  identity: string | undefined,
  now: number
): ClientIdentity => {
  if (identity !== undefined && usedPsk(socket)) return { psk: identity }
  if (trust.certificate === 'off') return trust.psk ? { refused: 'it has no pre-shared key of this vserver' } : nobody
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return trust.certificate === 'optional' ? nobody : { refused: 'it has no certificate' }
  if (!socket.authorized) return { refused: `its certificate was not verified: ${String(socket.authorizationError)}` }
  const why = (socket.isSessionReused() ? whyNotAgain(certificate, trust, now) : undefined) ??
    (trust.depth === undefined ? undefined : whyTooDeep(certificate, trust.depth, trust.authorities))
  return why === undefined ? { certificate: clientCertificate(certificate) } : { refused: why }
}

/**
 * Over TLS 1.2 the suite shows it. Over 1.3 a pre-shared key counts as a resumed session, and with keys no ticket is
 * issued that could be.
 */
const usedPsk = (socket: TLSSocket): boolean =>
  socket.getProtocol() === 'TLSv1.3' ? socket.isSessionReused() : socket.getCipher().name.includes('PSK')

/** A resumed session was verified when it began: OpenSSL does not check later expiries. */
const whyNotAgain = (certificate: X509Certificate, { listsEndAt }: ClientTrust, now: number): string | undefined => {
  if (certificate.validToDate.getTime() <= now) return 'its certificate was not verified: CERT_HAS_EXPIRED'
  return listsEndAt !== undefined && listsEndAt <= now ? 'its certificate was not verified: CRL_HAS_EXPIRED' : undefined
}

/**
 * Node shows none of a client's certificates but its own, so the path to an authority is searched among those of the
 * vserver.
 */
const whyTooDeep = (
  certificate: X509Certificate,
  depth: number,
  authorities: readonly X509Certificate[]
): string | undefined => {
  let reached: readonly X509Certificate[] = [certificate]
  for (let between = 0; between <= depth && reached.length > 0; between++) {
    const issuers = authorities.filter(authority =>
      reached.some(one => one.checkIssued(authority) && one.verify(authority.publicKey))
    )
    if (issuers.some(issuer => issuer.checkIssued(issuer))) return undefined
    reached = issuers
  }
  return `its certificate was not verified: verifyDepth is ${depth}, and through the certificates of clientCa it is further from a root`
}
