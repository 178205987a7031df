// HELLO [protover [AUTH user password] [SETNAME name]]: the protocol of a client, and so of its servers, is RESP2
// until the client requests RESP3 (https://redis.io/docs/latest/commands/hello/).
import { encodeUtf8, type Bytes, type Context } from '@weirlb/sdk'
import { Refused } from './refused.ts'
import type { Request } from './request.ts'

export type Version = 2 | 3
export interface State { version: Version }

/** The first Redis with HELLO and RESP3: clients take it for the least that they may use. */
const REDIS = '6.0.0'

const text = (value: string): string => `$${value.length}\r\n${value}\r\n`

/** Returns a server's description of itself: a map, which RESP2 writes as an array of keys and values. */
const about = (version: Version, id: number): Bytes => encodeUtf8([
  version === 3 ? '%7\r\n' : '*14\r\n',
  text('server'), text('redis'),
  text('version'), text(REDIS),
  text('proto'), `:${version}\r\n`,
  text('id'), `:${id}\r\n`,
  text('mode'), text('standalone'),
  text('role'), text('master'),
  text('modules'), '*0\r\n'
].join(''))

const preludes: Readonly<Record<Version, Bytes>> = {
  2: encodeUtf8('*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n'),
  3: encodeUtf8('*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n')
}

const versionOf = (word: string): Version => {
  if (word === '2') return 2
  if (word === '3') return 3
  throw new Refused('unsupported protocol version', 'NOPROTO')
}

/** Answer HELLO in the requested protocol, and greet the servers with it from now on. Refused with AUTH and SETNAME. */
export const hello = (request: Request, ctx: Context<State, unknown>): void => {
  const { state } = ctx
  const version = request.count > 1 ? versionOf(request.word(1)) : state.version
  if (request.count > 2) throw new Refused('HELLO is taken without AUTH and SETNAME')
  if (version !== state.version) {
    state.version = version
    ctx.set('resp', version)
    ctx.prelude(preludes[version])
  }
  ctx.reply(about(version, ctx.client.port))
}
