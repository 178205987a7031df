import { canonicalAddress, ipFamily } from './address.ts'

/** An address with its port as a URL has it: `127.0.0.1:80`, `[::1]:80`. */
export const endpointText = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** An IP address, and a port where there is one. */
export interface Endpoint {
  /** In the form that its spellings share. */
  readonly address: string
  readonly port: number | undefined
}

/** The forms that `parseEndpoint` accepts, for messages. */
export const endpointForms = 'an IP address, or one with a port as in 127.0.0.1:50123 or [::1]:50123'

/**
 * Parse `IP`, `IP:PORT`, `[IPv6]` or `[IPv6]:PORT`; undefined for other text. A text that is an IPv6 address as a
 * whole has no port: `::1:80`.
 */
export const parseEndpoint = (text: string): Endpoint | undefined => {
  const bracketed = /^\[([^[\]]+)\](?::(\d{1,5}))?$/.exec(text)
  if (bracketed !== null) return ipFamily(bracketed[1]!) === 6 ? endpoint(bracketed[1]!, bracketed[2]) : undefined
  if (ipFamily(text) !== undefined) return endpoint(text, undefined)
  const last = text.lastIndexOf(':')
  const [address, port] = [text.slice(0, last), text.slice(last + 1)]
  return ipFamily(address) !== undefined && /^\d{1,5}$/.test(port) ? endpoint(address, port) : undefined
}

const endpoint = (address: string, port: string | undefined): Endpoint | undefined =>
  Number(port ?? 0) > 65_535
    ? undefined
    : { address: canonicalAddress(address), port: port === undefined ? undefined : Number(port) }
