import { extensionProbes, heldVserver, parseEndpoint, WeirError, type CloseReason, type ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration, FunctionDeclaration, FunctionRequest } from '@weirlb/sdk/abi'
import { Challenges } from '@weirlb/link'
import { FunctionReports } from './edge/function-reports.ts'
import { type FunctionTrial, tryFunction } from './edge/function-trial.ts'
import { loadFunction } from './edge/running-functions.ts'
import type { EngineConfig, EngineFunction, Ports } from './engine-config.ts'
import type { ConnectionInfo, ConnectionQuery } from './connection/connection-info.ts'
import { Departures, type Departed, type DepartureQuery } from './departures.ts'
import type { EngineApi, EngineOptions, ListeningSockets, PreparedRevision } from './engine-api.ts'
import { explain, notUp } from './explain/explain.ts'
import { explainEdge } from './explain/explain-edge.ts'
import { type EdgeRefusal, explainRoute, isInspected, requestOf } from './explain/explain-route.ts'
import { sceneOf } from './explain/scene.ts'
import type { Explanation, ExplainQuery } from './explain/explanation.ts'
import { loadGuest } from './extension/load-guest.ts'
import { reportFault } from './log.ts'
import { FloodWorld } from './floods/flood-world.ts'
import { DecisionLog } from './decisions/decision-log.ts'
import { Decisions } from './decisions/decisions.ts'
import type { Tops } from './decisions/tops.ts'
import { BanGate } from './gate/ban-gate.ts'
import { behindProxies } from './gate/behind-proxies.ts'
import { BanList, type BanWord } from './gate/ban-list.ts'
import type { CounterLevel } from './gate/active-limit.ts'
import type { LimitCountersQuery } from './gate/limit-book.ts'
import { LimitShares, type SharedCount } from './gate/limit-shares.ts'
import { RuleWatch } from './gate/rule-watch.ts'
import { GeoBook } from './geo/geo.ts'
import { passingHost } from './extension/passing-host.ts'
import { ProbeGuests } from './extension/probe-guests.ts'
import type { ProbeAnswer, ProbeAsk, ProbeQuestion, ProbeVerdict } from './extension/probe.ts'
import { Clearances } from './challenge/clearance.ts'
import type { Connection } from './connection/connection.ts'
import type { Front } from './connection/front.ts'
import { guarded } from './connection/guarded.ts'
import type { HttpEntrance, HttpRequest } from './http/http-request.ts'
import { prepareRevision, type Prepared } from './revision/prepare.ts'
import { RunningRevision } from './revision/running-revision.ts'
import type { VserverRuntime } from './vserver/user-vserver.ts'
import { StallRounds } from './vserver/stall-rounds.ts'
import { emptyEngineStats } from './stats/empty.ts'
import type { EngineStats } from './stats/stats.ts'
import type { TraceSpec } from './trace/trace.ts'
import { closesAtOnce } from './balancing/balancer.ts'
import type { Counts } from './balancing/counted.ts'
import type { PlaceWord } from './balancing/places.ts'
import type { ServiceRuntime } from './balancing/service.ts'

/** Default time for the HTTP requests of what a revision removes. */
const REQUEST_GRACE_MS = 10_000
/** Time between two clients that are told of a stop, if there is enough. */
const SHUTDOWN_MS_EACH = 10
/** Time for the first answer to a client that has only just come. */
const ANSWER_MS = 1000
/** Default maximum of connections in one result. */
const DEFAULT_LIMIT = 1000

/**
 * The data plane of one process.
 *
 * A change has two halves. `prepare` does all that can fail (load extensions, check parameters and certificates, bind
 * addresses) beside what is running; `commit` swaps it in, and then ends the connections that it leaves without a
 * place.
 */
class Engine implements EngineApi {
  readonly #options: EngineOptions
  readonly #connections = new Map<number, Connection>()
  readonly #requests = new Set<HttpRequest>()
  readonly #departures = new Departures(this.#connections, this.#requests)
  readonly #bans = new BanList()
  readonly #shares: LimitShares | undefined
  readonly #running: RunningRevision
  readonly #probes: ProbeGuests
  readonly #floods = new FloodWorld()
  #seconds: ReturnType<typeof setInterval> | undefined
  readonly #stalls = new StallRounds()
  readonly #decisions: Decisions
  #preparing = false
  #nextConnection = 0
  #draining = false
  #stopping: Promise<void> | undefined
  /** Called, once, when no connection and no request is left. */
  #onEmpty: (() => void)[] = []

  constructor (options: EngineOptions) {
    this.#options = options
    const decisionLog = new DecisionLog(options.log)
    this.#decisions = new Decisions({
      worker: options.worker,
      report: decisions => {
        decisionLog.write(decisions)
        options.events.onDecisions(decisions)
      }
    })
    this.#shares = options.shareCounts && new LimitShares(options.shareCounts)
    const geo = new GeoBook()
    this.#running = new RunningRevision(options, {
      worker: options.worker,
      transport: options.transport,
      log: options.log,
      records: options.records,
      passing: passingHost(options.runtime, options.log),
      connections: this.#connections,
      sampled: new Map(),
      requests: this.#requests,
      challenges: new Challenges(),
      clearances: new Clearances(),
      floods: this.#floods,
      onDefence: (userVserver, defending, reason) => {
        options.log.warn({ userVserver, reason }, defending ? 'defence mode begins' : 'defence mode ends')
        options.events.onDefence(userVserver, defending, reason)
      },
      decisions: this.#decisions,
      bans: new BanGate(this.#bans, this.#decisions),
      limitShares: this.#shares,
      ruleMatches: new RuleWatch(this.#decisions, (address, forMs, by) => {
        // At once here; the others hear of it.
        if (this.#bans.add({ address, forMs }, performance.now())) options.events.onBan({ address, forMs }, by)
      }),
      nextConnection: () => ++this.#nextConnection,
      onServiceFailed: (service, failure, message) => options.events.onServiceFailed(service, failure, message),
      onConnectionGone: connection => this.#onConnectionGone(connection),
      onRequestGone: () => { this.#noteEnd() },
      geo
    }, new FunctionReports(options.log, options.events), geo)
    this.#probes = new ProbeGuests(options.runtime, extension => this.#running.extensions.versions.get(extension)?.current)
  }

  async prepare (given: EngineConfig, ports: Ports): Promise<PreparedRevision> {
    // Controls that are switched off have wide numbers.
    const config = { ...given, userVservers: given.userVservers.map(vserver => heldVserver(vserver, false)) }
    if (this.#preparing) throw new Error('a revision is being prepared')
    this.#preparing = true
    let prepared: Prepared
    try {
      prepared = await prepareRevision(this.#draining ? withoutListeners(config) : config, ports, this.#options, this.#running)
    } catch (error) {
      this.#preparing = false
      throw error
    }
    return {
      declarations: prepared.declarations,
      ports: prepared.ports,
      commit: () => {
        this.#preparing = false
        // A stopped engine does not start again.
        if (this.#stopping !== undefined) prepared.discard()
        else this.#commit(config, prepared)
        if (this.#draining) void this.#running.closeListeners()
      },
      abort: () => {
        this.#preparing = false
        prepared.discard()
      }
    }
  }

  async validate (bundle: Bundle): Promise<Declaration> {
    const guest = await loadGuest(this.#options.runtime, bundle, { mode: 'thread', heapMb: 64, batchTimeoutMs: 100, originatedBytes: 256 * 1024 })
    const { declaration } = guest
    guest.dispose()
    return declaration
  }

  async validateFunction (bundle: Bundle): Promise<FunctionDeclaration> {
    const guest = await loadFunction(this.#options.functions, trialOf(bundle))
    const { declaration } = guest
    guest.dispose()
    return declaration
  }

  async tryFunction (config: EngineFunction, request: FunctionRequest): Promise<FunctionTrial> {
    return await tryFunction(await loadFunction(this.#options.functions, config), config, request)
  }

  async explain (query: ExplainQuery): Promise<Explanation> {
    const vserver = this.#running.vservers.get(query.userVserver)
    if (vserver === undefined) throw new WeirError('not-found', `no user vserver '${query.userVserver}'`)
    const { client } = query
    const isRequest = query.side === 'request'
    const asks = isRequest || (query.side === 'client' && client.http !== undefined)
    const request = asks ? requestOf(client) : undefined
    const byEdge = request && await explainEdge(vserver.edge, this.#options.functions, behindProxies(vserver.config, client, request.headers), request, !isRequest, vserver.name)
    const floods = query.side === 'server' ? undefined : vserver.door.describe(client, request, !isRequest)
    const decides = query.side === 'server' ? undefined : vserver.accessRuleOf(client)
    return { ...await this.#explain(query, vserver, byEdge?.refused), access: decides && { rule: decides.name, action: decides.action }, floods, edge: byEdge?.edge }
  }

  async #explain (query: ExplainQuery, vserver: VserverRuntime, byEdge: EdgeRefusal): Promise<Explanation> {
    if (!isInspected(query, vserver)) return await explainRoute(query, vserver, byEdge)
    const host = vserver.extension.current
    const scene = sceneOf(vserver, query, byEdge)
    if (scene.refused === undefined && host.state === 'down' && !scene.failOpen) throw notUp(host.name)
    const asked = scene.refused === undefined && host.state !== 'down'
    // Always on a thread: code that is being validated must not block the loop.
    const guest = asked ? await loadGuest(this.#options.runtime, host.bundle, { ...host.options, mode: 'thread' }) : undefined
    return await explain(query, scene, guest)
  }

  async probeQuestion (ask: ProbeAsk): Promise<ProbeQuestion> { return await this.#probes.probeQuestion(ask) }
  async probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict> { return await this.#probes.probeVerdict(answer) }

  trace (extension: string, spec: TraceSpec | undefined): void { this.#running.extensions.trace(extension, spec) }

  setServiceHealth (name: string, health: ServiceHealth): void {
    const service = this.#running.services.get(name)
    if (service === undefined || service.health === health) return
    service.health = health
    // A failed probe redirects new clients. It does not prove that existing connections are dead.
    if (health !== 'down' || ![...this.#running.lbs.values()].some(closesAtOnce)) return
    for (const connection of [...this.#connections.values()])
      guarded(connection, () =>
        connection.upstream.onServiceDown(service))
  }

  counts (services: readonly string[]): Readonly<Record<string, Counts>> { return this.#running.changedCounts(services) }

  tellElsewhere (elsewhere: Readonly<Record<string, Counts>>): void {
    for (const [name, counts] of Object.entries(elsewhere)) {
      const service = this.#running.services.get(name)
      if (service !== undefined) service.elsewhere = counts
    }
  }

  tellPlaces (name: string, word: PlaceWord): void {
    const places = this.#running.services.get(name)?.places
    places?.hear(word)
  }

  tellCounted (counts: readonly SharedCount[]): void { this.#running.limits.hear(counts, performance.now()) }

  ban (bans: readonly BanWord[]): void {
    const now = performance.now()
    for (const ban of bans) this.#bans.add(ban, now)
  }

  unban (addresses: readonly string[] | undefined): void {
    if (addresses === undefined) this.#bans.clear()
    else for (const address of addresses) this.#bans.remove(address)
  }

  setServiceLatency (name: string, ms: number): void {
    const service = this.#running.services.get(name)
    if (service !== undefined) service.latencyMs = ms
  }

  stats (): EngineStats {
    const { services, lbs, glbs, vservers, extensions, ruleStats } = this.#running
    const stats = { ...emptyEngineStats(), extensions: extensions.stats(), controls: this.#decisions.stats(), ...this.#running.functions.stats() }
    for (const [name, vserver] of vservers) stats.userVservers[name] = vserver.snapshot()
    for (const [name, lb] of lbs) stats.lbVservers[name] = { ...lb.stats, waiting: lb.waiting, waitMs: [...lb.stats.waitMs] }
    for (const [name, counted] of ruleStats) stats.rules[name] = { ...counted }
    for (const [name, counted] of this.#running.limits.stats()) stats.rateLimits[name] = counted
    for (const [name, glb] of glbs) stats.glbs[name] = { ...glb.stats, pools: { ...glb.stats.pools } }
    for (const [name, service] of services) stats.services[name] = service.snapshot()
    const { process } = this.#options
    if (process !== undefined) stats.workers[process.name] = { ...process.figures(), connections: this.#connections.size + this.#requests.size, accepted: this.#nextConnection }
    return stats
  }

  tops (): Tops { return this.#decisions.tops() }
  limitCounters ({ limit, most }: LimitCountersQuery): readonly CounterLevel[] { return this.#running.limits.fullest(limit, most, performance.now()) }

  connections (query: ConnectionQuery): ConnectionInfo[] {
    const found: ConnectionInfo[] = []
    const limit = query.limit ?? DEFAULT_LIMIT
    const client = query.client === undefined ? undefined : parseEndpoint(query.client)
    if (query.client !== undefined && client === undefined) return found
    for (const connection of this.#connections.values()) {
      if (found.length >= limit) break
      if (query.userVserver !== undefined && connection.vserver.name !== query.userVserver) continue
      if (query.service !== undefined && !connection.upstream.uses(query.service)) continue
      if (client !== undefined && connection.facts.address !== client.address) continue
      if (client?.port !== undefined && connection.facts.port !== client.port) continue
      if (query.session !== undefined && !connection.upstream.holds(query.session)) continue
      found.push(connection.info())
    }
    return found
  }

  kill (id: string): boolean {
    const [worker, number] = id.split('-')
    const connection = worker === String(this.#options.worker) ? this.#connections.get(Number(number)) : undefined
    if (connection === undefined || connection.id !== id) return false
    guarded(connection, () => connection.finish('killed', ''))
    return true
  }

  steerFrom (lbVserver: string, overfull: readonly string[]): void { this.#running.lbs.get(lbVserver)?.steerFrom(overfull) }

  depart (query: DepartureQuery): Departed { return this.#departures.depart(query, this.#running.services.get(query.service)) }

  listening (): readonly ListeningSockets[] {
    return [...new Set(this.#running.slots.values())].map(({ listener }) => ({ address: listener!.address, port: listener!.port, handles: listener!.share() }))
  }

  async drain (): Promise<void> {
    this.#draining = true
    await this.#running.closeListeners()
    if (!this.#isEmpty) await new Promise<void>(resolve => { this.#onEmpty.push(resolve) })
  }

  stop (graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs)
    return this.#stopping
  }

  async #stop (graceMs: number): Promise<void> {
    await this.#running.closeListeners()
    this.#departures.shutDown(Math.min(graceMs / 2, this.#connections.size * SHUTDOWN_MS_EACH), Math.min(graceMs / 2, ANSWER_MS))
    if (!this.#isEmpty) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, graceMs)
        this.#onEmpty.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    for (const connection of [...this.#connections.values()]) guarded(connection, () => connection.destroy())
    for (const request of [...this.#requests]) request.cut('shutdown')
    clearInterval(this.#seconds)
    this.#floods.loop.stop()
    for (const service of this.#running.services.values()) service.closePooled()
    this.#running.extensions.dispose()
    this.#running.functions.dispose()
    this.#running.stop()
    this.#decisions.flush()
    this.#shares?.stop()
    this.#options.inspector?.stop()
    this.#probes.keepOnly(new Set())
  }

  #onConnectionGone (connection: Connection): void {
    this.#running.extensions.onConnectionGone(connection.host)
    this.#noteEnd()
  }

  get #isEmpty (): boolean { return this.#connections.size === 0 && this.#requests.size === 0 }

  #noteEnd (): void {
    if (!this.#isEmpty) return
    const waiting = this.#onEmpty
    this.#onEmpty = []
    for (const onEmpty of waiting) onEmpty()
  }

  #commit (config: EngineConfig, prepared: Prepared): void {
    if (config.userVservers.length > 0 && this.#seconds === undefined) {
      this.#floods.loop.start()
      this.#seconds = setInterval(() => { this.#onSecond() }, 1000).unref()
    }
    const { services, vservers } = this.#running.commit(config, prepared)
    if (vservers.size > 0) this.#finishAll('draining', new Set([...vservers].flatMap(vserver => [vserver, vserver.passing])))
    this.#running.extensions.finishUnused()
    for (const service of services) this.#endClientsOf(service)
    this.#endRequests(vservers, services)
    this.#probes.keepOnly(new Set(Array.from(extensionProbes(config), ({ monitor: { extension } }) => extension)))
  }

  #onSecond (): void {
    const { vservers } = this.#running
    for (const [name, vserver] of vservers) {
      try { vserver.door.onSecond() } catch (error) { reportFault(this.#options.log, name, error, 'internal error of the controls against floods') }
    }
    this.#stalls.look(this.#connections.values(), name => vservers.get(name)?.door)
  }

  /** End every connection, or those of these vservers. */
  #finishAll (reason: CloseReason, of?: ReadonlySet<Front>): void {
    for (const connection of [...this.#connections.values()]) {
      if (of === undefined || of.has(connection.vserver)) guarded(connection, () => connection.leave(reason, ''))
    }
  }

  /** Limit the time of the requests of these. */
  #endRequests (of: ReadonlySet<HttpEntrance>, services: readonly ServiceRuntime[]): void {
    const graceMs = this.#options.requestGraceMs ?? REQUEST_GRACE_MS
    for (const request of this.#requests) {
      if (of.has(request.entrance)) request.leaveWithin(graceMs, 'draining')
      else if (services.some(service => request.uses(service))) request.leaveWithin(graceMs, 'service-down')
    }
  }

  #endClientsOf (service: ServiceRuntime): void {
    for (const connection of [...this.#connections.values()]) guarded(connection, () => connection.upstream.onServiceGone(service))
  }
}

/** A function that is only loaded. */
const trialOf = (bundle: Bundle): EngineFunction =>
  ({ name: bundle.name, bundle, limits: { cpuMs: 10, heapMb: 16, bodyBytes: 65_536 }, strikes: { failures: 5, windowSeconds: 60, downSeconds: 60 }, failOpen: false })

const withoutListeners = (config: EngineConfig): EngineConfig =>
  ({ ...config, userVservers: config.userVservers.map(vserver => vserver.state === 'enabled' ? { ...vserver, state: 'draining' } : vserver) })

/** Make the data plane of this process. */
export const createEngine = (options: EngineOptions): EngineApi => new Engine(options)
