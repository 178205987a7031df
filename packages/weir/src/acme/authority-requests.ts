import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { AcmeFailure, kindOf, shown, wordsOf, type Problem } from './acme-failure.ts'
import { version } from '../version.ts'

/** Time for one request. */
const REQUEST_MS = 30_000
/** A chain of certificates has some kilobytes. */
const MAX_BODY = 1024 * 1024

/** A response as acme-client reads it. */
export interface AuthorityResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** An object where the body is JSON, otherwise its text. */
  readonly data: unknown
}

interface RequestOptions { readonly data?: unknown, readonly headers?: Readonly<Record<string, string>> }

/** The requests of one order to an authority. */
export class AuthorityRequests {
  readonly #agent: Agent
  readonly #signal: AbortSignal

  /**
   * `ca`: PEM bundle that verifies the authority's own server; undefined: the system's. `signal`: the end of the order.
   */
  constructor (ca: string | undefined, signal: AbortSignal) {
    this.#agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) })
    this.#signal = signal
  }

  /**
   * Sends a request. In place of acme-client's own, whose HTTP client is one for the whole process: with one bundle of
   * authorities, no time-out, and up to five retries that wait as long as a Retry-After says. Throws AcmeFailure for
   * all that is no success, but a nonce that was refused, which acme-client tries again.
   */
  async request (url: string, method: string, { data, headers }: RequestOptions = {}): Promise<AuthorityResponse> {
    this.#signal.throwIfAborted()
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(REQUEST_MS)])
    let response: AuthorityResponse
    try {
      const sent = request(httpsOnly(url), {
        agent: this.#agent,
        method: method.toUpperCase(),
        headers: { ...headers, 'user-agent': `weir/${version}`, 'content-type': 'application/jose+json' },
        signal
      })
      // An end of the order behind the head of a response is an error of the request too, and nobody waits for that any
      // more.
      sent.on('error', () => {})
      sent.end(data === undefined ? undefined : JSON.stringify(data))
      const [received] = await once(sent, 'response') as [IncomingMessage]
      response = {
        status: received.statusCode!,
        headers: received.headers,
        data: parsed(await textOf(received), received.headers['content-type'])
      }
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof AcmeFailure) throw error
      throw new AcmeFailure(
        `${where(url)} ${
          signal.aborted ? `did not answer within ${REQUEST_MS / 1000} s` : `cannot be reached: ${reasonOf(error)}`
        }`
      )
    }
    const problem: Problem = typeof response.data === 'object' && response.data !== null ? response.data : {}
    if (response.status < 300 || (response.status === 400 && kindOf(problem) === 'badNonce')) return response
    throw new AcmeFailure(
      `${where(url)} answered with status ${response.status}: ${wordsOf(problem)}`,
      kindOf(problem),
      retryAfterOf(response.headers['retry-after'])
    )
  }

  close (): void { this.#agent.destroy() }
}

/** The authority's responses name further URLs. */
const httpsOnly = (url: string): string => {
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return url
  throw new AcmeFailure(`the authority names a URL that is no https URL: ${shown(url)}`)
}

/** The host: paths may be secrets of the account. */
const where = (url: string): string => new URL(url).host

const textOf = async (body: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_BODY) throw new AcmeFailure(`the authority's response is longer than ${MAX_BODY} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

const parsed = (text: string, type: string | undefined): unknown => {
  if (!String(type).includes('json')) return text
  try { return JSON.parse(text) } catch { return text }
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
const retryAfterOf = (text: string | undefined): number => {
  if (text === undefined) return 0
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return shown(code === undefined || message.includes(code) ? message : `${message} (${code})`)
}
