import type { CloseReason } from '@weirlb/model'
import type { Dispatcher } from 'undici'
import type { LinkError } from '../byte-link.ts'
import type { ClientFacts, HttpFacts } from '../client-facts.ts'

/** The outcome of a request. */
export interface ExchangeOutcome {
  /** Status of the response; 0 where none was begun. */
  readonly status: number
  /** Why no server answered it in full; undefined if one did. */
  readonly reason: CloseReason | undefined
  readonly detail: string
  /** Bytes of the response's body. */
  readonly bytes: number
}

/** Decides what becomes of a request. */
export interface ExchangeEvents {
  /**
   * The server could not be reached (`refused`, `timeout`, …), or closed a connection that had been idle (`reset`).
   * Another server may get all of the request.
   */
  onUnreachable (error: LinkError): void
  /** The head of the server's response is there, with this status; interim responses do not count. */
  onAnswered (status: number): void
  /** The exchange is over. Called once. */
  onDone (outcome: ExchangeOutcome): void
}

/** A connection to an HTTP server, dialled when it is first needed. It carries one request at a time. */
export interface RequestLane extends Pick<Dispatcher, 'dispatch'> {
  /** The response has ended. */
  release (): void
  /** The request has failed: the connection is closed. */
  drop (): void
}

/** The connections to one HTTP server. */
export interface RequestTarget {
  /** Take an idle connection, or a new one; `release` or `drop` gives it back. */
  lane (): RequestLane
  /** For requests whose body has trailers. */
  readonly trailers: Pick<Dispatcher, 'dispatch'>
}

/** Type and body of a refusal, and its further headers. */
export interface RefusalResponse {
  readonly contentType: string
  readonly body: string
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
}

/** Changes of headers, names in lower case: those to remove, and then those to add. */
export interface HeaderEdits {
  readonly set: readonly (readonly [name: string, value: string])[]
  readonly remove: readonly string[]
}

/** A response that somebody gives in place of a server. */
export interface GivenResponse {
  /** The counted outcome. */
  readonly reason: CloseReason
  readonly detail: string
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** An HTTP request of a client and its response. */
export interface HttpExchange {
  readonly client: ClientFacts
  readonly method: string
  /** The Host header; `''` where there is none. */
  readonly host: string
  /** Path and query. */
  readonly path: string
  /** `1.1`, or `1.0`. */
  readonly httpVersion: string
  /** Names in lower case. A header that was sent several times has its values joined as Node joins them. */
  readonly headers: HttpFacts['headers']
  /** Names and values in turn, as they were sent and are forwarded. */
  readonly rawHeaders: readonly string[]
  /** Its client came over TLS, here or at the balancer in front. */
  readonly secure: boolean
  /** True once it is answered, or its client is gone. */
  readonly over: boolean
  /** Set the events, and begin. The exchange may be over when this returns. */
  begin (events: ExchangeEvents): void
  /**
   * `done` is called with up to `limit` bytes of the body, before the request is forwarded; never where its client
   * leaves before they are here. `undefined`: it has no body. `full`: other requests hold all memory that there is for
   * this.
   */
  peek (limit: number, done: (body: Uint8Array | 'full' | undefined) => void): void
  /** Send the request to a server. `cookies`: Set-Cookie headers that its response gets. */
  forward (target: RequestTarget, cookies?: readonly string[]): void
  /**
   * Answer with a status, without a server. `reason`: the counted outcome. `why`: for the client; `detail`: for the
   * log, if that is to say more. `response`: in place of `why`. `retryAfterSeconds`: for Retry-After.
   */
  refuse(
    status: number,
    reason: CloseReason,
    why: string,
    detail?: string,
    response?: RefusalResponse,
    retryAfterSeconds?: number
  ): void
  /** Answer with a response that somebody gives. */
  respond (response: GivenResponse): void
  /** Change headers of the request when it is sent to a server, and of its response. Called before `forward`. */
  change (edits: { readonly request: HeaderEdits | undefined, readonly response: HeaderEdits | undefined }): void
  /** End it now, wherever it is: the client's connection is closed. */
  cut (reason: CloseReason, why: string): void
}
