import { ApiError } from './api-error.ts'
import { operations, type Operations, type Problem } from './operations.ts'

/** Name of an operation of the API: `createService`. */
export type OperationName = keyof Operations

type Given<Name extends 'path' | 'query' | 'body', T> = undefined extends T ? { readonly [N in Name]?: T } :
  { readonly [N in Name]: T }
/** The input of an operation. */
export type Input<O extends OperationName> = Given<'path', Operations[O]['path']> & Given<'query', Operations[O]['query'] | undefined> & Given<'body', Operations[O]['body']> & {
  /** ETag that the target must still have. */
  readonly ifMatch?: string | undefined
}
/** The output of an operation. */
export interface Output<O extends OperationName> {
  readonly status: number
  readonly etag: string | undefined
  readonly body: Operations[O]['answer']
}

/** Where the API is. */
export interface ClientOptions {
  /** The URL before `/v1`: `http://127.0.0.1:8080`. */
  readonly url: string
  readonly token?: string | undefined
  /** In place of the global one. */
  readonly fetch?: typeof fetch | undefined
}

/** Calls the REST API by the names of its operations. */
export class WeirClient {
  readonly #options: ClientOptions
  constructor (options: ClientOptions) { this.#options = options }

  /**
   * Call an operation. Rejects with ApiError for an unsuccessful response, and with the error of `fetch` if there is
   * no response.
   */
  async call<O extends OperationName> (
    operation: O,
    ...[input]: Record<never, never> extends Input<O> ? [input?: Input<O>] : [input: Input<O>]
  ): Promise<Output<O>> {
    const { path = {}, query = {}, body, ifMatch } = (input ?? {}) as {
      path?: Record<string, string>
      query?: Record<string, unknown>
      body?: unknown
      ifMatch?: string
    }
    const [method, template, mediaType = 'application/json'] = operations[operation] as readonly [
      string,
      string,
      string?
    ]
    const { url, token, fetch: send = fetch } = this.#options
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]]
      )
    )
    const place = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''))
    const response = await send(
      `${url.replace(/\/$/, '')}${place}${search.size === 0 ? '' : `?${search.toString()}`}`,
      {
        method,
        headers: {
          accept: 'application/json, application/problem+json, application/x-ndjson',
          ...token === undefined ? {} : { authorization: `Bearer ${token}` },
          ...ifMatch === undefined ? {} : { 'if-match': ifMatch },
          ...body === undefined ? {} : { 'content-type': mediaType }
        },
        ...body === undefined
          ? {}
          : {
            body: mediaType === LINES
              ? (body as readonly unknown[]).map(line => `${JSON.stringify(line)}\n`).join('')
              : JSON.stringify(body)
          }
      }
    )
    const text = await response.text()
    const answer = response.headers.get('content-type') === LINES
      ? text.split('\n').filter(Boolean).map(jsonOf)
      : jsonOf(text)
    if (!response.ok) throw new ApiError(`${method} ${place}`, response.status, isProblem(answer) ? answer : undefined)
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? undefined,
      body: answer as Operations[O]['answer']
    }
  }
}

/** A JSON value a line. */
const LINES = 'application/x-ndjson'

const jsonOf = (text: string): unknown => {
  if (text === '') return undefined
  try { return JSON.parse(text) } catch { return undefined }
}

const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer
