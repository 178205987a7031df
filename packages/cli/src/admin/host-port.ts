import { BlockList, isIP } from 'node:net'
import { endpointText } from '@weirlb/model'
import { UsageError } from '../usage-error.ts'

export interface HostPort { readonly host: string, readonly port: number }

/** Read `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (which is 127.0.0.1). Throws a UsageError. */
export const parseHostPort = (option: string, text: string): HostPort => {
  const parts = /^(?:\[(?<ipv6>[^\]]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text)?.groups
  const port = Number(parts?.['port'] ?? NaN)
  const ipv6 = parts?.['ipv6']
  if (!(port <= 65_535) || (ipv6 !== undefined && isIP(ipv6) !== 6)) {
    throw new UsageError(`${option}: expected HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080, got '${text}'`)
  }
  return { host: ipv6 ?? (parts?.['host'] || '127.0.0.1'), port }
}

/** `HOST:PORT` as a URL has it. */
export const hostPortText = ({ host, port }: HostPort): string => endpointText(host, port)

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * True for an address that only this machine can reach. A name other than localhost may resolve to anything and is not
 * trusted.
 */
export const isLoopback = (host: string): boolean => {
  const family = isIP(host)
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
