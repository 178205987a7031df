import { EventEmitter } from 'node:events'
import {
  checkConfig, collectionNames, collections, describeChoices, describeEntity, emptyConfig, memberKey, parseConfig, parseEntity, usedBy, WeirError, isSteps, runAtOnce, planConfig,
  type CollectionName, type Config, type Entity, type EventName, type Job, type WeirEvent
} from '@weirlb/model'
import { ConfigDraft } from '../../packages/weir/src/config/draft.ts'
import { deletionQuery } from '../../packages/weir/src/sessions/session-deletion.ts'
import { etagOf, match } from './fake-etag.ts'
import { fakeBans } from './fake-bans.ts'
import { declaration } from './fake-declaration.ts'
import { fakeStats } from './fake-stats.ts'
import { fakeRevisions } from './fake-revisions.ts'
import { fakeFunction } from './fake-edge-functions.ts'
import { fakeTrial, fakeValidation } from './fake-rules.ts'
import { fakeHistory } from './fake-history.ts'
import { fakeSecurity } from './fake-security.ts'
import type {
  Bans, Certkeys, Collection, ConnectionInfo, EdgeFunctions, EntityInput, EntityPatch, EntityReplacement, EntityStatus, Explanation, Extensions, ExtensionTraces, Health, Jobs, LbVservers, LifeEvent, Lists, LogControl, NamedStatus, NodeInfo, Overview, ServiceGroups, ServiceHealthDetail, Services, SessionEntries, SessionInfo, SessionInput, RevisionAuthor, RevisionHistory,
  LimitCounter, RateLimits, Rules, RuleTrialInput, SessionFilter, Stats, TraceEvent, TraceStatus, Triggers, UserVservers, Versioned, Weir, WholeConfig, WriteOptions
} from 'weirlb'

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

class FakeSwitchable<C extends 'services' | 'serviceGroups' | 'lbVservers' | 'glbs' | 'userVservers' | 'accessRules' | 'lockdowns' | 'userAgentRules' | 'rules' | 'triggers' | 'rateLimits' | 'managedChecks'> extends FakeCollection<C> {
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

  async validate (source: string): Promise<typeof declaration> {
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

  bindMonitor: Services['bindMonitor'] = async (name, binding, options) =>
    await this.patch(name, { monitors: [...this.require(name).value.monitors, { type: 'named', ...binding }] }, options)
  unbindMonitor: Services['unbindMonitor'] = async (name, _monitor, options) =>
    await this.patch(name, { monitors: [] }, options)
}

class FakeServiceGroups extends FakeSwitchable<'serviceGroups'> implements ServiceGroups {
  async drain (name: string): Promise<Versioned<Entity<'serviceGroups'>>> { return await this.patch(name, { state: 'draining' }) }
  addMember: ServiceGroups['addMember'] = async (name, member, options) => await this.patch(name, { members: [...this.require(name).value.members, member] }, options)
  patchMember: ServiceGroups['patchMember'] = async (name, member, patch, options) =>
    await this.patch(name, { members: this.require(name).value.members.map(each => memberKey(each) === member ? { ...each, ...patch } as typeof each : each) }, options)

  bindMonitor: ServiceGroups['bindMonitor'] = async (name, binding, options) => await this.patch(name, { monitors: [...this.require(name).value.monitors, { type: 'named', ...binding }] }, options)
  unbindMonitor: ServiceGroups['unbindMonitor'] = async (name, _monitor, options) => await this.patch(name, { monitors: [] }, options)
  removeMember: ServiceGroups['removeMember'] = async (name, member, options) => await this.patch(name, { members: this.require(name).value.members.filter(each => memberKey(each) !== member) }, options)
}

class FakeLbVservers extends FakeSwitchable<'lbVservers'> implements LbVservers {
  rebalance: LbVservers['rebalance'] = async name => ({ ...job, kind: 'rebalance', service: undefined, lbVserver: this.require(name).value.name })
  bind: LbVservers['bind'] = async (name, binding, options) => await this.patch(name, { services: [...this.require(name).value.services, binding] }, options)
  bindMonitor: LbVservers['bindMonitor'] = async (name, binding, options) => await this.patch(name, { monitors: [...this.require(name).value.monitors, { type: 'named', ...binding }] }, options)
  unbindMonitor: LbVservers['unbindMonitor'] = async (name, _monitor, options) => await this.patch(name, { monitors: [] }, options)
  unbind: LbVservers['unbind'] = async (name, service, options) => await this.patch(name, { services: this.require(name).value.services.filter(bound => bound.name !== service) }, options)
}

class FakeUserVservers extends FakeSwitchable<'userVservers'> implements UserVservers {
  async drain (name: string): Promise<Versioned<Entity<'userVservers'>>> { return await this.patch(name, { state: 'draining' }) }

  explain: UserVservers['explain'] = async (name, bytes, { side = 'client' } = {}): Promise<Explanation> => {
    this.weir.fail()
    this.require(name)
    const outcome = { becomes: 'waiting', reason: undefined, detail: undefined, goodbye: undefined, service: undefined, failedOpen: undefined, decision: undefined } as const
    return { userVserver: name, extension: 'x', version: 1, canary: undefined, worker: 0, side, choice: undefined, connect: undefined, frames: [], rest: { offset: 0, length: bytes.length, why: 'incomplete' }, rules: [], rateLimits: [], counters: {}, crossings: 0, outcome }
  }
}

class FakeRules extends FakeSwitchable<'rules'> implements Rules {
  readonly validate = fakeValidation
  test ({ userVserver }: RuleTrialInput): typeof fakeTrial { return this.weir.userVservers.require(userVserver) && fakeTrial }
}

class FakeRateLimits extends FakeSwitchable<'rateLimits'> implements RateLimits {
  async counters (name: string): Promise<readonly LimitCounter[]> {
    const { limit } = this.require(name).value
    return [{ key: '192.0.2.1', counted: limit, limit, actsForSeconds: 0 }]
  }
}

class FakeEdgeFunctions extends FakeCollection<'edgeFunctions'> implements EdgeFunctions {
  readonly validate = fakeFunction.validate
  async rollback (name: string, options: WriteOptions = {}): Promise<Versioned<Entity<'edgeFunctions'>>> {
    match(options, this.require(name).value)
    throw new WeirError('version-absent', `edge function '${name}' has no version before 1`)
  }

  async test (name: string): Promise<Awaited<ReturnType<EdgeFunctions['test']>>> { return this.require(name) && fakeFunction.trial }
}

class FakeLists extends FakeCollection<'lists'> implements Lists {
  change: Lists['change'] = async (name, { add = [], remove = [] }, options) =>
    await this.patch(name, {
      items: [...this.require(name).value.items.filter(item => !remove.includes(item)), ...add]
    }, options)
}

class FakeTriggers extends FakeSwitchable<'triggers'> implements Triggers {
  match: Triggers['match'] = (urls = []) => ({ order: this.list().map(({ name }) => name), urls: urls.map(url => ({ url, userVservers: [] })) })
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
  readonly geoDatabases = new FakeCollection(this, 'geoDatabases')
  readonly lists = new FakeLists(this, 'lists')
  readonly accessRules = new FakeSwitchable(this, 'accessRules')
  readonly lockdowns = new FakeSwitchable(this, 'lockdowns')
  readonly userAgentRules = new FakeSwitchable(this, 'userAgentRules')
  readonly rules = new FakeRules(this, 'rules')
  readonly edgeFunctions = new FakeEdgeFunctions(this, 'edgeFunctions')
  readonly triggers = new FakeTriggers(this, 'triggers')
  readonly rateLimits = new FakeRateLimits(this, 'rateLimits')
  readonly bans: Bans = fakeBans()
  readonly managedChecks = new FakeSwitchable(this, 'managedChecks')

  readonly config: WholeConfig = {
    get: () => ({ value: this.running, etag: etagOf(this.running) }),
    replace: async (config, options = {}) => {
      match(options, this.running)
      const next = parseConfig(config)
      this.commit({ ...next, certkeys: next.certkeys.map(c => ({ key: this.certkeys.get(c.name)?.value.key, ...c })) as Config['certkeys'] })
      return this.config.get()
    },
    check: async config => {
      const next = parseConfig(config)
      checkConfig(next)
      return { ok: true, revision: this.revision, changes: planConfig(this.running, next) }
    },
    edit: async (edit, options = {}) => {
      match(options, this.running)
      const draft = new ConfigDraft(this.running)
      const steps: unknown = edit(draft)
      if (isSteps(steps)) runAtOnce(steps)
      checkConfig(draft.config)
      this.commit(draft.config)
      return this.config.get()
    }
  }

  /** Whose the last request was. */
  author: RevisionAuthor | undefined
  readonly revisions: RevisionHistory = fakeRevisions(this)
  as<T> (author: RevisionAuthor, run: () => T): T {
    this.author = author
    return run()
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
    },
    watch: (filter, listener) => {
      const on = (event: LifeEvent): void => { if (event.type === 'dropped' || filter.userVserver === undefined || filter.userVserver === event.userVserver) listener(event) }
      this.events.on('life', on)
      return () => { this.events.off('life', on) }
    }
  }
  readonly #security = fakeSecurity(() => { this.fail() })
  readonly securityLog = this.#security.log
  readonly security = this.#security.security
  readonly history = fakeHistory(() => this.running.userVservers.map(({ name }) => name))
  readonly jobs: Jobs = {
    list: () => [job],
    get: id => id === job.id ? job : undefined,
    pause: async id => ({ ...this.#job(id), state: 'paused' }),
    resume: async id => this.#job(id),
    cancel: async id => { throw new WeirError(this.#job(id).state === 'running' ? 'job-ended' : 'internal', `job '${id}' has ended`) }
  }
  #job (id: string): Job {
    if (id !== job.id) throw new WeirError('not-found', `no job '${id}'`)
    return job
  }

  readonly log: LogControl & { level: LogControl['level'] } = { level: 'info', setLevel: level => { this.log.level = level }, reopenAccessLog: () => {} }

  on<E extends EventName> (type: E, listener: (event: WeirEvent<E>) => void): () => void {
    this.events.on(type, listener)
    return () => { this.events.off(type, listener) }
  }

  collection<C extends CollectionName> (name: C): Collection<C> { return (this as { readonly [N in CollectionName]: Collection<N> })[name] }

  async start (): Promise<void> {}
  async stop (): Promise<void> {}
  async handOver (): Promise<never[]> { return [] }
  async takeBack (): Promise<void> {}
  takeMadeSessions (): never[] { return [] }
  async adoptSessions (): Promise<number> { return 0 }

  async stats (): Promise<Stats> {
    this.fail()
    return fakeStats
  }

  async overview (): Promise<Overview> {
    const statuses = await Promise.all(collectionNames.map(async name => [name, await this.collection(name).statuses()] as const))
    return { health: await this.health(), stats: await this.stats(), statuses: Object.fromEntries(statuses) as Overview['statuses'] }
  }

  async nodes (): Promise<readonly NodeInfo[]> { return [{ name: 'a', version: '0.1.0', revision: 3, clients: 7, uptimeSeconds: 5.5, lastSeenSeconds: 0.5, probes: 2, defending: [], self: true }] }

  async health (): Promise<Health> {
    const services = { up: 0, down: 1, unknown: 0 }
    return { status: 'degraded', version: '0.1.0', revision: this.revision, uptimeSeconds: 1.5, workers: [{ id: 0, pid: 1, status: 'up', restarts: 0, transport: { name: 'node', reason: 'asked for' } }], services, defending: [], inactive: [{ entity: "rule 'r'", reason: 'no geo database knows countries' }] }
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
    return this.entries.filter(e => (query.lbVserver ?? e.lbVserver) === e.lbVserver).filter(e => query.type === undefined || e.type === query.type)
      .filter(e => query.key === undefined || e.key === query.key).slice(0, query.limit)
  }
}
