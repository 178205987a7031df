// HELLO [protover [AUTH user password] [SETNAME name]]: the protocol of a client, and so of its servers, is RESP2
// until the client requests RESP3 (https://redis.io/docs/latest/commands/hello/).
import { encodeUtf8, type Bytes, type Context } from '@weirlb/sdk'
import { checkPassword } from './native.ts'
import type { Parameters } from './parameters.ts'
import { Refused } from './refused.ts'
import type { Request } from './request.ts'
import type { State, Version } from './state.ts'

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

/**
 * Answer HELLO in the requested protocol, and greet the servers with it from now on. AUTH as the operator allows;
 * SETNAME is the name for CLIENT GETNAME.
 */
export const hello = (request: Request, ctx: Context<State, Parameters>): void => {
  const { state } = ctx
  const version = request.count > 1 ? versionOf(request.word(1)) : state.version
  let name: Bytes | undefined
  for (let i = 2; i < request.count;) {
    const word = request.word(i)
    if (word === 'AUTH' && i + 2 < request.count) {
      checkPassword(ctx)
      i += 3
    } else if (word === 'SETNAME' && i + 1 < request.count) {
      name = request.arg(i + 1)
      i += 2
    } else throw new Refused(`Syntax error in HELLO option '${word.toLowerCase()}'`)
  }
  if (name !== undefined) state.name = name.slice()
  if (version !== state.version) {
    state.version = version
    ctx.set('resp', version)
    ctx.prelude(preludes[version])
  }
  ctx.reply(about(version, ctx.client.port))
}
