import { BlockList, isIP } from 'node:net'
import { WeirError } from '@weirlb/model'

/** Facts about a client before its request is read. */
export interface Caller {
  /** Address of the peer's socket; undefined for a Unix socket. */
  readonly peer: string | undefined
  readonly host: string | undefined
  readonly origin: string | undefined
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** IPv4 addresses in their IPv6 form (`::ffff:127.0.0.1`) count as IPv4. */
const isLoopbackAddress = (address: string): boolean => {
  const family = isIP(address)
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

const isLoopbackHost = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''))

/**
 * Check that a client may use an API without a token: only clients on this machine may. Throws `forbidden`.
 * - The peer is loopback, or a Unix socket, whose file controls access.
 * - The Host is a loopback name, so a page whose name was rebound to 127.0.0.1 in DNS is refused.
 * - A browser's Origin is the API itself, so no other page can post to it.
 * With a token these checks are unnecessary: a browser does not send it by itself.
 */
export const checkLocal = ({ peer, host, origin }: Caller): void => {
  if (peer !== undefined && !isLoopbackAddress(peer)) {
    throw new WeirError('forbidden', `the API has no token and accepts requests from its own machine only; ${peer} is not. Configure a token to use it from elsewhere`)
  }
  const own = parseHost(host)
  if (own === undefined || !isLoopbackHost(own.hostname)) {
    throw new WeirError(
      'forbidden',
      `the API has no token and accepts loopback names only (localhost, 127.0.0.1, [::1]); the Host header is ${
        JSON.stringify(host ?? '')
      }`
    )
  }
  if (origin !== undefined && parseOrigin(origin)?.host !== own.host) {
    throw new WeirError(
      'forbidden',
      `the API has no token and accepts no web page of another origin; the Origin header is ${JSON.stringify(origin)}`
    )
  }
}

/** Throws `forbidden` for a request of a web page of another origin. */
export const checkOrigin = ({ host, origin }: Caller): void => {
  if (origin === undefined || (host !== undefined && parseOrigin(origin)?.host === parseHost(host)?.host)) return
  throw new WeirError(
    'forbidden',
    `without a token the API accepts no web page of another origin; the Origin header is ${JSON.stringify(origin)}`
  )
}

const parseHost = (host: string | undefined): URL | undefined =>
  host === undefined || /[/?#@\\\s]/.test(host) ? undefined : URL.parse(`http://${host}`) ?? undefined
const parseOrigin = (origin: string): URL | undefined => URL.parse(origin) ?? undefined
