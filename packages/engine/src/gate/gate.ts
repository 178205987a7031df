import type { CloseReason, CountedThing, Rule, RuleResponse, UserVserver } from '@weirlb/model'
import { AddressSet, type ClientFacts, type HelloAnswer } from '@weirlb/link'
import type { VserverAccess } from './access-book.ts'
import type { ActiveLimit } from './active-limit.ts'
import { behindProxies } from './behind-proxies.ts'
import { type Refuser, refuserNouns } from './refuser.ts'
import type { ActiveRules, VserverRules } from './rule-book.ts'
import { type RuledRequest, type RuledVserver, RuleSubject } from './rule-subject.ts'
import type { RuleMatches } from './rule-watch.ts'

/** Why a gate does not let a client in. */
export interface Refusal {
  readonly reason: CloseReason
  readonly detail: string
  /** What an HTTP client gets; undefined: the default. */
  readonly response?: RuleResponse | undefined
  /** It may pass a challenge. */
  readonly challenge?: true | undefined
  /** Seconds after which an HTTP client may come again; undefined: nobody knows. */
  readonly retryAfterSeconds?: number | undefined
  /** It was counted, and is neither logged nor recorded: there are too many like it. */
  readonly silent?: boolean | undefined
  /** How a client is refused by its TLS hello; undefined: with an alert. */
  readonly refusal?: Rule['refusal']
}

/** A gate's interface of its vserver. */
export interface Occupancy extends RuledVserver {
  /** Clients that it has. */
  readonly stats: { readonly connections: number }
  /** Refuses whom its `allowFrom` does not have. */
  readonly outsiders: Refuser
}

/**
 * The admission rules of a user vserver, compiled from its configuration. Each place returns a refusal, or undefined
 * to pass. Evaluating it changes nothing but what `matches` does, which is called with the rules that apply.
 *
 *   accept ─► onAccept(client) ─► PROXY header ─► onProxied(client) ─► TLS hello ─► onHello(client) ─► layers ─┬─►
 * onUpgrade(facts, request) ─► onClient(facts) ─► connection └─► onRequest(facts, request) ─► HTTP request, any number
 * of times
 */
export interface Gate {
  /**
   * A connection was accepted, and nothing was read or created for it. The client's address is that of the connection,
   * which may be a balancer's in front of it. Whom this refuses may still validate a host name (`Strangers`).
   */
  onAccept (client: ClientFacts, matches: RuleMatches): Refusal | undefined
  /** A balancer in front that is believed has told the client's address, and nothing else was read. */
  onProxied (client: ClientFacts, matches: RuleMatches): Refusal | undefined
  /**
   * The TLS hello of a client is known, and no handshake has begun. Not called for others: what it looks at is looked
   * at in the next call.
   */
  onHello (client: ClientFacts, matches: RuleMatches): Refusal | undefined
  /** All layers of a client are open, and none of its protocol's bytes was read. */
  onClient (client: ClientFacts, matches: RuleMatches): Refusal | undefined
  /** A client asks for a WebSocket. */
  onUpgrade (client: ClientFacts, request: RuledRequest, matches: RuleMatches): Refusal | undefined
  /** An HTTP request arrived that is no WebSocket. Its connection may be older than these rules. */
  onRequest (client: ClientFacts, request: RuledRequest, matches: RuleMatches): Refusal | undefined
}

/** One rule of a gate; a place without a function passes. */
type Place = Partial<Gate>

/** Each kind of rule, compiled from its configuration. */
const kinds:
  readonly ((
    config: UserVserver,
    occupancy: Occupancy,
    rules: VserverRules | undefined,
    access: VserverAccess | undefined
  ) => Place | undefined)[] = [
    ({ allowFrom }, vserver) => allowFrom.length === 0 ? undefined : allowed(new AddressSet(allowFrom), vserver),
    (config, occupancy, _rules, access) => access && sifted(access, config, occupancy),
    (config, occupancy, rules, access) => rules && ruled(rules, config, occupancy, access),
    ({ limits: { maxClients } }, occupancy) => maxClients === 0 ? undefined : atMost(maxClients, occupancy)
  ]

const allowed = (networks: AddressSet, vserver: Occupancy): Place => {
  const at = (address: string, client: ClientFacts, matches: RuleMatches): Refusal | undefined => {
    if (networks.has(address)) return undefined
    matches.onRefusal(vserver.outsiders, client, vserver)
    return { reason: 'not-allowed', detail: `${address} is not in allowFrom` }
  }
  return {
    onAccept: (client, matches) => at(client.address, client, matches),
    onRequest: (client, _request, matches) => at(client.proxied?.by.address ?? client.address, client, matches)
  }
}

const atMost = (maxClients: number, { stats }: Occupancy): Place => {
  const full: Refusal = { reason: 'limit', detail: `maxClients is ${maxClients}` }
  return { onClient: () => stats.connections >= maxClients ? full : undefined }
}

/**
 * Access rules, lockdowns and user-agent rules. A balancer in front is no client: who is behind it is known from its
 * header.
 */
const sifted = (access: VserverAccess, config: UserVserver, vserver: RuledVserver): Place => {
  const balancers = config.proxyProtocol === undefined ? undefined : new AddressSet(config.proxyProtocol.from)
  const refuse = (by: Refuser | undefined, client: ClientFacts, matches: RuleMatches): Refusal | undefined => {
    if (by === undefined) return undefined
    const silent = !matches.onRefusal(by, client, vserver)
    return { reason: 'not-allowed', detail: `${refuserNouns[by.kind]} '${by.name}'`, response: by.response, silent }
  }
  const at = (client: ClientFacts, matches: RuleMatches): Refusal | undefined =>
    refuse(access.onClient(client.address), client, matches)
  // The connection of a request may be older than these rules, and may be that of a proxy.
  const onRequest: Gate['onRequest'] = (client, request, matches) => {
    const facts = behindProxies(config, client, request.headers)
    const refused = at(facts, matches) ?? refuse(access.onRequest(facts.address, request), facts, matches)
    if (refused !== undefined) return refused
    const by = access.challenges(facts.address)
    if (by === undefined || vserver.clears?.(facts, request) === true) return undefined
    matches.onRefusal(by, facts, vserver)
    return { reason: 'challenged', detail: `access rule '${by.name}'`, challenge: true }
  }
  return {
    ...access.looksAtClients && {
      onAccept: (client, matches) => balancers?.has(client.address) === true ? undefined : at(client, matches),
      onProxied: at
    },
    onUpgrade: onRequest,
    onRequest
  }
}

/** What the access rules, and the rules of phase `connect`, say of a client alone; its layers are open by now. */
export const refusedAtConnect = (
  rules: VserverRules | undefined,
  access: VserverAccess | undefined,
  config: UserVserver,
  vserver: RuledVserver,
  client: ClientFacts,
  matches: RuleMatches
): Refusal | undefined => {
  const barred = access && sifted(access, config, vserver).onProxied?.(client, matches)
  if (barred !== undefined || rules === undefined) return barred
  const peer = client.proxied?.by ?? client
  if (access?.trusts(peer.address) === true) return undefined
  const subject = new RuleSubject(vserver, client.proxied === undefined ? client : { ...client.proxied.by }, undefined)
  return decide(rules.connect, subject, matches) ??
    (client.proxied === undefined ? overLimit(rules.limits.connect, subject, 1, matches) : undefined)
}

/** Rate limits of upgrades count no other requests. */
const ofRequests = (limits: readonly ActiveLimit[], counts: CountedThing): readonly ActiveLimit[] =>
  limits.filter(limit => limit.counts === counts)

/**
 * The rules and rate limits of connections and requests. Those of messages are the connection's. A balancer in front
 * tells the addresses of its clients, which are counted once those are known.
 */
const ruled = (
  { connect, tlsHello, hello, request: requests, limits }: VserverRules,
  config: UserVserver,
  vserver: RuledVserver,
  access: VserverAccess | undefined
): Place => {
  const proxied = config.proxyProtocol !== undefined
  const early = proxied ? [] : limits.connect
  const late = proxied ? [...limits.connect, ...limits.hello] : limits.hello
  const perRequest = ofRequests(limits.request, 'requests')
  const perUpgrade = ofRequests(limits.request, 'upgrades')
  const looksBefore = tlsHello !== undefined || hello !== undefined
  // Whom an access rule allows, no rule looks at, and no limit counts.
  const trusts = ({ address }: ClientFacts): boolean => access?.trusts(address) === true
  // A client without TLS, or with a hello that nobody could read, has not been looked at by the rules of hellos.
  const beforeRequests = (about: RuleSubject, matches: RuleMatches): Refusal | undefined =>
    (about.facts.helloSeen === true ? undefined : decide(tlsHello, about, matches)) ?? decide(hello, about, matches)
  const subject = (client: ClientFacts, request: RuledRequest): RuleSubject => {
    const made = new RuleSubject(vserver, client, undefined)
    made.request = request
    return made
  }
  const onRequest: Gate['onRequest'] = (client, request, matches) => {
    const facts = behindProxies(config, client, request.headers)
    if (trusts(facts)) return undefined
    const about = subject(facts, request)
    return beforeRequests(about, matches) ?? decide(requests, about, matches) ??
      overLimit(perRequest, about, 1, matches)
  }
  const onUpgrade: Gate['onUpgrade'] = (client, request, matches) => {
    const refusal = onRequest(client, request, matches)
    if (refusal !== undefined || perUpgrade.length === 0) return refusal
    const facts = behindProxies(config, client, request.headers)
    return trusts(facts) ? undefined : overLimit(perUpgrade, subject(facts, request), 1, matches)
  }
  return {
    ...(connect !== undefined || early.length > 0) && {
      onAccept: (client, matches) => {
        if (trusts(client)) return undefined
        const about = new RuleSubject(vserver, client, undefined)
        return decide(connect, about, matches) ?? overLimit(early, about, 1, matches)
      }
    },
    ...tlsHello !== undefined &&
      {
        onHello: (client, matches) =>
          trusts(client) ? undefined : decide(tlsHello, new RuleSubject(vserver, client, undefined), matches)
      },
    ...(looksBefore || late.length > 0) && {
      onClient: (client, matches) => {
        if (trusts(client)) return undefined
        const about = new RuleSubject(vserver, client, undefined)
        // Whoever has asked for a WebSocket was looked at then.
        return (client.http === undefined ? beforeRequests(about, matches) : undefined) ??
          overLimit(late, about, 1, matches)
      }
    },
    ...(looksBefore || requests !== undefined || perRequest.length > 0) && { onRequest },
    ...(looksBefore || requests !== undefined || limits.request.length > 0) && { onUpgrade }
  }
}

/** Looks at rate limits until one is over. */
export const overLimit = (
  limits: readonly ActiveLimit[],
  subject: RuleSubject,
  amount: number,
  matches: RuleMatches
): Refusal | undefined => {
  for (const limit of limits) {
    if (!matches.isOver(limit, subject, amount)) continue
    const retryAfterSeconds = Math.max(1, Math.ceil(limit.waitMs(subject, performance.now()) / 1000))
    return {
      reason: limit.action === 'ban' ? 'banned' : 'rate-limit',
      detail: `rate limit '${limit.name}'`,
      response: limit.response,
      retryAfterSeconds
    }
  }
  return undefined
}

/** A server's response to a request: those that are counted by their responses are. */
export const countResponse = (
  { limits }: VserverRules,
  config: UserVserver,
  vserver: RuledVserver,
  client: ClientFacts,
  request: RuledRequest,
  status: number,
  matches: RuleMatches
): void => {
  for (const limit of limits.request) {
    if (!limit.countsReplies) continue
    const subject = new RuleSubject(vserver, behindProxies(config, client, request.headers), undefined)
    subject.request = request
    subject.status = status
    matches.onReply(limit, subject)
  }
}

const decide = (rules: ActiveRules | undefined, subject: RuleSubject, matches: RuleMatches): Refusal | undefined => {
  const ended = rules?.decide(subject, matches)
  if (ended?.action === 'challenge') return { reason: 'challenged', detail: `rule '${ended.name}'`, challenge: true }
  if (ended?.action !== 'block' && ended?.action !== 'ban') return undefined
  return {
    reason: ended.action === 'ban' ? 'banned' : 'rule',
    detail: `rule '${ended.name}'`,
    response: ended.response,
    refusal: ended.refusal
  }
}

/** What a client gets that is refused by its TLS hello; undefined: it passes. */
export const refusedHello = (refusal: Refusal | undefined): HelloAnswer | undefined =>
  refusal &&
  { kind: refusal.reason === 'banned' ? 'banned' : 'rule', detail: refusal.detail, alert: refusal.refusal !== 'reset' }

/** The places of a vserver that has some; the first refusal is the result. */
class Places implements Gate {
  readonly #onAccept: readonly Gate['onAccept'][]
  readonly #onProxied: readonly Gate['onProxied'][]
  readonly #onHello: readonly Gate['onHello'][]
  readonly #onClient: readonly Gate['onClient'][]
  readonly #onUpgrade: readonly Gate['onUpgrade'][]
  readonly #onRequest: readonly Gate['onRequest'][]

  constructor (places: readonly Place[]) {
    this.#onAccept = places.flatMap(({ onAccept }) => onAccept === undefined ? [] : [onAccept])
    this.#onProxied = places.flatMap(({ onProxied }) => onProxied === undefined ? [] : [onProxied])
    this.#onHello = places.flatMap(({ onHello }) => onHello === undefined ? [] : [onHello])
    this.#onClient = places.flatMap(({ onClient }) => onClient === undefined ? [] : [onClient])
    this.#onUpgrade = places.flatMap(({ onUpgrade }) => onUpgrade === undefined ? [] : [onUpgrade])
    this.#onRequest = places.flatMap(({ onRequest }) => onRequest === undefined ? [] : [onRequest])
  }

  onAccept (client: ClientFacts, matches: RuleMatches): Refusal | undefined {
    return firstOf(this.#onAccept, at => at(client, matches))
  }
  onProxied (client: ClientFacts, matches: RuleMatches): Refusal | undefined {
    return firstOf(this.#onProxied, at => at(client, matches))
  }
  onHello (client: ClientFacts, matches: RuleMatches): Refusal | undefined {
    return firstOf(this.#onHello, at => at(client, matches))
  }
  onClient (client: ClientFacts, matches: RuleMatches): Refusal | undefined {
    return firstOf(this.#onClient, at => at(client, matches))
  }
  onUpgrade (client: ClientFacts, request: RuledRequest, matches: RuleMatches): Refusal | undefined {
    return firstOf(this.#onUpgrade, at => at(client, request, matches))
  }
  onRequest (client: ClientFacts, request: RuledRequest, matches: RuleMatches): Refusal | undefined {
    return firstOf(this.#onRequest, at => at(client, request, matches))
  }
}

const firstOf = <T>(places: readonly T[], look: (place: T) => Refusal | undefined): Refusal | undefined => {
  for (const place of places) {
    const refusal = look(place)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/**
 * The gate of a user vserver; undefined where everything passes, which costs its clients one comparison at each place.
 */
export const compileGate = (
  config: UserVserver,
  occupancy: Occupancy,
  rules: VserverRules | undefined,
  access: VserverAccess | undefined
): Gate | undefined => {
  const places = kinds.flatMap(kind => kind(config, occupancy, rules, access) ?? [])
  return places.length === 0 ? undefined : new Places(places)
}
