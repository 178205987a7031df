import { type Bytes, type ServiceReply } from '@weirlb/sdk'
import { error, errorText, isError } from './reply.ts'

/** The error when a server could not be asked; undefined: all were. */
export const missing = (replies: readonly ServiceReply[]): Bytes | undefined => {
  const down = replies.find(({ bytes }) => bytes === undefined)
  if (down === undefined) return undefined
  const others = replies.some(({ bytes }) => bytes !== undefined)
    ? 'the others have got the command'
    : 'no server has got the command'
  return error({ code: 'ERR', message: `server '${down.service}' cannot be reached, and ${others}` })
}

/** The first error of a server, with its name behind the error's first word, by which clients recognise it. */
export const serverError = (replies: readonly ServiceReply[]): Bytes | undefined => {
  const failed = replies.find(({ bytes }) => isError(bytes!))
  if (failed === undefined) return undefined
  const [, code = 'ERR', message = ''] = /^(\S*) ?([^]*)$/.exec(errorText(failed.bytes!)) ?? []
  return error({ code, message: `server '${failed.service}': ${message}` })
}
