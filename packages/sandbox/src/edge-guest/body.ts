import { decodeUtf8, encodeUtf8 } from '@weirlb/sdk'
import { FunctionFailure } from './fault.ts'
import type { Headers } from './headers.ts'
import { bytesOf, isBuffers } from './text-coding.ts'
import { URLSearchParams } from './url.ts'

/** What a body can be made of. There are no streams. */
export type BodyInit = string | ArrayBuffer | ArrayBufferView | InstanceType<typeof URLSearchParams> | AwayBody | null

/** Where a body is that functions do not get. */
export type Away = 'request' | 'response'

const words: Readonly<Record<Away, string>> = {
  request: 'functions do not get the body of a request: it goes to the pool as it comes',
  response: "functions do not get the pool's response: fetch(request) sends the request on, and the response goes to the client"
}

/** Returns the failure of reading what functions do not get. */
export const unreadable = (away: Away): FunctionFailure => new FunctionFailure('body', words[away])

/** Stands for a body that functions do not get: it may be handed on, and not be read. */
export class AwayBody {
  readonly away: Away
  constructor (away: Away) { this.away = away }
  get locked (): boolean { return false }
  getReader (): never { throw unreadable(this.away) }
  pipeTo (): never { throw unreadable(this.away) }
  pipeThrough (): never { throw unreadable(this.away) }
  tee (): never { throw unreadable(this.away) }
  cancel (): never { throw unreadable(this.away) }
  [Symbol.asyncIterator] (): never { throw unreadable(this.away) }
}

interface Extracted { readonly content: Uint8Array | AwayBody | undefined, readonly type: string | undefined }

/** The bytes of what a body is made of, and their type. */
export const extract = (body: unknown): Extracted => {
  if (body === undefined || body === null) return { content: undefined, type: undefined }
  if (body instanceof AwayBody) return { content: body, type: undefined }
  if (isBuffers(body)) return { content: bytesOf(body).slice(), type: undefined }
  if (body instanceof URLSearchParams)
    return { content: encodeUtf8(String(body)), type: 'application/x-www-form-urlencoded;charset=UTF-8' }
  return { content: encodeUtf8(String(body)), type: 'text/plain;charset=UTF-8' }
}

/** The part that requests and responses share (https://fetch.spec.whatwg.org/#body-mixin). */
export abstract class Body {
  #content: Uint8Array | AwayBody | undefined
  #used = false
  abstract readonly headers: Headers

  constructor (content: Uint8Array | AwayBody | undefined) { this.#content = content }

  /** Returns what a body consists of. */
  static contentOf (of: Body): Uint8Array | AwayBody | undefined { return of.#content }

  /** A body of its own is no stream here: it can be handed on, and be read by the methods below. */
  get body (): AwayBody | Uint8Array | null { return this.#content ?? null }
  get bodyUsed (): boolean { return this.#used }

  async #read (): Promise<Uint8Array> {
    const content = this.#content
    if (content instanceof AwayBody) throw unreadable(content.away)
    if (this.#used) throw new TypeError('Body has already been used.')
    this.#used = content !== undefined
    return content ?? new Uint8Array()
  }

  async text (): Promise<string> { return decodeUtf8(await this.#read()).replace(/^\ufeff/, '') }
  async json (): Promise<unknown> { return JSON.parse(await this.text()) as unknown }
  async bytes (): Promise<Uint8Array> { return (await this.#read()).slice() }
  async arrayBuffer (): Promise<ArrayBuffer> { return (await this.bytes()).buffer as ArrayBuffer }
  async formData (): Promise<never> {
    await this.#read()
    throw new TypeError('formData() is not there; there are: text, json, bytes, arrayBuffer')
  }

  async blob (): Promise<never> {
    await this.#read()
    throw new TypeError('blob() is not there; there are: text, json, bytes, arrayBuffer')
  }
}
