import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { ApiError, WeirClient, type Input, type OperationName, type Output } from '@weirlb/admin/client'
import { errorCodes, WeirError, type ErrorCode } from '@weirlb/model'
import { presentSocket, usualSockets } from '../present-socket.ts'
import { socketFetch } from '../socket-fetch.ts'
import { UsageError } from '../usage-error.ts'

/** Over a Unix socket. */
const UNIX = 'unix:'

/**
 * Returns the API that `--api` or `--socket` names, or WEIR_API of the environment, or the one of this machine: on its
 * usual socket if that is present, else on the usual port. `unix:PATH` is one on a Unix socket.
 */
export const apiOf = (given: string | undefined, socket?: string): string => {
  if (given !== undefined && socket !== undefined) throw new UsageError(`--api and --socket are both given: ${given} and ${socket}`)
  const [option, api] = [['--api', given], ['--socket', socket === undefined ? undefined : `${UNIX}${socket}`], ['WEIR_API', process.env['WEIR_API'] || undefined]].find(([, value]) => value !== undefined) ?? ['', usual()]
  if (api!.startsWith(UNIX) && api!.length > UNIX.length) return `${UNIX}${resolve(api!.slice(UNIX.length))}`
  if (!URL.canParse(api!) || !/^https?:$/.test(new URL(api!).protocol))
    throw new UsageError(
      `${option}: expected a URL like http://127.0.0.1:8080, got '${api}'; unix:PATH is one on a Unix socket`
    )
  return api!
}

const usual = (): string => {
  const socket = presentSocket(usualSockets(process.env))
  return socket === undefined ? 'http://127.0.0.1:8080' : `${UNIX}${socket}`
}

/** Returns the name of an API for a prompt. */
export const hostOf = (api: string): string => api.startsWith(UNIX) ? hostname() : new URL(api).host

/** Returns how to send requests to an API: the URL before `/v1`, and a `fetch`. */
export const reach = (api: string): { readonly url: string, readonly fetch: typeof fetch } =>
  api.startsWith(UNIX) ? { url: 'http://localhost', fetch: socketFetch(api.slice(UNIX.length)) } : { url: api, fetch }

/** Returns a client of an API, with the token of the environment. */
export const clientOf = (api: string): WeirClient =>
  new WeirClient({ ...reach(api), token: process.env['WEIR_ADMIN_TOKEN'] })

/** Call one operation of a running Weir's API. A refusal is thrown with the server's message. */
export const ask = async <O extends OperationName>(api: string, operation: O, input: Input<O>): Promise<Output<O>> => {
  const client = clientOf(api)
  return await (client.call as (operation: O, input: Input<O>) => Promise<Output<O>>).call(client, operation, input)
    .catch((error: unknown) => {
      throw inWords(api, error)
    })
}

/** Returns an error of a call as the operator is told it. One that is in words already stays. */
export const inWords = (api: string, error: unknown): WeirError => {
  if (error instanceof WeirError) return error
  if (!(error instanceof ApiError)) {
    const { message, cause } = error as Error
    return new WeirError(
      'worker-unavailable',
      `no Weir answers on ${api} (${
        (cause as NodeJS.ErrnoException | undefined)?.code ?? message
      }): start weir serve, or give its address with --api URL`
    )
  }
  const { code, status, message, problem } = error
  const hint = status === 401 ? '; the token is taken from WEIR_ADMIN_TOKEN' : ''
  const known: ErrorCode = Object.hasOwn(errorCodes, code) && code !== 'internal' ? code as ErrorCode : 'apply-failed'
  return new WeirError(known, `${message}${hint}`, { issues: problem?.issues ?? [] })
}
