import { encodeUtf8 } from '@weirlb/sdk'
import type { HeaderChanges, HeaderPair } from '@weirlb/sdk/abi'
import { AwayBody, Body, type BodyInit, extract, unreadable } from './body.ts'
import { Headers, type HeadersInit } from './headers.ts'
import type { Request } from './request.ts'
import { URL } from './url.ts'

/** Fields of a new response; another response can stand for them. */
export interface ResponseInit { readonly status?: number, readonly statusText?: string, readonly headers?: HeadersInit }

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304])
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** A response (https://fetch.spec.whatwg.org/#response-class). */
export class Response extends Body {
  readonly #status: number
  readonly #statusText: string
  readonly #headers: Headers

  constructor (body?: BodyInit, init: ResponseInit = {}) {
    const { content, type } = extract(body)
    super(content)
    // The pool's response with other headers: `new Response(response.body, response)`.
    const pool = init instanceof PoolResponse ? init : undefined
    if (
      content instanceof AwayBody && content.away === 'response' && pool === undefined &&
      !(this instanceof PoolResponse)
    ) throw unreadable('response')
    this.#status = pool === undefined ? statusOf(init.status ?? 200) : 200
    this.#statusText = pool === undefined ? String(init.statusText ?? '') : ''
    this.#headers = pool === undefined ? new Headers(init.headers) : new Headers()
    if (pool !== undefined) {
      if (!(content instanceof AwayBody)) throw unreadable('response')
      return new PoolResponse(pool.request, pool.changes)
    }
    if (content !== undefined && NO_BODY.has(this.#status))
      throw new TypeError(`Response with null body status (${this.#status}) cannot have body`)
    if (type !== undefined && !this.#headers.has('content-type')) this.#headers.set('content-type', type)
  }

  static redirect (url: string | InstanceType<typeof URL>, status = 302): Response {
    if (!REDIRECTS.has(status))
      throw new RangeError(`Response.redirect: status ${status}; there are: ${[...REDIRECTS].join(', ')}`)
    return new Response(null, { status, headers: { location: new URL(String(url)).href } })
  }

  static json (value: unknown, init: ResponseInit = {}): Response {
    const headers = new Headers(init.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new Response(encodeUtf8(JSON.stringify(value) ?? ''), { ...init, headers })
  }

  static error (): Response { throw new TypeError('Response.error() is no response for a client') }

  get status (): number { return this.#status }
  get ok (): boolean { return this.status >= 200 && this.status < 300 }
  get statusText (): string { return this.#statusText }
  get headers (): Headers { return this.#headers }
  get redirected (): boolean { return false }
  get type (): string { return 'default' }
  get url (): string { return '' }

  clone (): Response {
    const content = Body.contentOf(this)
    return new Response(content instanceof AwayBody ? content : content?.slice() ?? null, {
      status: this.status,
      statusText: this.statusText,
      headers: this.headers
    })
  }

  get [Symbol.toStringTag] (): string { return 'Response' }
}

const statusOf = (status: unknown): number => {
  const number = Number(status)
  if (Number.isInteger(number) && number >= 200 && number <= 599) return number
  throw new RangeError(`Response: status ${String(status)}; expected 200 to 599`)
}

/** Changes of headers that the function does not see. */
class RecordedHeaders extends Headers {
  readonly #set: HeaderPair[]
  readonly #removed: Set<string>
  readonly #ready: boolean

  constructor (before: HeaderChanges) {
    super()
    this.#set = [...before.set]
    this.#removed = new Set(before.remove)
    this.#ready = true
  }

  get changes (): HeaderChanges { return { set: [...this.#set], remove: [...this.#removed] } }

  override append (name: string, value: string): void {
    const [[key, text]] = Headers.pairsOf(new Headers([[name, value]])) as [HeaderPair]
    this.#set.push([key, text])
  }

  override set (name: string, value: string): void {
    this.delete(name)
    this.append(name, value)
  }

  override delete (name: string): void {
    const [[key]] = Headers.pairsOf(new Headers([[name, '']])) as [HeaderPair]
    this.#removed.add(key)
    for (let i = this.#set.length - 1; i >= 0; i--) if (this.#set[i]![0] === key) this.#set.splice(i, 1)
  }

  override get (name: string): string | null {
    const key = String(name).toLowerCase()
    const own = this.#set.filter(([each]) => each === key).map(([, value]) => value)
    if (own.length > 0 && this.#removed.has(key)) return own.join(', ')
    if (this.#removed.has(key)) return null
    throw unreadable('response')
  }

  override has (name: string): boolean { return this.get(name) !== null }
  override getSetCookie (): string[] { throw unreadable('response') }
  override entries (): Generator<[string, string]> {
    if (this.#ready) throw unreadable('response')
    return super.entries()
  }
}

/**
 * Stands for the response of the pool, which comes after the function is done: its headers can be changed, and not be
 * read.
 */
export class PoolResponse extends Response {
  readonly request: Request
  readonly #recorded: RecordedHeaders

  constructor (request: Request, changes: HeaderChanges = { set: [], remove: [] }) {
    super(new AwayBody('response'))
    this.request = request
    this.#recorded = new RecordedHeaders(changes)
  }

  get changes (): HeaderChanges { return this.#recorded.changes }
  override get status (): number { throw unreadable('response') }
  override get ok (): boolean { throw unreadable('response') }
  override get statusText (): string { throw unreadable('response') }
  override get headers (): Headers { return this.#recorded }
  override clone (): Response { return new PoolResponse(this.request, this.changes) }
}
