import { readFile, stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { constants } from 'node:crypto'
import { createSecureContext, TLSSocket, type SecureContextOptions } from 'node:tls'
import type { Principal } from '@weirlb/admin'
import { roles, WeirError, type Role } from '@weirlb/model'
import { certkeyFaults, revocationLists, type LeveledLog } from '@weirlb/core'
import type { AdminTlsFiles } from './admin-options.ts'

/** Time between two looks at the files. */
const LOOK_MS = 2000
/** Longest handshake of a client. */
const HANDSHAKE_MS = 10_000

/** What the files hold. */
interface Contents {
  readonly context: SecureContextOptions
  /** Roles by common name. */
  readonly clients: ReadonlyMap<string, Role>
  /** The texts that decide which client certificates are accepted. */
  readonly trusted: string
}

/** Whatever takes new certificates: a server of node:https. */
export interface TakesContext {
  setSecureContext (context: SecureContextOptions): void
  on (event: 'connection', taken: (socket: Socket) => void): unknown
  on (event: 'secureConnection', verified: (socket: TLSSocket) => void): unknown
}

/**
 * The API's TLS: certificate, key, and the client certificates that are let in. Its files are looked at every two
 * seconds, and on SIGHUP; unusable ones leave what there is. Other authorities or revocation lists end the connections
 * whose certificates the earlier ones have accepted, or may yet accept.
 */
export class AdminTls {
  readonly #files: AdminTlsFiles
  readonly #log: LeveledLog
  #contents: Contents
  /** Times and sizes of the files whose contents are in use. */
  #seen: string
  #server: TakesContext | undefined
  /** Connections whose handshake is under way, by the client's address and port. */
  readonly #handshakes = new Map<string, Socket>()
  /** Connections with a client certificate. */
  readonly #verified = new Set<TLSSocket>()
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<boolean> | undefined
  /**
   * The last fault: a certificate and its key are replaced one after the other, so one is reported at its second look.
   */
  #fault: string | undefined
  #told: string | undefined

  private constructor (files: AdminTlsFiles, log: LeveledLog, contents: Contents, seen: string) {
    this.#files = files
    this.#log = log
    this.#contents = contents
    this.#seen = seen
  }

  /**
   * Read the files. Rejects with certificate-invalid or config-invalid, which name the option and the file, and never
   * what is in it.
   */
  static async read (files: AdminTlsFiles, log: LeveledLog): Promise<AdminTls> {
    const seen = await signature(files)
    return new AdminTls(files, log, await readContents(files), seen)
  }

  /** Options of the server. No session is resumed: a client certificate counts as it is verified now. */
  get options (): SecureContextOptions & {
    readonly handshakeTimeout: number
    readonly requestCert: boolean
    readonly rejectUnauthorized: false
  } {
    // A client without a certificate may have a token; which certificate was refused is better told in a response.
    return {
      ...this.#contents.context,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: this.#files.clientCa !== undefined,
      rejectUnauthorized: false
    }
  }

  /** Give a server what the files hold from now on. */
  watch (server: TakesContext): void {
    this.#server = server
    if (this.#files.clientCa !== undefined) this.#follow(server)
    this.#timer = setInterval(() => { void this.#look() }, LOOK_MS).unref()
  }

  stop (): void { clearInterval(this.#timer) }

  /** Read the files again, also if they look the same. Returns true if they are usable; a fault is logged. */
  async reload (): Promise<boolean> {
    this.#told = undefined
    this.#fault = await this.#faultOf()
    if (this.#fault !== undefined) this.#complain()
    return this.#fault === undefined
  }

  /**
   * Returns whom a connection shows; undefined for one without a certificate. Throws unauthorized for one that is not
   * accepted.
   */
  identify (socket: Socket): Principal | undefined {
    if (this.#files.clientCa === undefined || !(socket instanceof TLSSocket)) return undefined
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) return undefined
    if (!socket.authorized)
      throw new WeirError(
        'unauthorized',
        `the client certificate is not accepted: ${String(socket.authorizationError)}`
      )
    const { CN: name } = socket.getPeerCertificate().subject as { readonly CN?: unknown }
    const role = typeof name === 'string' ? this.#contents.clients.get(name) : undefined
    if (role === undefined)
      throw new WeirError(
        'unauthorized',
        `the client certificate of ${JSON.stringify(name ?? '')} has no role: --admin-clients does not name it`
      )
    return { who: `certificate:${String(name)}`, role }
  }

  #follow (server: TakesContext): void {
    server.on('connection', socket => {
      const key = endOf(socket)
      this.#handshakes.set(key, socket)
      socket.once('close', () => { if (this.#handshakes.get(key) === socket) this.#handshakes.delete(key) })
    })
    server.on('secureConnection', socket => {
      this.#handshakes.delete(endOf(socket))
      if (socket.destroyed || socket.getPeerX509Certificate() === undefined) return
      this.#verified.add(socket)
      socket.once('close', () => { this.#verified.delete(socket) })
    })
  }

  /** A connection is verified once, when it begins. */
  #endVerified (): void {
    for (const socket of [...this.#handshakes.values(), ...this.#verified]) socket.destroy()
    this.#handshakes.clear()
    this.#verified.clear()
  }

  async #look (): Promise<void> {
    if (this.#reading !== undefined) return
    if (await signature(this.#files) === this.#seen) return
    const before = this.#fault
    this.#fault = await this.#faultOf()
    if (this.#fault !== undefined && this.#fault === before && this.#fault !== this.#told) this.#complain()
  }

  async #faultOf (): Promise<string | undefined> {
    try {
      this.#reading ??= this.#read()
      await this.#reading
      return undefined
    } catch (error) {
      return (error as Error).message
    } finally {
      this.#reading = undefined
    }
  }

  async #read (): Promise<boolean> {
    const seen = await signature(this.#files)
    const contents = await readContents(this.#files)
    this.#server?.setSecureContext(contents.context)
    if (contents.trusted !== this.#contents.trusted) this.#endVerified()
    this.#contents = contents
    if (seen === this.#seen) return false
    this.#seen = seen
    this.#told = undefined
    this.#log.info({}, 'the certificates of the API were read again')
    return true
  }

  #complain (): void {
    this.#told = this.#fault
    this.#log.error({ reason: this.#fault }, 'the certificates of the API were not read again: the present ones stay')
  }
}

const pathsOf = ({ cert, key, clientCa, clientCrl, clients }: AdminTlsFiles): string[] =>
  [cert, key, clientCa, clientCrl, clients].filter(path => path !== undefined)

const endOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Changes when a file does: certificates are replaced by renames, and through symbolic links. */
const signature = async (files: AdminTlsFiles): Promise<string> => {
  const found = await Promise.all(pathsOf(files).map(async path => await stat(path).catch(() => undefined)))
  return found.map(each => each === undefined ? 'none' : `${each.ino}-${each.size}-${each.mtimeMs}`).join(' ')
}

const readContents = async ({ cert, key, clientCa, clientCrl, clients }: AdminTlsFiles): Promise<Contents> => {
  const ca = clientCa === undefined ? undefined : await textOf('--admin-client-ca', clientCa)
  const lists = clientCrl === undefined ? undefined : listsIn(clientCrl, await textOf('--admin-client-crl', clientCrl))
  const context: SecureContextOptions = {
    cert: await textOf('--admin-cert', cert),
    key: await textOf('--admin-key', key),
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    ...ca === undefined ? {} : { ca },
    ...lists === undefined ? {} : { crl: lists }
  }
  try {
    createSecureContext(context)
  } catch (error) {
    throw new WeirError(
      'certificate-invalid',
      `--admin-cert '${cert}' and --admin-key '${key}' cannot be used${
        clientCa === undefined ? '' : `, or --admin-client-ca '${clientCa}'`
      } (${(error as NodeJS.ErrnoException).code ?? 'invalid'})`
    )
  }
  return {
    context,
    clients: clients === undefined ? new Map() : rolesIn(clients, await textOf('--admin-clients', clients)),
    trusted: [ca, ...lists ?? []].join('\n')
  }
}

const textOf = async (option: string, path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new WeirError('config-invalid', `${option}: cannot read '${path}' (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** OpenSSL reads one list of a text. */
const listsIn = (path: string, text: string): string[] => {
  const [fault] = certkeyFaults({ crl: text })
  if (fault !== undefined) throw new WeirError('certificate-invalid', `--admin-client-crl '${path}' ${fault.message}`)
  return revocationLists(text)
}

/** `{"ops": "admin", "grafana": "read"}` */
const rolesIn = (path: string, text: string): Map<string, Role> => {
  const expected =
    `expected JSON as {"ops":"admin","grafana":"read"}, with the common names of certificates and the roles ${
      roles.join(', ')
    }`
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new WeirError('config-invalid', `--admin-clients '${path}': ${expected}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new WeirError('config-invalid', `--admin-clients '${path}': ${expected}`)
  return new Map(
    Object.entries(parsed).map(([name, role]) => {
      const known = roles.find(each => each === role)
      if (known === undefined || name === '')
        throw new WeirError(
          'config-invalid',
          `--admin-clients '${path}': ${JSON.stringify(name)} has the role ${JSON.stringify(role)}; ${expected}`
        )
      return [name, known]
    })
  )
}
