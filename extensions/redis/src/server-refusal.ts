import { decodeUtf8, type Bytes } from '@weirlb/sdk'

/** First byte of an error on a line. */
export const ERROR = 0x2d
/** How much of an error is read. */
export const ERROR_HEAD = 64

/**
 * How errors begin with which a server says that it serves nobody: it loads its data, is a replica without its master,
 * or has too many clients. Any other error is about the command.
 */
const beginnings = ['-LOADING ', '-MASTERDOWN ', '-ERR max number of clients']

/** Returns the text of an error with which a server says that it serves nobody; undefined for any other reply. */
export const refusalIn = (reply: Bytes): string | undefined => {
  const text = decodeUtf8(reply, 0, Math.min(reply.length, ERROR_HEAD))
  return beginnings.some(beginning => text.startsWith(beginning)) ? text.slice(1).trimEnd() : undefined
}
