import type { LinkError } from '../byte-link.ts'

const kinds: Readonly<Record<string, LinkError['kind']>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout'
}

const codeOf = (error: Error): string => 'code' in error && typeof error.code === 'string' ? error.code : ''

/**
 * OpenSSL's error about a connection whose handshake is over. A peer's alert is its end; all else are invalid records.
 */
const tlsErrorFrom = (code: string, error: Error & { readonly reason?: string }): LinkError =>
  ({ kind: code.includes('_ALERT_') ? 'reset' : 'protocol', message: `TLS: ${error.reason ?? error.message}` })

/** Returns the link error for an error of Node's socket. */
export const linkErrorFrom = (error: Error): LinkError => {
  const code = codeOf(error)
  if (code.startsWith('ERR_SSL_')) return tlsErrorFrom(code, error)
  // Several addresses of one name were tried; Node's summary has no message of its own.
  const message = error instanceof AggregateError
    ? error.errors.map(each => (each as Error).message).join('; ')
    : error.message
  return { kind: kinds[code] ?? (code.startsWith('ERR_TLS_') ? 'tls' : 'other'), message }
}
