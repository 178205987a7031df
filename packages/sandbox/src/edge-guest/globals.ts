// The globals of a function, made before the author's module runs.
import atob from 'core-js-pure/stable/atob.js'
import btoa from 'core-js-pure/stable/btoa.js'
import { MAX_FUNCTION_LOG, MAX_FUNCTION_LOGS } from '@weirlb/sdk/abi'
import { Crypto, CryptoKey } from './crypto.ts'
import { FunctionFailure } from './fault.ts'
import { Headers } from './headers.ts'
import { Randomness } from './randomness.ts'
import { Request, type RequestInit } from './request.ts'
import { PoolResponse, Response } from './response.ts'
import { addEventListener, FetchEvent, removeEventListener } from './service-worker.ts'
import { TextDecoder, TextEncoder } from './text-coding.ts'
import { URL, URLSearchParams } from './url.ts'

/** Lines that were logged and not taken. */
let logs: string[] = []

/** Returns the lines that were logged since the last call. */
export const takeLogs = (): readonly string[] => {
  if (logs.length === 0) return logs
  const taken = logs
  logs = []
  return taken
}

const shown = (value: unknown): string => {
  if (typeof value === 'string') return value
  try {
    return value instanceof Error ? String(value.stack) : JSON.stringify(value) ?? String(value)
  } catch {
    return '…'
  }
}

const log = (...values: unknown[]): void => {
  if (logs.length < MAX_FUNCTION_LOGS) logs.push(values.map(shown).join(' ').slice(0, MAX_FUNCTION_LOG))
}

/** URLs of the requests of this run, as they came. */
const ownUrls = new Set<string>()

/** A run begins: nothing is left of earlier ones. */
export const beginRun = (): void => { ownUrls.clear() }
/** A request of this URL is decided from now on. */
export const beginRequest = (url: string): void => { ownUrls.add(url) }

/** True for the URL of a request that is decided now, as it came or as the URL standard writes it. */
const isOwn = (url: string): boolean => {
  if (ownUrls.has(url)) return true
  for (const own of ownUrls) if (hrefOf(own) === url) return true
  return false
}

/** Returns a URL as the URL standard writes it; one that it refuses stays as it is. */
export const hrefOf = (url: string): string => { try { return new URL(url).href } catch { return url } }

/**
 * `fetch(request)` with the client's own request, or one of the same URL, sends that on to the pool; its response goes
 * to the client. There is no network.
 */
const fetch = async (input: string | Request, init?: RequestInit): Promise<Response> => {
  const request = input instanceof Request && init === undefined ? input : new Request(input, init)
  if (isOwn(request.url)) return new PoolResponse(request)
  throw new FunctionFailure(
    'fetch',
    'there is no network: fetch(request) sends the request on to the pool, and fetches nothing else'
  )
}

const console = Object.freeze({ log, info: log, warn: log, error: log, debug: log, trace: log })

const random = new Randomness()

/** Seed the random numbers. */
export const seed = (bytes: Uint8Array): void => { random.seed(bytes) }

const globals: Readonly<Record<string, unknown>> = {
  addEventListener,
  removeEventListener,
  fetch,
  Headers,
  Request,
  Response,
  URL,
  URLSearchParams,
  FetchEvent,
  TextEncoder,
  TextDecoder,
  CryptoKey,
  atob,
  btoa,
  console,
  crypto: Object.freeze(new Crypto(random)),
  self: globalThis
}
for (const [name, value] of Object.entries(globals))
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
