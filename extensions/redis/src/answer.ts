import { drop, forward, reject, type Bytes, type Context, type Message, type Verdict } from '@weirlb/sdk'
import { anywhere, keyRules, ofClusters, refusals } from './commands.ts'
import { askEveryServer } from './every-server.ts'
import { hello } from './hello.ts'
import { keyAt, keysFrom, type KeyRule } from './keys.ts'
import { discard, exec, multi, queue, unwatch, watch } from './multi.ts'
import { inTransactions, native } from './native.ts'
import type { Parameters } from './parameters.ts'
import { commonPlace, SUBSCRIPTIONS } from './place.ts'
import { Refused } from './refused.ts'
import { OK } from './reply.ts'
import type { Request } from './request.ts'
import { splitCommand, splitting } from './split.ts'
import type { State } from './state.ts'
import {
  checkSubscribed,
  checkSubscriptions,
  pingSubscribed,
  publishing,
  subscribe,
  subscribing
} from './subscriptions.ts'

type Ctx = Context<State, Parameters>

const firstArgument = keyAt(1)
const watchedKeys = keysFrom(1)

/** Returns where a command goes; undefined: to any server. Refused when it cannot go to one. */
const placeFor = (request: Request, ctx: Ctx): Bytes | undefined => {
  const { name } = request
  const rule = keyRules.get(name)
  if (rule !== undefined) return commonPlace(rule(request))
  if (anywhere.has(name)) return undefined
  if (publishing.has(name)) {
    checkSubscriptions(request, ctx)
    return SUBSCRIPTIONS
  }
  if (ofClusters.has(name)) throw new Refused('This instance has cluster support disabled')
  const why = refusals.get(name)
  if (why !== undefined) throw new Refused(`'${name.toLowerCase()}' is not taken here: ${why}`)
  if (ctx.params.unknownCommands === 'refuse')
    throw new Refused(`unknown command '${name.toLowerCase()}': where its keys are is not known`)
  return commonPlace(firstArgument(request))
}

/** Commands of transactions, and of the connection itself. */
export const special: ReadonlyMap<string, (request: Request, ctx: Ctx) => Verdict> = new Map<
  string,
  (request: Request, ctx: Ctx) => Verdict
>([
  ['QUIT', () => reject('the client has quit', OK)],
  ['MULTI', (_request, ctx) => multi(ctx)],
  ['EXEC', (_request, ctx) => exec(ctx)],
  ['DISCARD', (_request, ctx) => discard(ctx)],
  ['WATCH', (request, ctx) => watch(commonPlace(watchedKeys(request)), ctx)]
])

/** A command goes to the server of its keys, or to those of each, where it may be split. */
const keyed = (request: Request, keys: KeyRule, message: Message, { params }: Ctx): Verdict => {
  const rule = params.severalServers === 'split' ? splitting.get(request.name) : undefined
  return (rule && splitCommand(request, message, keys, rule)) ?? forward({ token: commonPlace(keys(request)) })
}

/** Commands that a transaction may not hold. */
const notQueued = (name: string): boolean => name === 'HELLO' || (native.has(name) && !inTransactions.has(name))

/** What becomes of a command. Throws Refused where it is not done. */
export const answer = (request: Request, message: Message, ctx: Ctx): Verdict => {
  const { name } = request
  const { state } = ctx
  // Nearly all commands are of this kind.
  const rule = keyRules.get(name)
  if (rule !== undefined && state.transaction === undefined && !state.subscribed)
    return keyed(request, rule, message, ctx)
  checkSubscribed(request, ctx)
  const own = special.get(name)
  if (own !== undefined) return own(request, ctx)
  if (subscribing.has(name)) return subscribe(request, ctx)
  const everywhere = askEveryServer(request, ctx)
  if (everywhere !== undefined) return everywhere
  if (state.transaction !== undefined) {
    if (notQueued(name)) throw new Refused(`'${name.toLowerCase()}' is not taken inside a transaction`)
    if (name === 'SELECT') native.get(name)!(request, ctx)
    return queue(message, inTransactions.has(name) || name === 'UNWATCH' ? undefined : placeFor(request, ctx), ctx)
  }
  if (name === 'UNWATCH') return unwatch(ctx)
  if (name === 'PING' && state.subscribed) return pingSubscribed()
  if (name === 'HELLO') {
    hello(request, ctx)
    return drop()
  }
  const reply = native.get(name)
  if (reply === undefined) return forward({ token: placeFor(request, ctx) })
  ctx.reply(reply(request, ctx))
  return drop()
}

/** Commands that are refused in a transaction without an end to it, as by Redis. */
const harmless: ReadonlySet<string> = new Set(['MULTI', 'WATCH'])

/** A command was refused: a transaction that it stands in may not run. */
export const breakTransaction = ({ name }: Request, { transaction }: State): void => {
  if (transaction !== undefined && !harmless.has(name)) transaction.broken = true
}
