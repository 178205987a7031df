import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PersistenceCookie } from '@weirlb/model'

/** A cookie that brings a browser back to its server. */
export interface AffinityCookie extends PersistenceCookie { readonly name: string }

/** Returns how the cookie of an LB vserver or a GLB is set. */
export const affinityCookie = (balancer: string, { name, ...cookie }: PersistenceCookie): AffinityCookie =>
  ({ ...cookie, name: name ?? `weir-${createHash('sha256').update(balancer).digest('hex').slice(0, 8)}` })

/** Returns the first value of a cookie in a Cookie header (RFC 6265 §5.4). */
export const cookieValue = (header: string | undefined, name: string): string | undefined => {
  if (header === undefined) return undefined
  for (let at = 0; at < header.length;) {
    const end = header.indexOf(';', at)
    const pair = header.slice(at, end < 0 ? header.length : end).trim()
    if (pair.startsWith(name) && pair[name.length] === '=') return pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1')
    if (end < 0) return undefined
    at = end + 1
  }
  return undefined
}

const sites = { lax: 'Lax', strict: 'Strict', none: 'None' } as const

/** Returns a Set-Cookie header. `overTls`: the client came over TLS. */
export const setCookie = (
  { name, secure, httpOnly, sameSite, maxAgeSeconds }: AffinityCookie,
  value: string,
  overTls: boolean
): string =>
  `${name}=${value}; Path=/` + (maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`) +
  (secure === 'always' || (secure === 'auto' && overTls) ? '; Secure' : '') +
  (httpOnly ? '; HttpOnly' : '') + `; SameSite=${sites[sameSite]}`

const ID_BYTES = 12
const MAC_BYTES = 12
/** Characters of 24 bytes in base64url. */
const VALUE_LENGTH = 32

/**
 * Makes and recognises the values of affinity cookies. Without the secret nobody makes one, and a value tells nothing
 * about a server.
 */
export class CookieKeys {
  #key: Buffer = randomBytes(32)

  /** Use this secret, in base64, which other processes have, too. */
  use (secret: string): void { this.#key = Buffer.from(secret, 'base64') }

  /** Returns the value for a new client. */
  issue (): string {
    const id = randomBytes(ID_BYTES)
    return Buffer.concat([id, this.#mac(id)]).toString('base64url')
  }

  /** Returns the client of a value that was issued here, as bytes in latin1 form; undefined for other values. */
  clientOf (value: string | undefined): string | undefined {
    if (value?.length !== VALUE_LENGTH) return undefined
    const bytes = Buffer.from(value, 'base64url')
    if (bytes.length !== ID_BYTES + MAC_BYTES) return undefined
    const id = bytes.subarray(0, ID_BYTES)
    return timingSafeEqual(bytes.subarray(ID_BYTES), this.#mac(id)) ? id.toString('latin1') : undefined
  }

  /** Returns the value that names a service of an LB vserver, or a pool of a GLB. */
  markOf (balancer: string, service: string): string {
    return createHmac('sha256', this.#key).update(`mark\0${balancer}\0${service}`).digest('base64url').slice(
      0,
      VALUE_LENGTH
    )
  }

  #mac (id: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update('client\0').update(id).digest().subarray(0, MAC_BYTES)
  }
}
