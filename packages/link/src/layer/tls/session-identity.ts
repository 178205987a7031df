import { createHash } from 'node:crypto'
import { derElement, derElements } from './der.ts'

/**
 * Returns what identifies a TLS session of version 1.2, as 32 bytes in latin1 form: it stays when the session is
 * resumed. Undefined for other bytes. Nobody can compute the session's secret from it.
 *
 *     SSL_SESSION { version, sslVersion, cipher, sessionID, masterKey, … }        OpenSSL's form
 */
export const sessionIdentity = (session: Uint8Array): string | undefined => {
  try {
    const secret = derElements(session, derElement(session, 0))[4]
    if (secret === undefined || secret.to === secret.from) return undefined
    return createHash('sha256').update('weir session\0').update(session.subarray(secret.from, secret.to)).digest()
      .toString('latin1')
  } catch {
    return undefined
  }
}
