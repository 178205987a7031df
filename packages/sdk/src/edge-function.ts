/** A client, as an edge function sees it. */
export interface EdgeClient {
  /** `192.0.2.7` or `2001:db8::7`. */
  readonly address: string
  readonly port: number
  /** `TLSv1.3`; undefined without TLS. */
  readonly tlsVersion: string | undefined
  /** Name requested in its TLS handshake (SNI). */
  readonly serverName: string | undefined
  /** Its certificate, when it was verified. */
  readonly certificate: EdgeCertificate | undefined
}

/** A verified client certificate. */
export interface EdgeCertificate {
  /** `CN=meter-7,O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal, upper case. */
  readonly serial: string
  /** SHA-256 of the certificate, hexadecimal, lower case. */
  readonly fingerprint: string
  /** ISO 8601 in UTC. */
  readonly notBefore: string
  readonly notAfter: string
}

/** The headers of a request, by name in any case. */
export interface EdgeHeaders {
  /** Returns the value, or all values joined by a comma; undefined without the header. */
  get (name: string): string | undefined
  has (name: string): boolean
  /** Names in lower case, each once. */
  names (): readonly string[]
}

/** An HTTP request, or the request for a WebSocket, as an edge function sees it: its head. */
export interface EdgeRequest {
  readonly method: string
  /** Absolute: `https://www.example.com/mqtt?x=1`. */
  readonly url: string
  /** The Host header in lower case, without a port. */
  readonly host: string
  /** Path, as it was sent, without the query. */
  readonly path: string
  /** What follows the question mark; empty without one. */
  readonly query: string
  /** It came over TLS. */
  readonly secure: boolean
  /** It asks for a WebSocket. */
  readonly upgrade: boolean
  readonly headers: EdgeHeaders
  readonly client: EdgeClient
  /** Name of the user vserver that it came to. */
  readonly userVserver: string
}

/** Headers by name; null removes one, and a list sets it several times. */
export type HeaderEdits = Readonly<Record<string, string | readonly string[] | null>>

/** The request goes on to the pool. */
export interface EdgeAllow {
  readonly decision: 'allow'
  readonly headers: HeaderEdits
  readonly responseHeaders: HeaderEdits
}

/** The client gets this response, and no server gets the request. */
export interface EdgeRespond {
  readonly decision: 'respond'
  readonly status: number
  readonly headers: HeaderEdits
  readonly body: string | Uint8Array
}

/** What becomes of a request. */
export type EdgeDecision = EdgeAllow | EdgeRespond

/** An edge function: decides on HTTP requests and upgrades to WebSockets before they reach a server. */
export interface EdgeFunction {
  /** Called with the head of each request whose trigger names the function. It may be async, to use `crypto.subtle`. */
  onRequest (request: EdgeRequest): EdgeDecision | Promise<EdgeDecision>
}

/** Declares an edge function; the default export of its module. */
export const edgeFunction = (definition: EdgeFunction): EdgeFunction => definition

/**
 * Let the request go on to the pool. `headers`: changes of the request's headers, which the server gets;
 * `responseHeaders`: changes of its response's.
 */
export const allow = (
  { headers = {}, responseHeaders = {} }: { readonly headers?: HeaderEdits, readonly responseHeaders?: HeaderEdits } =
    {}
): EdgeAllow => ({ decision: 'allow', headers, responseHeaders })

/**
 * Answer the request with a status from 200 to 599, in place of a server. A body of text has type text/plain unless
 * `headers` has another.
 */
export const respond = (status: number, headers: HeaderEdits = {}, body: string | Uint8Array = ''): EdgeRespond => ({
  decision: 'respond',
  status,
  headers,
  body
})

/** Lead the client elsewhere, with status 301, 302, 303, 307 or 308. */
export const redirect = (location: string, status: 301 | 302 | 303 | 307 | 308 = 302): EdgeRespond =>
  respond(status, { location })
