import { collectionNames, lookUp, WeirError, type CollectionName, type Config, type ConfigInput, type EventName, type RevisionAuthor } from '@weirlb/model'
import type { ListeningSockets } from '@weirlb/engine'
import { checkAccessLog, type AccessLogOptions } from './access-log/access-log.ts'
import type { AcmeKeeper } from './acme/acme-keeper.ts'
import type { Collection, Collections } from './api/collections.ts'
import type { Health, Overview, Weir } from './api/weir.ts'
import { asWeirError } from './as-weir-error.ts'
import { collectHealth } from './collect-health.ts'
import { collectStats, type CollectedStats, type Stats } from './collect-stats.ts'
import type { AddedMethods } from './config/added-methods.ts'
import { asAuthor, authorNow } from './config/author.ts'
import type { Cluster, NodeInfo } from './cluster/cluster.ts'
import type { Bundler } from './config/bundler.ts'
import { Editor } from './config/editor.ts'
import { reverted } from './config/extension-commands.ts'
import { probedServices, runningConfig } from './config/membership.ts'
import { contentsOf, Revisions, type Revision } from './config/revisions.ts'
import type { DataPlane, LogLevel } from './data-plane.ts'
import { statusesOf, type Snapshot } from './entity-status.ts'
import type { EventListener, Events } from './events.ts'
import { collectionOf, makeCollections } from './groups/collections.ts'
import { WithCollections } from './groups/with-collections.ts'
import { LogLevelControl } from './groups/log-level-control.ts'
import { RunningConfig } from './groups/running-config.ts'
import { RunningConnections } from './groups/running-connections.ts'
import { RunningRevisions } from './groups/running-revisions.ts'
import { RunningSecurity } from './groups/running-security.ts'
import { RunningSessions } from './groups/running-sessions.ts'
import { RunningTraces } from './groups/running-traces.ts'
import { CanaryWatch } from './jobs/canary-watch.ts'
import { StatsHistory } from './history/stats-history.ts'
import type { CertificateWatch } from './jobs/certificate-watch.ts'
import { RunningJobs } from './jobs/jobs.ts'
import { Watches } from './jobs/watches.ts'
import type { TicketRotation } from './jobs/ticket-rotation.ts'
import type { LeveledLog } from './log.ts'
import { PlaneNews, type NewsReaders } from './plane-news.ts'
import type { NameKeeper } from './names/name-keeper.ts'
import type { Prober, SharedProber } from './prober.ts'
import type { CookieSecret } from './sessions/cookie-secret.ts'
import type { SessionKeeper } from './sessions/session-keeper.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { PassedSession, SessionsMade } from './sessions/sessions-made.ts'
import type { ProcessWatch } from './stats/process-watch.ts'
import { shownStats } from './stats/shown-stats.ts'
import { datedCollections, StatusClock } from './status-clock.ts'
import type { Spans } from './spans/spans.ts'
import type { Storage } from './storage/storage.ts'

/** The parts of a Weir; `createWeir` makes them, in this order. */
export interface Parts extends Pick<NewsReaders, 'traces' | 'lives' | 'security' | 'bans'> {
  readonly config: ConfigInput | undefined
  readonly accessLog?: AccessLogOptions | undefined
  readonly log: LeveledLog
  readonly logLevel: LogLevel
  readonly events: Events
  readonly storage: Storage
  readonly methods: AddedMethods
  readonly bundler: Bundler
  readonly sessions: Sessions
  /** Keeps the sessions over a restart; a store of the program does so itself. */
  readonly keeper: SessionKeeper | undefined
  readonly cluster?: Cluster | undefined
  readonly plane: DataPlane
  readonly health: Prober
  /** The same, of a node whose health is shared. */
  readonly prober?: SharedProber | undefined
  readonly spans?: Spans | undefined
  readonly certificates: CertificateWatch
  readonly tickets: TicketRotation
  readonly cookies: CookieSecret
  readonly acme: AcmeKeeper
  readonly names: NameKeeper
  readonly watch: ProcessWatch
}

/**
 * Weir: the configuration, the data plane that runs it, and the state of both.
 *
 *     new ──start──► starting ──► running ──stop──► stopped
 */
export class RunningWeir extends WithCollections implements Weir {
  readonly config: RunningConfig
  readonly revisions: RunningRevisions
  readonly sessions: RunningSessions
  readonly connections: RunningConnections
  readonly traces: RunningTraces
  readonly security: RunningSecurity
  readonly jobs: RunningJobs
  readonly log: LogLevelControl
  readonly history: StatsHistory

  readonly #parts: Parts
  readonly #revisions: Revisions
  readonly #editor: Editor
  readonly #canaries: CanaryWatch
  readonly #watches: Watches
  readonly #news: PlaneNews
  readonly #clock = new StatusClock(async () => { await this.#lookAtStatuses() })
  #state: 'new' | 'starting' | 'running' | 'stopped' = 'new'
  #startedAt = 0
  #stopping: Promise<void> | undefined
  #handingOver: Promise<void> | undefined
  /** Entries that the successor does not know. */
  #made: SessionsMade | undefined
  /** The configuration of the last reported commit. */
  #announced: Config | undefined
  protected readonly collections: Collections

  constructor (parts: Parts) {
    super()
    const { plane, bundler, events } = parts
    this.#parts = parts
    // 1. The configuration, and the one way to change it.
    this.#revisions = new Revisions({ ...parts, ticketSecret: () => parts.tickets.secret, cookieSecret: () => parts.cookies.secret, ordered: parts.acme, onCommitted: revision => { this.#committed(revision) } })
    this.#editor = new Editor(this.#revisions)
    // 2. Receivers of the data plane's events.
    this.#canaries = new CanaryWatch({ stats: () => plane.stats(), revert: (extension, version, reason) => this.#revert(extension, version, reason), log: parts.log })
    this.#news = new PlaneNews({ events, health: parts.health, names: parts.names, traces: parts.traces, lives: parts.lives, bans: parts.bans, spans: parts.spans, security: parts.security, canaries: this.#canaries })
    // 3. The watches on files, and on what ends.
    this.#watches = new Watches({ ...parts, revisions: this.#revisions })
    // 4. The jobs.
    let running: { readonly of: Revision, readonly config: Config } | undefined
    const config = (): Config => {
      const of = this.#revisions.current
      if (running?.of !== of) running = { of, config: runningConfig(of.config, of.membership) }
      return running.config
    }
    this.jobs = new RunningJobs({
      plane, events, log: parts.log, archive: parts.storage.jobs, board: parts.cluster?.jobs,
      stats: () => plane.stats(),
      config,
      takesClients: service => parts.health.status(service).health !== 'down',
      setServiceState: async (service, state) => { await asAuthor({ via: 'weir' }, () => this.services.patch(service, { state })) }
    })
    events.on('service-down', ({ service }) => { this.jobs.onHealth(service, false) })
    events.on('service-up', ({ service }) => { this.jobs.onHealth(service, true) })
    events.on('defence-mode', ({ node }) => { if (node === undefined) parts.cluster?.tellNow() })
    for (const news of ['service-up', 'service-down', 'members-changed', 'name-status', 'extension-status', 'worker-up', 'worker-ended', 'certificate-issued', 'certificate-failed', 'certkey-replaced', 'certkey-stale'] as const) events.on(news, this.#clock.changed)
    // 5. The program's view.
    this.collections = makeCollections({ bundler, plane, health: parts.health, jobs: this.jobs, orderNow: certkey => { parts.acme.orderNow(certkey) }, editor: this.#editor, snapshot: () => this.#snapshot() })
    const whole = new RunningConfig(this.#editor, () => this.stats())
    this.config = whole
    this.revisions = new RunningRevisions(parts.storage, this.#editor, () => whole.get())
    this.sessions = new RunningSessions(plane, { config, requireOpen: () => { this.#editor.requireOpen() }, between: run => this.#revisions.between(run) })
    this.connections = new RunningConnections(plane, parts.lives)
    this.traces = new RunningTraces(parts.traces, this.#editor)
    this.security = new RunningSecurity(plane, parts.security.log)
    this.log = new LogLevelControl(parts.log, parts.logLevel, plane)
    this.history = new StatsHistory({
      processes: () => plane.reportedStats(),
      userVservers: () => this.#revisions.current.config.userVservers.map(({ name }) => name)
    })
  }

  get bans (): Parts['bans'] { return this.#parts.bans }

  /** 1. storage; 2. balancing methods; 3. data plane, and sessions; 4. configuration. A failure stops what was started. */
  async start (): Promise<void> {
    if (this.#state !== 'new') throw new WeirError('internal', `start() can be called once; Weir is ${this.#state}`)
    this.#state = 'starting'
    this.#startedAt = performance.now()
    this.#parts.watch.start()
    const { plane, keeper, log, config, accessLog, storage, methods, tickets, cookies, acme, names, cluster } = this.#parts
    try {
      if (accessLog !== undefined) checkAccessLog(accessLog)
      await this.#parts.spans?.start()
      await this.#parts.security.webhook?.start()
      await storage.open()
      await cluster?.open()
      await methods.load()
      for (const restored of [tickets, cookies, acme, this.jobs, names]) await restored.restore()
      await Promise.all([plane.start(this.#news), keeper?.restore()])
      await this.#parts.bans.restore()
      keeper?.listen()
      const source = await (cluster?.config ?? this.#revisions).begin(config, authorNow(), this.#revisions)
      if (storage.damage !== undefined) log.error({ damage: storage.damage }, 'the saved configuration was damaged: the last good revision is used')
      log.info({ revision: this.#revisions.current.number, configuration: source }, 'running')
      keeper?.start()
      this.#work()
      this.#state = 'running'
      this.#editor.open()
      this.jobs.start()
      this.history.start()
      cluster?.start({ plane, revision: () => this.#revisions.current.number, bans: this.#parts.bans, prober: this.#parts.prober, defending: () => this.#news.defending })
    } catch (error) {
      this.#state = 'stopped'
      this.#parts.watch.stop()
      this.#canaries.stop()
      this.#parts.health.stop()
      this.#parts.certificates.stop()
      this.#parts.bundler.close()
      await names.stop()
      await plane.stop(0)
      await this.#closeStorage()
      throw asWeirError(error)
    }
  }

  /** Begin what is done beside serving clients, from the configuration that runs. */
  #work (): void {
    const { tickets, acme, names } = this.#parts
    this.#watches.start()
    tickets.start(() => this.#revisions.refresh())
    acme.start(() => this.#revisions.refresh())
    names.start({ apply: () => this.#revisions.refresh(), connections: () => this.#connectionsByService() })
  }

  async stop (options: { graceMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options.graceMs ?? 10_000)
    await this.#stopping
  }

  async #stop (graceMs: number): Promise<void> {
    const wasRunning = this.#state === 'running'
    this.#state = 'stopped'
    this.#parts.watch.stop()
    this.#editor.close()
    this.history.stop()
    if (!wasRunning) return
    await this.#handingOver
    if (this.#handingOver !== undefined) {
      await this.#parts.plane.stop(graceMs)
      this.#parts.sessions.close()
      await this.#parts.cluster?.close()
      await this.#stopTelling()
      this.#parts.log.info({}, 'stopped')
      return
    }
    await this.#retire(async () => {
      await this.#parts.plane.stop(graceMs)
      await this.#closeStorage()
    })
    await this.#stopTelling()
    this.#parts.log.info({}, 'stopped')
  }

  /** Those outside are told what the last clients have done. */
  async #stopTelling (): Promise<void> { await Promise.all([this.#parts.spans?.stop(), this.#parts.security.webhook?.stop()]) }

  async handOver (): Promise<readonly ListeningSockets[]> {
    this.#editor.requireOpen()
    const { plane, keeper, storage, log } = this.#parts
    const sockets = await plane.listening()
    this.#editor.close()
    const retired = this.#retire(async () => {
      await this.#parts.cluster?.leave()
      this.#made = await keeper?.handOver()
      await storage.close()
    })
    // A stop waits for it, however it ends.
    this.#handingOver = retired.catch(() => {})
    try { await retired } catch (error) {
      await this.takeBack()
      throw error
    }
    log.info({}, 'handed over: clients are served, and nothing else is done')
    return sockets
  }

  async takeBack (): Promise<void> {
    if (this.#handingOver === undefined || this.#state !== 'running') throw new WeirError('internal', 'takeBack() follows handOver()')
    await this.#handingOver
    const { plane, keeper, storage, names, log } = this.#parts
    plane.forgetListening()
    await storage.open()
    await this.#parts.cluster?.comeBack()
    this.#handingOver = undefined
    this.#made = undefined
    // What runs is what counts, also if the successor has begun with another; but not over changes that it has taken.
    const theirs = await this.#revisions.keep()
    await keeper?.takeBack()
    const { current } = this.#revisions
    await names.goOn(current.config)
    this.#work()
    this.#committed(current)
    this.jobs.goOn()
    await this.#revisions.adopt(theirs, error => { log.error({ revision: theirs?.revision, error: error.message }, 'the changes that the successor has taken cannot run here, and are lost') })
    this.#editor.open()
    log.info({ revision: this.#revisions.current.number }, 'taken back: the successor has failed')
  }

  takeMadeSessions (most: number): readonly PassedSession[] { return this.#made?.take(most) ?? [] }

  async adoptSessions (entries: readonly PassedSession[]): Promise<number> {
    const { own } = this.#parts.sessions
    return await this.sessions.adopt(entries, ({ table, key }) => own?.find(table, key) !== undefined)
  }

  /** Stop all that is done beside serving clients, and then `last`. */
  async #retire (last: () => Promise<void>): Promise<void> {
    this.#clock.stop()
    this.#canaries.stop()
    this.#watches.stop()
    const { health, certificates, tickets, acme, names, traces, bundler } = this.#parts
    tickets.stop()
    await this.jobs.stop()
    await acme.stop()
    await names.stop()
    await this.#parts.bans.stop()
    await this.#revisions.between(async () => {
      health.stop()
      certificates.stop()
      traces.stop()
      bundler.close()
      await last()
    })
  }

  as<T> (author: RevisionAuthor, run: () => T): T { return asAuthor(author, run) }

  on<E extends EventName> (type: E, listener: EventListener<E>): () => void { return this.#parts.events.on(type, listener) }

  collection<C extends CollectionName> (name: C): Collection<C> { return collectionOf(this, name) }

  async stats (): Promise<Stats> { return shownStats(await this.#collectStats()) }

  async #collectStats (): Promise<CollectedStats> { return await collectStats(this.#parts, () => this.#revisions.current) }

  async nodes (): Promise<readonly NodeInfo[]> { return await this.#parts.cluster?.nodes() ?? [] }

  async health (): Promise<Health> { return this.#healthOf(this.#revisions.current) }

  #healthOf (revision: Revision): Health { return collectHealth(this.#parts, revision, this.#news, this.#state === 'running', this.#startedAt) }

  async overview (): Promise<Overview> {
    const stats = await this.#collectStats()
    const now = this.#snapshotOf(stats)
    const statuses = Object.fromEntries(collectionNames.map(collection => [collection, statusesOf(now, collection)])) as Overview['statuses']
    return { health: this.#healthOf(now.revision), stats: shownStats(stats), statuses }
  }

  async #snapshot (): Promise<Snapshot> { return this.#snapshotOf(await this.#collectStats()) }

  #snapshotOf (stats: CollectedStats): Snapshot {
    const { health, acme, names } = this.#parts
    return {
      revision: this.#revisions.current,
      stats,
      timeMs: Date.now(),
      inspectors: this.#news.inspectors,
      service: service => health.status(service),
      detail: service => health.detail(service),
      acme: certkey => acme.status(certkey),
      hostName: host => names.status(host),
      extensionMessage: (extension, version) => this.#news.extensionMessage(extension, version),
      since: (collection, name, value) => this.#clock.since(collection, name, value)
    }
  }

  async #lookAtStatuses (): Promise<void> {
    const now = await this.#snapshot()
    for (const collection of datedCollections) statusesOf(now, collection)
  }

  async #connectionsByService (): Promise<(service: string) => number> {
    const { services } = await this.#parts.plane.stats()
    return service => lookUp(services, service)?.connections ?? 0
  }

  async #revert (name: string, version: number, reason: string): Promise<void> {
    let found = false
    await asAuthor({ via: 'weir' }, () => this.#editor.change((present, histories) => {
      const left = reverted(present, histories, name, version)
      found = left !== present
      return left
    }, { turn: { extension: name, revert: reason } }))
    if (!found) return
    this.#parts.log.warn({ extension: name, version, reason }, 'a canary was reverted')
    this.#parts.events.emit('canary-reverted', { extension: name, version, reason })
  }

  /** An unreleased storage ends with the process. */
  async #closeStorage (): Promise<void> {
    const { cluster, keeper, sessions, storage, log } = this.#parts
    await cluster?.close()
    await keeper?.stop()
    sessions.close()
    await storage.close().catch((error: unknown) => { log.warn({ error: (error as Error).message }, 'the storage was not closed') })
  }

  #committed (revision: Revision): void {
    const { health, certificates, acme, names, traces, events, log } = this.#parts
    const certkeys = contentsOf(revision.certkeys)
    health.apply({ monitors: revision.config.monitors, services: probedServices(revision.membership), lbVservers: revision.membership.lbVservers }, certkeys)
    names.committed(revision.config, revision.membership)
    certificates.apply(certkeys)
    acme.committed(revision.config, certkeys)
    this.#watches.committed(revision)
    traces.keepOnly(revision.config.extensions.map(({ name }) => name))
    this.#canaries.apply(revision)
    this.jobs.committed(runningConfig(revision.config, revision.membership))
    this.#clock.committed(revision.config)
    // Certificates or servers were replaced: the configuration is the one that was committed before.
    if (this.#announced === revision.config) return
    this.#announced = revision.config
    log.info({ revision: revision.number }, 'configuration committed')
    events.emit('config-applied', { revision: revision.number })
  }
}
