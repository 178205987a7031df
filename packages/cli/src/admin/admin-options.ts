import { dirname, isAbsolute, join, resolve } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { AdminToken } from './admin-token.ts'
import { hostPortText, isLoopback, parseHostPort, type HostPort } from './host-port.ts'

/** Longest path of a Unix socket, in bytes (unix(7)). */
const MAX_SOCKET_PATH = 107

/** Files of the API's TLS. */
export interface AdminTlsFiles {
  readonly cert: string
  readonly key: string
  /** Authorities of client certificates. */
  readonly clientCa: string | undefined
  /** Revocation lists of those authorities. */
  readonly clientCrl: string | undefined
  /** Roles of client certificates, by the common name of their subject. */
  readonly clients: string | undefined
}

/** A Unix socket of the API. */
export interface AdminSocketPlace { readonly path: string, readonly mode: 0o600 | 0o660 }

/** How the REST API is reached, and who may use it. */
export interface AdminOptions {
  /** Undefined: on the socket alone. */
  readonly listen: HostPort | undefined
  readonly socket: AdminSocketPlace | undefined
  readonly tls: AdminTlsFiles | undefined
  readonly token: AdminToken | undefined
  /** Whether clients on this machine need no token. */
  readonly local: boolean
  /** File of the audit log; undefined: the one of the state directory, if there is one. */
  readonly auditFile: string | undefined
}

/** The options of `weir serve` that are about the API. */
export type AdminOptionName = 'admin' | 'admin-socket' | 'admin-socket-mode' | 'admin-cert' | 'admin-key' | 'admin-client-ca' | 'admin-client-crl' | 'admin-clients' | 'token-file' | 'audit-file'
type Given = Readonly<Partial<Record<AdminOptionName, string>>>

/** Returns where a socket is made before it has its name: in the same folder. */
export const unnamedAt = (path: string): string => join(dirname(path), `.weir-${process.pid}`)

/** Returns the options of the API. Throws a UsageError that names the option, its value and the choices. */
export const adminOptions = (given: Given, environment: Readonly<Record<string, string | undefined>>): AdminOptions => {
  const socket = socketOf(given)
  const tls = tlsOf(given)
  const token = AdminToken.from(given['token-file'], environment['WEIR_ADMIN_TOKEN'])
  const auditFile = given['audit-file']
  if (given.admin === 'none') {
    if (socket === undefined)
      throw new UsageError('--admin none leaves the API without an address: give --admin-socket PATH')
    if (tls !== undefined)
      throw new UsageError('--admin none has no TLS: leave out --admin-cert, or give --admin HOST:PORT')
    return { listen: undefined, socket, tls, token, local: token === undefined, auditFile }
  }
  const listen = parseHostPort('--admin', given.admin ?? '127.0.0.1:8080')
  // Whoever asks for certificates does not mean everybody on this machine.
  const local = token === undefined && tls?.clientCa === undefined && isLoopback(listen.host)
  if (token === undefined && !isLoopback(listen.host) && socket === undefined && tls?.clientCa === undefined) {
    throw new UsageError(`--admin ${hostPortText(listen)} can be reached from other machines and needs a token: give --token-file FILE or set WEIR_ADMIN_TOKEN, or listen on 127.0.0.1. With --admin-socket PATH or --admin-client-ca FILE, named tokens are enough`)
  }
  return { listen, socket, tls, token, local, auditFile }
}

const socketOf = (given: Given): AdminSocketPlace | undefined => {
  const path = given['admin-socket']
  const mode = given['admin-socket-mode']
  if (mode !== undefined && mode !== '600' && mode !== '660')
    throw new UsageError(`--admin-socket-mode: expected 600 or 660, got '${mode}'`)
  if (path === undefined) {
    if (mode !== undefined) throw new UsageError('--admin-socket-mode needs --admin-socket PATH')
    return undefined
  }
  const whole = isAbsolute(path) ? path : resolve(path)
  if (
    whole.includes('\0') || Buffer.byteLength(whole) > MAX_SOCKET_PATH ||
    Buffer.byteLength(unnamedAt(whole)) > MAX_SOCKET_PATH
  ) throw new UsageError(`--admin-socket: expected a path of at most ${MAX_SOCKET_PATH} bytes, got '${whole}'`)
  return { path: whole, mode: mode === '660' ? 0o660 : 0o600 }
}

const tlsOf = (given: Given): AdminTlsFiles | undefined => {
  const {
    'admin-cert': cert,
    'admin-key': key,
    'admin-client-ca': clientCa,
    'admin-client-crl': clientCrl,
    'admin-clients': clients
  } = given
  if (cert === undefined || key === undefined) {
    const all = {
      'admin-cert': cert,
      'admin-key': key,
      'admin-client-ca': clientCa,
      'admin-client-crl': clientCrl,
      'admin-clients': clients
    }
    const [there] = Object.entries(all).find(([, value]) => value !== undefined) ?? []
    if (there !== undefined) throw new UsageError(`--${there} needs --admin-cert FILE and --admin-key FILE`)
    return undefined
  }
  if ((clientCa === undefined) !== (clients === undefined))
    throw new UsageError(
      '--admin-client-ca FILE and --admin-clients FILE are given together: the authority, and the roles of its clients'
    )
  if (clientCrl !== undefined && clientCa === undefined)
    throw new UsageError('--admin-client-crl FILE needs --admin-client-ca FILE: the authorities whose lists it has')
  return { cert, key, clientCa, clientCrl, clients }
}
