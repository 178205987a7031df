import { WeirError } from '@weirlb/model'
import {
  emptyEngineStats,
  emptyExtensionStats,
  emptyServiceStats,
  type BanWord,
  type Departed,
  type DepartureQuery,
  type EngineConfig,
  type EngineStats,
  type SessionEntry
} from '@weirlb/engine'
import type { Declaration } from '@weirlb/sdk/abi'
import type {
  DataPlane, DataPlaneEvents, PreparedChange, SessionQuery, WorkerInfo, WantedSession
} from '../data-plane.ts'
import type { Prober, ServiceStatus } from '../prober.ts'

/** A data plane that moves no bytes and remembers what it was told. */
export class FakeDataPlane implements DataPlane {
  running: EngineConfig | undefined
  readonly told: string[] = []
  readonly deletions: SessionQuery[] = []
  readonly departures: DepartureQuery[] = []
  readonly wanted: WantedSession[] = []
  /** The next `prepare` rejects with this. */
  refusal: Error | undefined
  stopped = false

  /** Who is told, once it is started. */
  events: DataPlaneEvents | undefined

  async start (events: DataPlaneEvents): Promise<void> { this.events = events }

  async prepare (config: EngineConfig): Promise<PreparedChange> {
    this.told.push(`prepare ${config.revision}`)
    const refusal = this.refusal
    this.refusal = undefined
    if (refusal !== undefined) throw refusal
    return {
      declarations: Object.fromEntries(config.extensions.map(({ name }) => [name, { name } as Declaration])),
      ports: Object.fromEntries(config.userVservers.map(v => [v.name, v.port || 40_000])),
      commit: async () => {
        this.told.push(`commit ${config.revision}`)
        this.running = config
      },
      abort: async () => { this.told.push(`abort ${config.revision}`) }
    }
  }

  async validate (): Promise<Declaration> {
    throw new WeirError('extension-load', 'nothing is loaded here')
  }
  async validateFunction (): Promise<never> {
    throw new WeirError('extension-load', 'nothing is loaded here')
  }
  async tryFunction (): Promise<never> {
    throw new WeirError('extension-load', 'nothing is loaded here')
  }
  reportedStats (): never[] {
    return []
  }
  async explain (): Promise<never> {
    throw new WeirError('not-found', 'nothing is explained here')
  }
  async probeQuestion (): Promise<never> {
    throw new WeirError('not-found', 'nobody is asked here')
  }
  async probeVerdict (): Promise<never> {
    throw new WeirError('not-found', 'nobody is asked here')
  }
  setTrace (extension: string, spec: unknown): void {
    this.told.push(`trace ${extension} ${spec === undefined ? 'off' : 'on'}`)
  }
  setServiceHealth (): void {}
  /** Clients of each service, who go as soon as they are told. */
  readonly clients = new Map<string, number>()
  steerFrom (lbVserver: string, overfull: readonly string[]): void {
    this.told.push(`steer ${lbVserver} from ${overfull.join(', ')}`)
  }
  async listening (): Promise<never[]> {
    return []
  }
  forgetListening (): void {}
  /** How often it was asked about the clients of a service. */
  departuresAsked = 0
  async depart ({ service, count, ...query }: DepartureQuery): Promise<Departed> {
    this.departuresAsked++
    const present = this.clients.get(service) ?? 0
    const told = Math.min(present, count)
    if (told > 0) this.departures.push({ service, count: told, ...query })
    this.clients.set(service, present - told)
    return { told, present: present - told, more: present > told }
  }
  setServiceLatency (): void {}
  ban (bans: readonly BanWord[]): void {
    for (const { address, forMs } of bans) this.told.push(`ban ${address} for ${Math.round(forMs)}`)
  }
  unban (addresses: readonly string[] | undefined): void {
    this.told.push(`unban ${addresses?.join(', ') ?? 'all'}`)
  }
  /** How often it was asked for statistics. */
  statsAsked = 0
  tellCounted (): void {}
  async stats (): Promise<EngineStats> {
    this.statsAsked++
    const extensions = Object.fromEntries(
      (this.running?.extensions ?? []).map((
        { name }
      ) => [name, {
        ...emptyExtensionStats(),
        versions: {
          1: { up: name === 'broken' ? 0 : 1, down: name === 'broken' ? 1 : 0, connections: 0, accepted: 0, errors: 0 }
        }
      }])
    )
    const services = Object.fromEntries(
      [['gone', 0], ...this.clients].map((
        [name, connections]
      ) => [name, { ...emptyServiceStats(), connections, dialled: 1 }])
    )
    return { ...emptyEngineStats(), services, extensions }
  }

  async droppedLines (): Promise<{ log: number, accessLog: number }> { return { log: 7, accessLog: 3 } }
  async tops (): Promise<[]> { return [] }
  async limitCounters (): Promise<[]> { return [] }
  watchLives (filters: readonly unknown[]): void { this.told.push(`watch ${filters.length}`) }
  reopenAccessLog (): void { this.told.push('reopen') }
  async connections (): Promise<[]> { return [] }
  async kill (): Promise<boolean> { return false }
  async sessions (): Promise<SessionEntry[]> { return [{ lbVserver: 'lb', key: '\xff', service: 's', connections: 0, expiresInMs: 1500 }] }
  async * sessionParts (): AsyncGenerator<SessionEntry[], void, void> { yield await this.sessions() }
  async setSessions (entries: readonly WantedSession[]): Promise<number> { this.wanted.push(...entries); return -1 }
  async deleteSessions (query: SessionQuery): Promise<number> { this.deletions.push(query); return 0 }
  workers (): readonly WorkerInfo[] { return [{ id: 1, pid: 1, status: 'up', restarts: 0, transport: { name: 'node', reason: 'asked for' } }] }
  setLogLevel (level: string): void { this.told.push(`level ${level}`) }
  async stop (): Promise<void> { this.stopped = true }
}

/** Services are up unless they are in one of these sets. */
export class FakeHealth implements Prober {
  readonly down = new Set<string>()
  readonly failing = new Set<string>()
  readonly unknown = new Set<string>()
  apply (): void {}
  onServiceFailed (): void {}
  status (service: string): ServiceStatus {
    if (this.down.has(service)) return { health: 'down', reason: 'connection refused' }
    if (this.failing.has(service)) return { health: 'failing', reason: 'connection refused' }
    return { health: this.unknown.has(service) ? 'unknown' : 'up' }
  }

  detail (): undefined { return undefined }
  stop (): void {}
}
