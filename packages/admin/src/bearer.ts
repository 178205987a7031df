import { createHash, timingSafeEqual } from 'node:crypto'
import { WeirError } from '@weirlb/model'

/** Throws when a token can never be presented: empty, or not printable ASCII without spaces. The token itself is not shown. */
export const checkToken = (token: string): void => {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new WeirError('config-invalid', 'token: must be one or more printable ASCII characters without spaces; leave it out to serve loopback callers without one')
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** A check of the Authorization field against the present token (RFC 6750). Throws `unauthorized`. Takes the same time wherever the token is wrong. */
export const bearerCheck = (token: () => string): (authorization: string | undefined) => void => {
  return authorization => {
    if (authorization === undefined) throw new WeirError('unauthorized', 'the request has no Authorization header; send: Authorization: Bearer <token>')
    const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    if (given === undefined) throw new WeirError('unauthorized', 'the Authorization header is not of the form: Bearer <token>')
    // Digests have one length, so neither the token's content nor its length shows in the time taken.
    if (!timingSafeEqual(digest(given), digest(token()))) throw new WeirError('unauthorized', 'the bearer token is wrong')
  }
}
