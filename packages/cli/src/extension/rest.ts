import { errorCodes, WeirError, type ErrorCode } from '@weirlb/model'
import { UsageError } from '../usage-error.ts'

/** What Weir answered. */
export interface Reply { readonly status: number, readonly body: unknown }

/** The API that `--api` names, or the one on this machine. */
export const apiOf = (given: string | undefined): string => {
  const api = given ?? 'http://127.0.0.1:8080'
  if (!URL.canParse(api) || !/^https?:$/.test(new URL(api).protocol)) throw new UsageError(`--api: expected a URL like http://127.0.0.1:8080, got '${api}'`)
  return api
}

/** The path of an extension. */
export const extensionPath = (name: string): string => `extensions/${encodeURIComponent(name)}`

/** One request to the REST API of a running Weir. 404 to a GET is an answer; every other refusal is thrown with the server's own words. */
export const call = async (api: string, method: string, path: string, body?: object): Promise<Reply> => {
  const token = process.env['WEIR_ADMIN_TOKEN']
  const response = await fetch(`${api.replace(/\/+$/, '')}/v1/${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  }).catch((error: unknown) => {
    throw new WeirError('worker-unavailable', `no Weir answers on ${api} (${((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).message}): start weir serve, or give its address with --api URL`)
  })
  const text = await response.text()
  let answer: unknown
  try { answer = JSON.parse(text) } catch { answer = undefined }
  if (response.ok || (method === 'GET' && response.status === 404)) return { status: response.status, body: answer }
  const { code, detail, issues } = (answer ?? {}) as { code?: string, detail?: string, issues?: readonly { path: string, message: string }[] }
  const hint = response.status === 401 ? '; the token is taken from WEIR_ADMIN_TOKEN' : ''
  const known: ErrorCode = code !== undefined && Object.hasOwn(errorCodes, code) && code !== 'internal' ? code as ErrorCode : 'apply-failed'
  throw new WeirError(known, `${method} /v1/${path}: ${response.status} ${detail ?? ''}${hint}`, { issues: issues ?? [] })
}
