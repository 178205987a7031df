import { randomBytes } from 'node:crypto'

/** A new secret: what its holder sends, and the part of it that is public. */
export interface TokenText { readonly text: string, readonly id: string }

/**
 * `weir_` lets scanners of sources find a lost token; the public part finds its entry, and the rest is 256 random bits.
 */
const FORM = /^weir_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

/** Make a token. */
export const makeTokenText = (): TokenText => {
  const id = randomBytes(6).toString('hex')
  return { id, text: `weir_${id}_${randomBytes(32).toString('base64url')}` }
}

/** Returns the public part of a token; undefined for a text of another form. */
export const tokenIdIn = (text: string): string | undefined => FORM.exec(text)?.[1]
