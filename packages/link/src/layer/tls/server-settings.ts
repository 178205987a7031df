import { constants, X509Certificate } from 'node:crypto'
import { DEFAULT_CIPHERS, createSecureContext, type TlsOptions } from 'node:tls'
import { defaultVserverTls, isCertificate, pemBlocks, WeirError } from '@weirlb/model'
import type { ClientTrust } from './client-identity.ts'
import { listsEndAt } from './crl.ts'
import { readPsk } from './psk.ts'
import { sessionContext, ticketKeys } from './ticket-keys.ts'
import type { TlsServerOptions } from './tls-options.ts'

/** How long a ticket resumes, in seconds. */
const TICKET_SECONDS = 7200

/** The TLS settings of a vserver, for all its certificates. */
export interface ServerSettings {
  readonly trust: ClientTrust
  /** Pre-shared keys by identity. */
  readonly psk: ReadonlyMap<string, Uint8Array>
  /** Options of Node's for the clients of a choice of certificates. */
  optionsFor (choice: string): TlsOptions
}

/**
 * Work out the settings of a listener. Throws WeirError config-invalid for ciphers and groups that OpenSSL does not
 * know.
 */
export const serverSettings = (options: TlsServerOptions): ServerSettings => {
  const { vserver = '', settings = defaultVserverTls, authorities = [], revoked = [], ticketSecret } = options
  const { minVersion, maxVersion, clientCertificate, verifyDepth, alpn } = settings
  const psk = new Map((options.psk ?? []).flatMap(text => {
    const read = readPsk(text)
    return 'keys' in read ? [...read.keys] : []
  }))
  const ciphers = settings.ciphers ?? (psk.size > 0 ? PSK_CIPHERS : undefined)
  const resumes = settings.resumption && psk.size === 0
  // Everything that is not checked again for a resumed client.
  const trusting = JSON.stringify([clientCertificate, verifyDepth, authorities, revoked])
  const common: TlsOptions = {
    minVersion,
    maxVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(settings.groups === undefined ? {} : { ecdhCurve: settings.groups.join(':') }),
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    honorCipherOrder: true,
    // A client's identity at the end of its handshake is final.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (resumes ? 0 : constants.SSL_OP_NO_TICKET),
    sessionIdContext: sessionContext(vserver, trusting),
    sessionTimeout: TICKET_SECONDS,
    // Node would refuse a client that has a key and no certificate; who is refused then is decided when the handshake
    // is over.
    ...(clientCertificate === 'off'
      ? {}
      : {
        requestCert: true,
        rejectUnauthorized: clientCertificate === 'mandatory' && psk.size === 0,
        ca: [...authorities],
        ...(revoked.length === 0 ? {} : { crl: [...revoked] })
      })
  }
  checkNegotiation(common, settings)
  return {
    psk,
    trust: {
      certificate: clientCertificate,
      depth: verifyDepth,
      authorities: verifyDepth === undefined ? [] : certificatesIn(authorities.join('')),
      listsEndAt: revoked.length === 0 ? undefined : listsEndAt(revoked.join('')),
      psk: psk.size > 0
    },
    optionsFor: choice => ({ ...common, ticketKeys: ticketKeys(ticketSecret, vserver, choice, trusting) })
  }
}

const certificatesIn = (text: string): X509Certificate[] =>
  pemBlocks(text).filter(isCertificate).map(block => new X509Certificate(block.text))

/**
 * Default suites of a listener with pre-shared keys. PSK suites come first, because a client that offers them has a
 * key. Over TLS 1.3 OpenSSL accepts a key with SHA-256 only, and otherwise continues with certificates. Node's list
 * ends with `!PSK`, which nothing after it could undo.
 */
const PSK_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'kECDHEPSK+HIGH',
  'kDHEPSK+HIGH',
  'kPSK+HIGH',
  ...DEFAULT_CIPHERS.split(':').filter(cipher => cipher !== '!PSK' && cipher !== 'TLS_AES_128_GCM_SHA256'),
  '!kRSAPSK'
].join(':')

const checkNegotiation = (
  { minVersion, maxVersion, ciphers, ecdhCurve }: TlsOptions,
  { groups }: { readonly groups?: readonly string[] | undefined }
): void => {
  const refused = (field: string, value: string, error: unknown): WeirError =>
    new WeirError(
      'config-invalid',
      `tls.${field}: OpenSSL does not take "${value}": ${
        (error as { reason?: string }).reason ?? (error as Error).message
      }`
    )
  if (ciphers !== undefined) {
    try {
      createSecureContext({ minVersion, maxVersion, ciphers })
    } catch (error) {
      throw refused('ciphers', ciphers, error)
    }
  }
  for (const group of groups ?? []) {
    try { createSecureContext({ ecdhCurve: group }) } catch (error) { throw refused('groups', group, error) }
  }
  if (ecdhCurve !== undefined) {
    try { createSecureContext({ ecdhCurve }) } catch (error) { throw refused('groups', ecdhCurve, error) }
  }
}
