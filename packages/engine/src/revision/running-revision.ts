import {
  diffCollection,
  equal,
  type Glb,
  httpServices,
  isManaged,
  type ManagedCheck,
  managedRuleNames,
  protocolNames,
  recordFrom,
  type UserVserver
} from '@weirlb/model'
import { type Challenges, CookieKeys, noChallenges, steadyClock, targetOf } from '@weirlb/link'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { ExtensionVersions } from '../extension/extension-versions.ts'
import { Pressures } from '../floods/pressures.ts'
import { LimitBook } from '../gate/limit-book.ts'
import { AccessBook } from '../gate/access-book.ts'
import { ListBook } from '../gate/named-lists.ts'
import { inspectingCheck, noInspector, RequestInspection } from '../gate/request-inspection.ts'
import { RuleBook } from '../gate/rule-book.ts'
import type { GeoDatabase } from '../geo/geo-database.ts'
import type { GeoBook } from '../geo/geo.ts'
import type { RuleStats } from '../stats/stats.ts'
import { BandwidthMeasure } from '../balancing/bandwidth.ts'
import { type Counts, noCounts } from '../balancing/counted.ts'
import { GlbRuntime } from '../balancing/glb.ts'
import type { Matched } from '../balancing/host-table.ts'
import { LbRuntime } from '../balancing/lb-vserver.ts'
import { makeMethod } from '../balancing/make-method.ts'
import type { BalancingMethod } from '../balancing/method.ts'
import { RequestRoutes, Routes } from '../balancing/routing.ts'
import { ServiceRuntime } from '../balancing/service.ts'
import { RunningFunctions } from '../edge/running-functions.ts'
import type { FunctionNews } from '../edge/function-host.ts'
import type { EngineConfig } from '../engine-config.ts'
import type { EngineOptions } from '../engine-api.ts'
import { emptyGlbStats, emptyLbVserverStats, emptyRuleStats, emptyServiceStats, emptyUserVserverStats } from '../stats/empty.ts'
import type { ListenerSlot } from '../vserver/listener-slot.ts'
import type { EngineContext } from '../vserver/engine-context.ts'
import { VserverRuntime } from '../vserver/user-vserver.ts'
import type { ListenerPlan, Prepared } from './prepare.ts'
import { RunningExtensions } from './running-extensions.ts'

/** Entities that a revision removes: their connections must end. */
export interface Displaced {
  readonly services: readonly ServiceRuntime[]
  readonly vservers: ReadonlySet<VserverRuntime>
}

const nothing: EngineConfig = {
  revision: -1,
  extensions: [],
  userProtocols: [],
  certkeys: [],
  monitors: [],
  services: [],
  lbVservers: [],
  glbs: [],
  userVservers: [],
  geoDatabases: [],
  lists: [],
  accessRules: [],
  lockdowns: [],
  userAgentRules: [],
  rules: [],
  rateLimits: [],
  edgeFunctions: [],
  triggers: [],
  managedChecks: []
}

/**
 * The running configuration: each entity's runtime, by name. Entities that do not change between two revisions are
 * left alone.
 */
export class RunningRevision {
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly extensions: RunningExtensions
  readonly functions: RunningFunctions
  readonly services = new Map<string, ServiceRuntime>()
  readonly lbs = new Map<string, LbRuntime>()
  readonly glbs = new Map<string, GlbRuntime>()
  readonly vservers = new Map<string, VserverRuntime>()
  /** Counters of rules. */
  readonly ruleStats = new Map<string, RuleStats>()
  /** What rate limits have counted. */
  readonly limits: LimitBook
  slots = new Map<string, ListenerSlot>()
  checkedParams: ReadonlySet<string> = new Set()
  /** As they were told last. */
  readonly #counts = new WeakMap<ServiceRuntime, Counts>()
  readonly #bandwidth = new BandwidthMeasure()
  readonly pressures = new Pressures()
  /** Makes and recognises affinity cookies. */
  readonly cookieKeys = new CookieKeys()
  #book: RuleBook | undefined
  #access: AccessBook | undefined
  readonly #lists = new ListBook()
  readonly #geo: GeoBook
  geoDatabases: readonly GeoDatabase[] = []
  #config = nothing
  #nextVserver = 0

  constructor (options: EngineOptions, context: EngineContext, functionNews: FunctionNews, geo: GeoBook) {
    this.#options = options
    this.#context = context
    this.limits = new LimitBook(context.limitShares, name => context.decisions.control('rate-limit', name))
    this.#geo = geo
    this.extensions = new RunningExtensions(options)
    this.functions = new RunningFunctions(options.functions, functionNews, context.decisions)
  }

  get challenges (): Challenges { return this.#context.challenges }

  /** Swap a prepared revision in: 1 services, 2 LB vservers and GLBs, 3 extensions and edge functions, 4 user vservers and their listeners. It cannot fail. */
  commit (config: EngineConfig, prepared: Prepared): Displaced {
    this.checkedParams = prepared.checkedParams
    if (config.cookieSecret !== undefined) {
      this.cookieKeys.use(config.cookieSecret)
      this.#context.clearances.use(config.cookieSecret)
    }
    this.challenges.replace(config.challenges ?? noChallenges, config.certkeys.some(({ acmeChallenge }) => acmeChallenge === 'tls-alpn-01'))
    const services = this.#commitServices(config)
    this.#commitLbVservers(config)
    this.#commitGlbs(config)
    this.#bandwidth.watch(
      new Set(
        config.lbVservers.filter(({ method }) => method === 'least-bandwidth').flatMap(lb =>
          lb.services.map(({ name }) => this.services.get(name)!)
        )
      )
    )
    this.extensions.commit(config.extensions, prepared.extensions)
    this.functions.commit(config, prepared.functions)
    if (config.clockBase !== undefined) steadyClock.follow(config.clockBase)
    this.geoDatabases = prepared.geoDatabases
    const { hasCountries, hasAsns } = this.#geo
    this.#geo.use(prepared.geoDatabases)
    const lists = this.#commitLists(config)
    const other = lists || hasCountries !== this.#geo.hasCountries || hasAsns !== this.#geo.hasAsns
    const book = this.#commitRules(config, other)
    const access = this.#commitAccess(config, lists)
    const vservers = this.#commitUserVservers(config, prepared, book, access)
    this.pressures.commit(this.vservers)
    this.#options.inspector?.use([...new Set([...this.vservers.values()].flatMap(({ inspection }) => inspection?.check ?? []))])
    this.#commitListeners(prepared.listeners)
    this.#config = config
    return { services, vservers }
  }

  /** Returns the counts of these services that are others than at the last call. */
  changedCounts (services: readonly string[]): Readonly<Record<string, Counts>> {
    const changed: [string, Counts][] = []
    for (const name of services) {
      const service = this.services.get(name)
      if (service === undefined) continue
      const { counts } = service
      const before = this.#counts.get(service) ?? noCounts
      if (equal(counts, before)) continue
      this.#counts.set(service, counts)
      changed.push([name, counts])
    }
    return recordFrom(changed)
  }

  /** The engine ends. */
  stop (): void { this.#bandwidth.stop() }

  /** Resolves when no further client comes. */
  async closeListeners (): Promise<void> {
    const slots = [...this.slots.values()]
    this.slots.clear()
    await Promise.all(slots.map(slot => slot.end()))
  }

  /** Returns the services whose clients must be closed. */
  #commitServices (config: EngineConfig): ServiceRuntime[] {
    const { added, changed, removed } = diffCollection(this.#config.services, config.services)
    const displaced: ServiceRuntime[] = []
    for (const { name } of removed) {
      const service = this.services.get(name)!
      service.remove()
      service.closePooled()
      this.services.delete(name)
      displaced.push(service)
    }
    const monitored = new Set(config.lbVservers.flatMap(lb => lb.monitors.length === 0 ? [] : lb.services.map(({ name }) => name)))
    for (const service of added) {
      const runtime = new ServiceRuntime(service, targetOf(service, config.certkeys), emptyServiceStats(), this.#options.places)
      // Those of an LB vserver speak of a service that has none of its own.
      if (monitored.has(service.name)) runtime.health = 'unknown'
      this.services.set(service.name, runtime)
    }
    for (const { before, after } of changed) {
      const service = this.services.get(after.name)!
      service.configure(after, targetOf(after, config.certkeys))
      if (after.state === 'disabled') service.closeShared()
      if (after.state === 'disabled' || before.address !== after.address || before.port !== after.port) displaced.push(service)
    }
    this.#commitCertkeys(config)
    return displaced
  }

  /** Services reach their servers with what certkeys hold now. */
  #commitCertkeys (config: EngineConfig): void {
    const { added, changed } = diffCollection(this.#config.certkeys, config.certkeys)
    if (added.length + changed.length === 0) return
    for (const service of config.services) if (service.tls !== undefined) this.services.get(service.name)!.configure(service, targetOf(service, config.certkeys))
  }

  readonly #makeMethod = (name: string): BalancingMethod => makeMethod(name, this.#options.methods ?? {}, this.#options.log)

  /** An LB vserver is bound to services by name: one whose services are other runtimes than before has changed itself. */
  #commitLbVservers (config: EngineConfig): void {
    const { added, changed, removed } = diffCollection(this.#config.lbVservers, config.lbVservers)
    for (const { name } of removed) {
      this.lbs.get(name)!.forget()
      this.lbs.delete(name)
    }
    for (const lb of added) this.lbs.set(lb.name, new LbRuntime(lb, this.#options.sessions, this.#makeMethod, () => performance.now(), emptyLbVserverStats(), this.cookieKeys))
    const other = [...added, ...changed.map(({ after }) => after)]
    for (const lb of other) this.lbs.get(lb.name)!.configure(lb, this.services)
    for (const lb of other) this.lbs.get(lb.name)!.backup = lb.backup === undefined ? undefined : this.lbs.get(lb.backup)
  }

  #commitGlbs (config: EngineConfig): void {
    const { added, changed, removed } = diffCollection(this.#config.glbs, config.glbs)
    for (const { name } of removed) this.glbs.delete(name)
    for (const glb of added) this.glbs.set(glb.name, new GlbRuntime(glb, this.#options.sessions, emptyGlbStats(), this.cookieKeys))
    // Pools that serve requests have other cookies than those of an extension's clients.
    const retyped = new Set(
      diffCollection(this.#config.lbVservers, config.lbVservers).changed.filter(({ before, after }) =>
        before.type !== after.type
      ).map(({ after }) => after.name)
    )
    const other = new Set([
      ...added,
      ...changed.map(({ after }) => after),
      ...config.glbs.filter(({ pools }) => pools.some(pool => retyped.has(pool.name)))
    ])
    for (const glb of other) this.glbs.get(glb.name)!.configure(glb, this.lbs)
  }

  /** Returns true if a list has come, gone, or become one of another type: what names it looks into another object. */
  #commitLists ({ lists }: EngineConfig): boolean {
    const before = this.#config.lists
    this.#lists.use(lists)
    return lists.length !== before.length ||
      lists.some(({ name, type }, i) => name !== before[i]!.name || type !== before[i]!.type)
  }

  /** Who may come in and ask for what; the same book where nothing has changed. */
  #commitAccess (config: EngineConfig, typesChanged: boolean): AccessBook {
    const { accessRules, lockdowns, userAgentRules } = config
    const before = this.#config
    const same = equal(accessRules, before.accessRules) && equal(lockdowns, before.lockdowns) &&
      equal(userAgentRules, before.userAgentRules)
    if (this.#access !== undefined && same && !typesChanged) return this.#access
    const { decisions } = this.#context
    decisions.keepOnly('access-rule', new Set(accessRules.map(({ name }) => name)))
    decisions.keepOnly('lockdown', new Set(lockdowns.map(({ name }) => name)))
    decisions.keepOnly('user-agent-rule', new Set(userAgentRules.map(({ name }) => name)))
    return this.#access = new AccessBook(config, this.#lists, this.#geo, decisions)
  }

  /** The rules of the configuration; the same book where none has changed. `other`: what they look into is another. */
  #commitRules ({ rules, managedChecks, rateLimits }: EngineConfig, other: boolean): RuleBook {
    const before = this.#config
    if (
      this.#book !== undefined && !other && allEqual(rules, before.rules) &&
      allEqual(managedChecks, before.managedChecks) && allEqual(rateLimits, before.rateLimits)
    ) return this.#book
    const names = new Set(rules.map(({ name }) => name))
    const managed = new Set(managedChecks.flatMap(managedRuleNames))
    for (const name of this.ruleStats.keys()) if (!names.has(name) && !managed.has(name)) this.ruleStats.delete(name)
    for (const name of [...names, ...managed]) if (!this.ruleStats.has(name)) this.ruleStats.set(name, emptyRuleStats())
    const { decisions } = this.#context
    decisions.keepOnly('rule', names)
    decisions.keepOnly('managed-check', managed)
    decisions.keepOnly('rate-limit', new Set(rateLimits.map(({ name }) => name)))
    this.limits.configure(rateLimits)
    return this.#book = new RuleBook(
      { rules, managedChecks, rateLimits },
      this.limits,
      this.#lists,
      this.#geo,
      name => this.ruleStats.get(name)!,
      rule => decisions.control(isManaged(rule) ? 'managed-check' : 'rule', rule.name)
    )
  }

  /** Returns the user vservers whose clients must be closed. */
  #commitUserVservers (config: EngineConfig, prepared: Prepared, book: RuleBook, access: AccessBook): Set<VserverRuntime> {
    const { added, changed, removed } = diffCollection(this.#config.userVservers, config.userVservers)
    const displaced = new Set<VserverRuntime>()
    for (const { name } of removed) {
      const vserver = this.vservers.get(name)!
      this.vservers.delete(name)
      vserver.forget()
      displaced.add(vserver)
    }
    this.#context.decisions.keepOnly('allow-from', new Set(config.userVservers.map(({ name }) => name)))
    const extensions = new Map(
      config.userProtocols.map((
        { name, extension }
      ) => [name, extension === undefined ? undefined : this.extensions.versions.get(extension)!])
    )
    const extensionFor = (vserver: UserVserver): ExtensionVersions | undefined =>
      protocolNames(vserver).map(name => extensions.get(name)).find(extension => extension !== undefined)
    for (const vserver of added) {
      this.vservers.set(vserver.name, new VserverRuntime(this.#nextVserver++, vserver, extensionFor(vserver), this.#context, emptyUserVserverStats()))
    }
    for (const { after } of changed) {
      const runtime = this.vservers.get(after.name)!
      runtime.config = after
      if (after.state === 'disabled') displaced.add(runtime)
    }
    const glbs = new Map(config.glbs.map(glb => [glb.name, glb]))
    const protocols = new Map(config.userProtocols.map(protocol => [protocol.name, protocol]))
    // Its protocol may name another extension, or its extension have another version.
    for (const vserver of config.userVservers) {
      const { name } = vserver
      const runtime = this.vservers.get(name)!
      const extension = extensionFor(vserver)
      runtime.extension = extension
      runtime.rules = book.of(vserver)
      runtime.edge = this.functions.placeOf(vserver)
      runtime.access = access.of(vserver)
      runtime.inspection = this.#inspectionOf(runtime, inspectingCheck(vserver, protocols, config.managedChecks))
      this.#route(runtime, glbs, extension !== undefined)
      if (extension === undefined) continue
      const { current, canary } = prepared.params.get(name)!
      // One that does not listen has clients still, and these had their chance.
      const startTls = (prepared.listeners.get(name)?.tlsLayers.length ?? 0) > 0
      const describe = (host: ExtensionHost, params: object): void => {
        host.describeVserver(runtime.index, { name, params, startTls, rules: runtime.rules?.infoFor(host.declaration) })
      }
      describe(extension.current, current)
      if (canary !== undefined) describe(extension.canary!, canary)
    }
    return displaced
  }

  /** Returns the inspection of a user vserver's requests, which goes on while its managed check is the same. */
  #inspectionOf (runtime: VserverRuntime, check: ManagedCheck | undefined): RequestInspection | undefined {
    if (check === undefined) return undefined
    const before = runtime.inspection
    return before?.check === check
      ? before
      : new RequestInspection(check, this.#options.inspector ?? noInspector, runtime, rule =>
        this.ruleStats.get(rule)!, this.#context.decisions)
  }

  /** Make the routing of a user vserver's clients and requests. Without an extension, all are requests. */
  #route (runtime: VserverRuntime, glbs: ReadonlyMap<string, Glb>, inspected: boolean): void {
    const { defaultLb, lbVservers, http } = runtime.config
    const lb = this.lbs.get(defaultLb)!
    const web = inspected ? http?.defaultLb : defaultLb
    runtime.passing.routing = new Routes<LbRuntime | GlbRuntime>(
      lb,
      new Map(),
      this.#glbsOf(runtime.config, glbs, 'passing')
    )
    runtime.routing = new Routes<LbRuntime | GlbRuntime>(
      lb,
      new Map([defaultLb, ...lbVservers].map(name => [name, this.lbs.get(name)!])),
      this.#glbsOf(runtime.config, glbs, 'clients')
    )
    runtime.requestRouting = web === undefined
      ? undefined
      : new RequestRoutes<LbRuntime | GlbRuntime>(this.lbs.get(web)!, this.#glbsOf(runtime.config, glbs, 'requests'))
  }

  /** The GLBs of a user vserver that serve requests, an extension's clients, or TLS that passes. */
  #glbsOf ({ glbs }: UserVserver, all: ReadonlyMap<string, Glb>, whom: 'requests' | 'clients' | 'passing'): readonly Matched<GlbRuntime>[] {
    return glbs.map(name => all.get(name)!)
      .filter(({ state, pools, proxied }) =>
        state === 'enabled' &&
        whom === (!proxied
            ? 'passing'
            : httpServices.has(this.lbs.get(pools[0]!.name)!.config.type)
            ? 'requests'
            : 'clients')
      )
      .map(({ name, match }) => ({ to: this.glbs.get(name)!, match }))
  }

  #commitListeners (plans: ReadonlyMap<string, ListenerPlan>): void {
    for (const [name, { slot, layers, tlsLayers }] of plans) this.vservers.get(name)!.listen(slot, layers, tlsLayers)
    const kept = new Map([...plans].map(([name, { slot }]) => [name, slot]))
    const slots = new Set(kept.values())
    for (const slot of this.slots.values()) if (!slots.has(slot)) slot.close()
    this.slots = kept
  }
}

const allEqual = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((each, i) => equal(each, others[i]))
