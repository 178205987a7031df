import {
  heldVserver,
  verificationOf,
  type ServerVerification,
  type Service,
  type UserVserver,
  type VserverTls
} from '@weirlb/model'
import type { CertkeyContents } from './certkey-contents.ts'
import { revocationLists } from './crl.ts'

/** A certificate of a TLS listener. PEM; `name`: the certkey, for errors; `ocsp`: DER in base64. */
export interface ServedCertificate {
  readonly name: string
  readonly cert: string
  readonly key: string
  readonly ocsp?: string | undefined
}

/** All that decides what a TLS listener does. Plain values: two that are equal do the same. */
export interface TlsServerOptions {
  /** The first is the default; each serves the names in it. */
  readonly certificates: readonly ServedCertificate[]
  /** Certkeys whose certificate is yet to be issued. */
  readonly awaited?: readonly string[] | undefined
  /** The user vserver whose tickets are accepted. Default: of one without a name. */
  readonly vserver?: string | undefined
  /** Default: those of a user vserver without settings. */
  readonly settings?: VserverTls | undefined
  /** Those of defence mode. Default: the same. */
  readonly tight?: HandshakeNumbers | undefined
  /** PEM bundles of the authorities of clients. */
  readonly authorities?: readonly string[] | undefined
  /** Their revocation lists, PEM, each for itself. */
  readonly revoked?: readonly string[] | undefined
  /** Pre-shared keys, as certkeys have them. */
  readonly psk?: readonly string[] | undefined
  /** Source of the ticket keys, base64. Default: this process's own. */
  readonly ticketSecret?: string | undefined
}

/** The numbers of handshakes. */
export type HandshakeNumbers = Pick<VserverTls, 'handshakeTimeoutSeconds' | 'maxHandshakes' | 'handshakesPerSecond'>

const numbersOf = ({ handshakeTimeoutSeconds, maxHandshakes, handshakesPerSecond }: VserverTls): HandshakeNumbers => ({
  handshakeTimeoutSeconds,
  maxHandshakes,
  handshakesPerSecond
})

/**
 * How TLS to a server is opened. `serverName`: sent (SNI) and verified; default: the address that is dialled. `ca`:
 * PEM; default: the system's. `cert` and `key`: how we identify ourselves.
 */
export interface TlsClientOptions {
  readonly serverName: string | undefined
  readonly verify: ServerVerification
  readonly ca: string | undefined
  readonly revoked?: readonly string[] | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly alpn?: readonly string[] | undefined
}

const byName = (certkeys: readonly CertkeyContents[], names: readonly string[]): CertkeyContents[] =>
  names.map(name => certkeys.find(certkey => certkey.name === name)!)
const texts = (certkeys: readonly CertkeyContents[], part: 'ca' | 'crl' | 'psk'): string[] =>
  certkeys.map(certkey => certkey[part]).filter(text => text !== undefined)

/** Returns the TLS listener options of this vserver. References have been checked. */
export const tlsServerOptions = (
  vserver: UserVserver,
  certkeys: readonly CertkeyContents[],
  ticketSecret: string | undefined
): TlsServerOptions => {
  const { name, certificates, tls } = vserver
  const trusted = byName(certkeys, tls.clientCa)
  const own = byName(certkeys, certificates)
  const isAwaited = ({ acmeChallenge, cert }: CertkeyContents): boolean =>
    acmeChallenge !== undefined && cert === undefined
  return {
    vserver: name,
    certificates: own.filter(certkey => !isAwaited(certkey)).map(({ name, cert = '', key = '', ocsp }) => ({
      name,
      cert,
      key,
      ocsp
    })),
    awaited: own.filter(isAwaited).map(({ name }) => name),
    settings: tls,
    tight: numbersOf(heldVserver(vserver, true).tls),
    authorities: texts(trusted, 'ca'),
    revoked: texts(trusted, 'crl').flatMap(revocationLists),
    psk: texts(byName(certkeys, tls.psk), 'psk'),
    ticketSecret
  }
}

/** How TLS to this service is opened. References have been checked. */
export const tlsClientOptions = ({ tls }: Service, certkeys: readonly CertkeyContents[]): TlsClientOptions => {
  const authority = certkeys.find(({ name }) => name === tls?.ca)
  const own = certkeys.find(({ name }) => name === tls?.certificate)
  return {
    serverName: tls?.serverName,
    verify: verificationOf(tls?.verify ?? 'strict'),
    ca: authority?.ca,
    revoked: authority?.crl === undefined ? undefined : revocationLists(authority.crl),
    cert: own?.cert,
    key: own?.key,
    alpn: tls?.alpn
  }
}
