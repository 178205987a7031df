// All subscriptions have one place, and messages are published there: any pattern may concern any channel.
//
//   RESP3   messages are frames of their own (`>`), and stand between replies: the client goes on with everything else
//   RESP2   messages look like replies: once a client has subscribed, its connection is for subscriptions
import { forward, type Context, type Verdict } from '@weirlb/sdk'
import { SUBSCRIPTIONS } from './place.ts'
import type { Parameters } from './parameters.ts'
import { Refused } from './refused.ts'
import type { Request } from './request.ts'
import type { State } from './state.ts'

type Ctx = Context<State, Parameters>

/** What begins or ends a subscription. */
export const subscribing: ReadonlySet<string> = new Set([
  'SUBSCRIBE',
  'PSUBSCRIBE',
  'SSUBSCRIBE',
  'UNSUBSCRIBE',
  'PUNSUBSCRIBE',
  'SUNSUBSCRIBE'
])
/** What is asked where subscriptions are, and answered like any other command. */
export const publishing: ReadonlySet<string> = new Set(['PUBLISH', 'SPUBLISH', 'PUBSUB'])
/** What a client of RESP2 may say once it has subscribed, beside `subscribing`. */
const besides: ReadonlySet<string> = new Set(['PING', 'QUIT'])

/** Refused where the operator wants no subscriptions. */
export const checkSubscriptions = (request: Request, { params }: Ctx): void => {
  if (params.pubSub === 'refuse')
    throw new Refused(`'${request.name.toLowerCase()}' is not taken here: the operator refuses subscriptions`)
}

/** Refused when a client of RESP2 has subscribed and wants something else. */
export const checkSubscribed = ({ name }: Request, { state }: Ctx): void => {
  if (!state.subscribed || subscribing.has(name) || besides.has(name)) return
  throw new Refused(`Can't execute '${name.toLowerCase()}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT are allowed in this context`)
}

/** Begin or end subscriptions. */
export const subscribe = (request: Request, ctx: Ctx): Verdict => {
  const { state } = ctx
  checkSubscriptions(request, ctx)
  if (state.transaction !== undefined)
    throw new Refused(`'${request.name.toLowerCase()}' is not taken inside a transaction`)
  // A server that refuses would answer once, where otherwise messages come.
  if (!request.name.includes('UNSUB')) request.arg(1)
  if (state.version === 3) return forward({ token: SUBSCRIPTIONS, replies: 0, keep: true })
  state.subscribed = true
  ctx.inspectAll(true)
  return forward({ token: SUBSCRIPTIONS, replies: Math.max(1, request.count - 1), unasked: true })
}

/** A client of RESP2 that has subscribed asks whether its server is there. */
export const pingSubscribed = (): Verdict => forward({ token: SUBSCRIPTIONS })
