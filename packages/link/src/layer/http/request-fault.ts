import type { IncomingMessage } from 'node:http'

/** A refused request: the status and the text of the response. */
export interface RequestFault { readonly status: number, readonly why: string }

const fault = (status: number, why: string): RequestFault => ({ status, why })

/** RFC 3986 §3.2.2 and §3.2.3: a name or an address, and maybe a port. No user part: nothing here signs in by a URL. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+)(?::\d{0,5})?$/
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i

/** Most headers of a request: browsers send about twenty. */
const MAX_HEADERS = 64

/** Every value of a header as it was sent. Node joins or drops what is there twice. */
export const valuesOf = ({ rawHeaders }: IncomingMessage, name: string): string[] => {
  const values: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.length === name.length && rawHeaders[i]!.toLowerCase() === name) values.push(rawHeaders[i + 1]!)
  return values
}

/**
 * Returns the path of a request's target. Absolute targets are for proxies, and their path counts (RFC 9112 §3.2.2).
 */
export const pathOf = ({ url = '/' }: IncomingMessage): string => {
  if (url.startsWith('/')) return url
  const absolute = ABSOLUTE.exec(url)
  if (absolute === null) return url
  const path = url.slice(absolute[0].length)
  return path.startsWith('/') ? path : `/${path}`
}

/**
 * Returns the fault of a request that Node's parser accepted; undefined if there is none. Node itself refuses both
 * Content-Length and Transfer-Encoding, several Content-Lengths, invalid chunks, folded lines and bare line ends.
 * This refuses requests that we and a server behind could read differently.
 */
export const requestFault = (request: IncomingMessage): RequestFault | undefined => {
  const { httpVersion, method, url = '' } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return fault(505, 'HTTP/1.1 is spoken here')
  if (request.rawHeaders.length > 2 * MAX_HEADERS) return fault(431, `more than ${MAX_HEADERS} headers`)
  const hosts = valuesOf(request, 'host')
  if (hosts.length > 1) return fault(400, 'more than one Host header')
  if (hosts.length === 0 && httpVersion === '1.1') return fault(400, 'no Host header')
  if (hosts.length === 1 && !HOST.test(hosts[0]!)) return fault(400, 'the Host header is no host')
  const codings = valuesOf(request, 'transfer-encoding')
  if (codings.length > 0) {
    // With HTTP/1.0 it is unknown whether a server behind reads the chunks (RFC 9112 §6.1).
    if (httpVersion === '1.0') return fault(400, 'Transfer-Encoding in an HTTP/1.0 request')
    if (codings.length > 1 || codings[0]!.toLowerCase() !== 'chunked')
      return fault(501, 'of transfer codings, chunked alone is taken')
  }
  if (method === 'TRACE') return fault(405, 'TRACE is not answered here')
  if (url.startsWith('/')) return undefined
  const absolute = ABSOLUTE.exec(url)
  if (absolute !== null)
    return absolute[1]!.toLowerCase() === hosts[0]?.toLowerCase()
      ? undefined
      : fault(400, 'the target names another host than the Host header')
  if (url !== '*' || method !== 'OPTIONS') return fault(400, 'the target is no path')
  return undefined
}

/** Returns the further faults of a request for another protocol. */
export const upgradeFault = (request: IncomingMessage): RequestFault | undefined => {
  const found = requestFault(request)
  if (found !== undefined) return found
  if (request.httpVersion !== '1.1') return fault(400, 'an upgrade needs HTTP/1.1')
  // The following bytes belong to the other protocol: a body would be taken for it, or it for a body.
  const length = valuesOf(request, 'content-length')
  if (valuesOf(request, 'transfer-encoding').length > 0 || length.some(value => value !== '0'))
    return fault(400, 'a request for an upgrade has no body')
  return undefined
}
