/**
 * The globals of edge functions, as the compiler sees them: what `edge-guest` makes, and nothing else of a service
 * worker.
 */
export const functionGlobals = `
type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams | WeirBody | null
type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>
type BufferSource = ArrayBuffer | ArrayBufferView

/** A body that can be handed on. */
interface WeirBody { readonly locked: boolean }

declare class Headers {
  constructor (init?: HeadersInit)
  append (name: string, value: string): void
  delete (name: string): void
  get (name: string): string | null
  getSetCookie (): string[]
  has (name: string): boolean
  set (name: string, value: string): void
  forEach (call: (value: string, name: string, headers: Headers) => void, self?: unknown): void
  entries (): IterableIterator<[string, string]>
  keys (): IterableIterator<string>
  values (): IterableIterator<string>
  [Symbol.iterator] (): IterableIterator<[string, string]>
}

interface Body {
  readonly body: WeirBody | null
  readonly bodyUsed: boolean
  text (): Promise<string>
  json (): Promise<any>
  bytes (): Promise<Uint8Array>
  arrayBuffer (): Promise<ArrayBuffer>
}

interface RequestInit { method?: string, headers?: HeadersInit, body?: BodyInit, redirect?: string, cf?: unknown }
interface Request extends Body {}
declare class Request {
  constructor (input: string | Request | URL, init?: RequestInit | Request)
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly redirect: string
  readonly cf: any
  clone (): Request
}

interface ResponseInit { status?: number, statusText?: string, headers?: HeadersInit }
interface Response extends Body {}
declare class Response {
  constructor (body?: BodyInit, init?: ResponseInit | Response)
  static redirect (url: string | URL, status?: number): Response
  static json (value: unknown, init?: ResponseInit): Response
  readonly status: number
  readonly ok: boolean
  readonly statusText: string
  readonly headers: Headers
  readonly redirected: boolean
  readonly type: string
  readonly url: string
  clone (): Response
}

declare class URLSearchParams {
  constructor (init?: string | Iterable<readonly [string, string]> | Record<string, string> | URLSearchParams)
  append (name: string, value: string): void
  delete (name: string): void
  get (name: string): string | null
  getAll (name: string): string[]
  has (name: string): boolean
  set (name: string, value: string): void
  sort (): void
  forEach (call: (value: string, name: string, params: URLSearchParams) => void): void
  entries (): IterableIterator<[string, string]>
  keys (): IterableIterator<string>
  values (): IterableIterator<string>
  [Symbol.iterator] (): IterableIterator<[string, string]>
  toString (): string
}

declare class URL {
  constructor (url: string | URL, base?: string | URL)
  hash: string
  host: string
  hostname: string
  href: string
  readonly origin: string
  password: string
  pathname: string
  port: string
  protocol: string
  search: string
  readonly searchParams: URLSearchParams
  username: string
  toString (): string
  toJSON (): string
}

declare class TextEncoder { readonly encoding: string; encode (text?: string): Uint8Array }
declare class TextDecoder {
  constructor (label?: string, options?: { fatal?: boolean, ignoreBOM?: boolean })
  decode (data?: BufferSource): string
}

interface CryptoKey { readonly type: string, readonly extractable: boolean, readonly algorithm: object, readonly usages: readonly string[] }
declare const CryptoKey: { readonly prototype: CryptoKey }
type WeirAlgorithm = string | { name: string, hash?: string | { name: string } }
declare const crypto: {
  readonly subtle: {
    digest (algorithm: WeirAlgorithm, data: BufferSource): Promise<ArrayBuffer>
    importKey (format: 'raw', data: BufferSource, algorithm: WeirAlgorithm, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>
    exportKey (format: 'raw', key: CryptoKey): Promise<ArrayBuffer>
    generateKey (algorithm: WeirAlgorithm, extractable: boolean, usages: readonly string[]): Promise<CryptoKey>
    sign (algorithm: WeirAlgorithm, key: CryptoKey, data: BufferSource): Promise<ArrayBuffer>
    verify (algorithm: WeirAlgorithm, key: CryptoKey, signature: BufferSource, data: BufferSource): Promise<boolean>
    timingSafeEqual (a: BufferSource, b: BufferSource): boolean
  }
  getRandomValues<T extends ArrayBufferView> (view: T): T
  randomUUID (): string
}

interface FetchEvent {
  readonly type: 'fetch'
  readonly request: Request
  respondWith (response: Response | PromiseLike<Response>): void
  passThroughOnException (): void
  waitUntil (promise: PromiseLike<unknown>): void
}
declare const FetchEvent: { readonly prototype: FetchEvent }
declare function addEventListener (type: 'fetch', listener: (event: FetchEvent) => void): void
declare function removeEventListener (type: 'fetch', listener: (event: FetchEvent) => void): void
/** Sends the client's own request on to the pool. There is no network. */
declare function fetch (request: string | Request | URL, init?: RequestInit | Request): Promise<Response>
declare function atob (text: string): string
declare function btoa (text: string): string
declare const console: { [level in 'log' | 'info' | 'warn' | 'error' | 'debug' | 'trace']: (...values: unknown[]) => void }
declare const self: typeof globalThis
`
