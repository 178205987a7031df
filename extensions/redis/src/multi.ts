// MULTI, its commands and EXEC go to one server as one message. Until EXEC they are held here: what may not run is
// known before any of it does.
//
//   MULTI ──► commands are queued ──► EXEC ──► sent, its server answers +OK, +QUEUED …, and the reply, which alone goes
// to the client
//                   │ one is refused ──► EXEC ──► EXECABORT, and nothing was sent
//                   └──► DISCARD
import { drop, forward, type Bytes, type Context, type Message, type Verdict } from '@weirlb/sdk'
import { isSamePlace } from './place.ts'
import { Refused } from './refused.ts'
import { command, error, NO_COMMANDS, OK, QUEUED } from './reply.ts'
import type { State } from './state.ts'
import { Transaction } from './transaction.ts'

type Ctx = Context<State>

const UNWATCH = command('UNWATCH')

/** The client watches nothing any more. */
const letGo = (state: State): { keep?: boolean } => {
  if (state.watched === undefined) return {}
  state.watched = undefined
  return { keep: false }
}

/** The transaction is over: commands go by their keys again. */
const endOf = (ctx: Ctx): void => {
  ctx.state.transaction = undefined
  ctx.inspectAll(false)
}

/** Begin a transaction. */
export const multi = (ctx: Ctx): Verdict => {
  const { state } = ctx
  if (state.transaction !== undefined) throw new Refused('MULTI calls can not be nested')
  state.transaction = new Transaction(state.watched)
  ctx.inspectAll(true)
  ctx.reply(OK)
  return drop()
}

/** Queue a command that has this place. */
export const queue = (message: Message, place: Bytes | undefined, ctx: Ctx): Verdict => {
  ctx.state.transaction!.add(message, place)
  ctx.reply(QUEUED)
  return drop()
}

/** Run the transaction. */
export const exec = (ctx: Ctx): Verdict => {
  const { state } = ctx
  const { transaction, watched } = state
  if (transaction === undefined) throw new Refused('EXEC without MULTI')
  endOf(ctx)
  if (transaction.broken) {
    const aborted = new Refused('Transaction discarded because of previous errors.', 'EXECABORT')
    if (watched === undefined) throw aborted
    ctx.reply(error(aborted))
    return forward({ bytes: UNWATCH, token: watched, replies: 0, swallow: 1, ...letGo(state) })
  }
  if (transaction.count === 0 && watched === undefined) {
    ctx.reply(NO_COMMANDS)
    return drop()
  }
  return forward({
    bytes: transaction.bytes,
    token: transaction.place,
    swallow: transaction.count + 1,
    ...letGo(state)
  })
}

/** Forget the transaction. */
export const discard = (ctx: Ctx): Verdict => {
  const { state } = ctx
  if (state.transaction === undefined) throw new Refused('DISCARD without MULTI')
  endOf(ctx)
  return unwatch(ctx)
}

/** Watch keys of one place. */
export const watch = (place: Bytes, { state }: Ctx): Verdict => {
  if (state.transaction !== undefined) throw new Refused('WATCH inside MULTI is not allowed')
  if (state.watched !== undefined && !isSamePlace(place, state.watched)) throw new Refused("Keys in request don't hash to the same slot", 'CROSSSLOT')
  state.watched ??= place.slice()
  return forward({ token: place, keep: true })
}

/** Watch nothing any more. */
export const unwatch = (ctx: Ctx): Verdict => {
  const { watched } = ctx.state
  if (watched === undefined) {
    ctx.reply(OK)
    return drop()
  }
  // Its reply, +OK, is that of DISCARD too.
  return forward({ bytes: UNWATCH, token: watched, ...letGo(ctx.state) })
}
