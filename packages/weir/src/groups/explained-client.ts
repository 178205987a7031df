import type { ClientCertificate, ClientFacts, HttpFacts, Proxied, ProxiedTls } from '@weirlb/link'
import { textToKey } from '@weirlb/engine'
import type { ExplainedClient } from '../api/explained-client.ts'

/** Returns the facts about a client that is explained; what is left out is not known. */
export const clientFacts = (
  { address = '127.0.0.1', port = 49152, serverName, alpn, certificate, psk, tlsVersion, tlsSession, proxied, http }:
    ExplainedClient
): ClientFacts => ({
  address,
  port,
  serverName,
  alpn,
  certificate: certificate && certificateWith(certificate),
  psk,
  tlsVersion,
  tlsSession: tlsSession && textToKey(tlsSession),
  proxied: proxied && proxiedWith(proxied),
  http: http && requestWith(http)
})

/** Returns a certificate with exactly these facts. */
const certificateWith = (
  {
    subject,
    issuer = [],
    commonNames = [],
    dns = [],
    uris = [],
    emails = [],
    addresses = [],
    fingerprint = '',
    serial = '',
    notBefore = '',
    notAfter = ''
  }: NonNullable<ExplainedClient['certificate']>
): ClientCertificate => ({
  subject: subject ?? commonNames.map(value => ({ type: 'CN', value })),
  issuer,
  commonNames,
  dns,
  uris,
  emails,
  addresses,
  fingerprint,
  serial,
  notBefore,
  notAfter
})

const proxiedWith = (
  { by = { address: '127.0.0.1', port: 49152 }, version = 2, tls, ...more }: NonNullable<ExplainedClient['proxied']>
): Proxied => ({ by, version, ...more, tls: tls && tlsWith(tls) })

const tlsWith = (
  { certificate = false, verified = false, ...more }: NonNullable<NonNullable<ExplainedClient['proxied']>['tls']>
): ProxiedTls => ({ certificate, verified, ...more })

/** Node writes the names of headers in lower case. */
const requestWith = ({ path = '/', headers = {}, subprotocol }: NonNullable<ExplainedClient['http']>): HttpFacts => ({
  path,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  subprotocol
})
