import { ApiError, WeirClient, type Input, type OperationName, type Output } from '@weirlb/admin/client'
import { errorCodes, WeirError, type ErrorCode } from '@weirlb/model'
import { UsageError } from '../usage-error.ts'

/** The API that `--api` names, or the one on this machine. */
export const apiOf = (given: string | undefined): string => {
  const api = given ?? 'http://127.0.0.1:8080'
  if (!URL.canParse(api) || !/^https?:$/.test(new URL(api).protocol)) throw new UsageError(`--api: expected a URL like http://127.0.0.1:8080, got '${api}'`)
  return api
}

/** Call one operation of a running Weir's API. A refusal is thrown with the server's message. */
export const ask = async <O extends OperationName>(api: string, operation: O, input: Input<O>): Promise<Output<O>> => {
  const client = new WeirClient({ url: api, token: process.env['WEIR_ADMIN_TOKEN'] })
  return await (client.call as (operation: O, input: Input<O>) => Promise<Output<O>>).call(client, operation, input).catch((error: unknown) => { throw inWords(api, error) })
}

const inWords = (api: string, error: unknown): WeirError => {
  if (!(error instanceof ApiError)) {
    const { message, cause } = error as Error
    return new WeirError('worker-unavailable', `no Weir answers on ${api} (${(cause as NodeJS.ErrnoException | undefined)?.code ?? message}): start weir serve, or give its address with --api URL`)
  }
  const { code, status, message, problem } = error
  const hint = status === 401 ? '; the token is taken from WEIR_ADMIN_TOKEN' : ''
  const known: ErrorCode = Object.hasOwn(errorCodes, code) && code !== 'internal' ? code as ErrorCode : 'apply-failed'
  return new WeirError(known, `${message}${hint}`, { issues: problem?.issues ?? [] })
}
