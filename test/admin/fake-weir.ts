import { EventEmitter } from 'node:events'
import {
  checkConfig, collections, describeChoices, describeEntity, emptyConfig, memberKey, parseConfig, parseEntity, usedBy, WeirError,
  type CollectionName, type Config, type Entity, type EventName, type Job, type WeirEvent
} from '@weirlb/model'
import { ConfigDraft } from '../../packages/weir/src/config/draft.ts'
import { deletionQuery } from '../../packages/weir/src/sessions/session-deletion.ts'
import type {
  Certkeys, Collection, ConnectionInfo, EntityInput, EntityPatch, EntityReplacement, EntityStatus, Explanation, Extensions, ExtensionTraces, Health, Jobs, LbVservers, LogControl, NamedStatus, ServiceGroups, ServiceHealthDetail, Services, SessionEntries, SessionInfo, SessionInput,
  SessionFilter, Stats, TraceEvent, TraceStatus, UserVservers, Versioned, Weir, WholeConfig, WriteOptions
} from 'weirlb'

type Declaration = Awaited<ReturnType<Extensions['validate']>>

export const declaration: Declaration = {
  name: 'lines',
  api: 1,
  balance: 'per-connection',
  replies: 'none', resend: undefined, startTls: false, serverTls: undefined,
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
  hooks: { state: true, connect: false, goodbye: true, close: false, params: false, unanswered: false },
  websocket: { subprotocols: [], messages: 'binary' },
  probe: undefined
}

/** The entities of one kind in a FakeWeir. */
class FakeCollection<C extends CollectionName> implements Collection<C> {
  readonly name: C
  readonly weir: FakeWeir

  constructor (weir: FakeWeir, name: C) {
    this.weir = weir
    this.name = name
  }

  list (): readonly Entity<C>[] { return this.weir.running[this.name] as unknown as Entity<C>[] }

  get (name: string): Versioned<Entity<C>> | undefined {
    const value = this.list().find(entity => entity.name === name)
    return value === undefined ? undefined : { value, etag: etagOf(value) }
  }

  require (name: string): Versioned<Entity<C>> {
    const found = this.get(name)
    if (found === undefined) throw new WeirError('not-found', `no ${collections[this.name].noun} '${name}'; there are: ${describeChoices(this.list().map(entity => entity.name))}`)
    return found
  }

  async create (input: EntityInput<C>): Promise<Versioned<Entity<C>>> {
    const entity = parseEntity(this.name, input)
    if (this.get(entity.name) !== undefined) throw new WeirError('name-taken', `there is a ${describeEntity(this.name, entity.name)} already`)
    this.#commit([...this.list(), entity])
    return this.require(entity.name)
  }

  async replace (name: string, input: EntityReplacement<C>, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    const { value: present } = this.require(name)
    match(options, present)
    const entity = parseEntity(this.name, { name, ...input as object })
    if (entity.name !== name) throw new WeirError('config-invalid', `name: expected '${name}', got '${entity.name}'`)
    const kept = this.name === 'certkeys' ? { key: (present as { key?: string }).key, ...entity } : entity
    this.#commit(this.list().map(e => e.name === name ? kept : e))
    return this.require(name)
  }

  async patch (name: string, patch: EntityPatch<C>, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> {
    const merged = { ...this.require(name).value, ...patch as object }
    return await this.replace(name, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)) as EntityReplacement<C>, options)
  }

  async delete (name: string, options: WriteOptions = {}): Promise<void> {
    match(options, this.require(name).value)
    const users = usedBy(this.weir.running, this.name, name)
    if (users.length > 0) throw new WeirError('in-use', `${describeEntity(this.name, name)} is in use`, { issues: users.map(({ path }) => ({ path, message: 'refers to it' })) })
    this.#commit(this.list().filter(e => e.name !== name))
  }

  async status (name: string): Promise<EntityStatus> {
    this.weir.fail()
    const { value: entity } = this.require(name)
    if (this.name === 'certkeys') return { value: 'up', hasKey: 'key' in entity && entity.key !== undefined }
    if (this.name === 'extensions') return { value: 'up', declaration }
    if (this.name === 'userVservers') return { value: 'up', listening: { address: '127.0.0.1', port: 1883 }, reason: undefined }
    return { value: 'up' }
  }

  async statuses (): Promise<readonly NamedStatus[]> {
    this.weir.fail()
    return await Promise.all(this.list().map(async ({ name }) => ({ name, status: await this.status(name) })))
  }

  #commit (list: readonly unknown[]): void { this.weir.commit({ ...this.weir.running, [this.name]: list }) }
}

class FakeSwitchable<C extends 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers'> extends FakeCollection<C> {
  async enable (name: string): Promise<Versioned<Entity<C>>> { return await this.patch(name, { state: 'enabled' } as EntityPatch<C>) }
  async disable (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<C>>> { return await this.patch(name, { state: 'disabled' } as EntityPatch<C>, options) }
}

/** The only job of a FakeWeir. */
export const job: Job = {
  id: 'drain-1', kind: 'drain', service: 's', state: 'running', ratePerSecond: 5, order: 'idle-first', deadline: '2030-01-01T00:00:00.000Z',
  startedAt: '2029-01-01T00:00:00.000Z', clients: 3, told: 2, toldAtDeadline: 0, remaining: 1
}

class FakeExtensions extends FakeCollection<'extensions'> implements Extensions {
  async rollback (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    match(options, this.require(name).value)
    throw new WeirError('version-absent', `extension '${name}' has no version before 1`)
  }

  async promote (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'extensions'>>> {
    match(options, this.require(name).value)
    throw new WeirError('canary-absent', `extension '${name}' has no canary`)
  }

  async validate (source: string): Promise<Declaration> {
    if (source.includes('export default')) return declaration
    throw new WeirError('extension-no-default', 'the module has no default export made by defineProtocol')
  }

  builtins (): readonly string[] { return ['mqtt'] }
}

class FakeCertkeys extends FakeCollection<'certkeys'> implements Certkeys {
  async order (name: string): Promise<Versioned<Entity<'certkeys'>>> {
    const found = this.require(name)
    if (found.value.acme === undefined) throw new WeirError('config-invalid', `certkey '${name}' has no \`acme\`, and nothing to order`)
    return found
  }
}

class FakeServices extends FakeSwitchable<'services'> implements Services {
  async health (name: string): Promise<ServiceHealthDetail> {
    this.weir.fail()
    this.require(name)
    const last = { time: 1_000, ms: 2.5 }
    return {
      health: 'down', reason: 'refused', since: 1_000, monitors: [{ name: 'm1', type: 'tcp', weight: 1, health: 'down', reason: 'refused', last }],
      changes: [{ time: 1_000, from: 'up', to: 'down', lastedMs: 500, reason: 'refused' }]
    }
  }

  async drain (name: string): Promise<Job> {
    await this.patch(name, { state: 'draining' })
    return job
  }
}

class FakeServiceGroups extends FakeSwitchable<'serviceGroups'> implements ServiceGroups {
  async drain (name: string): Promise<Versioned<Entity<'serviceGroups'>>> { return await this.patch(name, { state: 'draining' }) }
  addMember: ServiceGroups['addMember'] = async (name, member, options) => await this.patch(name, { members: [...this.require(name).value.members, member] }, options)
  patchMember: ServiceGroups['patchMember'] = async (name, member, patch, options) =>
    await this.patch(name, { members: this.require(name).value.members.map(each => memberKey(each) === member ? { ...each, ...patch } as typeof each : each) }, options)

  removeMember: ServiceGroups['removeMember'] = async (name, member, options) => await this.patch(name, { members: this.require(name).value.members.filter(each => memberKey(each) !== member) }, options)
}

class FakeLbVservers extends FakeSwitchable<'lbVservers'> implements LbVservers {
  rebalance: LbVservers['rebalance'] = async name => ({ ...job, kind: 'rebalance', service: undefined, lbVserver: this.require(name).value.name })
  bind: LbVservers['bind'] = async (name, binding, options) => await this.patch(name, { services: [...this.require(name).value.services, binding] }, options)
  unbind: LbVservers['unbind'] = async (name, service, options) => await this.patch(name, { services: this.require(name).value.services.filter(bound => bound.name !== service) }, options)
}

class FakeUserVservers extends FakeSwitchable<'userVservers'> implements UserVservers {
  async drain (name: string): Promise<Versioned<Entity<'userVservers'>>> { return await this.patch(name, { state: 'draining' }) }

  explain: UserVservers['explain'] = async (name, bytes, { side = 'client' } = {}): Promise<Explanation> => {
    this.weir.fail()
    this.require(name)
    const outcome = { becomes: 'waiting', reason: undefined, detail: undefined, goodbye: undefined, service: undefined, failedOpen: undefined, decision: undefined } as const
    return { userVserver: name, extension: 'x', version: 1, canary: undefined, worker: 0, side, choice: undefined, connect: undefined, frames: [], rest: { offset: 0, length: bytes.length, why: 'incomplete' }, counters: {}, crossings: 0, outcome }
  }
}

/** A Weir without a data plane: the configuration is real, what runs is what the test says. */
export class FakeWeir implements Weir {
  running: Config = emptyConfig()
  revision = 0
  live: ConnectionInfo[] = []
  entries: readonly SessionInfo[] = []
  /** Thrown by whatever is asked next of the data plane. */
  failure: Error | undefined
  readonly events = new EventEmitter()
  traceStatus: TraceStatus = { level: 'off', filter: {}, endsAt: undefined }

  readonly extensions = new FakeExtensions(this, 'extensions')
  readonly userProtocols = new FakeCollection(this, 'userProtocols')
  readonly certkeys = new FakeCertkeys(this, 'certkeys')
  readonly monitors = new FakeCollection(this, 'monitors')
  readonly services: Services = new FakeServices(this, 'services')
  readonly serviceGroups = new FakeServiceGroups(this, 'serviceGroups')
  readonly lbVservers = new FakeLbVservers(this, 'lbVservers')
  readonly glbs = new FakeSwitchable(this, 'glbs')
  readonly userVservers = new FakeUserVservers(this, 'userVservers')

  readonly config: WholeConfig = {
    get: () => ({ value: this.running, etag: etagOf(this.running) }),
    replace: async (config, options = {}) => {
      match(options, this.running)
      const next = parseConfig(config)
      this.commit({ ...next, certkeys: next.certkeys.map(c => ({ key: this.certkeys.get(c.name)?.value.key, ...c })) as Config['certkeys'] })
      return this.config.get()
    },
    check: async config => { checkConfig(parseConfig(config)) },
    edit: async (edit, options = {}) => {
      match(options, this.running)
      const draft = new ConfigDraft(this.running)
      edit(draft)
      checkConfig(draft.config)
      this.commit(draft.config)
      return this.config.get()
    }
  }

  readonly traces: ExtensionTraces = {
    get: extension => {
      this.extensions.require(extension)
      return this.traceStatus
    },
    set: (extension, { level, filter = {} }) => {
      this.extensions.require(extension)
      this.traceStatus = { level, filter, endsAt: level === 'off' ? undefined : 60_000 }
      this.events.emit('trace', { type: 'status', status: this.traceStatus } satisfies TraceEvent)
      return this.traceStatus
    },
    on: (extension, listener) => {
      this.extensions.require(extension)
      this.events.on('trace', listener)
      return () => { this.events.off('trace', listener) }
    }
  }

  /** Entries that were set. */
  readonly wanted: SessionInput[] = []
  readonly sessions: SessionEntries = {
    parts: async function * (this: FakeWeir, query = {}) { yield this.#entries(query) }.bind(this),
    set: async (entries, place = String) => {
      const bad = entries.findIndex(({ service }) => service === 'none')
      if (bad >= 0) throw new WeirError('session-invalid', `${place(bad)}.service: 'none' is not bound`, { issues: [{ path: `${place(bad)}.service`, message: "'none' is not bound" }] })
      this.wanted.push(...entries)
      return entries.length
    },
    list: async (query = {}) => this.#entries(query),
    delete: async which => {
      const gone = new Set(this.#entries(deletionQuery(which)))
      this.entries = this.entries.filter(e => !gone.has(e))
      return gone.size
    }
  }

  readonly connections: Weir['connections'] = {
    list: async ({ limit, ...filter } = {}) => {
      this.fail()
      return this.live.filter(c => Object.entries(filter).every(([field, value]) => value === undefined || String(c[field as keyof typeof c]) === value)).slice(0, limit)
    },
    get: async id => {
      this.fail()
      return this.live.find(c => c.id === id)
    },
    kill: async id => {
      const found = this.live.some(c => c.id === id)
      this.live = this.live.filter(c => c.id !== id)
      return found
    }
  }

  readonly jobs: Jobs = {
    list: () => [job],
    get: id => id === job.id ? job : undefined,
    pause: id => ({ ...this.#job(id), state: 'paused' }),
    resume: id => this.#job(id),
    cancel: id => { throw new WeirError(this.#job(id).state === 'running' ? 'job-ended' : 'internal', `job '${id}' has ended`) }
  }

  #job (id: string): Job {
    if (id !== job.id) throw new WeirError('not-found', `no job '${id}'`)
    return job
  }

  readonly log: LogControl & { level: LogControl['level'] } = { level: 'info', setLevel: level => { this.log.level = level } }

  on<E extends EventName> (type: E, listener: (event: WeirEvent<E>) => void): () => void {
    this.events.on(type, listener)
    return () => { this.events.off(type, listener) }
  }

  collection<C extends CollectionName> (name: C): Collection<C> { return (this as { readonly [N in CollectionName]: Collection<N> })[name] }

  async start (): Promise<void> {}
  async stop (): Promise<void> {}
  async handOver (): Promise<never[]> { return [] }

  async stats (): Promise<Stats> {
    this.fail()
    return {
      userVservers: { v: { connections: 1, accepted: 2, bytesIn: 3, bytesOut: 4, closed: { 'client-closed': 1 }, requests: { answered: 5 }, protocols: {} } },
      lbVservers: { lb: { picks: 1, sessionHits: 0, sessionMisses: 1, noService: 0, spilled: 0, waiting: 0, waited: 0, waitedInVain: 0, sessions: 1, sessionsEvicted: 0, sessionsUnpinned: 0 } },
      glbs: { glb: { picks: 2, fallback: 1, noService: 0, sessionHits: 0, sessionMisses: 0, pools: { lb: 2 } } },
      services: { s: { connections: 1, dialled: 2, dialFailures: 0, resent: 0, unanswered: 0, refused: 0, suspect: 0, told: 0, messages: 0, bytesIn: 3, bytesOut: 4 } },
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
            status: 'up'
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
    return { status: 'degraded', version: '0.1.0', revision: this.revision, uptimeSeconds: 1.5, workers: [{ id: 0, pid: 1, status: 'up', restarts: 0, transport: { name: 'node', reason: 'asked for' } }], services }
  }

  fail (): void {
    const { failure } = this
    this.failure = undefined
    if (failure !== undefined) throw failure
  }

  commit (next: Config): void {
    checkConfig(next)
    this.running = next
    this.revision++
  }

  #entries (query: SessionFilter): readonly SessionInfo[] {
    this.fail()
    return this.entries.filter(e => query.lbVserver === undefined || e.lbVserver === query.lbVserver)
      .filter(e => query.type === undefined || e.type === query.type)
      .filter(e => query.key === undefined || e.key === query.key).slice(0, query.limit)
  }
}

const match = ({ ifMatch }: WriteOptions, present: unknown): void => {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.split(',').some(tag => tag.trim() === etagOf(present))) return
  throw new WeirError('precondition-failed', `If-Match is ${ifMatch}, the present version is ${etagOf(present)}`)
}

/** Fields in one order, as equal entities have one ETag. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)) : value

const etagOf = (value: unknown): string => `"${[...JSON.stringify(value, sorted)].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) | 0, 7).toString(36)}"`

