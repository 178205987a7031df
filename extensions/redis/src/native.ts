// Commands that Weir answers itself: those about the client's connection, which ends at Weir and not at a server.
import { encodeUtf8, type Bytes, type Context } from '@weirlb/sdk'
import type { Parameters } from './parameters.ts'
import { ONE_DATABASE, Refused } from './refused.ts'
import { bulk, integer, OK, PONG } from './reply.ts'
import type { Request } from './request.ts'
import type { State } from './state.ts'

type Ctx = Context<State, Parameters>

/** Some clients send this first, and wait while the server is loading. */
const INFO = encodeUtf8('# Weir\r\nloading:0\r\n')

/** A name that was never set. */
const NULL: Readonly<Record<State['version'], Bytes>> = { 2: encodeUtf8('$-1\r\n'), 3: encodeUtf8('_\r\n') }

const select = (request: Request): Bytes => {
  if (request.word(1) !== '0') throw new Refused(ONE_DATABASE)
  return OK
}

/**
 * What clients say and ask of themselves. The others are those of a server that does not have them: clients then do
 * without (CLIENT TRACKING, MAINT_NOTIFICATIONS).
 */
const ofClient: Readonly<Record<string, (request: Request, ctx: Ctx) => Bytes>> = {
  SETINFO: () => OK,
  SETNAME: (request, { state }) => {
    state.name = request.arg(2).slice()
    return OK
  },
  GETNAME: (_request, { state }) => state.name.length === 0 ? NULL[state.version] : bulk(state.name),
  ID: (_request, ctx) => integer(ctx.client.port)
}

const client = (request: Request, ctx: Ctx): Bytes => {
  const subcommand = request.word(1)
  if (Object.hasOwn(ofClient, subcommand)) return ofClient[subcommand]!(request, ctx)
  throw new Refused(`unknown subcommand '${subcommand.toLowerCase()}'. Try CLIENT HELP.`)
}

/** Refused unless the operator lets clients say passwords, which nobody checks. */
export const checkPassword = ({ params }: Pick<Ctx, 'params'>): void => {
  if (params.auth === 'refuse') throw new Refused('passwords are not checked here, and none is taken')
}

const auth = (request: Request, ctx: Ctx): Bytes => {
  request.arg(1)
  checkPassword(ctx)
  return OK
}

/** Replies by the command's name. */
export const native: ReadonlyMap<string, (request: Request, ctx: Ctx) => Bytes> = new Map([
  ['PING', request => request.count > 1 ? bulk(request.arg(1)) : PONG],
  ['ECHO', request => bulk(request.arg(1))],
  ['SELECT', select],
  ['CLIENT', client],
  ['AUTH', auth],
  ['INFO', () => bulk(INFO)]
])

/** Those of them that a transaction may hold: its server answers them. */
export const inTransactions: ReadonlySet<string> = new Set(['PING', 'ECHO', 'SELECT'])
