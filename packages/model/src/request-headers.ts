import { z } from 'zod'

/** Maximum headers of one request. */
const MAX_HEADERS = 32

/** Headers of the connection, the body and the WebSocket handshake, which the request has of its own. */
const own: ReadonlySet<string> = new Set([
  'connection', 'content-length', 'expect', 'keep-alive', 'sec-websocket-extensions', 'sec-websocket-key',
  'sec-websocket-protocol', 'sec-websocket-version', 'transfer-encoding', 'upgrade'
])

const lower = (headers: Readonly<Record<string, string>>): string[] =>
  Object.keys(headers).map(name => name.toLowerCase())

/** Headers of a request of Weir's own. */
export const requestHeaders = z.record(
  z.string().max(128).regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'expected the name of a header, such as "Host"'),
  z.string().max(4096).regex(/^[\t -~\u0080-\u00ff]*$/, 'expected the value of a header, of one line')
)
  .refine(headers => Object.keys(headers).length <= MAX_HEADERS, `expected at most ${MAX_HEADERS} headers`)
  .refine(
    headers => new Set(lower(headers)).size === Object.keys(headers).length,
    'a header is given twice, in upper and lower case'
  )
  .refine(headers => !lower(headers).some(name => own.has(name)), `these headers are not given: ${[...own].join(', ')}`)
  .default({})
