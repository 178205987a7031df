import { endpointText, lookUp, WeirError, type CollectionName, type Config, type ConfigInput, type EventName } from '@weirlb/model'
import type { ListeningSockets } from '@weirlb/engine'
import type { AcmeKeeper } from './acme/acme-keeper.ts'
import type { Collection, Collections } from './api/collections.ts'
import type { Health, Weir } from './api/weir.ts'
import { asWeirError } from './as-weir-error.ts'
import { collectHealth } from './collect-health.ts'
import { collectStats, type Stats } from './collect-stats.ts'
import type { AddedMethods } from './config/added-methods.ts'
import type { Bundler } from './config/bundler.ts'
import { Editor } from './config/editor.ts'
import { reverted } from './config/extension-commands.ts'
import { probedServices, runningConfig } from './config/membership.ts'
import { contentsOf, Revisions, type Revision } from './config/revisions.ts'
import type { DataPlane, LogLevel } from './data-plane.ts'
import type { Snapshot } from './entity-status.ts'
import type { EventListener, Events } from './events.ts'
import { collectionOf, makeCollections } from './groups/collections.ts'
import { LogLevelControl } from './groups/log-level-control.ts'
import { RunningConfig } from './groups/running-config.ts'
import { RunningConnections } from './groups/running-connections.ts'
import { RunningSessions } from './groups/running-sessions.ts'
import { RunningTraces } from './groups/running-traces.ts'
import { CanaryWatch } from './jobs/canary-watch.ts'
import { CertkeyFileWatch } from './jobs/certkey-file-watch.ts'
import type { CertificateWatch } from './jobs/certificate-watch.ts'
import { RunningJobs } from './jobs/jobs.ts'
import { KeyLogWatch } from './jobs/key-log-watch.ts'
import type { TicketRotation } from './jobs/ticket-rotation.ts'
import type { Traces } from './jobs/traces.ts'
import type { LeveledLog } from './log.ts'
import { PlaneNews } from './plane-news.ts'
import type { NameKeeper } from './names/name-keeper.ts'
import type { Prober } from './prober.ts'
import type { CookieSecret } from './sessions/cookie-secret.ts'
import type { SessionKeeper } from './sessions/session-keeper.ts'
import type { Sessions } from './sessions/sessions.ts'
import type { Storage } from './storage/storage.ts'

/** The parts of a Weir; `createWeir` makes them, in this order. */
export interface Parts {
  readonly config: ConfigInput | undefined
  readonly log: LeveledLog
  readonly logLevel: LogLevel
  readonly events: Events
  readonly storage: Storage
  readonly methods: AddedMethods
  readonly bundler: Bundler
  readonly sessions: Sessions
  /** Keeps the sessions over a restart; a store of the program does so itself. */
  readonly keeper: SessionKeeper | undefined
  readonly plane: DataPlane
  readonly health: Prober
  readonly traces: Traces
  readonly certificates: CertificateWatch
  readonly tickets: TicketRotation
  readonly cookies: CookieSecret
  readonly acme: AcmeKeeper
  readonly names: NameKeeper
}

const defaultGraceMs = 10_000

/**
 * Weir: the configuration, the data plane that runs it, and the state of both.
 *
 *     new ──start──► starting ──► running ──stop──► stopped
 */
export class RunningWeir implements Weir {
  readonly extensions: Collections['extensions']
  readonly userProtocols: Collections['userProtocols']
  readonly certkeys: Collections['certkeys']
  readonly monitors: Collections['monitors']
  readonly services: Collections['services']
  readonly serviceGroups: Collections['serviceGroups']
  readonly lbVservers: Collections['lbVservers']
  readonly glbs: Collections['glbs']
  readonly userVservers: Collections['userVservers']
  readonly config: RunningConfig
  readonly sessions: RunningSessions
  readonly connections: RunningConnections
  readonly traces: RunningTraces
  readonly jobs: RunningJobs
  readonly log: LogLevelControl

  readonly #parts: Parts
  readonly #revisions: Revisions
  readonly #editor: Editor
  readonly #canaries: CanaryWatch
  readonly #files: CertkeyFileWatch
  readonly #keyLogs: KeyLogWatch
  readonly #news: PlaneNews
  #state: 'new' | 'starting' | 'running' | 'stopped' = 'new'
  #startedAt = 0
  #stopping: Promise<void> | undefined
  #handingOver: Promise<void> | undefined
  /** The configuration of the last reported commit. */
  #announced: Config | undefined

  constructor (parts: Parts) {
    const { plane, bundler, events } = parts
    this.#parts = parts
    // 1. The configuration, and the one way to change it.
    this.#revisions = new Revisions({ ...parts, ticketSecret: () => parts.tickets.secret, cookieSecret: () => parts.cookies.secret, ordered: parts.acme, onCommitted: revision => { this.#committed(revision) } })
    this.#editor = new Editor(this.#revisions)
    // 2. Receivers of the data plane's events.
    this.#canaries = new CanaryWatch({ stats: () => plane.stats(), revert: (extension, version, reason) => this.#revert(extension, version, reason), log: parts.log })
    this.#news = new PlaneNews({ events, health: parts.health, names: parts.names, traces: parts.traces, canaries: this.#canaries })
    // 3. The watches on files.
    this.#keyLogs = new KeyLogWatch(parts.log)
    this.#files = new CertkeyFileWatch({ ...parts, certkeys: () => this.#revisions.current.certkeys, read: () => this.#revisions.refresh() })
    // 4. The jobs.
    let running: { readonly of: Revision, readonly config: Config } | undefined
    const config = (): Config => {
      const of = this.#revisions.current
      if (running?.of !== of) running = { of, config: runningConfig(of.config, of.membership) }
      return running.config
    }
    this.jobs = new RunningJobs({
      plane, events, log: parts.log, archive: parts.storage.jobs,
      stats: () => plane.stats(),
      config,
      takesClients: service => parts.health.status(service).health !== 'down',
      setServiceState: async (service, state) => { await this.services.patch(service, { state }) }
    })
    events.on('service-down', ({ service }) => { this.jobs.onHealth(service, false) })
    events.on('service-up', ({ service }) => { this.jobs.onHealth(service, true) })
    // 5. The program's view.
    const collections = makeCollections({ bundler, plane, health: parts.health, jobs: this.jobs, orderNow: certkey => { parts.acme.orderNow(certkey) }, editor: this.#editor, snapshot: () => this.#snapshot() })
    this.extensions = collections.extensions
    this.userProtocols = collections.userProtocols
    this.certkeys = collections.certkeys
    this.monitors = collections.monitors
    this.services = collections.services
    this.serviceGroups = collections.serviceGroups
    this.lbVservers = collections.lbVservers
    this.glbs = collections.glbs
    this.userVservers = collections.userVservers
    this.config = new RunningConfig(this.#editor)
    this.sessions = new RunningSessions(plane, { config, between: run => this.#revisions.between(run) })
    this.connections = new RunningConnections(plane)
    this.traces = new RunningTraces(parts.traces, this.#editor)
    this.log = new LogLevelControl(parts.log, parts.logLevel, plane)
  }

  /** 1. storage; 2. balancing methods; 3. data plane, and sessions; 4. configuration. A failure stops what was started. */
  async start (): Promise<void> {
    if (this.#state !== 'new') throw new WeirError('internal', `start() can be called once; Weir is ${this.#state}`)
    this.#state = 'starting'
    this.#startedAt = Date.now()
    const { plane, keeper, log, config, storage, methods, tickets, cookies, acme, names } = this.#parts
    try {
      await storage.open()
      await methods.load()
      await tickets.restore()
      await cookies.restore()
      await acme.restore()
      await this.jobs.restore()
      await names.restore()
      await Promise.all([plane.start(this.#news), keeper?.restore()])
      keeper?.listen()
      const source = await this.#revisions.begin(config)
      log.info({ revision: this.#revisions.current.number, configuration: source }, 'running')
      keeper?.start()
      this.#files.start()
      tickets.start(() => this.#revisions.refresh())
      acme.start(() => this.#revisions.refresh())
      names.start({ apply: () => this.#revisions.refresh(), connections: () => this.#connectionsByService() })
      this.#state = 'running'
      this.#editor.open()
      this.jobs.start()
    } catch (error) {
      this.#state = 'stopped'
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

  async stop (options: { graceMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options.graceMs ?? defaultGraceMs)
    await this.#stopping
  }

  async #stop (graceMs: number): Promise<void> {
    const wasRunning = this.#state === 'running'
    this.#state = 'stopped'
    this.#editor.close()
    if (!wasRunning) return
    await this.#handingOver
    if (this.#handingOver !== undefined) {
      await this.#parts.plane.stop(graceMs)
      this.#parts.sessions.close()
      this.#parts.log.info({}, 'stopped')
      return
    }
    await this.#retire(async () => {
      await this.#parts.plane.stop(graceMs)
      await this.#closeStorage()
    })
    this.#parts.log.info({}, 'stopped')
  }

  async handOver (): Promise<readonly ListeningSockets[]> {
    this.#editor.requireOpen()
    const sockets = await this.#parts.plane.listening()
    const unsent = sockets.filter(({ handles }) => handles === undefined).map(({ address, port }) => endpointText(address, port))
    if (unsent.length > 0) throw new WeirError('transport-unavailable', `a listener on io_uring cannot be handed over: ${unsent.join(', ')}; run Weir with the transport 'node'`)
    this.#editor.close()
    await (this.#handingOver = this.#retire(async () => {
      await this.#parts.keeper?.stop()
      await this.#parts.storage.close()
    }))
    this.#parts.log.info({}, 'handed over: clients are served, and nothing else is done')
    return sockets
  }

  /** Stop all that is done beside serving clients, and then `last`. */
  async #retire (last: () => Promise<void>): Promise<void> {
    this.#canaries.stop()
    this.#files.stop()
    this.#keyLogs.stop()
    const { health, certificates, tickets, acme, names, traces, bundler } = this.#parts
    tickets.stop()
    await this.jobs.stop()
    await acme.stop()
    await names.stop()
    await this.#revisions.between(async () => {
      health.stop()
      certificates.stop()
      traces.stop()
      bundler.close()
      await last()
    })
  }

  on<E extends EventName> (type: E, listener: EventListener<E>): () => void { return this.#parts.events.on(type, listener) }

  collection<C extends CollectionName> (name: C): Collection<C> { return collectionOf(this, name) }

  async stats (): Promise<Stats> { return await collectStats(this.#parts, () => this.#revisions.current) }

  async health (): Promise<Health> { return collectHealth(this.#parts, this.#revisions.current, this.#state === 'running', this.#startedAt) }

  async #snapshot (): Promise<Snapshot> {
    const { health, acme, names } = this.#parts
    const stats = await this.stats()
    return {
      revision: this.#revisions.current,
      stats,
      timeMs: Date.now(),
      service: service => health.status(service),
      detail: service => health.detail(service),
      acme: certkey => acme.status(certkey),
      hostName: host => names.status(host),
      extensionMessage: (extension, version) => this.#news.extensionMessage(extension, version)
    }
  }

  async #connectionsByService (): Promise<(service: string) => number> {
    const { services } = await this.#parts.plane.stats()
    return service => lookUp(services, service)?.connections ?? 0
  }

  async #revert (name: string, version: number, reason: string): Promise<void> {
    let found = false
    await this.#editor.change((present, histories) => {
      const left = reverted(present, histories, name, version)
      found = left !== present
      return left
    }, { turn: { extension: name, revert: reason } })
    if (!found) return
    this.#parts.log.warn({ extension: name, version, reason }, 'a canary was reverted')
    this.#parts.events.emit('canary-reverted', { extension: name, version, reason })
  }

  /** An unreleased storage ends with the process. */
  async #closeStorage (): Promise<void> {
    const { keeper, sessions, storage, log } = this.#parts
    await keeper?.stop()
    sessions.close()
    await storage.close().catch((error: unknown) => { log.warn({ error: (error as Error).message }, 'the storage was not closed') })
  }

  #committed (revision: Revision): void {
    const { health, certificates, acme, names, traces, events, log } = this.#parts
    const certkeys = contentsOf(revision.certkeys)
    const { membership } = revision
    health.apply({ monitors: revision.config.monitors, services: probedServices(membership), lbVservers: membership.lbVservers }, certkeys)
    names.committed(revision.config, membership)
    certificates.apply(certkeys)
    acme.committed(revision.config, certkeys)
    this.#files.committed(revision.certkeys)
    this.#keyLogs.committed(revision.config)
    traces.keepOnly(revision.config.extensions.map(({ name }) => name))
    this.#canaries.apply(revision)
    this.jobs.committed(runningConfig(revision.config, membership))
    // Certificates or servers were replaced: the configuration is the one that was committed before.
    if (this.#announced === revision.config) return
    this.#announced = revision.config
    log.info({ revision: revision.number }, 'configuration committed')
    events.emit('config-applied', { revision: revision.number })
  }
}
