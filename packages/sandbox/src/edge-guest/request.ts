import type { FunctionRequest } from '@weirlb/sdk/abi'
import { AwayBody, Body, type BodyInit, extract } from './body.ts'
import { Headers, type HeadersInit } from './headers.ts'
import { URL } from './url.ts'

/** Fields of a new request. Others are taken, and mean nothing here. */
export interface RequestInit {
  readonly method?: string
  readonly headers?: HeadersInit
  readonly body?: BodyInit
  readonly cf?: unknown
  readonly redirect?: string
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Methods whose case does not count (https://fetch.spec.whatwg.org/#concept-method-normalize). */
const NORMAL: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

const methodOf = (method: unknown): string => {
  const text = String(method)
  if (!METHOD.test(text)) throw new TypeError(`Request: ${JSON.stringify(text.slice(0, 100))} is no method`)
  return NORMAL.has(text.toUpperCase()) ? text.toUpperCase() : text
}

/** What a client's request has beside a standard one. */
interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: boolean
  readonly cf: object
}

/** A request (https://fetch.spec.whatwg.org/#request-class). */
export class Request extends Body {
  readonly #method: string
  readonly #url: string
  readonly #headers: Headers
  readonly #cf: object | undefined
  readonly #redirect: string

  constructor (input: string | Request | InstanceType<typeof URL>, init: RequestInit = {}) {
    const from = input instanceof Request ? input : undefined
    const { content, type } = init.body === undefined
      ? { content: from && Body.contentOf(from), type: undefined }
      : extract(init.body)
    super(content)
    const arrived = arriving
    if (arrived !== undefined) {
      this.#method = arrived.method
      this.#url = arrived.url
      this.#headers = arrived.headers
      this.#cf = arrived.cf
      this.#redirect = 'manual'
      return
    }
    this.#url = from === undefined ? new URL(String(input)).href : from.#url
    this.#method = init.method === undefined ? from?.method ?? 'GET' : methodOf(init.method)
    if (content !== undefined && !(content instanceof AwayBody) && (this.#method === 'GET' || this.#method === 'HEAD'))
      throw new TypeError('Request with a GET or HEAD method cannot have a body.')
    this.#headers = new Headers(init.headers ?? from?.headers)
    if (type !== undefined && !this.#headers.has('content-type')) this.#headers.set('content-type', type)
    this.#cf = typeof init.cf === 'object' && init.cf !== null ? init.cf : from?.cf
    this.#redirect = init.redirect ?? from?.redirect ?? 'follow'
  }

  get method (): string { return this.#method }
  get url (): string { return this.#url }
  get headers (): Headers { return this.#headers }
  /** What the edge knows of the client, as far as Weir knows it. */
  get cf (): object | undefined { return this.#cf }
  get redirect (): string { return this.#redirect }
  clone (): Request { return new Request(this) }
  get [Symbol.toStringTag] (): string { return 'Request' }
}

let arriving: Arrived | undefined

/** Returns a client's request as functions get it. */
export const arrived = (
  { method, url, headers, body, client: { tlsVersion, certificate, address } }: FunctionRequest
): Request => {
  const shown = new Headers()
  for (const [name, value] of headers) {
    // What a parser has let through may be more than a program may set.
    try { shown.append(name, value) } catch { /* Not shown, and sent on as it came. */ }
  }
  shown.set('cf-connecting-ip', address)
  const cf = Object.freeze({
    httpProtocol: 'HTTP/1.1',
    tlsVersion: tlsVersion ?? '',
    tlsClientAuth: Object.freeze({
      certPresented: certificate === undefined ? '0' : '1',
      certVerified: certificate === undefined ? 'NONE' : 'SUCCESS',
      certRevoked: '0',
      certSubjectDN: certificate?.subject ?? '',
      certIssuerDN: certificate?.issuer ?? '',
      certSerial: certificate?.serial ?? '',
      certFingerprintSHA256: certificate?.fingerprint ?? '',
      certNotBefore: certificate?.notBefore ?? '',
      certNotAfter: certificate?.notAfter ?? ''
    })
  })
  arriving = { method, url, headers: Headers.freeze(shown), body, cf }
  try {
    // Its method is that of the client.
    return new Request(url, body ? { method, body: new AwayBody('request') } : { method })
  } finally {
    arriving = undefined
  }
}
