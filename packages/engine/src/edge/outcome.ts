import type { EdgeFunctionFailure } from '@weirlb/model'
import type { HeaderChanges, HeaderPair } from '@weirlb/sdk/abi'

/** The request goes on, with these changes of headers; undefined: none. */
export interface Allowed {
  readonly kind: 'allow'
  readonly request: HeaderChanges | undefined
  readonly response: HeaderChanges | undefined
}

/** The client gets a response, and no server the request. */
export interface Responded {
  readonly kind: 'respond'
  readonly reason: 'function' | 'function-failed'
  readonly status: number
  readonly headers: readonly HeaderPair[]
  readonly body: Buffer
  /** For the log. */
  readonly detail: string
}

/** What becomes of a request that an edge function was asked about. */
export type FunctionOutcome = Allowed | Responded

/** It passes as it is. */
export const passes: Allowed = Object.freeze({ kind: 'allow', request: undefined, response: undefined })

/** What a client gets whose request a failed function would have decided. */
export const refused = (edgeFunction: string, failure: EdgeFunctionFailure): Responded => ({
  kind: 'respond',
  reason: 'function-failed',
  status: 503,
  headers: [['content-type', 'text/plain; charset=utf-8']],
  body: Buffer.from('the request cannot be decided now\n'),
  detail: `edge function '${edgeFunction}': ${failure}`
})
