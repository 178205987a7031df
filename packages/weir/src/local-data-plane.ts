import { WeirError, type ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration, FunctionDeclaration, FunctionRequest } from '@weirlb/sdk/abi'
import {
  BoundedReport,
  pinningOf,
  type BanWord,
  type ConnectionInfo,
  type ConnectionQuery,
  type Departed,
  type DepartureQuery,
  type EngineApi,
  type EngineConfig,
  type EngineEvents,
  type EngineFunction,
  type EngineStats,
  type ExplainQuery,
  type Explanation,
  type FunctionTrial,
  type ListeningSockets,
  type PlaceLender,
  type Ports,
  type ProbeAnswer,
  type ProbeAsk,
  type ProbeQuestion,
  type ProbeVerdict,
  type SessionDirectory,
  type SessionEntry,
  type SharedCount,
  type Tops,
  type TraceSpec,
  type CounterLevel,
  type LimitCountersQuery
} from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import { noDroppedLines, type DroppedLines } from './dropped-lines.ts'
import type { InspectorEvents } from './inspection.ts'
import type {
  DataPlane,
  DataPlaneEvents,
  LogLevel,
  PlaceSource,
  PreparedChange,
  SessionQuery,
  WorkerInfo,
  WantedSession
} from './data-plane.ts'
import { LifePost } from './lives/life-post.ts'
import type { LifeFilter } from './lives/life.ts'
import type { Onlookers, Records } from './records.ts'
import { firstWithoutRoom, inParts } from './sessions/set-sessions.ts'
import type { Sessions } from './sessions/sessions.ts'
import { PlaceLedger } from './worker/place-ledger.ts'

const holder = 0

/** The engine of this process, and what moves its bytes. */
export interface LocalEngine {
  readonly engine: EngineApi
  readonly transport: TransportInUse
  readonly records?: Records | undefined
}

/** What an engine is connected to. `events` receives its events. */
export interface EngineEnds {
  readonly sessions: SessionDirectory
  readonly events: EngineEvents & InspectorEvents
  readonly onlookers: Onlookers
  /** Of a cluster. */
  readonly places?: PlaceLender | undefined
}

/** Creates the engine of this process. */
export type MakeEngine = (ends: EngineEnds) => Promise<LocalEngine>

/** The data plane in this process (`workers: 0`). */
export class LocalDataPlane implements DataPlane {
  readonly #make: MakeEngine
  readonly #sessions: Sessions
  /** Of a cluster; otherwise the engine has all places. */
  readonly #places: PlaceLedger | undefined
  #engine: EngineApi | undefined
  #transport: TransportInUse | undefined
  #records: Records | undefined
  #ports: Ports = {}

  /**
   * `make` rejects with `runtime-unavailable` when this process cannot run the sandbox, `transport-unavailable` when it
   * has no such transport; `start` passes that on. `places`: has those of services with `maxClients`, of several nodes.
   */
  constructor (sessions: Sessions, make: MakeEngine, places?: PlaceSource) {
    this.#sessions = sessions
    this.#make = make
    this.#places = places && new PlaceLedger(
      (_, service, word) => {
        this.#engine?.tellPlaces(service, word)
      },
      () => 1,
      places
    )
  }

  async start (events: DataPlaneEvents): Promise<void> {
    const { engine, transport, records } = await this.#make({
      sessions: this.#sessions.directory(holder),
      events: {
        onServiceFailed: (service, failure, message) => events.onServiceFailed(service, failure, message),
        onFunctionFailed: failed => events.onFunctionFailed(failed, holder),
        onFunctionState: (name, state, reason) => events.onFunctionState(name, state, reason, holder),
        onDefence: (userVserver, defending, reason) =>
          events.onDefence(userVserver, defending, reason, holder, process.pid),
        onInspector: state => events.onInspector(state, holder, process.pid),
        onDecisions: decisions => events.onDecisions(decisions, 0, holder),
        onBan: (ban, rateLimit) => events.onBan(ban, rateLimit),
        onTraced: (extension, records, dropped) => events.onTraced(extension, records, dropped, holder),
        onExtensionState: (extension, state, message, version) =>
          events.onExtensionState(extension, state, message, version, holder)
      },
      onlookers: {
        lives: new LifePost((lives, dropped) => { events.onLives(lives, dropped) }),
        sampled: new BoundedReport((connections, dropped) => { events.onSampled(connections, dropped) })
      },
      places: this.#places && lenderTo(this.#places)
    })
    this.#engine = engine
    this.#transport = transport
    this.#records = records
  }

  async prepare (config: EngineConfig): Promise<PreparedChange> {
    const prepared = await this.#started().prepare(config, this.#ports)
    return {
      declarations: prepared.declarations,
      ports: prepared.ports,
      commit: async () => {
        this.#sessions.configure(pinningOf(config))
        prepared.commit()
        this.#ports = prepared.ports
        this.#places?.configure(config.services)
      },
      abort: async () => { prepared.abort() }
    }
  }

  async validate (bundle: Bundle): Promise<Declaration> {
    return await this.#started().validate(bundle)
  }
  async validateFunction (bundle: Bundle): Promise<FunctionDeclaration> {
    return await this.#started().validateFunction(bundle)
  }
  async tryFunction (config: EngineFunction, request: FunctionRequest): Promise<FunctionTrial> {
    return await this.#started().tryFunction(config, request)
  }
  async explain (request: ExplainQuery): Promise<Explanation> {
    return await this.#started().explain(request)
  }
  async probeQuestion (ask: ProbeAsk): Promise<ProbeQuestion> {
    return await this.#started().probeQuestion(ask)
  }
  async probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict> {
    return await this.#started().probeVerdict(answer)
  }
  setTrace (extension: string, spec: TraceSpec | undefined): void {
    this.#engine?.trace(extension, spec)
  }
  setServiceHealth (service: string, health: ServiceHealth): void {
    this.#engine?.setServiceHealth(service, health)
  }
  setServiceLatency (service: string, ms: number): void {
    this.#engine?.setServiceLatency(service, ms)
  }
  ban (bans: readonly BanWord[]): void {
    this.#engine?.ban(bans)
  }
  unban (addresses: readonly string[] | undefined): void {
    this.#engine?.unban(addresses)
  }
  tellCounted (counts: readonly SharedCount[]): void {
    this.#engine?.tellCounted(counts)
  }
  async stats (): Promise<EngineStats> {
    return this.#started().stats()
  }
  reportedStats (): ReturnType<DataPlane['reportedStats']> {
    return this.#engine === undefined ? [] : [{ id: 0, stats: this.#engine.stats() }]
  }
  async limitCounters (query: LimitCountersQuery): Promise<readonly (readonly CounterLevel[])[]> {
    return [this.#started().limitCounters(query)]
  }
  async tops (): Promise<readonly Tops[]> {
    return [this.#started().tops()]
  }
  async droppedLines (): Promise<DroppedLines> {
    return { ...noDroppedLines, accessLog: this.#records?.accessLog?.dropped ?? 0 }
  }
  watchLives (filters: readonly LifeFilter[]): void {
    this.#records?.lives.watch(filters)
  }
  reopenAccessLog (): void {
    this.#records?.accessLog?.reopen()
  }
  async connections (query: ConnectionQuery): Promise<ConnectionInfo[]> {
    return this.#started().connections(query)
  }
  async kill (id: string): Promise<boolean> {
    return this.#started().kill(id)
  }
  steerFrom (lbVserver: string, overfull: readonly string[]): void {
    this.#engine?.steerFrom(lbVserver, overfull)
  }
  async listening (): Promise<readonly ListeningSockets[]> {
    return this.#started().listening()
  }
  // They are the listeners' own.
  forgetListening (): void {}
  async depart (query: DepartureQuery): Promise<Departed> { return this.#started().depart(query) }
  async sessions (query: SessionQuery): Promise<readonly SessionEntry[]> { return await this.#sessions.list(query) }
  sessionParts (query: SessionQuery): AsyncIterable<readonly SessionEntry[]> { return this.#sessions.parts(query) }

  async setSessions (entries: readonly WantedSession[]): Promise<number> {
    const without = await firstWithoutRoom(this.#sessions, entries)
    if (without < 0) await inParts(entries, part => this.#sessions.set(part))
    return without
  }

  async deleteSessions (query: SessionQuery): Promise<number> {
    return await this.#sessions.delete(query)
  }
  workers (): readonly WorkerInfo[] {
    return [{
      id: holder,
      pid: process.pid,
      status: this.#engine === undefined ? 'starting' : 'up',
      restarts: 0,
      transport: this.#transport
    }]
  }

  /** The engine logs to the logger of this process, whose level its owner sets. */
  setLogLevel (_level: LogLevel): void {}

  async stop (graceMs: number): Promise<void> {
    await this.#engine?.stop(graceMs)
    this.#records?.flush()
    await this.#records?.accessLog?.close()
  }

  #started (): EngineApi {
    if (this.#engine === undefined)
      throw new WeirError('worker-unavailable', 'Weir is not running: call start() first', { retry: true })
    return this.#engine
  }
}

/** What the engine asks is answered in a turn of its own: a client is never in the middle of a step then. */
const lenderTo = (ledger: PlaceLedger): PlaceLender => ({
  ask: (service, count) => { queueMicrotask(() => { ledger.ask(holder, service, count) }) },
  giveBack: (service, count, answer) => { queueMicrotask(() => { ledger.giveBack(holder, service, count, answer) }) }
})
