import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'

/** Longer keys are stored as their hash. */
const MAX_STORED = 128
// A stored hash is longer than any key that is stored as it is, so the two cannot meet.
const HASHED = 'sha256:'.padEnd(MAX_STORED + 1, ':')

/** A key as it is stored: the byte string itself (latin1, one character a byte), or the hash of a long one. */
export const storedKey = (raw: string): string =>
  raw.length <= MAX_STORED ? raw : HASHED + createHash('sha256').update(raw, 'latin1').digest('hex')

/** A stored key as people read it: its text where it is valid UTF-8, else `hex:…`; a hashed one as `sha256:…`. */
export const keyToText = (stored: string): string => {
  if (stored.length > MAX_STORED) return `sha256:${stored.slice(HASHED.length)}`
  const bytes = Buffer.from(stored, 'latin1')
  const text = isUtf8(bytes) ? bytes.toString() : undefined
  return text === undefined || /^(hex|sha256):/.test(text) ? `hex:${bytes.toString('hex')}` : text
}

/** The stored key that a text from the API means. */
export const textToKey = (text: string): string => {
  const hex = /^hex:((?:[0-9a-f]{2})*)$/i.exec(text)
  if (hex !== null) return storedKey(Buffer.from(hex[1]!, 'hex').toString('latin1'))
  const hash = /^sha256:([0-9a-f]{64})$/i.exec(text)
  if (hash !== null) return HASHED + hash[1]!.toLowerCase()
  return storedKey(Buffer.from(text).toString('latin1'))
}
