import { EventEmitter } from 'node:events'
import {
  checkConfig, collections, describeEntity, emptyConfig, parseConfig, parseEntity, usedBy, WeirError,
  type CollectionName, type Config, type ConfigInput, type Entity, type EventName, type WeirEvent
} from '@weirlb/model'
import { ConfigDraft } from '../../packages/weir/src/config/draft.ts'
import type { Draft, EntityState, ExplainOptions, Explanation, Health, LogLevel, SessionInfo, SessionQuery, TraceEvent, TraceListener, TraceRequest, TraceState, Versioned, Weir, WriteOptions } from 'weirlb'

type Connections = Awaited<ReturnType<Weir['connections']>>
type Stats = Awaited<ReturnType<Weir['stats']>>
type Declaration = Awaited<ReturnType<Weir['validateExtension']>>

export const declaration: Declaration = {
  name: 'lines',
  api: 1,
  balance: 'per-connection',
  replies: 'none', resend: undefined,
  params: { greeting: { type: 'string', default: 'hi', oneOf: ['hi', 'ho'] }, most: { type: 'int', default: 1, min: 0 } },
  fields: [{ name: 'user', type: 'string' }] as Declaration['fields'],
  client: {
    kind: 'messages', begins: undefined, closes: undefined,
    framing: { kind: 'byFirstByte', cases: [{ from: 0, to: 9, use: { kind: 'fixed', size: 4 } }], otherwise: { kind: 'delimiter', bytes: [10], never: [], max: 100, atEnd: 'message' } },
    only: undefined,
    peek: undefined,
    handler: true
  },
  server: undefined,
  hooks: { state: true, connect: false, goodbye: true, close: false, params: false },
  probe: undefined
}

/** A Weir without a data plane: the configuration is real, what runs is what the test says. */
export class FakeWeir implements Weir {
  logLevel: LogLevel = 'info'
  live: Connections = []
  entries: readonly SessionInfo[] = []
  /** Thrown by whatever is asked next of the data plane. */
  failure: Error | undefined
  readonly events = new EventEmitter()
  traceState: TraceState = { level: 'off', filter: {}, endsAt: undefined }
  #config: Config = emptyConfig()
  #revision = 0

  on<E extends EventName> (type: E, listener: (event: WeirEvent<E>) => void): () => void {
    this.events.on(type, listener)
    return () => { this.events.off(type, listener) }
  }

  async explain (userVserver: string, bytes: Uint8Array, { side = 'client' }: ExplainOptions = {}): Promise<Explanation> {
    this.#fail()
    this.#required('userVservers', userVserver)
    const outcome = { becomes: 'waiting', reason: undefined, detail: undefined, goodbye: undefined, service: undefined, failedOpen: undefined, decision: undefined } as const
    return { userVserver, extension: 'x', version: 1, canary: undefined, worker: 0, side, connect: undefined, frames: [], rest: { offset: 0, length: bytes.length, why: 'incomplete' }, counters: {}, crossings: 0, outcome }
  }

  trace (extension: string): TraceState {
    this.#required('extensions', extension)
    return this.traceState
  }

  setTrace (extension: string, { level, filter = {} }: TraceRequest): TraceState {
    this.#required('extensions', extension)
    this.traceState = { level, filter, endsAt: level === 'off' ? undefined : 60_000 }
    this.events.emit('trace', { type: 'state', state: this.traceState } satisfies TraceEvent)
    return this.traceState
  }

  onTrace (extension: string, listener: TraceListener): () => void {
    this.#required('extensions', extension)
    this.events.on('trace', listener)
    return () => { this.events.off('trace', listener) }
  }

  async start (): Promise<void> {}
  async stop (): Promise<void> {}

  config (): Versioned<Config> {
    return { value: this.#config, etag: etagOf(this.#config) }
  }

  async apply (config: ConfigInput, options: WriteOptions = {}): Promise<Versioned<Config>> {
    this.#match(options, this.#config)
    const next = parseConfig(config)
    this.#commit({ ...next, certkeys: next.certkeys.map(c => ({ key: this.#find('certkeys', c.name)?.key, ...c })) as Config['certkeys'] })
    return this.config()
  }

  async check (config: ConfigInput): Promise<void> {
    checkConfig(parseConfig(config))
  }

  list<C extends CollectionName> (collection: C): readonly Entity<C>[] {
    return this.#config[collection] as unknown as Entity<C>[]
  }

  get<C extends CollectionName> (collection: C, name: string): Versioned<Entity<C>> | undefined {
    const value = this.#find(collection, name)
    return value === undefined ? undefined : { value, etag: etagOf(value) }
  }

  async create<C extends CollectionName> (collection: C, input: unknown): Promise<Versioned<Entity<C>>> {
    const entity = parseEntity(collection, input)
    if (this.#find(collection, entity.name) !== undefined) throw new WeirError('name-taken', `there is a ${describeEntity(collection, entity.name)} already`)
    this.#commit({ ...this.#config, [collection]: [...this.#config[collection], entity] })
    return this.get(collection, entity.name)!
  }

  async replace<C extends CollectionName> (collection: C, name: string, input: unknown, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    const present = this.#required(collection, name)
    this.#match(options, present)
    const entity = parseEntity(collection, { name, ...input as object })
    if (entity.name !== name) throw new WeirError('config-invalid', `name: expected '${name}', got '${entity.name}'`)
    const kept = collection === 'certkeys' ? { key: (present as { key?: string }).key, ...entity } : entity
    this.#commit({ ...this.#config, [collection]: this.#config[collection].map(e => e.name === name ? kept : e) })
    return this.get(collection, name)!
  }

  async patch<C extends CollectionName> (collection: C, name: string, patch: unknown, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    const merged = { ...this.#required(collection, name), ...patch as object }
    return this.replace(collection, name, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)), options)
  }

  async bindService (lbVserver: string, binding: unknown, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    const { services } = this.#required('lbVservers', lbVserver)
    return await this.patch('lbVservers', lbVserver, { services: [...services, binding] }, options)
  }

  async unbindService (lbVserver: string, service: string, options: WriteOptions = {}): Promise<Versioned<Entity<'lbVservers'>>> {
    const { services } = this.#required('lbVservers', lbVserver)
    return await this.patch('lbVservers', lbVserver, { services: services.filter(({ name }) => name !== service) }, options)
  }

  async remove (collection: CollectionName, name: string, options: WriteOptions = {}): Promise<void> {
    this.#match(options, this.#required(collection, name))
    const users = usedBy(this.#config, collection, name)
    if (users.length > 0) throw new WeirError('in-use', `${describeEntity(collection, name)} is in use`, { issues: users.map(({ path }) => ({ path, message: 'refers to it' })) })
    this.#commit({ ...this.#config, [collection]: this.#config[collection].filter(e => e.name !== name) })
  }

  async edit (edit: (draft: Draft) => void, options: WriteOptions = {}): Promise<Versioned<Config>> {
    this.#match(options, this.#config)
    const draft = new ConfigDraft(this.#config)
    edit(draft)
    checkConfig(draft.config)
    this.#commit(draft.config)
    return this.config()
  }

  async state (collection: CollectionName, name: string): Promise<EntityState> {
    this.#fail()
    const entity = this.#required(collection, name)
    if (collection === 'certkeys') return { status: 'up', hasKey: 'key' in entity && entity.key !== undefined }
    if (collection === 'extensions') return { status: 'up', declaration }
    if (collection === 'userVservers') return { status: 'up', listening: { address: '127.0.0.1', port: 1883 }, reason: undefined }
    return { status: 'up' }
  }

  async states (collection: CollectionName): ReturnType<Weir['states']> {
    this.#fail()
    return Promise.all(this.list(collection).map(async ({ name }) => ({ name, state: await this.state(collection, name) })))
  }

  async rollbackExtension (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    this.#match(options, this.#required('extensions', name))
    throw new WeirError('version-absent', `extension '${name}' has no version before 1`)
  }

  async promoteExtension (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    this.#match(options, this.#required('extensions', name))
    throw new WeirError('canary-absent', `extension '${name}' has no canary`)
  }

  async validateExtension (source: string): Promise<Declaration> {
    if (source.includes('export default')) return declaration
    throw new WeirError('extension-no-default', 'the module has no default export made by defineProtocol')
  }

  builtins (): readonly string[] { return ['mqtt'] }

  async sessions (query: SessionQuery): Promise<readonly SessionInfo[]> {
    this.#fail()
    return this.entries.filter(e => query.lbVserver === undefined || e.lbVserver === query.lbVserver)
      .filter(e => query.key === undefined || e.key === query.key).slice(0, query.limit)
  }

  async deleteSessions (query: SessionQuery): Promise<number> {
    const gone = new Set(await this.sessions(query))
    this.entries = this.entries.filter(e => !gone.has(e))
    return gone.size
  }

  async connections (query: Parameters<Weir['connections']>[0]): Promise<Connections> {
    this.#fail()
    const { limit, ...filter } = query
    return this.live.filter(c => Object.entries(filter).every(([field, value]) => value === undefined || String(c[field as keyof typeof c]) === value)).slice(0, limit)
  }

  async kill (id: string): Promise<boolean> {
    const found = this.live.some(c => c.id === id)
    this.live = this.live.filter(c => c.id !== id)
    return found
  }

  async stats (): Promise<Stats> {
    this.#fail()
    return {
      userVservers: { v: { connections: 1, accepted: 2, bytesIn: 3, bytesOut: 4, closed: { 'client-closed': 1 } } },
      lbVservers: { lb: { picks: 1, sessionHits: 0, sessionMisses: 1, noService: 0, sessions: 1, sessionsEvicted: 0, sessionsUnpinned: 0 } },
      services: { s: { connections: 1, dialled: 2, dialFailures: 0, resent: 0, messages: 0, bytesIn: 3, bytesOut: 4 } },
      extensions: {
        x: {
          up: 1, down: 0, crossings: 1, messages: 1, forwarded: 1, dropped: 0, rejected: 0, malformed: 0, throws: 0, timeouts: 0, starved: 0,
          memoryKills: 0, lost: 0, crashes: 0, rebuilds: 0, cpuMs: 0.5, heapBytes: 1024, heldBytes: 0, failedOpen: 0,
          batchMsPeak: 0.25, heapBytesPeak: 2048, originatedBytesPeak: 8, heldBytesPeak: 100, strikes: 0, downUntil: 0,
          versions: { 1: { up: 1, down: 0, connections: 1, accepted: 2, errors: 0 } },
          budget: {
            batchMs: { limit: 100, peak: 0.25 },
            heapBytes: { limit: 67_108_864, peak: 2048 },
            originatedBytes: { limit: 262_144, peak: 8 },
            heldBytes: { limit: 1_048_576, peak: 100, total: 0 },
            strikes: { limit: 5, windowSeconds: 60, now: 0 },
            state: 'up'
          },
          counters: { connects: 1 }
        }
      },
      transports: [{ worker: 0, name: 'node', reason: 'asked for' }],
      log: { dropped: 0 }
    }
  }

  async health (): Promise<Health> {
    const services = { up: 0, down: 1, unknown: 0 }
    return { status: 'degraded', version: '0.1.0', revision: this.#revision, uptimeSeconds: 1.5, workers: [{ id: 0, pid: 1, state: 'up', restarts: 0, transport: { name: 'node', reason: 'asked for' } }], services }
  }

  #fail (): void {
    const { failure } = this
    this.failure = undefined
    if (failure !== undefined) throw failure
  }

  #find<C extends CollectionName> (collection: C, name: string): Entity<C> | undefined {
    return this.list(collection).find(e => e.name === name)
  }

  #required<C extends CollectionName> (collection: C, name: string): Entity<C> {
    const entity = this.#find(collection, name)
    if (entity === undefined) throw new WeirError('not-found', `no ${collections[collection].noun} '${name}'`)
    return entity
  }

  #match ({ ifMatch }: WriteOptions, present: unknown): void {
    if (ifMatch === undefined || ifMatch === '*' || ifMatch.split(',').some(tag => tag.trim() === etagOf(present))) return
    throw new WeirError('precondition-failed', `If-Match is ${ifMatch}, the present version is ${etagOf(present)}`)
  }

  #commit (next: Config): void {
    checkConfig(next)
    this.#config = next
    this.#revision++
  }
}

/** Fields in one order, as equal entities have one ETag. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)) : value

const etagOf = (value: unknown): string => `"${[...JSON.stringify(value, sorted)].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) | 0, 7).toString(36)}"`

