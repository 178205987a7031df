// What crosses between the host and an edge function. Requests and answers are JSON in the memory of abi/layout.ts: a
// request's words `offset` and `length` say where it is, an answer's words `bytesOffset` and `bytesLength`.
import type { Loader } from './runtime.ts'

/** How a function is written: with `edgeFunction()` of the SDK, or with `addEventListener('fetch', …)`. */
export const functionForms = ['native', 'service-worker'] as const
export type FunctionForm = typeof functionForms[number]

/** What a loaded function shows of itself. */
export interface FunctionDeclaration { readonly form: FunctionForm }

/** Runs edge functions. */
export interface FunctionRuntime extends Loader<FunctionDeclaration> {}

/** A header: name and value. */
export type HeaderPair = readonly [name: string, value: string]

/** A verified client certificate, as far as functions see it. */
export interface FunctionCertificate {
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string
  readonly notBefore: string
  readonly notAfter: string
}

/** A request as it enters the sandbox. */
export interface FunctionRequest {
  readonly method: string
  /** Absolute: `https://www.example.com/mqtt?x=1`. */
  readonly url: string
  /** In the order in which they were sent, names in lower case. */
  readonly headers: readonly HeaderPair[]
  /** It asks for a WebSocket. */
  readonly upgrade: boolean
  /** It may have a body, which functions do not get. */
  readonly body: boolean
  readonly client: {
    readonly address: string
    readonly port: number
    readonly tlsVersion: string | undefined
    readonly serverName: string | undefined
    readonly certificate: FunctionCertificate | undefined
  }
  readonly userVserver: string
}

/** Changes of headers, names in lower case: those to remove, and then those to add. One that is set is in both. */
export interface HeaderChanges {
  readonly set: readonly HeaderPair[]
  readonly remove: readonly string[]
}

/**
 * Why a function did not decide.
 *
 *   threw         it threw, or its promise was rejected
 *   no-response   it returned what is no response
 *   unresolved    its promise can never resolve: nothing in the sandbox is left that could
 *   body          it read the body of the request, or of the pool's response, which functions do not get
 *   fetch         it fetched something other than its own request: there is no network
 *   too-large     its response is larger than its limit
 */
export const functionFaults = ['threw', 'no-response', 'unresolved', 'body', 'fetch', 'too-large'] as const
export type FunctionFault = typeof functionFaults[number]

/** What a function has decided, as it leaves the sandbox. */
export type FunctionAnswer =
  | {
    readonly op: 'allow'
    readonly request: HeaderChanges
    readonly response: HeaderChanges
    readonly logs: readonly string[]
  }
  /** `body`: one character for each byte. */
  | {
    readonly op: 'respond'
    readonly status: number
    readonly headers: readonly HeaderPair[]
    readonly body: string
    readonly logs: readonly string[]
  }
  /** `failOpen`: the function asked for it (`passThroughOnException`). `text`: message and stack. */
  | {
    readonly op: 'failed'
    readonly fault: FunctionFault
    readonly text: string
    readonly failOpen: boolean
    readonly logs: readonly string[]
  }

/** In the word `bytesLength` of an answer: it did not fit beside those of other requests. */
export const NO_ROOM = -2
/** Maximum requests in one run of a function. */
export const MAX_FUNCTION_BATCH = 32
/** Maximum lines that a function logs at one request, and characters of a line. */
export const MAX_FUNCTION_LOGS = 16
export const MAX_FUNCTION_LOG = 1024
/** Maximum headers of a response, or changes of headers. */
export const MAX_FUNCTION_HEADERS = 64
/** Maximum characters of their names and values. */
export const MAX_FUNCTION_HEADER_TEXT = 16 * 1024
