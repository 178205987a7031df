import { type CloseReason, type LayerName, type ProtocolControlId, type UserVserver, WeirError, type ServiceFailure } from '@weirlb/model'
import { type ByteLink, ByteMeter, choiceOf, type ClientFacts, type HelloAnswer, type HttpExchange, type LinkError, nobody, passesThrough, type Peer, type ProtocolChoice, type RefusalResponse, type ServerLayer, type Transport, type UpgradeDecision, type UpgradeRequest } from '@weirlb/link'
import type { ChallengeResult } from '../challenge/challenger.ts'
import { clientView } from '../client-view.ts'
import type { ExtensionVersions } from '../extension/extension-versions.ts'
import type { FloodGuard } from '../floods/flood-guard.ts'
import type { NamedConnection } from '../gate/client-subject.ts'
import { compileGate, countResponse, type Gate, refusedAtConnect, refusedHello, type Refusal } from '../gate/gate.ts'
import type { EdgePlace } from '../edge/edge-place.ts'
import type { FunctionOutcome } from '../edge/outcome.ts'
import type { VserverAccess } from '../gate/access-book.ts'
import type { RequestInspection } from '../gate/request-inspection.ts'
import { behindProxies } from '../gate/behind-proxies.ts'
import { Refuser } from '../gate/refuser.ts'
import type { Geo } from '../geo/geo.ts'
import type { VserverRules } from '../gate/rule-book.ts'
import { askedBy, hostOf, type RuledRequest } from '../gate/rule-subject.ts'
import { type RuleMatches, unwatched } from '../gate/rule-watch.ts'
import { HttpRequest, type HttpEntrance } from '../http/http-request.ts'
import type { EndRecord, RecordSink } from '../life-record.ts'
import { failureReason } from '../layer-failure.ts'
import { type Log, reportFault } from '../log.ts'
import { coarseClock } from '../connection/coarse-clock.ts'
import { Connection } from '../connection/connection.ts'
import type { Front } from '../connection/front.ts'
import { statFields } from '../stats/fields.ts'
import { observe } from '../stats/histogram.ts'
import { FirstTimes } from '../servers/first-times.ts'
import { SampledTimes } from '../servers/sampled-times.ts'
import type { UserVserverStats } from '../stats/stats.ts'
import type { GlbRuntime } from '../balancing/glb.ts'
import type { LbRuntime } from '../balancing/lb-vserver.ts'
import type { RequestRoutes, Routes } from '../balancing/routing.ts'
import type { Acceptor, Entrance, ListenerSlot } from './listener-slot.ts'
import type { EngineContext } from './engine-context.ts'
import { FloodDoor } from './flood-door.ts'
import { PassingFront } from './passing-front.ts'
import { isValidated, Strangers, type StrangersVserver } from './strangers.ts'
import { decideUpgrade } from './upgrade-decision.ts'

/** A running user vserver: accepts clients and holds their settings. */
export class VserverRuntime implements Acceptor, Front, HttpEntrance, StrangersVserver {
  readonly name: string
  /** The guest's index of it. */
  readonly index: number
  /** Its counters, except for bytes. */
  readonly stats: UserVserverStats
  readonly meter = new ByteMeter()
  readonly #context: EngineContext
  /** Has the configuration, with the numbers that hold now. */
  readonly door: FloodDoor
  #slot: ListenerSlot | undefined
  /** For clients that the gate refuses; made when there is the first. */
  #strangers: Strangers | undefined
  /** Undefined: everything passes. */
  #gate: Gate | undefined
  #outsiders: Refuser | undefined
  #rules: VserverRules | undefined
  #access: VserverAccess | undefined
  #extension: ExtensionVersions | undefined
  routing!: Routes<LbRuntime | GlbRuntime>
  /** Asks the edge functions about requests; undefined: no trigger is about this vserver. */
  edge: EdgePlace | undefined
  /** For clients whose TLS does not end here. */
  readonly passing = new PassingFront(this)
  /** Leads HTTP requests that are no WebSockets, where they are taken. */
  requestRouting: RequestRoutes<LbRuntime | GlbRuntime> | undefined
  /** Inspects its HTTP requests and upgrades; undefined: they are not. */
  inspection: RequestInspection | undefined
  /** For new clients. */
  layers: readonly ServerLayer[] = []
  tlsLayers: readonly ServerLayer[] = []

  constructor (index: number, config: UserVserver, extension: ExtensionVersions | undefined, context: EngineContext, stats: UserVserverStats) {
    this.index = index
    this.name = config.name
    this.#extension = extension
    this.#context = context
    this.stats = stats
    this.door = new FloodDoor(config, context, stats)
    this.config = config
  }

  get guard (): FloodGuard { return this.door.guard }
  get config (): UserVserver { return this.guard.config }

  set config (config: UserVserver) {
    this.door.configure(config)
    this.#gate = compileGate(config, this, this.#rules, this.#access)
  }

  /** What its clients, requests and messages are held to; undefined: nothing. */
  get rules (): VserverRules | undefined { return this.#rules }

  set rules (rules: VserverRules | undefined) {
    if (rules === this.#rules) return
    this.#rules = rules
    this.#gate = compileGate(this.config, this, rules, this.#access)
  }

  /** Who may come in, and ask for what; undefined: everybody, for everything. */
  get access (): VserverAccess | undefined { return this.#access }

  set access (access: VserverAccess | undefined) {
    if (access === this.#access) return
    this.#access = access
    this.guard.trusts = access?.looksAtClients === true ? address => access.trusts(address) : undefined
    this.#gate = compileGate(this.config, this, this.#rules, access)
  }

  get geo (): Geo { return this.#context.geo }

  /** True for a client that an access rule allows: nothing blocks it, and no limit counts it. */
  trusts (client: ClientFacts): boolean {
    return this.#access !== undefined && this.#access.trusts(behindProxies(this.config, client, client.http?.headers).address)
  }

  /** The access rule that decides about a client; undefined: none does. */
  accessRuleOf (client: ClientFacts): Refuser | undefined { return this.#access?.ruleOf(behindProxies(this.config, client, client.http?.headers).address) }

  get outsiders (): Refuser { return this.#outsiders ??= new Refuser('allow-from', this.name, 'block', undefined, this.#context.decisions.control('allow-from', this.name)) }

  get ruleMatches (): RuleMatches { return this.#context.ruleMatches }

  /** The extension of its clients. Plain HTTP has none, and no connections either. */
  get extension (): ExtensionVersions {
    if (this.#extension === undefined)
      throw new WeirError('config-invalid', `user vserver '${this.name}' forwards HTTP requests and has no extension`)
    return this.#extension
  }

  set extension (extension: ExtensionVersions | undefined) { this.#extension = extension }

  /** The vserver is removed. */
  forget (): void {
    if (this.guard.defending) this.#context.onDefence(this.name, false, 'it was removed')
    this.#extension?.current.forgetVserver(this.index)
    this.#extension?.canary?.forgetVserver(this.index)
  }

  get worker (): number { return this.#context.worker }
  get transport (): Transport { return this.#context.transport }
  get log (): Log { return this.#context.log }
  get records (): RecordSink | undefined { return this.#context.records }
  sampledTimes (number: number): SampledTimes | undefined { return this.#context.sampled.get(number) }

  /** Take the clients of this listener from now on, with these layers on their links; `tlsLayers`: when they ask for TLS. */
  listen (slot: ListenerSlot, layers: readonly ServerLayer[], tlsLayers: readonly ServerLayer[]): void {
    this.layers = layers
    this.tlsLayers = tlsLayers
    slot.listener!.setKeepAlive(this.config.tcpKeepAlive)
    // Whoever was on the way to another listener is gone without a call.
    if (this.#slot !== undefined && this.#slot !== slot) this.guard.recount(this.#addresses())
    this.#slot = slot
    slot.serve(this)
  }

  * #addresses (): Generator<string> {
    for (const { vserver, facts } of this.#context.connections.values()) if (vserver === this || vserver === this.passing) yield facts.address
  }

  /** Why a client that has come through the layers would be refused now, if it would. */
  refusal (client: ClientFacts, looking: RuleMatches): Refusal | undefined {
    const asked = askedBy(client)
    return this.#context.bans.look(client) ??
      refusedAtConnect(this.#rules, this.#access, this.config, this, client, looking) ??
      this.door.wouldRefuse(client) ??
      (asked && (this.#gate?.onUpgrade(client, asked, looking) ?? this.door.suspect(client, asked, true, false))) ??
      this.#gate?.onClient(client, looking)
  }

  /** True for a server name whose TLS would not end here. */
  passes (serverName: string): boolean { return passesThrough(this.layers, serverName) }

  /** What a client's first bytes would choose, where several protocols share the port. */
  choice (bytes: Uint8Array): ProtocolChoice | undefined { return choiceOf(this.layers, bytes) }

  entranceFor (peer: Peer): Entrance | undefined {
    try { return this.#entranceFor(peer) } catch (error) {
      reportFault(this.log, this.name, error, 'internal error at the arrival of a client')
      return undefined
    }
  }

  /** A fault of Weir while a client came in: it ends alone. */
  #broken (link: ByteLink, error: unknown): void {
    reportFault(this.log, this.name, error, 'internal error at the arrival of a client')
    link.sink = nobody
    link.abort()
  }

  #entranceFor (peer: Peer): Entrance | undefined {
    const barred = this.#banned(peer) ?? this.#gate?.onAccept(peer, this.ruleMatches)
    const refusal = barred ?? this.door.admit(peer)
    if (refusal === undefined) return this
    if (barred !== undefined && this.#context.challenges.waiting && isValidated(this.layers))
      return this.#strangers ??= new Strangers(this, this.#context.challenges)
    this.#refuse(peer, refusal)
    return undefined
  }

  identified (client: ClientFacts): boolean {
    const refusal = (client.proxied && this.#gate?.onProxied(client, this.ruleMatches)) ?? this.door.identify(client)
    if (refusal !== undefined) this.#refuse(client, refusal)
    return refusal === undefined
  }

  onStranger (client: ClientFacts): void {
    this.#refuse(client, this.#context.bans.look(client) ?? this.#gate?.onAccept(client, unwatched) ?? { reason: 'not-allowed', detail: `${client.address} was not in allowFrom` })
  }

  get wantsHellos (): boolean { return this.#rules?.wantsHellos === true }
  helloRefusal (client: ClientFacts): HelloAnswer | undefined { return refusedHello(this.#gate?.onHello(client, this.ruleMatches)) }

  accept (link: ByteLink, arrivedAt?: number): void {
    try { this.#accept(link, arrivedAt) } catch (error) {
      this.door.left(link.peer)
      this.#broken(link, error)
    }
  }

  #accept (link: ByteLink, arrivedAt?: number): void {
    const refusal = this.#bannedBehind(link.peer) ?? this.#gate?.onClient(link.peer, this.ruleMatches)
    if (refusal !== undefined) {
      this.door.left(link.peer)
      this.#refuse(link.peer, refusal)
      link.sink = nobody
      link.close(refusal.reason)
      return
    }
    this.#arrived(link.peer)
    const number = this.#context.nextConnection()
    const passes = link.peer.passed === true
    const connection = passes ? this.passing.connectionOf(number, this.#context.passing, link) : new Connection(number, this, this.extension.pick(), link)
    if (this.records?.sample() === true) this.#context.sampled.set(number, connection.firstTimes = new SampledTimes(arrivedAt))
    else if (arrivedAt !== undefined) connection.firstTimes = new FirstTimes(arrivedAt)
    this.stats.connections++
    connection.host.account.joined()
    this.#context.connections.set(connection.number, connection)
    coarseClock.hold()
    if (this.records?.wantsBegins === true) this.records.onBegin({ userVserver: this.name, connection: connection.id, ...clientView(link.peer) })
    try {
      if (passes) this.passing.begin(connection)
      else connection.start()
    } catch (error) {
      connection.onFault(error)
    }
  }

  #banned (client: ClientFacts): Refusal | undefined { return this.#context.bans.refusal(this, client) }

  /** The same of a client whose address a balancer in front has told. */
  #bannedBehind (client: ClientFacts): Refusal | undefined { return client.proxied === undefined ? undefined : this.#banned(client) }

  #refuse (client: ClientFacts, refusal: Refusal): void {
    this.#arrived(client)
    this.#ended(client, refusal.reason)
    if (refusal.reason === 'limit') this.door.onFull(client, refusal.detail)
    if (refusal.silent !== true) this.#recordRefusal(client, refusal)
  }

  #recordRefusal (client: ClientFacts, { reason, detail }: Refusal): void {
    try {
      const record: EndRecord = { userVserver: this.name, ...clientView(client), reason, detail }
      const before = this.guard.mayLog()
      if (before !== undefined) this.log.info(before === 0 ? record : { ...record, unreported: before }, 'connection refused')
      if (this.records?.wantsEnds === true) this.records.onEnd('refused', record)
    } catch (error) {
      reportFault(this.log, this.name, error, 'internal error at the end of a client')
    }
  }

  layerFailed (layer: LayerName, client: ClientFacts, error: LinkError, silent: boolean): void {
    const { kind, message } = error
    const reason = failureReason(layer, kind, silent)
    this.#arrived(client)
    this.door.onLayerFailed(layer, client, error, silent)
    this.#ended(client, reason)
    if (kind === 'internal') reportFault(this.log, this.name, message, 'internal error at the arrival of a client')
    if (!silent || this.config.logSilentClients) this.#recordRefusal(client, { reason, detail: message })
  }

  request (exchange: HttpExchange): void {
    try { new HttpRequest(this, this.requestRouting?.route(exchange.host, exchange.path), exchange).begin() } catch (error) {
      reportFault(this.log, this.name, error, 'internal error of a request')
      exchange.cut('internal-error', 'the request was cut')
    }
  }

  served (client: ClientFacts, bytesRead: number, bytesWritten: number, ms: number): void {
    this.door.left(client)
    if (bytesWritten > 0) this.guard.onSession(client.address, ms)
    this.onValidated(client, bytesRead, bytesWritten)
  }

  onValidated (client: ClientFacts, bytesRead: number, bytesWritten: number): void {
    this.#arrived(client)
    this.meter.read += bytesRead
    this.meter.written += bytesWritten
    this.#count('client-closed')
  }

  get logsRequests (): boolean { return this.config.http?.logRequests !== false }

  requestRefusal (client: ClientFacts, request: RuledRequest, matches = this.ruleMatches): Refusal | undefined {
    // Its connection may be older than the ban.
    const counts = matches === this.ruleMatches
    const banned = counts ? this.#banned(client) : this.#context.bans.look(client)
    return banned ?? this.#gate?.onRequest(client, request, matches) ?? this.door.suspect(client, request, false, counts)
  }

  onResponse (client: ClientFacts, request: RuledRequest, status: number): void { if (this.#rules !== undefined) countResponse(this.#rules, this.config, this, client, request, status, this.ruleMatches) }

  challenge (client: ClientFacts, request: RuledRequest): RefusalResponse { return this.door.challenger.refusal(client, request) }
  challengeAnswer (client: ClientFacts, request: RuledRequest): ChallengeResult { return this.door.challenger.answer(client, request) }
  clears (client: ClientFacts, request: RuledRequest): boolean { return this.door.challenger.clears(client, request) }
  acted (control: ProtocolControlId): void { this.guard.acted(control) }
  threat (address: string): number { return this.guard.threat(address) }

  decision (client: ClientFacts, request: RuledRequest): Promise<FunctionOutcome> | undefined { return this.functionsDecide(client, request, false) }

  /**
   * Functions see the client behind proxies that are trusted, as rules do. Whom an access rule allows they see too:
   * they are a part of what is served.
   */
  functionsDecide (client: ClientFacts, request: RuledRequest, upgrade: boolean): Promise<FunctionOutcome> | undefined {
    return this.edge?.decide(this, behindProxies(this.config, client, request.headers), request, upgrade)
  }

  upgradeRefusal (client: ClientFacts, { host, ...request }: UpgradeRequest): UpgradeDecision {
    const asked = { ...request, host: hostOf(host), upgrade: true }
    return decideUpgrade(this, client, asked, this.#banned(client) ?? this.#gate?.onUpgrade(client, asked, this.ruleMatches) ?? this.door.suspect(client, asked, true, true))
  }

  onRequestBegun (request: HttpRequest): void { this.#context.requests.add(request) }

  onRequestDone (request: HttpRequest, reason: CloseReason | undefined): void {
    this.#context.requests.delete(request)
    this.#context.onRequestGone()
    const outcome = reason ?? 'answered'
    this.stats.requests[outcome] = (this.stats.requests[outcome] ?? 0) + 1
  }

  onServiceFailed (service: string, failure: ServiceFailure, message: string): void { this.#context.onServiceFailed(service, failure, message) }

  onFirstMessage (ms: number): void {
    this.guard.onAsked()
    observe(this.stats.firstMessageMs, statFields.userVservers.firstMessageMs.bounds, ms)
  }
  onAnswered (answered: boolean): void { this.guard.onAnswered(answered) }
  keyRefusal (session: string, { peer }: ByteLink, connection: NamedConnection): string | undefined { return this.door.keyRefusal(session, peer, connection) }
  onConnected (ms: number): void { observe(this.stats.connectMs, statFields.userVservers.connectMs.bounds, ms) }
  onFirstReply (ms: number): void { observe(this.stats.firstReplyMs, statFields.userVservers.firstReplyMs.bounds, ms) }
  onMessage (): void { this.stats.messages++ }
  onEstablished (change: 1 | -1): void { this.stats.established += change }

  onConnectionClosed (connection: Connection, reason: CloseReason, detail: string): void {
    this.stats.connections--
    connection.firstTimes?.over(this, false)
    this.door.onClosed(connection, reason, detail)
    this.#ended(connection.facts, reason)
    connection.host.account.left(reason === 'extension-error' || reason === 'extension-down')
    this.#context.connections.delete(connection.number)
    this.#context.sampled.delete(connection.number)
    coarseClock.release()
    this.#context.onConnectionGone(connection)
  }

  #arrived ({ protocol }: ClientFacts): void {
    this.stats.accepted++
    if (protocol !== undefined) this.stats.protocols[protocol] = (this.stats.protocols[protocol] ?? 0) + 1
  }

  #count (reason: CloseReason): void {
    this.stats.closed[reason] = (this.stats.closed[reason] ?? 0) + 1
  }

  #ended ({ address }: ClientFacts, reason: CloseReason): void {
    this.#count(reason)
    this.guard.onEnd(address, reason)
  }

  /** Its statistics now: a copy. */
  snapshot (): UserVserverStats {
    const { stats, meter } = this
    return {
      ...stats,
      defending: this.guard.defending ? 1 : 0,
      floods: { ...stats.floods },
      bytesIn: meter.read,
      bytesOut: meter.written,
      closed: { ...stats.closed },
      requests: { ...stats.requests },
      protocols: { ...stats.protocols },
      firstMessageMs: [...stats.firstMessageMs],
      connectMs: [...stats.connectMs],
      firstReplyMs: [...stats.firstReplyMs]
    }
  }
}
