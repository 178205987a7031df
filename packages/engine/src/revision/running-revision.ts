import { diffCollection, equal, type Glb, httpServices, protocolNames, type UserVserver, recordFrom } from '@weirlb/model'
import { type Challenges, CookieKeys, noChallenges, targetOf } from '@weirlb/link'
import type { ExtensionVersions } from '../extension/extension-versions.ts'
import { BandwidthMeasure } from '../balancing/bandwidth.ts'
import { type Counts, noCounts } from '../balancing/counted.ts'
import { GlbRuntime } from '../balancing/glb.ts'
import type { Matched } from '../balancing/host-table.ts'
import { LbRuntime } from '../balancing/lb-vserver.ts'
import { makeMethod } from '../balancing/make-method.ts'
import type { BalancingMethod } from '../balancing/method.ts'
import { RequestRoutes, Routes } from '../balancing/routing.ts'
import { ServiceRuntime } from '../balancing/service.ts'
import type { EngineConfig } from '../engine-config.ts'
import type { EngineOptions } from '../engine-api.ts'
import { emptyGlbStats, emptyLbVserverStats, emptyServiceStats, emptyUserVserverStats } from '../stats/empty.ts'
import type { ListenerSlot } from '../vserver/listener-slot.ts'
import { type EngineContext, VserverRuntime } from '../vserver/user-vserver.ts'
import type { ListenerPlan, Prepared } from './prepare.ts'
import { RunningExtensions } from './running-extensions.ts'

/** Entities that a revision removes: their connections must end. */
export interface Displaced {
  readonly services: readonly ServiceRuntime[]
  readonly vservers: ReadonlySet<VserverRuntime>
}

const nothing: EngineConfig = { revision: -1, extensions: [], userProtocols: [], certkeys: [], monitors: [], services: [], lbVservers: [], glbs: [], userVservers: [] }

/**
 * The running configuration: each entity's runtime, by name. Entities that do not change between two revisions are
 * left alone.
 */
export class RunningRevision {
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly extensions: RunningExtensions
  readonly services = new Map<string, ServiceRuntime>()
  readonly lbs = new Map<string, LbRuntime>()
  readonly glbs = new Map<string, GlbRuntime>()
  readonly vservers = new Map<string, VserverRuntime>()
  slots = new Map<string, ListenerSlot>()
  checkedParams: ReadonlySet<string> = new Set()
  /** As they were told last. */
  readonly #counts = new WeakMap<ServiceRuntime, Counts>()
  readonly #bandwidth = new BandwidthMeasure()
  /** Makes and recognises affinity cookies. */
  readonly cookieKeys = new CookieKeys()
  #config = nothing
  #nextVserver = 0

  constructor (options: EngineOptions, context: EngineContext) {
    this.#options = options
    this.#context = context
    this.extensions = new RunningExtensions(options)
  }

  get challenges (): Challenges { return this.#context.challenges }

  /** Swap a prepared revision in: 1 services, 2 LB vservers and GLBs, 3 extensions, 4 user vservers and their listeners. It cannot fail. */
  commit (config: EngineConfig, prepared: Prepared): Displaced {
    this.checkedParams = prepared.checkedParams
    if (config.cookieSecret !== undefined) this.cookieKeys.use(config.cookieSecret)
    this.challenges.replace(config.challenges ?? noChallenges, config.certkeys.some(({ acmeChallenge }) => acmeChallenge === 'tls-alpn-01'))
    const services = this.#commitServices(config)
    this.#commitLbVservers(config)
    this.#commitGlbs(config)
    this.#bandwidth.watch(new Set(config.lbVservers.filter(({ method }) => method === 'least-bandwidth').flatMap(lb => lb.services.map(({ name }) => this.services.get(name)!))))
    this.extensions.commit(config.extensions, prepared.extensions)
    const vservers = this.#commitUserVservers(config, prepared)
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

  closeListeners (): void {
    for (const slot of this.slots.values()) slot.close()
    this.slots.clear()
  }

  /** Returns the services whose clients must be closed. */
  #commitServices (config: EngineConfig): ServiceRuntime[] {
    const { added, changed, removed } = diffCollection(this.#config.services, config.services)
    const displaced: ServiceRuntime[] = []
    for (const { name } of removed) {
      const service = this.services.get(name)!
      service.remove()
      service.closeOrigin()
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
    const retyped = new Set(diffCollection(this.#config.lbVservers, config.lbVservers).changed.filter(({ before, after }) => before.type !== after.type).map(({ after }) => after.name))
    const other = new Set([...added, ...changed.map(({ after }) => after), ...config.glbs.filter(({ pools }) => pools.some(pool => retyped.has(pool.name)))])
    for (const glb of other) this.glbs.get(glb.name)!.configure(glb, this.lbs)
  }

  /** Returns the user vservers whose clients must be closed. */
  #commitUserVservers (config: EngineConfig, prepared: Prepared): Set<VserverRuntime> {
    const { added, changed, removed } = diffCollection(this.#config.userVservers, config.userVservers)
    const displaced = new Set<VserverRuntime>()
    for (const { name } of removed) {
      const vserver = this.vservers.get(name)!
      this.vservers.delete(name)
      vserver.forget()
      displaced.add(vserver)
    }
    const extensions = new Map(config.userProtocols.map(({ name, extension }) => [name, extension === undefined ? undefined : this.extensions.versions.get(extension)!]))
    const extensionFor = (vserver: UserVserver): ExtensionVersions | undefined => protocolNames(vserver).map(name => extensions.get(name)).find(extension => extension !== undefined)
    for (const vserver of added) {
      this.vservers.set(vserver.name, new VserverRuntime(this.#nextVserver++, vserver, extensionFor(vserver), this.#context, emptyUserVserverStats()))
    }
    for (const { after } of changed) {
      const runtime = this.vservers.get(after.name)!
      runtime.config = after
      if (after.state === 'disabled') displaced.add(runtime)
    }
    const glbs = new Map(config.glbs.map(glb => [glb.name, glb]))
    // Its protocol may name another extension, or its extension have another version.
    for (const vserver of config.userVservers) {
      const { name } = vserver
      const runtime = this.vservers.get(name)!
      const extension = extensionFor(vserver)
      runtime.extension = extension
      this.#route(runtime, glbs, extension !== undefined)
      if (extension === undefined) continue
      const { current, canary } = prepared.params.get(name)!
      // One that does not listen has clients still, and these had their chance.
      const startTls = (prepared.listeners.get(name)?.tlsLayers.length ?? 0) > 0
      extension.current.describeVserver(runtime.index, { name, params: current, startTls })
      if (canary !== undefined) extension.canary!.describeVserver(runtime.index, { name, params: canary, startTls })
    }
    return displaced
  }

  /** Make the routing of a user vserver's clients and requests. Without an extension, all are requests. */
  #route (runtime: VserverRuntime, glbs: ReadonlyMap<string, Glb>, inspected: boolean): void {
    const { defaultLb, lbVservers, http } = runtime.config
    const lb = this.lbs.get(defaultLb)!
    const web = inspected ? http?.defaultLb : defaultLb
    runtime.passing.routing = new Routes<LbRuntime | GlbRuntime>(lb, new Map(), this.#glbsOf(runtime.config, glbs, 'passing'))
    runtime.routing = new Routes<LbRuntime | GlbRuntime>(lb, new Map([defaultLb, ...lbVservers].map(name => [name, this.lbs.get(name)!])), this.#glbsOf(runtime.config, glbs, 'clients'))
    runtime.requestRouting = web === undefined ? undefined : new RequestRoutes<LbRuntime | GlbRuntime>(this.lbs.get(web)!, this.#glbsOf(runtime.config, glbs, 'requests'))
  }

  /** The GLBs of a user vserver that serve requests, an extension's clients, or TLS that passes. */
  #glbsOf ({ glbs }: UserVserver, all: ReadonlyMap<string, Glb>, whom: 'requests' | 'clients' | 'passing'): readonly Matched<GlbRuntime>[] {
    return glbs.map(name => all.get(name)!)
      .filter(({ state, pools, proxied }) => state === 'enabled' && whom === (!proxied ? 'passing' : httpServices.has(this.lbs.get(pools[0]!.name)!.config.type) ? 'requests' : 'clients'))
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
