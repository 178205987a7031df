import type { LinkError } from '../byte-link.ts'

const kinds: Readonly<Record<string, LinkError['kind']>> = {
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout'
}

const codeOf = (error: Error): string => 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Returns the link error for an error of Node's socket. */
export const linkErrorFrom = (error: Error): LinkError => {
  const code = codeOf(error)
  // Several addresses of one name were tried; Node's summary has no message of its own.
  const message = error instanceof AggregateError ? error.errors.map(each => (each as Error).message).join('; ') : error.message
  return { kind: kinds[code] ?? (/^ERR_(SSL|TLS)_/.test(code) ? 'tls' : 'other'), message }
}
