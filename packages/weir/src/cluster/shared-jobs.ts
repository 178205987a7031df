import type { Departed, DepartureQuery, EngineStats } from '@weirlb/engine'
import { steadyClock } from '@weirlb/link'
import { job as jobSchema, WeirError, type Job } from '@weirlb/model'
import type { DataPlane } from '../data-plane.ts'
import type { BoardHost, JobAction, JobBoard } from '../jobs/job-board.ts'
import { SharedDepartures } from '../shared-departures.ts'
import type { NodeCalls } from './node-calls.ts'
import { NODE_TTL_MS, type NodeCard, type Nodes } from './nodes.ts'
import { rendezvous } from './rendezvous.ts'
import type { SharedRecord, SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

const KIND = 'job'
/** What is about to have a job. */
const RESERVED = 'job-about'
const RESERVED_MS = 30_000
/** How long a job is known after its end. */
const ENDED_MS = 86_400_000
const SYNC_MS = 50
const STEER = 'steer'

/** What a job does to the clients of one node. */
type Plane = Pick<DataPlane, 'depart' | 'steerFrom' | 'stats'>

/** Deadlines of clocks that differ by less are left as they are. */
const CLOCKS_DIFFER_MS = 1000

/**
 * A job in the store. `owner`: the life of the node that runs it. `leftMs`: the time to its deadline when this was
 * written, as the clocks of two nodes may differ.
 */
interface Owned { readonly owner: string, readonly job: Job, readonly leftMs?: number | undefined }

/** `at`: when it was written, of `performance.now()`. */
interface Known extends Owned { readonly version: number, readonly at: number }

/**
 * The jobs of a cluster. One node runs each: it has the one rate, asks the others to tell their clients, and writes its
 * progress. Others see it in the store, and pass commands on. When its node is gone, another one goes on.
 */
export class SharedJobs implements JobBoard {
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #nodes: Nodes
  readonly #calls: NodeCalls
  readonly #departures = new SharedDepartures()
  /** What the store has, and its version. */
  readonly #known = new Map<string, Known>()
  /** Jobs of this node that the store has not taken yet. */
  readonly #unsaved = new Map<string, Job>()
  #plane: Plane | undefined
  #host: BoardHost | undefined
  #cards: readonly NodeCard[] = []
  #timer: NodeJS.Timeout | undefined
  #saving = false
  #beatAt = performance.now()

  constructor (nodes: Nodes, store: SharedStore, line: StoreLine, calls: NodeCalls) {
    this.#nodes = nodes
    this.#store = store
    this.#line = line
    this.#calls = calls
    calls.on('depart', async (query: DepartureQuery) => await this.#here().depart(query))
    calls.on('counts', async () => countsOf((await this.#here().stats()).services))
    calls.on(
      'job',
      async ({ id, action }: { readonly id: string, readonly action: JobAction }) => await this.#host!.act(id, action)
    )
  }

  get node (): string { return this.#nodes.name }

  readonly place = {
    plane: {
      depart: async (query: DepartureQuery): Promise<Departed> => await this.#depart(query),
      steerFrom: (lbVserver: string, overfull: readonly string[]): void => { this.#steerFrom(lbVserver, overfull) }
    },
    stats: async (): Promise<EngineStats> => await this.#stats()
  }

  start (host: BoardHost): void { this.#host = host }

  /** The node runs. */
  join (plane: Plane): void { this.#plane = plane }

  stop (): void { clearTimeout(this.#timer) }

  async beat (cards: readonly NodeCard[]): Promise<void> {
    this.#cards = cards
    if (this.#host === undefined) return
    if (this.#unsaved.size > 0) await this.#saveAll()
    await this.sync()
    await this.#drainAgain()
    const names = cards.map(({ name }) => name)
    const alive = new Set(cards.map(({ id }) => id))
    for (const [id, { owner, job, version }] of this.#known) {
      if (isOver(job) || alive.has(owner) || rendezvous(id, names) !== this.node) continue
      const taken = { ...job, node: this.node }
      if (await this.#write(taken, version)) this.#host.take(taken)
    }
  }

  /**
   * A node that says nothing is not waited for: drains that have ended meanwhile have left its clients where they are.
   */
  async #drainAgain (): Promise<void> {
    const since = this.#beatAt
    this.#beatAt = performance.now()
    if (this.#beatAt - since < NODE_TTL_MS / 2) return
    const missed = [...this.#known.values()].filter(({ at, job: { kind, state } }) =>
      kind === 'drain' && state === 'done' && at > since
    )
    if (missed.length === 0 || this.#plane === undefined) return
    const { services } = await this.#plane.stats()
    for (const { job } of missed) {
      if ((services[job.service!]?.connections ?? 0) === 0) continue
      // Another node that was away has begun it, or the service takes clients by now.
      this.#host!.again(job).catch(() => {})
    }
  }

  onChanged (kind: string): void {
    if (kind !== KIND || this.#host === undefined) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.sync().catch(() => { /* The line has reported the store. */ })
    }, SYNC_MS).unref()
  }

  onMessage (topic: string, text: string): void {
    if (topic !== STEER) return
    let read: unknown
    try { read = JSON.parse(text) } catch { return }
    const { lbVserver, overfull } = (read ?? {}) as Record<string, unknown>
    if (typeof lbVserver === 'string' && Array.isArray(overfull) && overfull.every(each => typeof each === 'string'))
      this.#plane?.steerFrom(lbVserver, overfull)
  }

  async sync (): Promise<void> {
    const records = await this.#line.call(async () => await this.#store.read(KIND))
    const there = new Set(records.map(({ name }) => name))
    for (const id of this.#known.keys()) if (!there.has(id)) this.#known.delete(id)
    for (const record of records) {
      const owned = ownedOf(record)
      if (owned === undefined || this.#known.get(record.name)?.version === record.version) continue
      this.#known.set(record.name, { ...owned, version: record.version, at: performance.now() - record.ageMs })
      if (owned.owner !== this.#nodes.id) this.#host?.seen(owned.job)
    }
  }

  async reserve (what: string): Promise<() => void> {
    await this.#orUnreachable(this.sync())
    // A node that has joined since the last beat has clients, too.
    this.#cards = await this.#orUnreachable(this.#line.call(async () => await this.#nodes.cards()))
    const written = await this.#orUnreachable(
      this.#line.call(async () =>
        await this.#store.write({ kind: RESERVED, name: what, value: this.node, expect: 0, ttlMs: RESERVED_MS })
      )
    )
    if (written === undefined) throw new WeirError('job-running', `${what} is about to have a job; wait for its end`)
    return () => {
      this.#line.call(async () =>
        await this.#store.write({ kind: RESERVED, name: what, value: undefined, expect: written })
      ).catch(() => {/* It ends by itself. */})
    }
  }

  async create (job: Job, from: number): Promise<Job> {
    for (let number = from; ; number++) {
      const numbered = { ...job, id: `${job.kind}-${number}` }
      if (!this.#known.has(numbered.id) && await this.#orUnreachable(this.#write(numbered, 0))) return numbered
    }
  }

  save (job: Job): void {
    this.#unsaved.set(job.id, job)
    if (this.#saving) return
    this.#saving = true
    this.#saveAll().catch(() => { /* The next beat tries again. */ }).finally(() => { this.#saving = false })
  }

  async act (id: string, action: JobAction): Promise<Job> {
    const owner = this.#known.get(id)?.owner
    if (owner === undefined) throw new WeirError('not-found', `no job '${id}'`)
    const job = await this.#calls.ask<Job>(owner, 'job', { id, action })
    await this.sync().catch(() => {})
    return job
  }

  async #saveAll (): Promise<void> {
    for (const [id, job] of this.#unsaved) {
      const known = this.#known.get(id)
      // Another node has taken it meanwhile.
      if (known !== undefined && known.owner !== this.#nodes.id) this.#unsaved.delete(id)
      else if (await this.#write(job, known?.version ?? 0)) {
        if (this.#unsaved.get(id) === job) this.#unsaved.delete(id)
      } else await this.sync()
    }
  }

  async #write (job: Job, expect: number): Promise<boolean> {
    const leftMs = job.deadline === undefined ? undefined : Date.parse(job.deadline) - steadyClock.now()
    const owned: Owned = { owner: this.#nodes.id, job: { ...job }, leftMs }
    const version = await this.#line.call(async () =>
      await this.#store.write({
        kind: KIND,
        name: job.id,
        value: JSON.stringify(owned),
        expect,
        ttlMs: isOver(job) ? ENDED_MS : undefined
      })
    )
    if (version !== undefined) this.#known.set(job.id, { ...owned, version, at: performance.now() })
    return version !== undefined
  }

  /** Nobody is missed: a node that does not answer may have clients. */
  async #depart (query: DepartureQuery): Promise<Departed> {
    const here = this.#here()
    let failed: unknown
    const ask = async (id: string, asked: DepartureQuery): Promise<Departed> => {
      try { return await this.#calls.ask<Departed>(id, 'depart', asked) } catch (error) {
        failed ??= error
        throw error
      }
    }
    const workers = this.#others().map(({ id }) => ({
      number: id,
      call: async (_: 'depart', asked: DepartureQuery) => await ask(id, asked)
    }))
    const departed = await this.#departures.depart(query, [{
      number: '',
      call: async (_, asked) => await here.depart(asked)
    }, ...workers])
    // What was told is counted; the next step finds those that are left.
    return failed === undefined ? departed : { ...departed, present: departed.present + 1, more: true }
  }

  #steerFrom (lbVserver: string, overfull: readonly string[]): void {
    this.#plane?.steerFrom(lbVserver, overfull)
    this.#line.call(async () => {
      await this.#store.publish(STEER, JSON.stringify({ lbVserver, overfull }))
    }).catch(() => {/* It is sent again with the next count. */})
  }

  async #stats (): Promise<EngineStats> {
    const [own, ...others] = await Promise.all([
      this.#here().stats(),
      ...this.#others().map(async ({ id }) => await this.#calls.ask<Record<string, number>>(id, 'counts', {}))
    ])
    const services = Object.fromEntries(
      Object.entries(own.services).map(([name, stats]) => [name, {
        ...stats,
        connections: others.reduce((sum, counts) => sum + (counts[name] ?? 0), stats.connections)
      }])
    )
    return { ...own, services }
  }

  #others (): readonly NodeCard[] {
    if (this.#line.away)
      throw new WeirError(
        'store-unreachable',
        `${this.#store.place}: the clients of other nodes are not known while the shared store does not answer`,
        { retry: true }
      )
    return this.#cards.filter(({ self }) => !self)
  }

  #here (): Plane {
    if (this.#plane === undefined)
      throw new WeirError('worker-unavailable', 'this node does not run yet', { retry: true })
    return this.#plane
  }

  async #orUnreachable<T> (call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      throw new WeirError(
        'store-unreachable',
        `${this.#store.place}: a job of all nodes needs the shared store: ${(error as Error).message}`,
        { retry: true, cause: error }
      )
    }
  }
}

const isOver = ({ state }: Job): boolean => state !== 'running' && state !== 'paused'

const countsOf = (services: EngineStats['services']): Record<string, number> =>
  Object.fromEntries(
    Object.entries(services).filter(([, { connections }]) => connections > 0).map((
      [name, { connections }]
    ) => [name, connections])
  )

/** What no node has written is none. The deadline is on this node's clock. */
const ownedOf = ({ name, value, ageMs }: SharedRecord): Owned | undefined => {
  let read: { readonly owner?: unknown, readonly job?: unknown, readonly leftMs?: unknown } | null
  try { read = JSON.parse(value) as typeof read } catch { return undefined }
  const { data } = jobSchema.safeParse(read?.job)
  if (typeof read?.owner !== 'string' || data?.id !== name) return undefined
  return { owner: read.owner, job: onThisClock(data, read.leftMs, ageMs) }
}

const onThisClock = (job: Job, leftMs: unknown, ageMs: number): Job => {
  if (job.deadline === undefined || typeof leftMs !== 'number') return job
  const at = steadyClock.now() + leftMs - ageMs
  return Math.abs(at - Date.parse(job.deadline)) < CLOCKS_DIFFER_MS
    ? job
    : { ...job, deadline: new Date(at).toISOString() }
}
