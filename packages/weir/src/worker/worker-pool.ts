import { extensionAmong, lookUp, protocolsOf, WeirError, type ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration, FunctionDeclaration, FunctionRequest } from '@weirlb/sdk/abi'
import { type BanWord, type ConnectionInfo, type ConnectionQuery, countedServices, type Departed, type DepartureQuery, emptyEngineStats, type EngineConfig, type EngineFunction, type EngineStats, type ExplainQuery, type Explanation, type FunctionTrial, type ListeningSockets, mergeStats, pinningOf, type Ports, type ProbeAnswer, type ProbeAsk, type ProbeQuestion, type ProbeVerdict, type SessionDirectory, type SessionEntry, type SharedCount, timedServices, type Tops, type TraceSpec, type CounterLevel, type LimitCountersQuery } from '@weirlb/engine'
import type { DataPlane, DataPlaneEvents, LogLevel, PreparedChange, SessionQuery, WorkerInfo, WantedSession } from '../data-plane.ts'
import { addDroppedLines, noDroppedLines, type DroppedLines } from '../dropped-lines.ts'
import type { LifeFilter } from '../lives/life.ts'
import { replay } from '../sessions/session-log.ts'
import { SessionOwner } from './session-owner.ts'
import { answerSessions } from './session-answers.ts'
import { remainsOf, statsOf } from '../stats/worker-stats.ts'
import { Inheritance } from '../inherited-sockets.ts'
import { requireFreeAddresses } from './free-address.ts'
import { deltaOf, type ConfigDelta } from './config-delta.ts'
import type { FromWorker } from './messages.ts'
import { CountExchange } from './count-exchange.ts'
import { defaultHeartbeat } from './patience.ts'
import { WorkerBans } from './worker-bans.ts'
import { PlaceLedger } from './place-ledger.ts'
import { SharedDepartures } from '../shared-departures.ts'
import { abort, WorkerProcess, type WorkerSink } from './worker-process.ts'
import { passOn } from './worker-news.ts'
import { wearLimits } from './wear.ts'
import type { WorkerPoolOptions } from './worker-pool-options.ts'
import { GRACE_MS, WorkerSlot } from './worker-slot.ts'

/** A revision as workers are given it. */
interface Running { readonly config: EngineConfig, readonly ports: Ports }

/** A socket that another process has sent. */
interface NativeHandle { close (): void }

/** How long the clients of a worker that was replaced may stay. */
const DRAIN_MS = 600_000
/** Before the first commit. */
const NOTHING: Pick<EngineConfig, 'userVservers' | 'userProtocols' | 'extensions'> = { userVservers: [], userProtocols: [], extensions: [] }

/**
 * The data plane in worker processes.
 *
 * The pool has the running revision; a worker that runs it is `up`. A change is prepared on the workers that are up,
 * and is refused if one of them refuses it or ends. From the commit on it is the running revision: all other workers
 * catch up with it before they count as up.
 */
export class WorkerPool implements DataPlane {
  readonly #options: WorkerPoolOptions
  readonly #slots: WorkerSlot[]
  /** Every process that lives, those being drained included, by number. */
  readonly #processes = new Map<number, WorkerProcess>()
  /** Which revision a process has. */
  readonly #has = new WeakMap<WorkerProcess, Running>()
  readonly #sessionOwner: SessionOwner
  readonly #counts = new CountExchange(() => [...this.#processes.values()].filter(worker => this.#has.has(worker)))
  readonly #places: PlaceLedger
  /** Of services with a known health. */
  readonly #serviceHealth = new Map<string, ServiceHealth>()
  readonly #latencies = new Map<string, number>()
  readonly #bans = new WorkerBans(() => this.#processes.values())
  /** Services whose latency the running configuration uses. */
  #timed: ReadonlySet<string> = new Set()
  /** Which connections somebody looks at. */
  #watched: readonly LifeFilter[] = []
  readonly #traces = new Map<string, TraceSpec>()
  readonly #departures = new SharedDepartures()
  readonly #inheritance: Inheritance
  /** The receiver of events; set at the start, before any worker can send some. */
  #events!: DataPlaneEvents
  #running: Running | undefined
  /** Workers' listening sockets, while they are being handed over. */
  #copies: readonly NativeHandle[] = []
  #retired: EngineStats = emptyEngineStats()
  #retiredDroppedLines = noDroppedLines
  #logLevel: LogLevel
  #lastNumber = 0
  /** The sessions as each worker uses them. */
  readonly #directories = new WeakMap<WorkerProcess, SessionDirectory>()

  constructor (options: WorkerPoolOptions) {
    this.#options = options
    this.#inheritance = options.inheritance ?? new Inheritance()
    this.#logLevel = options.logLevel
    this.#sessionOwner = new SessionOwner(options.sessions)
    this.#places = new PlaceLedger(
      (worker, service, word) => { this.#processes.get(worker)?.tell({ kind: 'places', service, word }) },
      () => this.#processes.size,
      options.places)
    const host = {
      log: options.log,
      drainMs: options.drainMs ?? DRAIN_MS,
      wear: options.wear ?? wearLimits(options.workers),
      spawn: (sink: WorkerSink, slot: number) => this.#spawn(sink, slot),
      bringUp: (worker: WorkerProcess) => this.#bringUp(worker),
      onMessage: (worker: WorkerProcess, message: FromWorker, slot: number) => this.#onMessage(worker, message, slot),
      onExit: (worker: WorkerProcess) => this.#onExit(worker),
      onWorkerEnded: (...told: Parameters<DataPlaneEvents['onWorkerEnded']>) => this.#events.onWorkerEnded(...told),
      onWorkerUp: (...told: Parameters<DataPlaneEvents['onWorkerUp']>) => this.#events.onWorkerUp(...told)
    }
    this.#slots = Array.from({ length: options.workers }, (_, i) => new WorkerSlot(i + 1, host))
  }

  async start (events: DataPlaneEvents): Promise<void> {
    this.#events = events
    await Promise.all(this.#slots.map(slot => slot.start()))
  }

  async prepare (config: EngineConfig): Promise<PreparedChange> {
    const workers = this.#up()
    const first = workers[0]
    if (first === undefined) throw noWorker()
    await requireFreeAddresses(config.userVservers, this.#running?.ports ?? {}, this.#inheritance)

    // The first worker resolves port 0; the others receive the ports.
    const asked: WorkerProcess[] = [first]
    try {
      const { declarations, ports } = await first.call('prepare', { delta: this.#deltaFor(first, config), ports: this.#running?.ports ?? {} })
      const rest = workers.slice(1)
      asked.push(...rest)
      const answers = await Promise.allSettled(rest.map(worker => worker.call('prepare', { delta: this.#deltaFor(worker, config), ports })))
      const refusal = answers.find(answer => answer.status === 'rejected')
      if (refusal !== undefined) throw refusal.reason
      return {
        declarations,
        ports,
        commit: () => this.#commit({ config, ports }, workers),
        abort: () => abort(workers)
      }
    } catch (error) {
      await abort(asked)
      throw error
    }
  }

  /** Returns the difference that this worker needs to run a configuration. */
  #deltaFor (worker: WorkerProcess, config: EngineConfig): ConfigDelta { return deltaOf(this.#has.get(worker)?.config, config) }

  async validate (bundle: Bundle): Promise<Declaration> { return await this.#any().call('validate', bundle) }

  async validateFunction (bundle: Bundle): Promise<FunctionDeclaration> { return await this.#any().call('validate-function', bundle) }

  async tryFunction (config: EngineFunction, request: FunctionRequest): Promise<FunctionTrial> {
    return await this.#any().call('try-function', { config, request })
  }

  async explain (request: ExplainQuery): Promise<Explanation> {
    const worker = await this.#whereUp(request.userVserver) ?? this.#any()
    return await worker.call('explain', request)
  }

  async probeQuestion (ask: ProbeAsk): Promise<ProbeQuestion> { return await this.#any().call('probe-question', ask) }

  async probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict> { return await this.#any().call('probe-verdict', answer) }

  setTrace (extension: string, spec: TraceSpec | undefined): void {
    if (spec === undefined) this.#traces.delete(extension)
    else this.#traces.set(extension, spec)
    for (const worker of this.#processes.values()) worker.tell({ kind: 'trace', extension, spec })
  }

  setServiceHealth (service: string, health: ServiceHealth): void {
    if (health === 'unknown') this.#serviceHealth.delete(service)
    else this.#serviceHealth.set(service, health)
    for (const worker of this.#processes.values()) worker.tell({ kind: 'service-health', service, health })
  }

  setServiceLatency (service: string, ms: number): void {
    this.#latencies.set(service, ms)
    if (this.#timed.has(service)) for (const worker of this.#processes.values()) worker.tell({ kind: 'service-latency', service, ms })
  }

  ban (bans: readonly BanWord[]): void { this.#bans.ban(bans) }
  unban (addresses: readonly string[] | undefined): void { this.#bans.unban(addresses) }

  tellCounted (counts: readonly SharedCount[]): void { for (const worker of this.#processes.values()) worker.tell({ kind: 'counted', counts }) }
  async stats (): Promise<EngineStats> {
    const live = await this.#all(async worker => worker.lastStats = await worker.call('stats', undefined))
    return mergeStats([this.#retired, ...live])
  }

  reportedStats (): { readonly id: number, readonly stats: EngineStats }[] { return [...this.#processes.values()].map(({ number, lastStats }) => ({ id: number, stats: lastStats })) }
  async limitCounters (query: LimitCountersQuery): Promise<readonly (readonly CounterLevel[])[]> { return await this.#all(worker => worker.call('limit-counters', query)) }
  async tops (): Promise<readonly Tops[]> { return await this.#all(worker => worker.call('tops', undefined)) }

  async droppedLines (): Promise<DroppedLines> {
    const live = await this.#all(async worker => worker.lastDroppedLines = await worker.call('dropped-lines', undefined))
    return addDroppedLines([this.#retiredDroppedLines, ...live])
  }

  watchLives (filters: readonly LifeFilter[]): void {
    this.#watched = filters
    for (const worker of this.#processes.values()) worker.tell({ kind: 'watch-lives', filters })
  }

  reopenAccessLog (): void { for (const worker of this.#processes.values()) worker.tell({ kind: 'reopen-access-log' }) }

  async connections (query: ConnectionQuery): Promise<ConnectionInfo[]> {
    const found = (await this.#all(worker => worker.call('connections', query))).flat()
    return query.limit === undefined ? found : found.slice(0, query.limit)
  }

  async kill (id: string): Promise<boolean> {
    const worker = this.#processes.get(Number.parseInt(id, 10))
    return worker === undefined ? false : await worker.call('kill', id)
  }

  steerFrom (lbVserver: string, overfull: readonly string[]): void {
    for (const worker of this.#processes.values()) worker.tell({ kind: 'steer', lbVserver, overfull })
  }

  async listening (): Promise<readonly ListeningSockets[]> {
    this.forgetListening()
    const own = (await Promise.all(this.#up().map(worker => worker.listening()))).flat()
    this.#copies = own.flatMap(({ handles }) => handles) as unknown as readonly NativeHandle[]
    // Those of this process are sockets of the workers, too.
    const inherited = this.#inheritance.all.map(({ address, port, fds }) => ({ address, port, handles: fds.map(fd => ({ fd })) }))
    return [...inherited, ...own.filter(({ address, port }) => !this.#inheritance.has(address, port))]
  }

  forgetListening (): void {
    for (const handle of this.#copies) handle.close()
    this.#copies = []
  }

  async depart (query: DepartureQuery): Promise<Departed> { return await this.#departures.depart(query, [...this.#processes.values()]) }

  async sessions (query: SessionQuery): Promise<readonly SessionEntry[]> { return await this.#sessionOwner.list(query) }
  sessionParts (query: SessionQuery): AsyncIterable<readonly SessionEntry[]> { return this.#sessionOwner.parts(query) }
  async setSessions (entries: readonly WantedSession[]): Promise<number> { return await this.#sessionOwner.set(entries) }
  async deleteSessions (query: SessionQuery): Promise<number> { return await this.#sessionOwner.delete(query) }
  workers (): readonly WorkerInfo[] { return this.#slots.map(slot => slot.info) }

  setLogLevel (level: LogLevel): void {
    this.#logLevel = level
    for (const worker of this.#processes.values()) worker.tell({ kind: 'log-level', level })
  }

  async stop (graceMs: number): Promise<void> {
    this.#counts.stop()
    await Promise.all(this.#slots.map(slot => slot.stop(graceMs)))
  }

  #up (): WorkerProcess[] { return this.#slots.map(slot => slot.worker).filter(worker => worker !== undefined) }

  #any (): WorkerProcess {
    const worker = this.#up()[0]
    if (worker === undefined) throw noWorker()
    return worker
  }

  /**
   * Returns the first worker in which the extension of a user vserver is up, checked now: each worker takes an
   * extension out of service, and back, by itself.
   */
  async #whereUp (userVserver: string): Promise<WorkerProcess | undefined> {
    const { userVservers, userProtocols, extensions } = this.#running?.config ?? NOTHING
    const vserver = userVservers.find(({ name }) => name === userVserver)
    const used = vserver && extensionAmong(protocolsOf(vserver, name => userProtocols.find(each => each.name === name)))
    const extension = extensions.find(({ name }) => name === used)
    if (extension === undefined) return undefined
    for (const worker of this.#up()) {
      const stats = await worker.call('stats', undefined).catch(() => undefined)
      if (((stats === undefined ? undefined : lookUp(stats.extensions, extension.name))?.versions[extension.version]?.up ?? 0) > 0) return worker
    }
    return undefined
  }

  /** Returns the results of all processes; one that ends meanwhile has none. */
  async #all<T> (ask: (worker: WorkerProcess) => Promise<T>): Promise<T[]> {
    const answers = await Promise.allSettled([...this.#processes.values()].map(ask))
    return answers.filter(answer => answer.status === 'fulfilled').map(answer => answer.value)
  }

  /** From the first line on this is the running revision, even if a worker dies now. */
  async #commit (running: Running, prepared: readonly WorkerProcess[]): Promise<void> {
    this.#running = running
    this.#options.sessions.configure(pinningOf(running.config))
    const known = new Set(running.config.services.map(service => service.name))
    for (const service of this.#serviceHealth.keys()) if (!known.has(service)) this.#serviceHealth.delete(service)
    for (const service of this.#latencies.keys()) if (!known.has(service)) this.#latencies.delete(service)
    this.#timed = timedServices(running.config)
    this.#inheritance.use(running.config.userVservers.filter(({ state }) => state === 'enabled').map(({ address, port }) => ({ address, port })))
    // A later entity of the same name is another.
    this.#retired = statsOf(this.#retired, running.config)

    const commits = prepared.map(async worker => {
      // A worker that ends before it returns is restarted with this revision.
      try {
        await this.#giveSessions(worker)
        await worker.call('commit', undefined)
        this.#has.set(worker, running)
        this.#tellLatencies(worker)
      } catch { /* as said */ }
    })
    // These came up with the revision before, while this one was being prepared without them.
    const late = this.#up().filter(worker => !prepared.includes(worker)).map(async worker => {
      await this.#bringUp(worker).catch(() => worker.kill())
    })
    // One that cannot take it would serve what is configured no more.
    const draining = this.#slots.flatMap(slot => [...slot.draining]).map(async worker => {
      await this.#bringUp(worker).catch(() => { void worker.stop(GRACE_MS) })
    })
    await Promise.all([...commits, ...late, ...draining])
    this.#places.configure(running.config.services)
    this.#counts.configure(countedServices(running.config), new Set(running.config.services.map(({ name }) => name)))
    // Claims of the revision before may have come in meanwhile.
    this.#options.sessions.configure(pinningOf(running.config))
  }

  #tellLatencies (worker: WorkerProcess): void {
    for (const [service, ms] of this.#latencies) if (this.#timed.has(service)) worker.tell({ kind: 'service-latency', service, ms })
  }

  /** Until it has the running revision, even if that changes meanwhile. */
  async #bringUp (worker: WorkerProcess): Promise<void> {
    while (this.#running !== undefined && this.#has.get(worker) !== this.#running) {
      const running: Running = this.#running
      await worker.call('prepare', { delta: this.#deltaFor(worker, running.config), ports: running.ports })
      await this.#giveSessions(worker)
      await worker.call('commit', undefined)
      this.#has.set(worker, running)
      this.#bans.tell(worker)
      for (const [service, health] of this.#serviceHealth) worker.tell({ kind: 'service-health', service, health })
      this.#tellLatencies(worker)
      for (const [extension, spec] of this.#traces) worker.tell({ kind: 'trace', extension, spec })
      if (this.#watched.length > 0) worker.tell({ kind: 'watch-lives', filters: this.#watched })
    }
  }

  /**
   * Before its first commit, and so before its first client: the only worker owns the session table; with others it
   * sends claims.
   */
  async #giveSessions (worker: WorkerProcess): Promise<void> {
    if (this.#has.has(worker)) return
    if (this.#processes.size === 1 && this.#slots.length === 1) await this.#sessionOwner.appoint(worker)
    else await this.#sessionOwner.dismiss()
  }

  #spawn (sink: WorkerSink, slot: number): WorkerProcess {
    const { entry, settings, heartbeat } = this.#options
    const worker = new WorkerProcess({
      entry,
      settings,
      number: ++this.#lastNumber,
      slot,
      logLevel: this.#logLevel,
      inherited: this.#inheritance.all,
      heartbeat: heartbeat ?? defaultHeartbeat
    }, sink)
    this.#processes.set(worker.number, worker)
    this.#directories.set(worker, this.#options.sessions.directory(worker.number))
    return worker
  }

  #onExit (worker: WorkerProcess): void {
    this.#processes.delete(worker.number)
    this.#sessionOwner.forget(worker)
    this.#places.ended(worker.number)
    this.#options.sessions.releaseAll(worker.number)
    this.#retired = mergeStats([this.#retired, remainsOf(worker.lastStats)])
    this.#retiredDroppedLines = addDroppedLines([this.#retiredDroppedLines, worker.lastDroppedLines])
  }

  #onMessage (worker: WorkerProcess, message: FromWorker, slot: number): void {
    const { sessions } = this.#options
    switch (message.kind) {
      case 'claim':
      case 'find':
      case 'pin':
      case 'release':
        answerSessions(message, this.#directories.get(worker)!, answer => {
          worker.tell(answer)
          // A store may return after the worker's end: release the entry here.
          if (!worker.alive) sessions.releaseAll(worker.number)
        })
        break
      case 'places-asked': this.#places.ask(worker.number, message.service, message.count); break
      case 'places-back': this.#places.giveBack(worker.number, message.service, message.count, message.answer); break
      case 'session-log': replay(message.log, this.#directories.get(worker)!, sessions.own); break
      case 'counted':
        for (const other of this.#processes.values()) if (other !== worker) other.tell(message)
        this.#options.onCounted?.(message.counts)
        break
      case 'ready':
      case 'failed':
      case 'socket':
      case 'answer':
      case 'refusal': break // Of the process itself.
      default: passOn(message, this.#events, slot, worker.pid)
    }
    // The worker's last messages may be read after its end: release its holds here.
    if (worker.alive) return
    sessions.releaseAll(worker.number)
    this.#places.ended(worker.number)
  }
}

const noWorker = (): WeirError => new WeirError('worker-unavailable', 'no worker process is up; they are being restarted', { retry: true })
