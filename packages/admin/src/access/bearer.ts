import { createHash, timingSafeEqual } from 'node:crypto'
import { WeirError } from '@weirlb/model'

/**
 * Throws when a token can never be presented: empty, or not printable ASCII without spaces. The token itself is not
 * shown.
 */
export const checkToken = (token: string): void => {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new WeirError('config-invalid', 'token: must be one or more printable ASCII characters without spaces; leave it out to serve loopback callers without one')
  }
}

/**
 * SHA-256 of a token. Named tokens have 256 random bits, so nobody can try out what a hash may be of: a slow hash, made
 * for passwords, would cost each request milliseconds and add nothing.
 */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/**
 * True for equal digests. Both have one length, so neither a token's content nor its length shows in the time taken.
 */
export const sameDigest = (a: Buffer, b: Buffer): boolean => timingSafeEqual(a, b)

/** The token of an Authorization field (RFC 6750); undefined if it has another form. */
export const bearerIn = (authorization: string): string | undefined => /^Bearer +(\S+)$/i.exec(authorization)?.[1]
