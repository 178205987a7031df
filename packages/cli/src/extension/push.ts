import { readFile } from 'node:fs/promises'
import { buildModule } from '@weir/sandbox/bundle'
import { errorCodes, WeirError, type ErrorCode } from '@weir/model'
import { UsageError } from '../usage-error.ts'
import { readArguments, required } from './arguments.ts'
import { requireFile, tellAuthor } from './author-error.ts'

/** `weir extension push FILE --name N [--api URL]`: put an extension into a running Weir, in place of the one of that name if there is one. */
export const pushExtension = async (args: readonly string[]): Promise<void> => {
  const { value, options } = readArguments(args, 'file', ['name', 'api'])
  const file = required(value, 'push', 'the FILE of an extension')
  const name = required(options.name, 'push', '--name NAME: what the extension is called in Weir')
  const api = options.api ?? 'http://127.0.0.1:8080'
  if (!URL.canParse(api) || !/^https?:$/.test(new URL(api).protocol)) throw new UsageError(`--api: expected a URL like http://127.0.0.1:8080, got '${api}'`)
  await requireFile(file)
  const { code, selfContained } = await tellAuthor(async () => await buildModule(file))
  const source = selfContained ? await readFile(file, 'utf8') : code
  const one = `extensions/${encodeURIComponent(name)}`
  const there = await call(api, 'GET', one)
  // A patch: what the operator has set beside the source stays as it is.
  if (there.status === 404) await call(api, 'POST', 'extensions', { name, source })
  else await call(api, 'PATCH', one, { source, builtin: null })
  process.stdout.write(`${there.status === 404 ? 'created' : 'replaced'} extension '${name}' on ${api}\n`)
}

interface Reply { readonly status: number }

/** One request. 404 to a GET is an answer; every other refusal is thrown with the server's own words. */
const call = async (api: string, method: string, path: string, body?: object): Promise<Reply> => {
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
  if (response.ok || (method === 'GET' && response.status === 404)) return { status: response.status }
  const { code, detail, issues } = (answer ?? {}) as { code?: string, detail?: string, issues?: readonly { path: string, message: string }[] }
  const hint = response.status === 401 ? '; the token is taken from WEIR_ADMIN_TOKEN' : ''
  const known: ErrorCode = code !== undefined && Object.hasOwn(errorCodes, code) && code !== 'internal' ? code as ErrorCode : 'apply-failed'
  throw new WeirError(known, `${method} /v1/${path}: ${response.status} ${detail ?? ''}${hint}`, { issues: issues ?? [] })
}
