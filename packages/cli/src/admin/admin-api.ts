import type { Server } from 'node:net'
import { join } from 'node:path'
import { adminPlugin, ApiTokens, AuditFile, AuditTrail, checkLocal, serverOptions } from '@weirlb/admin'
import { consolePlugin } from '@weirlb/console'
import { WeirError } from '@weirlb/model'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions
} from 'fastify'
import type { LeveledLog, Storage, Weir } from '@weirlb/core'
import type { AdminOptions } from './admin-options.ts'
import { AdminSocket } from './admin-socket.ts'
import type { AdminTls, TakesContext } from './admin-tls.ts'
import { hostPortText, type HostPort } from './host-port.ts'

/** What the API stands on. */
export interface AdminApiParts {
  readonly weir: Weir
  readonly options: AdminOptions
  readonly tls: AdminTls | undefined
  readonly storage: Storage
  readonly stateDirectory: string | undefined
  readonly log: LeveledLog
}

/** What a predecessor has left. */
export interface HandedOver {
  /** The descriptor on which the API listens already. */
  readonly api: number | undefined
  readonly handedOver: boolean
}

/** The REST API of `weir serve`, and the console: on an address, with TLS or without, and on a Unix socket. */
export class AdminApi {
  readonly audit: AuditTrail
  readonly #parts: AdminApiParts
  readonly #app: FastifyInstance
  readonly #tokens: ApiTokens
  #socket: AdminSocket | undefined

  private constructor (parts: AdminApiParts) {
    const { log, tls, storage, stateDirectory, options: { auditFile } } = parts
    this.#parts = parts
    const logging = {
      loggerInstance: log as FastifyBaseLogger,
      logController: new LogController({ disableRequestLogging: true }),
      forceCloseConnections: true
    }
    this.#app = Fastify(
      { ...serverOptions, ...logging, ...tls === undefined ? {} : { https: tls.options } } as FastifyServerOptions
    ) as unknown as FastifyInstance
    this.#tokens = new ApiTokens({
      archive: storage.tokens,
      onSaveFailed: ({ message }) => {
        log.warn({ error: message }, 'when tokens were last used was not saved')
      }
    })
    const file = auditFile ?? (stateDirectory === undefined ? undefined : join(stateDirectory, 'audit.jsonl'))
    this.audit = new AuditTrail({
      file: file === undefined ? undefined : new AuditFile(file),
      onWriteFailed: ({ message }, entries) => {
        log.error({ file, entries, error: message }, 'the audit log was not written')
      }
    })
  }

  /** Make the API, which takes a while of this process's time, and listen to nobody yet. */
  static async create (parts: AdminApiParts): Promise<AdminApi> {
    const { weir, log, tls, options: { token, local } } = parts
    const api = new AdminApi(parts)
    await api.#app.register(adminPlugin, {
      weir, log, local,
      tokens: api.#tokens,
      audit: api.audit,
      token: token === undefined ? undefined : () => token.current,
      identify: socket => api.#socket?.identify(socket) ?? tls?.identify(socket)
    })
    await api.#app.register(consolePlugin, {
      // Without a token the page is for those who may use the API: programs of this machine, under one of its own
      // names.
      check: local
        ? ({ socket, headers: { host, origin } }) => {
          checkLocal({ peer: socket.remoteAddress, host, origin })
        }
        : undefined
    })
    await api.#app.ready()
    return api
  }

  /** The server of the API's address; it does not listen if there is none. */
  get server (): Server { return this.#app.server }

  /**
   * Read the saved tokens and the audit log, and listen; on what a predecessor has handed over, in its place. Returns
   * the URL of the API. Weir must have opened its storage.
   */
  async listen ({ api: fd, handedOver }: HandedOver): Promise<string> {
    const { options: { listen, socket }, tls, log } = this.#parts
    await this.#tokens.restore()
    await this.audit.restore({ apart: handedOver }).catch((error: unknown) => {
      log.error({ error: (error as Error).message }, 'the audit log was not read')
    })
    // The socket first: its name is nobody's guess.
    if (socket !== undefined) {
      this.#socket = await AdminSocket.listen(this.#app, socket, handedOver)
      log.info({ path: socket.path, mode: socket.mode.toString(8) }, 'the API listens on a Unix socket')
    }
    if (listen === undefined) return `unix:${socket!.path}`
    tls?.watch(this.#app.server as unknown as TakesContext)
    try {
      await this.#app.listen(fd === undefined ? listen : { ...listen, fd } as HostPort)
    } catch (error) {
      throw listenError(error, listen)
    }
    const { address, port } = this.#app.server.address() as { address: string, port: number }
    return `${tls === undefined ? 'http' : 'https'}://${hostPortText({ host: address, port })}`
  }

  /** Take no change of tokens from now on: a successor is about to read them. */
  async suspend (): Promise<void> { await this.#tokens.suspend() }

  /**
   * Take changes of tokens again, those that a failed successor has taken, its entries of the audit log, and the place
   * of its socket.
   */
  async resume (): Promise<void> {
    await this.audit.catchUp().catch((error: unknown) => {
      this.#parts.log.error({ error: (error as Error).message }, 'the audit log was not read')
    })
    await this.#socket?.renew().catch((error: unknown) => {
      this.#parts.log.error({ error: (error as Error).message }, 'the API does not listen on its Unix socket')
    })
    await this.#tokens.resume().catch((error: unknown) => {
      this.#parts.log.error(
        { error: (error as Error).message },
        'tokens cannot be changed until a restart: those that are saved cannot be read'
      )
    })
  }

  /** End every request and stream, and let the files go. */
  async close (): Promise<void> {
    this.#parts.tls?.stop()
    await this.#app.close()
    await this.#socket?.close()
    await this.#tokens.suspend()
  }
}

const listenError = (error: unknown, admin: HostPort): unknown => {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    return new WeirError('address-taken', `--admin: another program listens on ${hostPortText(admin)}`, {
      cause: error
    })
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new WeirError('address-unusable', `--admin: cannot listen on ${hostPortText(admin)} (${code})`, {
      cause: error
    })
  return error
}
