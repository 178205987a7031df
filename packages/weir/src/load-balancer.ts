import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import {
  parseConfigInSlices, parseEntity, WeirError,
  type BindingInput, type CollectionName, type Config, type ConfigInput, type Entity, type Certkey, type EventName, type ServiceHealth
} from '@weirlb/model'
import { keyToText, type ConnectionInfo, type ConnectionQuery, type Explanation } from '@weirlb/engine'
import type { Declaration } from '@weirlb/sdk/abi'
import { asWeirError } from './as-weir-error.ts'
import { CanaryWatch } from './jobs/canary-watch.ts'
import type { AddedMethods } from './config/added-methods.ts'
import type { Bundler } from './config/bundler.ts'
import { bound, unbound } from './config/bindings.ts'
import { ConfigDraft, type Draft } from './config/draft.ts'
import { added, checkUnused, checkVersion, find, newEntity, patched, replacement, required, rewritten, without } from './config/entities.ts'
import { etagOf } from './config/etag.ts'
import { promoted, reverted, rolledBack } from './config/extension-commands.ts'
import type { WriteOptions } from './config/write-options.ts'
import type { Histories, Turn } from './config/extension-history.ts'
import { withoutKey, withoutKeys } from './config/private-keys.ts'
import { inRequest, type Place } from './config/request-place.ts'
import { contentsOf, notRunning, Revisions, type Revision } from './config/revisions.ts'
import { CertkeyFileWatch } from './jobs/certkey-file-watch.ts'
import type { CertificateWatch } from './jobs/certificate-watch.ts'
import type { DataPlane, LogLevel, SessionQuery } from './data-plane.ts'
import { stateOf, type Snapshot } from './entity-state.ts'
import type { EventListener, Events } from './events.ts'
import type { LeveledLog } from './log.ts'
import { PlaneNews } from './plane-news.ts'
import type { Prober } from './prober.ts'
import type { SessionKeeper } from './sessions/session-keeper.ts'
import type { Sessions } from './sessions/sessions.ts'
import { collectStats, type Stats } from './collect-stats.ts'
import type { Storage } from './storage/storage.ts'
import type { TraceListener, TraceRequest, Traces, TraceState } from './jobs/traces.ts'
import { version } from './version.ts'
import type { EntityState, ExplainOptions, Health, SessionInfo, Versioned, Weir } from './weir-api.ts'

/** The parts of a Weir; `createWeir` puts them together. */
export interface Parts {
  readonly config: ConfigInput | undefined
  readonly plane: DataPlane
  readonly storage: Storage
  readonly health: Prober
  readonly bundler: Bundler
  readonly methods: AddedMethods
  readonly sessions: Sessions
  /** Keeps the sessions over a restart; a store of the program does so itself. */
  readonly keeper: SessionKeeper | undefined
  readonly log: LeveledLog
  readonly logLevel: LogLevel
  readonly events: Events
  readonly traces: Traces
  readonly certificates: CertificateWatch
}

const defaultGraceMs = 10_000

/**
 * Weir: the configuration, the data plane that runs it, and what is known of both.
 *
 *     new ──start──► starting ──► running ──stop──► stopped
 */
export class LoadBalancer implements Weir {
  readonly #parts: Parts
  readonly #revisions: Revisions
  readonly #canaries: CanaryWatch
  readonly #files: CertkeyFileWatch
  readonly #news: PlaneNews
  #state: 'new' | 'starting' | 'running' | 'stopped' = 'new'
  #startedAt = 0
  #stopping: Promise<void> | undefined
  #logLevel: LogLevel
  /** The configuration whose commit was told last. */
  #announced: Config | undefined
  /** ETag of the whole configuration, made when first asked for. */
  #etag: { readonly of: Config, readonly text: string } | undefined

  constructor (parts: Parts) {
    this.#parts = parts
    this.#logLevel = parts.logLevel
    this.#canaries = new CanaryWatch({ stats: () => parts.plane.stats(), revert: (extension, version, reason) => this.#revert(extension, version, reason), log: parts.log })
    this.#news = new PlaneNews({ ...parts, canaries: this.#canaries })
    this.#revisions = new Revisions({ ...parts, onCommitted: revision => this.#committed(revision) })
    this.#files = new CertkeyFileWatch({ ...parts, certkeys: () => this.#revisions.current.certkeys, read: () => this.#revisions.readFiles() })
  }

  /** 1. storage; 2. balancing methods; 3. data plane, and sessions; 4. configuration. A failure stops what was started. */
  async start (): Promise<void> {
    if (this.#state !== 'new') throw new WeirError('internal', `start() can be called once; Weir is ${this.#state}`)
    this.#state = 'starting'
    this.#startedAt = Date.now()
    const { plane, keeper, log, config, storage, methods } = this.#parts
    try {
      await storage.open()
      await methods.load()
      await Promise.all([plane.start(this.#news), keeper?.restore()])
      keeper?.listen()
      const source = await this.#revisions.begin(config)
      log.info({ revision: this.#revisions.current.number, configuration: source }, 'running')
      keeper?.start()
      this.#files.start()
      this.#state = 'running'
    } catch (error) {
      this.#state = 'stopped'
      this.#canaries.stop()
      this.#parts.health.stop()
      this.#parts.certificates.stop()
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
    if (!wasRunning) return
    this.#canaries.stop()
    this.#files.stop()
    const { health, certificates, traces, plane, log } = this.#parts
    await this.#revisions.between(async () => {
      health.stop()
      certificates.stop()
      traces.stop()
      await plane.stop(graceMs)
      await this.#closeStorage()
    })
    log.info({}, 'stopped')
  }

  config (): Versioned<Config> {
    const { config } = this.#revisions.current
    if (this.#etag?.of !== config) this.#etag = { of: config, text: etagOf(config) }
    return { value: withoutKeys(config), etag: this.#etag.text }
  }

  async apply (input: ConfigInput, options: WriteOptions = {}): Promise<Versioned<Config>> {
    this.#requireRunning()
    const next = await parseConfigInSlices(input, turnOfTheLoop)
    await this.#change(present => {
      checkVersion(options, present, 'the configuration')
      return next
    })
    return this.config()
  }

  async check (input: ConfigInput): Promise<void> {
    this.#requireRunning()
    try { await this.#revisions.check(await parseConfigInSlices(input, turnOfTheLoop)) } catch (error) { throw asWeirError(error) }
  }

  list<C extends CollectionName> (collection: C): readonly Entity<C>[] {
    return (this.#revisions.current.config[collection] as readonly Entity<C>[]).map(entity => shown(collection, entity))
  }

  get<C extends CollectionName> (collection: C, name: string): Versioned<Entity<C>> | undefined {
    const entity = find(this.#revisions.current.config, collection, name)
    return entity === undefined ? undefined : { value: shown(collection, entity), etag: etagOf(entity) }
  }

  async create<C extends CollectionName> (collection: C, sent: unknown): Promise<Versioned<Entity<C>>> {
    const entity = newEntity(collection, sent)
    await this.#change(present => added(present, collection, entity), { place: { collection, name: entity.name } })
    return this.get(collection, entity.name)!
  }

  async replace<C extends CollectionName> (collection: C, name: string, input: unknown, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    return await this.#rewrite(collection, name, options, present => replacement(collection, present, input))
  }

  async patch<C extends CollectionName> (collection: C, name: string, patch: unknown, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    return await this.#rewrite(collection, name, options, present => patched(collection, present, patch))
  }

  async bindService (lbVserver: string, binding: BindingInput, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    return await this.#rewrite('lbVservers', lbVserver, options, present => bound(present, binding), { within: ({ services }) => `services[${services.length}]` })
  }

  async unbindService (lbVserver: string, service: string, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    return await this.#rewrite('lbVservers', lbVserver, options, present => unbound(present, service))
  }

  async remove (collection: CollectionName, name: string, options: WriteOptions = {}): Promise<void> {
    await this.#change(present => {
      const left = without(present, collection, name, options)
      checkUnused(present, collection, name)
      return left
    })
  }

  async edit (edit: (draft: Draft) => void, options: WriteOptions = {}): Promise<Versioned<Config>> {
    await this.#change(present => {
      checkVersion(options, present, 'the configuration')
      const draft = new ConfigDraft(present)
      edit(draft)
      return draft.config
    })
    return this.config()
  }

  async state (collection: CollectionName, name: string): Promise<EntityState> {
    required(this.#revisions.current.config, collection, name)
    return stateOf(await this.#snapshot(), collection, name)
  }

  async states (collection: CollectionName): Promise<readonly { readonly name: string, readonly state: EntityState }[]> {
    const now = await this.#snapshot()
    return now.revision.config[collection].map(({ name }) => ({ name, state: stateOf(now, collection, name) }))
  }

  async #snapshot (): Promise<Snapshot> {
    const { health } = this.#parts
    const stats = await this.stats()
    return {
      revision: this.#revisions.current,
      stats,
      timeMs: Date.now(),
      service: service => health.status(service),
      extensionMessage: (extension, version) => this.#news.extensionMessage(extension, version)
    }
  }

  async rollbackExtension (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    return await this.#rewrite('extensions', name, options, rolledBack, { turn: { extension: name, rollback: true } })
  }

  async promoteExtension (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    return await this.#rewrite('extensions', name, options, promoted)
  }

  async #revert (name: string, version: number, reason: string): Promise<void> {
    let found = false
    await this.#change((present, histories) => {
      const left = reverted(present, histories, name, version)
      found = left !== present
      return left
    }, { turn: { extension: name, revert: reason } })
    if (!found) return
    this.#parts.log.warn({ extension: name, version, reason }, 'a canary was reverted')
    this.#parts.events.emit('canary-reverted', { extension: name, version, reason })
  }

  async validateExtension (source: string): Promise<Declaration> {
    this.#requireRunning()
    // By the rules of an extension that is created, in their words.
    parseEntity('extensions', { name: 'extension', source })
    const { bundler, plane } = this.#parts
    const bundle = await bundler.source('extension', source)
    try { return await plane.validate(bundle) } catch (error) { throw asWeirError(error) }
  }

  trace (extension: string): TraceState {
    required(this.#revisions.current.config, 'extensions', extension)
    return this.#parts.traces.state(extension)
  }

  setTrace (extension: string, request: TraceRequest): TraceState {
    this.#requireRunning()
    required(this.#revisions.current.config, 'extensions', extension)
    return this.#parts.traces.set(extension, request)
  }

  onTrace (extension: string, listener: TraceListener): () => void {
    required(this.#revisions.current.config, 'extensions', extension)
    return this.#parts.traces.on(extension, listener)
  }

  on<E extends EventName> (type: E, listener: EventListener<E>): () => void { return this.#parts.events.on(type, listener) }

  builtins (): readonly string[] { return this.#parts.bundler.builtins }

  async explain (userVserver: string, bytes: Uint8Array, options: ExplainOptions = {}): Promise<Explanation> {
    this.#requireRunning()
    required(this.#revisions.current.config, 'userVservers', userVserver)
    const { side = 'client', client } = options
    return await this.#parts.plane.explain({ userVserver, bytes, side, client: { address: client?.address ?? '127.0.0.1', port: client?.port ?? 49152, serverName: client?.serverName } })
  }

  async sessions (query: SessionQuery): Promise<readonly SessionInfo[]> {
    const entries = await this.#parts.plane.sessions(query)
    return entries.map(({ lbVserver, key, service, connections, expiresInMs }) =>
      ({ lbVserver, key: keyToText(key), service, connections, expiresInSeconds: expiresInMs === undefined ? undefined : expiresInMs / 1000 }))
  }

  async deleteSessions (query: SessionQuery): Promise<number> { return await this.#parts.plane.deleteSessions(query) }
  async connections (query: ConnectionQuery): Promise<readonly ConnectionInfo[]> { return await this.#parts.plane.connections(query) }
  async kill (id: string): Promise<boolean> { return await this.#parts.plane.kill(id) }

  async stats (): Promise<Stats> { return await collectStats(this.#parts, () => this.#revisions.current) }

  async health (): Promise<Health> {
    const { plane, health } = this.#parts
    const { config, number } = this.#revisions.current
    const workers = plane.workers()
    const enabled = config.services.filter(service => service.state === 'enabled')
    const services = { up: 0, down: 0, unknown: 0 }
    for (const { name } of enabled) services[countedAs[health.status(name).health]]++
    return {
      status: this.#state === 'running' && services.down === 0 && workers.every(worker => worker.state === 'up') ? 'ok' : 'degraded',
      version,
      revision: number,
      uptimeSeconds: this.#startedAt === 0 ? 0 : (Date.now() - this.#startedAt) / 1000,
      workers,
      services
    }
  }

  get logLevel (): LogLevel { return this.#logLevel }
  set logLevel (level: LogLevel) {
    this.#logLevel = level
    this.#parts.log.level = level
    this.#parts.plane.setLogLevel(level)
  }

  async #rewrite<C extends CollectionName> (collection: C, name: string, options: WriteOptions, input: (present: Entity<C>, histories: Histories) => unknown, how: { readonly turn?: Turn, readonly within?: (present: Entity<C>) => string } = {}): Promise<Versioned<Entity<C>>> {
    const place = { collection, name, within: undefined as string | undefined }
    await this.#change((config, histories) => rewritten(config, collection, name, options, present => {
      place.within = how.within?.(present)
      return input(present, histories)
    }), { turn: how.turn, place })
    return this.get(collection, name)!
  }

  async #change (edit: (present: Config, histories: Histories) => Config, { turn, place }: { readonly turn?: Turn | undefined, readonly place?: Place } = {}): Promise<void> {
    this.#requireRunning()
    let next: Config | undefined
    try {
      await this.#revisions.change((config, histories) => {
        // Weir may have stopped while this change waited for its turn.
        this.#requireRunning()
        return next = edit(config, histories)
      }, turn)
    } catch (error) {
      throw place === undefined ? asWeirError(error) : inRequest(asWeirError(error), place, next)
    }
  }

  /** What cannot be let go ends with the process. */
  async #closeStorage (): Promise<void> {
    const { keeper, sessions, storage, log } = this.#parts
    await keeper?.stop()
    sessions.close()
    await storage.close().catch((error: unknown) => { log.warn({ error: (error as Error).message }, 'the storage was not closed') })
  }

  #requireRunning (): void {
    if (this.#state !== 'running') throw notRunning()
  }

  #committed (revision: Revision): void {
    const { health, certificates, traces, events, log } = this.#parts
    const certkeys = contentsOf(revision.certkeys)
    health.apply(revision.config.services, certkeys)
    certificates.apply(certkeys)
    this.#files.committed(revision.certkeys)
    traces.keepOnly(revision.config.extensions.map(({ name }) => name))
    this.#canaries.apply(revision)
    // Certificates were replaced: the configuration is the one that was committed before.
    if (this.#announced === revision.config) return
    this.#announced = revision.config
    log.info({ revision: revision.number }, 'configuration committed')
    events.emit('config-applied', { revision: revision.number })
  }
}

/** Where the health of a service is counted. */
const countedAs = { up: 'up', down: 'down', unknown: 'unknown', failing: 'unknown' } as const satisfies Record<ServiceHealth, string>

const shown = <C extends CollectionName>(collection: C, entity: Entity<C>): Entity<C> =>
  collection === 'certkeys' ? withoutKey(entity as Certkey) as Entity<C> : entity
