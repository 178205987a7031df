import { WeirError, type ServiceHealth } from '@weirlb/model'
import type { Bundle, Declaration } from '@weirlb/sdk/abi'
import {
  pinningOf, type ConnectionInfo, type ConnectionQuery, type Departed, type DepartureQuery, type EngineApi, type EngineConfig, type EngineEvents, type EngineStats, type ExplainQuery, type Explanation, type ListeningSockets, type Ports, type ProbeAnswer,
  type ProbeQuestion, type ProbeVerdict, type SessionDirectory, type SessionEntry, type TraceSpec
} from '@weirlb/engine'
import type { TransportInUse } from '@weirlb/link'
import type { DataPlane, DataPlaneEvents, LogLevel, PreparedChange, SessionQuery, WorkerInfo, WantedSession } from './data-plane.ts'
import { firstWithoutRoom, inParts } from './sessions/set-sessions.ts'
import type { Sessions } from './sessions/sessions.ts'

const holder = 0

/** The engine of this process, and what moves its bytes. */
export interface LocalEngine { readonly engine: EngineApi, readonly transport: TransportInUse }

/** Creates the engine of this process; `events` receives its events. */
export type MakeEngine = (sessions: SessionDirectory, events: EngineEvents) => LocalEngine

/** The data plane in this process (`workers: 0`). */
export class LocalDataPlane implements DataPlane {
  readonly #make: MakeEngine
  readonly #sessions: Sessions
  #engine: EngineApi | undefined
  #transport: TransportInUse | undefined
  #ports: Ports = {}

  /** `make` throws `runtime-unavailable` when this process cannot run the sandbox, `transport-unavailable` when it has no such transport; `start` passes that on. */
  constructor (sessions: Sessions, make: MakeEngine) {
    this.#sessions = sessions
    this.#make = make
  }

  async start (events: DataPlaneEvents): Promise<void> {
    const { engine, transport } = this.#make(this.#sessions.directory(holder), {
      onServiceFailed: (service, failure, message) => events.onServiceFailed(service, failure, message),
      onTraced: (extension, records, dropped) => events.onTraced(extension, records, dropped, holder),
      onExtensionState: (extension, state, message, version) => events.onExtensionState(extension, state, message, version, holder)
    })
    this.#engine = engine
    this.#transport = transport
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
      },
      abort: async () => { prepared.abort() }
    }
  }

  async validate (bundle: Bundle): Promise<Declaration> { return await this.#started().validate(bundle) }
  async explain (request: ExplainQuery): Promise<Explanation> { return await this.#started().explain(request) }
  async probeQuestion (extension: string): Promise<ProbeQuestion> { return await this.#started().probeQuestion(extension) }
  async probeVerdict (answer: ProbeAnswer): Promise<ProbeVerdict> { return await this.#started().probeVerdict(answer) }
  setTrace (extension: string, spec: TraceSpec | undefined): void { this.#engine?.trace(extension, spec) }
  setServiceHealth (service: string, health: ServiceHealth): void { this.#engine?.setServiceHealth(service, health) }
  setServiceLatency (service: string, ms: number): void { this.#engine?.setServiceLatency(service, ms) }
  async stats (): Promise<EngineStats> { return this.#started().stats() }
  async droppedLines (): Promise<number> { return 0 }
  async connections (query: ConnectionQuery): Promise<ConnectionInfo[]> { return this.#started().connections(query) }
  async kill (id: string): Promise<boolean> { return this.#started().kill(id) }
  steerFrom (lbVserver: string, overfull: readonly string[]): void { this.#engine?.steerFrom(lbVserver, overfull) }
  async listening (): Promise<readonly ListeningSockets[]> { return this.#started().listening() }
  async depart (query: DepartureQuery): Promise<Departed> { return this.#started().depart(query) }
  async sessions (query: SessionQuery): Promise<readonly SessionEntry[]> { return await this.#sessions.list(query) }
  sessionParts (query: SessionQuery): AsyncIterable<readonly SessionEntry[]> { return this.#sessions.parts(query) }

  async setSessions (entries: readonly WantedSession[]): Promise<number> {
    const without = await firstWithoutRoom(this.#sessions, entries)
    if (without < 0) await inParts(entries, part => this.#sessions.set(part))
    return without
  }

  async deleteSessions (query: SessionQuery): Promise<number> { return await this.#sessions.delete(query) }
  workers (): readonly WorkerInfo[] { return [{ id: holder, pid: process.pid, status: this.#engine === undefined ? 'starting' : 'up', restarts: 0, transport: this.#transport }] }

  /** The engine logs to the logger of this process, whose level its owner sets. */
  setLogLevel (_level: LogLevel): void {}

  async stop (graceMs: number): Promise<void> { await this.#engine?.stop(graceMs) }

  #started (): EngineApi {
    if (this.#engine === undefined) throw new WeirError('worker-unavailable', 'Weir is not running: call start() first', { retry: true })
    return this.#engine
  }
}
