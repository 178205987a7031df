import { decodeUtf8, type Bytes } from '@weirlb/sdk'

/** First byte of an ErrorResponse. */
export const SERVER_ERROR = 0x45
/** How much of one is read: its code follows two words of severity. */
const HEAD = 128

/**
 * Returns the code of an ErrorResponse with which a server says that it serves nobody: it starts, stops (57P), or is
 * full (53300). Undefined for any other: it serves, if not this client.
 */
export const refusalIn = (error: Bytes): string | undefined => {
  const code = /\0C([0-9A-Z]{5})\0/.exec(decodeUtf8(error, 4, Math.min(error.length, HEAD)))?.[1] ?? ''
  return code.startsWith('57P') || code === '53300' ? code : undefined
}
