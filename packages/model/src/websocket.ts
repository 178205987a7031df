import { z } from 'zod'
import { requestHeaders } from './request-headers.ts'

/** A path without a query. */
const path = z.string().max(2048).regex(
  /^\/[!-~]*$/,
  'expected a path that begins with "/", of visible ASCII characters'
).refine(text => !/[?#]/.test(text), 'expected a path without "?" and "#"')

/** A path, perhaps with a query. */
export const requestPath = z.string().max(2048).regex(
  /^\/[!-~]*$/,
  'expected a path that begins with "/", of visible ASCII characters'
)

/** An origin as browsers send it (RFC 6454 §6.1): scheme, host, and the port where it is not the scheme's default. */
const origin = z.string().max(512).refine(text => {
  try {
    return new URL(text).origin === text
  } catch {
    return false
  }
}, 'expected an origin as browsers send it, such as "https://app.example" or "http://localhost:8080": scheme and host in lower case, no path')

/** A token of RFC 9110 §5.6.2: the name of a sub-protocol. */
export const subprotocol = z.string().max(128).regex(
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/,
  'expected the name of a sub-protocol, such as "mqtt"'
)

const MAX_MESSAGE = 256 * 1024 * 1024

/** Which WebSockets a user vserver accepts, and their limits. */
export const vserverWebSocket = z.strictObject({
  paths: z.array(path).max(64).default([]).describe('Paths that accept WebSockets. An empty list accepts every path.'),
  allowedOrigins: z.array(origin).max(256).default([]).describe(
    'Origins whose pages may open a WebSocket. An empty list allows every page. Clients that send no Origin header are not browsers and are always allowed.'
  ),
  maxMessageBytes: z.int().min(128).max(MAX_MESSAGE).default(1024 * 1024).describe(
    'Maximum size of one WebSocket message, which is buffered until it is complete. A larger one closes the connection with code 1009.'
  ),
  maxFragments: z.int().min(1).max(1_000_000).default(64).describe(
    'Maximum number of fragments in one message. More close the connection with code 1008.'
  ),
  maxPingsPerSecond: z.int().min(1).max(10_000).default(10).describe(
    'Maximum WebSocket pings from one client per second. More close the connection with code 1008.'
  ),
  pingSeconds: z.number().min(0).max(86_400).default(0).describe(
    'Interval of WebSocket pings to the client, in seconds. The connection is reset when a pong is missing at the next ping. 0 sends none.'
  )
})
export type VserverWebSocket = z.infer<typeof vserverWebSocket>

/** How Weir opens a WebSocket to a server. */
export const serviceWebSocket = z.strictObject({
  path: requestPath.default('/').describe('Path to request, with a query if the server needs one.'),
  subprotocol: subprotocol.optional().describe('The only sub-protocol that is offered, such as `mqtt`. Default: none.'),
  host: z.string().min(1).max(512).regex(/^[!-~]+$/, 'expected a host, with a port if it is needed').optional()
    .describe('Host header. Default: address and port of the service.'),
  headers: requestHeaders.describe(
    'Further headers to send. The case of their names does not matter. Not for secrets: the API shows them.'
  ),
  messages: z.enum(['binary', 'text']).default('binary').describe('Kind of the messages in both directions.'),
  maxMessageBytes: z.int().min(128).max(MAX_MESSAGE).default(16 * 1024 * 1024).describe(
    'Maximum size of one WebSocket message from the server.'
  )
})
export type ServiceWebSocket = z.infer<typeof serviceWebSocket>
