import type { ClientFacts } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import type { Wish } from '../balancing/balancer.ts'
import type { LbExplanation } from '../balancing/lb-explanation.ts'
import type { RequestRoutes, RoutedClient, Routes } from '../balancing/routing.ts'
import { hostOf, type RuledRequest } from '../gate/rule-subject.ts'
import type { RuleMatches } from '../gate/rule-watch.ts'
import type { Explanation, ExplainQuery, ExplainRequest } from './explanation.ts'
import { Looking } from './looking.ts'
import { type Explainable, lastOf, ruleText } from './explaining-lb.ts'

interface Refused { readonly reason: CloseReason, readonly detail: string }

/** A user vserver, as far as its clients and requests are explained that no extension inspects. */
export interface UninspectedVserver {
  readonly worker: number
  /** True for a server name whose TLS would not end here. */
  passes (serverName: string): boolean
  readonly passing: { readonly routing: Routes<Explainable> }
  /** Undefined where no requests are forwarded. */
  readonly requestRouting: RequestRoutes<Explainable> | undefined
  refusal (client: ClientFacts, looking: RuleMatches): Refused | undefined
  requestRefusal (client: ClientFacts, request: RuledRequest, matches?: RuleMatches): Refused | undefined
}

/** False for an HTTP request, and a client whose TLS passes. */
export const isInspected = (query: ExplainQuery, vserver: UninspectedVserver): query is ExplainRequest => {
  const { side, client: { serverName } } = query
  return side !== 'request' && !(side === 'client' && serverName !== undefined && vserver.passes(serverName))
}

const outcomeOf = (
  { userVserver, side }: ExplainQuery,
  { worker }: UninspectedVserver,
  { rules, rateLimits }: Looking,
  outcome: Partial<Explanation['outcome']> & Pick<Explanation['outcome'], 'becomes'>
): Explanation => ({
  userVserver,
  side,
  extension: undefined,
  version: undefined,
  canary: undefined,
  worker,
  choice: undefined,
  connect: undefined,
  frames: [],
  rest: undefined,
  rules,
  rateLimits,
  counters: {},
  crossings: 0,
  outcome: {
    reason: undefined,
    detail: undefined,
    goodbye: undefined,
    service: undefined,
    failedOpen: undefined,
    decision: undefined,
    ...outcome
  }
})

/** Why an edge function refuses what is explained, if it does. */
export type EdgeRefusal = Refused | undefined

/** The request that is explained: its method is not known, and most have this one. */
export const requestOf = ({ http, tlsVersion }: ClientFacts): RuledRequest => ({
  method: 'GET',
  path: http?.path ?? '/',
  host: hostOf(http?.headers['host']),
  secure: tlsVersion !== undefined,
  upgrade: false,
  headers: http?.headers ?? {}
})

const notForwarded: Refused = { reason: 'http-failed', detail: 'no HTTP requests are forwarded here' }

/** Explains where a client or a request goes that no extension inspects: it has no keys, and routing alone decides. */
export const explainRoute = async (
  query: ExplainQuery,
  vserver: UninspectedVserver,
  byEdge?: EdgeRefusal
): Promise<Explanation> => {
  const { side, client } = query
  const { requestRouting } = vserver
  const isRequest = side === 'request'
  const looking = new Looking()
  const refused = !isRequest
    ? vserver.refusal(client, looking)
    : requestRouting === undefined
    ? notForwarded
    : vserver.requestRefusal(client, requestOf(client), looking) ?? byEdge
  if (refused !== undefined)
    return outcomeOf(query, vserver, looking, { becomes: 'closed', reason: refused.reason, detail: refused.detail })
  const wish: Wish = {
    token: undefined,
    session: undefined,
    client,
    published: undefined,
    headers: client.http?.headers,
    tried: [],
    stray: undefined,
    anyHealth: false
  }
  const [host, path] = [client.http?.headers['host'] ?? '', client.http?.path ?? '/']
  const routed: RoutedClient = { client: { peer: client }, declaration: { fields: [] }, fields: undefined }
  const to = isRequest ? requestRouting!.route(host, path) : vserver.passing.routing.route(routed, undefined)!
  const rule = isRequest ? requestRouting!.ruleFor(host, path) : vserver.passing.routing.ruleFor(routed)
  const chosen = await new Promise<LbExplanation>(resolve => { to.explain(wish, resolve) })
  const decision = { ...chosen, rule: rule && ruleText(rule) }
  const { refusal, service } = lastOf(decision)
  return outcomeOf(query, vserver, looking, {
    becomes: refusal !== undefined ? 'closed' : isRequest ? 'open' : 'tunnel',
    reason: refusal,
    service,
    decision
  })
}
