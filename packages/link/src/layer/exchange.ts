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
  /** The server could not be reached (`refused`, `timeout`, …), or closed a connection that had been idle (`reset`). Another server may get all of the request. */
  onUnreachable (error: LinkError): void
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

/** An HTTP request of a client and its response. */
export interface HttpExchange {
  readonly client: ClientFacts
  readonly method: string
  /** The Host header; `''` where there is none. */
  readonly host: string
  /** Path and query. */
  readonly path: string
  /** Names in lower case. A header that was sent several times has its values joined as Node joins them. */
  readonly headers: HttpFacts['headers']
  /** Its client came over TLS, here or at the balancer in front. */
  readonly secure: boolean
  /** True once it is answered, or its client is gone. */
  readonly over: boolean
  /** Set the events, and begin. The exchange may be over when this returns. */
  begin (events: ExchangeEvents): void
  /** Send the request to a server. `cookies`: Set-Cookie headers that its response gets. */
  forward (target: RequestTarget, cookies?: readonly string[]): void
  /** Answer with a status, without a server. `reason`: the counted outcome. `why`: for the client; `detail`: for the log, if that is to say more. */
  refuse (status: number, reason: CloseReason, why: string, detail?: string): void
  /** End it now, wherever it is: the client's connection is closed. */
  cut (reason: CloseReason, why: string): void
}
