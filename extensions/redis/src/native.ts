// Commands that Weir answers itself: those about the client's connection, which ends at Weir and not at a server.
import { encodeUtf8, type Bytes } from '@weirlb/sdk'
import { ONE_DATABASE, Refused } from './refused.ts'
import { bulk, OK, PONG } from './reply.ts'
import type { Request } from './request.ts'

/** Some clients send this first, and wait while the server is loading. */
const INFO = encodeUtf8('# Weir\r\nloading:0\r\n')

const select = (request: Request): Bytes => {
  if (request.word(1) !== '0') throw new Refused(ONE_DATABASE)
  return OK
}

const client = (request: Request): Bytes => {
  const subcommand = request.word(1)
  if (subcommand === 'SETINFO' || subcommand === 'SETNAME') return OK
  throw new Refused(`'client|${subcommand.toLowerCase()}' is not taken here: there are SETINFO, SETNAME`)
}

/** Replies by the command's name. */
export const native: ReadonlyMap<string, (request: Request) => Bytes> = new Map([
  ['PING', request => request.count > 1 ? bulk(request.arg(1)) : PONG],
  ['ECHO', request => bulk(request.arg(1))],
  ['SELECT', select],
  ['CLIENT', client],
  ['INFO', () => bulk(INFO)]
])

