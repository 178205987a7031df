import { parseEndpoint, WeirError, type CloseReason, type ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration } from '@weirlb/sdk/abi'
import { targetOf } from '@weirlb/link'
import type { EngineConfig, EngineExtension, Ports } from './config.ts'
import type { ConnectionInfo, ConnectionQuery } from './connection/connection-info.ts'
import type { EngineApi, EngineOptions, PreparedRevision } from './engine-api.ts'
import { explain, notUp } from './explain/explain.ts'
import { sceneOf } from './explain/scene.ts'
import type { Explanation, ExplainRequest } from './explain/explanation.ts'
import { makeMethod } from './balancing/make-method.ts'
import type { BalancingMethod } from './balancing/method.ts'
import { ExtensionHost } from './extension/extension-host.ts'
import { ExtensionVersions } from './extension/extension-versions.ts'
import { loadGuest } from './extension/load-guest.ts'
import { ProbeGuests } from './extension/probe-guests.ts'
import type { ProbeAnswer, ProbeQuestion, ProbeVerdict } from './extension/probe.ts'
import type { Connection } from './connection/connection.ts'
import type { Front } from './connection/front.ts'
import { prepareRevision, type Prepared, type VersionPlan } from './revision/prepare.ts'
import { emptyEngineStats, emptyLbVserverStats, emptyServiceStats, emptyUserVserverStats } from './stats/empty.ts'
import { mergeExtensionStats } from './stats/merge.ts'
import type { EngineStats, ExtensionStats, VersionStats } from './stats/stats.ts'
import type { TraceSpec } from './trace/trace.ts'
import { Tracer } from './trace/tracer.ts'
import { LbRuntime } from './balancing/lb-vserver.ts'
import { ServiceRuntime } from './balancing/service.ts'
import type { ListenerSlot } from './vserver/listener-slot.ts'
import { type EngineContext, VserverRuntime } from './vserver/user-vserver.ts'

/** Default maximum of connections in one result. */
const DEFAULT_LIMIT = 1000

/**
 * The data plane of one process.
 *
 * A change has two halves. `prepare` does all that can fail (load extensions, check parameters and certificates, bind addresses) beside what is running;
 * `commit` swaps it in: 1 services, 2 LB vservers, 3 extensions, 4 user vservers and their listeners, 5 what is no longer named ends.
 */
class Engine implements EngineApi {
  readonly #options: EngineOptions
  readonly #context: EngineContext
  readonly #connections = new Map<number, Connection>()
  readonly #extensions = new Map<string, ExtensionVersions>()
  /** Versions that were replaced and serve the connections they have. */
  readonly #retired = new Set<ExtensionHost>()
  readonly #probes: ProbeGuests
  readonly #tracers = new Map<string, Tracer>()
  readonly #pastExtensionStats = new Map<string, ExtensionStats>()
  readonly #services = new Map<string, ServiceRuntime>()
  readonly #lbs = new Map<string, LbRuntime>()
  readonly #vservers = new Map<string, VserverRuntime>()
  #slots = new Map<string, ListenerSlot>()
  #checkedParams: ReadonlySet<string> = new Set()
  #preparing = false
  #nextVserver = 0
  #nextConnection = 0
  #draining = false
  #stopping: Promise<void> | undefined
  /** Called, once, when no connection is left. */
  #onEmpty: (() => void)[] = []

  constructor (options: EngineOptions) {
    this.#options = options
    this.#probes = new ProbeGuests(options.runtime, extension => this.#extensions.get(extension)?.current)
    this.#context = {
      worker: options.worker,
      transport: options.transport,
      log: options.log,
      connections: this.#connections,
      nextConnection: () => ++this.#nextConnection,
      onDialFailed: (service, message) => options.events.onDialFailed(service, message),
      onConnectionGone: connection => this.#onConnectionGone(connection)
    }
  }

  async prepare (config: EngineConfig, ports: Ports): Promise<PreparedRevision> {
    if (this.#preparing) throw new Error('a revision is being prepared')
    this.#preparing = true
    let prepared: Prepared
    try {
      prepared = await prepareRevision(this.#draining ? withoutListeners(config) : config, ports, this.#options, this.#extensions, this.#slots, this.#checkedParams)
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
        if (this.#draining) this.#closeListeners()
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

  async explain (request: ExplainRequest): Promise<Explanation> {
    const vserver = this.#vservers.get(request.userVserver)
    if (vserver === undefined) throw new WeirError('not-found', `no user vserver '${request.userVserver}'`)
    const host = vserver.extension.current
    const scene = sceneOf(vserver, request)
    if (scene.refused === undefined && host.state === 'down' && !scene.failOpen) throw notUp(host.name)
    const asked = scene.refused === undefined && host.state !== 'down'
    // Always on a thread: code that is being validated must not block the loop.
    const guest = asked ? await loadGuest(this.#options.runtime, host.bundle, { ...host.options, mode: 'thread' }) : undefined
    return await explain(request, scene, guest)
  }

  async probeQuestion (extension: string): Promise<ProbeQuestion> { return await this.#probes.probeQuestion(extension) }
  async probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict> { return await this.#probes.probeVerdict(answer) }

  trace (extension: string, spec: TraceSpec | undefined): void {
    if (spec === undefined) this.#tracers.delete(extension)
    else this.#tracers.set(extension, new Tracer(spec, (records, dropped) => this.#options.events.onTraced(extension, records, dropped)))
    for (const host of this.#hosts()) if (host.name === extension) host.showTo(this.#tracers.get(extension))
  }

  setServiceHealth (name: string, health: ServiceHealth): void {
    const service = this.#services.get(name)
    if (service === undefined || service.health === health) return
    service.health = health
    // A failed probe redirects new clients. It does not prove that existing connections are dead.
    if (health !== 'down' || ![...this.#lbs.values()].some(lb => lb.config.onDown === 'close')) return
    for (const connection of [...this.#connections.values()]) guarded(connection, () => connection.upstream.onServiceDown(service))
  }

  stats (): EngineStats {
    const stats = emptyEngineStats()
    for (const [name, vserver] of this.#vservers) stats.userVservers[name] = vserver.snapshot()
    for (const [name, lb] of this.#lbs) stats.lbVservers[name] = { ...lb.stats }
    for (const [name, service] of this.#services) stats.services[name] = service.snapshot()
    const seen = new Map<string, VersionStats>()
    for (const [name, past] of this.#pastExtensionStats) stats.extensions[name] = mergeExtensionStats([past])
    for (const host of this.#hosts()) {
      host.refreshUsage()
      const before = stats.extensions[host.name]
      const merged = mergeExtensionStats(before === undefined ? [host.account.stats] : [before, host.account.stats])
      stats.extensions[host.name] = merged
      // A version that a rollback restored may have several hosts. The one that serves comes first, and its status
      // counts in this process.
      const version = `${host.name} ${host.version}`
      const { up, down } = seen.get(version) ?? host.account.counts
      Object.assign(merged.versions[host.version]!, { up, down })
      if (!seen.has(version)) seen.set(version, host.account.counts)
    }
    return stats
  }

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

  async drain (): Promise<void> {
    this.#draining = true
    this.#closeListeners()
    if (this.#connections.size > 0) await new Promise<void>(resolve => { this.#onEmpty.push(resolve) })
  }

  #closeListeners (): void {
    for (const slot of this.#slots.values()) slot.close()
    this.#slots.clear()
  }

  stop (graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs)
    return this.#stopping
  }

  async #stop (graceMs: number): Promise<void> {
    this.#closeListeners()
    this.#finishAll('shutdown')
    if (this.#connections.size > 0) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, graceMs)
        this.#onEmpty.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    for (const connection of [...this.#connections.values()]) guarded(connection, () => connection.destroy())
    // Their counters are read once more.
    for (const host of this.#hosts()) this.#disposeHost(host)
    this.#extensions.clear()
    this.#probes.keepOnly(new Set())
    this.#retired.clear()
  }

  /** Every version that lives, those that serve new connections first. */
  #hosts (): ExtensionHost[] {
    return [...[...this.#extensions.values()].flatMap(({ current, canary }) => canary === undefined ? [current] : [current, canary]), ...this.#retired]
  }

  #onConnectionGone (connection: Connection): void {
    const { host } = connection
    if (host.account.counts.connections === 0 && this.#retired.has(host)) this.#finishHost(host)
    if (this.#connections.size > 0) return
    const waiting = this.#onEmpty
    this.#onEmpty = []
    for (const onEmpty of waiting) onEmpty()
  }

  // ── commit ───────────────────────────────────────────────────────────────

  #commit (config: EngineConfig, prepared: Prepared): void {
    this.#checkedParams = prepared.checkedParams
    const gone = this.#commitServices(config)
    this.#commitLbVservers(config)
    this.#commitExtensions(config, prepared)
    this.#commitUserVservers(config, prepared)
    for (const service of gone) this.#endClientsOf(service)
    this.#probes.keepOnly(new Set(config.services.flatMap(({ monitors }) => monitors.flatMap(monitor => 'extension' in monitor ? [monitor.extension] : []))))
  }

  /** Returns the services whose clients must be closed. */
  #commitServices (config: EngineConfig): ServiceRuntime[] {
    const gone: ServiceRuntime[] = []
    const named = new Set(config.services.map(s => s.name))
    for (const [name, service] of this.#services) {
      if (named.has(name)) continue
      service.removed = true
      this.#services.delete(name)
      gone.push(service)
    }
    for (const service of config.services) {
      const target = targetOf(service, config.certkeys)
      const present = this.#services.get(service.name)
      if (present === undefined) this.#services.set(service.name, new ServiceRuntime(service, target, emptyServiceStats()))
      else {
        const moved = present.config.address !== service.address || present.config.port !== service.port
        present.configure(service, target)
        if (service.state === 'disabled' || moved) gone.push(present)
      }
    }
    return gone
  }

  readonly #makeMethod = (name: string): BalancingMethod => makeMethod(name, this.#options.methods ?? {}, this.#options.log)

  #commitLbVservers (config: EngineConfig): void {
    const named = new Set(config.lbVservers.map(lb => lb.name))
    for (const name of this.#lbs.keys()) if (!named.has(name)) this.#lbs.delete(name)
    for (const lb of config.lbVservers) {
      let runtime = this.#lbs.get(lb.name)
      if (runtime === undefined) {
        runtime = new LbRuntime(lb, this.#options.sessions, this.#makeMethod, () => performance.now(), emptyLbVserverStats())
        this.#lbs.set(lb.name, runtime)
      }
      runtime.configure(lb, this.#services)
    }
    for (const lb of config.lbVservers) this.#lbs.get(lb.name)!.backup = lb.backup === undefined ? undefined : this.#lbs.get(lb.backup)
  }

  #commitExtensions (config: EngineConfig, prepared: Prepared): void {
    const before = new Set(this.#hosts())
    const present = new Map(this.#extensions)
    this.#extensions.clear()
    for (const extension of config.extensions) {
      const { current, canary } = prepared.extensions.get(extension.name)!
      const host = this.#hostOf(extension, current)
      const versions = present.get(extension.name) ?? new ExtensionVersions(host)
      versions.current = host
      versions.tryOut(canary && this.#hostOf(extension, canary), extension.canary?.percent ?? 0)
      this.#extensions.set(extension.name, versions)
    }
    const serving = new Set(this.#hosts())
    for (const host of before) if (!serving.has(host)) this.#retired.add(host)
    for (const [name, past] of this.#pastExtensionStats) {
      const versions = this.#extensions.get(name)
      // A later extension of the same name is another, and a version that is gone is not counted any more.
      if (versions === undefined) this.#pastExtensionStats.delete(name)
      else for (const version of Object.keys(past.versions)) if (![versions.current, versions.canary].some(host => String(host?.version) === version)) delete past.versions[version]
    }
  }

  #hostOf (extension: EngineExtension, { version, host, guest }: VersionPlan): ExtensionHost {
    if (host !== undefined) {
      host.configure(extension, version)
      return host
    }
    const { runtime, log, events } = this.#options
    const made: ExtensionHost = new ExtensionHost(extension, version, guest!, runtime, log, (state, message) => {
      if (this.#extensions.get(extension.name)?.serves(made) === true) events.onExtensionState(extension.name, state, message, version.version)
    })
    made.showTo(this.#tracers.get(extension.name))
    return made
  }

  #commitUserVservers (config: EngineConfig, prepared: Prepared): void {
    const named = new Set(config.userVservers.map(v => v.name))
    const ended = new Set<VserverRuntime>()
    for (const [name, vserver] of this.#vservers) {
      if (named.has(name)) continue
      this.#vservers.delete(name)
      vserver.extension.current.forgetVserver(vserver.index)
      vserver.extension.canary?.forgetVserver(vserver.index)
      ended.add(vserver)
    }
    const extensions = new Map(config.userProtocols.map(({ name, extension }) => [name, this.#extensions.get(extension)!]))
    for (const vserver of config.userVservers) {
      const extension = extensions.get(vserver.protocol)!
      let runtime = this.#vservers.get(vserver.name)
      if (runtime === undefined) {
        runtime = new VserverRuntime(this.#nextVserver++, vserver, extension, this.#context, emptyUserVserverStats())
        this.#vservers.set(vserver.name, runtime)
      }
      runtime.config = vserver
      runtime.extension = extension
      runtime.lb = this.#lbs.get(vserver.defaultLb)!
      runtime.via = new Map([vserver.defaultLb, ...vserver.lbVservers].map(name => [name, this.#lbs.get(name)!]))
      const { name } = vserver
      const { current, canary } = prepared.params.get(name)!
      extension.current.describeVserver(runtime.index, { name, params: current })
      if (canary !== undefined) extension.canary!.describeVserver(runtime.index, { name, params: canary })
      const plan = prepared.listeners.get(vserver.name)
      if (plan !== undefined) runtime.listen(plan.slot, plan.layers)
      if (vserver.state === 'disabled') ended.add(runtime)
    }
    const kept = new Map([...prepared.listeners].map(([name, plan]) => [name, plan.slot]))
    const slots = new Set(kept.values())
    for (const slot of this.#slots.values()) if (!slots.has(slot)) slot.close()
    this.#slots = kept
    if (ended.size > 0) this.#finishAll('draining', ended)
    for (const host of [...this.#retired]) if (host.account.counts.connections === 0) this.#finishHost(host)
  }

  #finishHost (host: ExtensionHost): void {
    host.finishUp(() => { if (this.#retired.delete(host)) this.#disposeHost(host) })
  }

  #disposeHost (host: ExtensionHost): void {
    host.dispose()
    // A later extension of this name would be another.
    if (!this.#extensions.has(host.name)) return
    const past = this.#pastExtensionStats.get(host.name)
    this.#pastExtensionStats.set(host.name, mergeExtensionStats(past === undefined ? [host.account.stats] : [past, host.account.stats]))
  }

  /** End every connection, or those of these vservers. */
  #finishAll (reason: CloseReason, of?: ReadonlySet<Front>): void {
    for (const connection of [...this.#connections.values()]) {
      if (of === undefined || of.has(connection.vserver)) guarded(connection, () => connection.finish(reason, ''))
    }
  }

  #endClientsOf (service: ServiceRuntime): void {
    for (const connection of [...this.#connections.values()]) guarded(connection, () => connection.upstream.onServiceGone(service))
  }
}

/** Do something to one connection; what it throws ends that one, and the others have their turn. */
const guarded = (connection: Connection, act: () => void): void => {
  try {
    act()
  } catch (error) {
    connection.onFault(error)
  }
}

const withoutListeners = (config: EngineConfig): EngineConfig =>
  ({ ...config, userVservers: config.userVservers.map(vserver => vserver.state === 'enabled' ? { ...vserver, state: 'draining' } : vserver) })

/** Make the data plane of this process. */
export const createEngine = (options: EngineOptions): EngineApi => new Engine(options)
