import type { IncomingMessage } from 'node:http'
import type { HeaderEdits } from '../exchange.ts'

/** Headers of one hop, which no proxy forwards (RFC 9110 §7.6.1), and those that Weir sets or answers itself. */
const ofOneHop: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te',
  'transfer-encoding', 'upgrade', 'http2-settings', 'expect'
])

/** A client's headers about earlier hops. They can be forged, so they are replaced. */
const ofProxies: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-by',
  'x-forwarded-server',
  'x-real-ip',
  'via'
])

/** Headers for the end of a message or its target: a Connection header cannot remove them. */
const indispensable: ReadonlySet<string> = new Set(['host', 'content-length', 'trailer'])

/** Fields that change how a message is read, routed or allowed, which may not come behind it (RFC 9110 §6.5.1). */
const notBehind: ReadonlySet<string> = new Set([
  'host', 'content-length', 'content-encoding', 'content-type', 'content-range', 'trailer', 'authorization', 'cookie',
  'set-cookie', 'cache-control', 'expect', 'max-forwards', 'pragma', 'range', 'age', 'date', 'expires', 'location',
  'retry-after', 'vary', 'warning'
])

/** Headers that a Connection header names: they are for one hop, too. */
const namedIn = (connection: string | undefined): ReadonlySet<string> =>
  connection === undefined || connection.toLowerCase() === KEEP_ALIVE
    ? none
    : new Set(
      connection.split(',').map(name => name.trim().toLowerCase()).filter(name =>
        name !== '' && !indispensable.has(name)
      )
    )

const KEEP_ALIVE = 'keep-alive'
const none: ReadonlySet<string> = new Set()

/** The client's origin, as the server behind sees it. */
export interface Origin { readonly address: string, readonly secure: boolean, readonly host: string }

/** RFC 7239 §6: an IPv6 address has brackets and quotes. */
const node = (address: string): string => address.includes(':') ? `"[${address}]"` : address

/**
 * Returns the forwarded headers of a request: names and values in turn. Headers of one hop are removed, and the
 * client's origin is set once.
 */
export const requestHeaders = (
  { rawHeaders, headers }: IncomingMessage,
  { address, secure, host }: Origin
): string[] => {
  const named = namedIn(headers.connection)
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (ofOneHop.has(name) || ofProxies.has(name) || named.has(name)) continue
    kept.push(rawHeaders[i]!, rawHeaders[i + 1]!)
  }
  const protocol = secure ? 'https' : 'http'
  kept.push(
    'X-Forwarded-For',
    address,
    'X-Forwarded-Proto',
    protocol,
    'X-Forwarded-Host',
    host,
    'Forwarded',
    `for=${node(address)};host="${host}";proto=${protocol}`,
    'Via',
    '1.1 weir'
  )
  // Chunks have trailers only if the client can read them (RFC 9110 §6.5.1).
  if (headers.te !== undefined && /\btrailers\b/i.test(headers.te.toString())) kept.push('TE', 'trailers')
  return kept
}

/**
 * Headers that say where a message ends and whom it is for, and those that Weir itself sets: nobody else changes them.
 */
const notEdited: ReadonlySet<string> = new Set([
  ...ofOneHop,
  ...indispensable,
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'forwarded',
  'via'
])

/** Remove and then add headers, as names and values in turn; those that nobody changes stay. Returns the same list. */
export const editHeaders = (headers: string[], edits: HeaderEdits | undefined): string[] => {
  if (edits === undefined) return headers
  for (const name of edits.remove) if (!notEdited.has(name)) removeHeader(headers, name)
  for (const [name, value] of edits.set) if (!notEdited.has(name)) headers.push(name, value)
  return headers
}

/**
 * The trailers of a request, once its body was read. Those that would change what a server has decided on are removed.
 */
export const requestTrailers = ({ rawTrailers, headers }: IncomingMessage): [string, string][] => {
  const named = namedIn(headers.connection)
  const kept: [string, string][] = []
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const name = rawTrailers[i]!.toLowerCase()
    if (!ofOneHop.has(name) && !ofProxies.has(name) && !notBehind.has(name) && !named.has(name))
      kept.push([rawTrailers[i]!, rawTrailers[i + 1]!])
  }
  return kept
}

const CONNECTION = 'connection'

/** The headers of a response as they go back, names and values in turn. */
export const responseHeaders = (raw: readonly Buffer[]): string[] => {
  let connection: string | undefined
  const all: string[] = []
  for (const bytes of raw) all.push(bytes.toString('latin1'))
  for (let i = 0; i < all.length; i += 2)
    if (all[i]!.length === CONNECTION.length && all[i]!.toLowerCase() === CONNECTION)
      connection = connection === undefined ? all[i + 1]! : `${connection},${all[i + 1]!}`
  const named = namedIn(connection)
  const kept: string[] = []
  for (let i = 0; i < all.length; i += 2) {
    const name = all[i]!.toLowerCase()
    if (!ofOneHop.has(name) && !named.has(name)) kept.push(all[i]!, all[i + 1]!)
  }
  return kept
}

const indexOf = (headers: readonly string[], name: string): number => {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.length === name.length && headers[i]!.toLowerCase() === name) return i
  return -1
}

/** True if a header, its name in lower case, is among names and values in turn. */
export const hasHeader = (headers: readonly string[], name: string): boolean => indexOf(headers, name) >= 0

/** Remove a header, its name in lower case, from names and values in turn. */
export const removeHeader = (headers: string[], name: string): void => {
  for (let i = indexOf(headers, name); i >= 0; i = indexOf(headers, name)) headers.splice(i, 2)
}
