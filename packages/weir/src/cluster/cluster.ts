import { setTimeout as sleep } from 'node:timers/promises'
import { name as nameSchema, WeirError } from '@weirlb/model'
import type { BanBook } from '../bans/ban-book.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Events } from '../events.ts'
import type { LeveledLog } from '../log.ts'
import type { SessionBook } from '../sessions/session-book.ts'
import { ClusterKeys } from './cluster-keys.ts'
import { ClusterSessions, RENEW_MS } from './cluster-sessions.ts'
import { Generation } from './generation.ts'
import { Hearing } from './hearing.ts'
import type { SharedProber } from '../prober.ts'
import { MisledClients } from './misled-clients.ts'
import { BEAT_MS, Nodes, type NodeCard, type NodeDefending, type NodeFigures, type NodeInfo } from './nodes.ts'
import { SharedConfig } from './shared-config.ts'
import { SharedEdge } from './shared-edge.ts'
import { NodeCalls } from './node-calls.ts'
import { SharedHealth } from './shared-health.ts'
import { SharedJobs } from './shared-jobs.ts'
import { SharedPlaces } from './shared-places.ts'
import type { SharedStore } from './shared-store.ts'
import { StoreLine, type LineLimits } from './store-line.ts'
import { StoreMemory } from './store-memory.ts'

export type { NodeInfo } from './nodes.ts'

/** Several Weirs as one: the store that they share, and the name of this one. */
export interface ClusterOptions {
  readonly store: SharedStore
  /** Name of this node; no two have the same. */
  readonly node: string
  /**
   * Whether the nodes have one configuration, which each of them may change, or each its own. Default: `shared`.
   * Private keys in it are in the store, encrypted with `keys`.
   */
  readonly configuration?: 'shared' | 'own' | undefined
  /**
   * Keys that encrypt the configuration in the store (AES-256-GCM), one a line: 64 hexadecimal digits, or base64 of 32
   * bytes. The first one encrypts, all of them decrypt. A line `plaintext` lets texts be read that are not encrypted.
   * Default: none; a configuration with private keys is then refused with `store-key`, unless the store is private.
   */
  readonly keys?: string | undefined
}

/** How a node and its store are. */
export interface ClusterStatus {
  readonly node: string
  /** Where the store is, without secrets. */
  readonly store: string
  /**
   * - `up`: the nodes share all sessions.
   * - `away`: the store does not answer. Clients are led by what this node knows, new keys by a choice that every node makes alike.
   * - `agreeing`: it is back, and the nodes tell it what they hold.
   */
  readonly state: 'up' | 'away' | 'agreeing'
  /** Why it is away; otherwise empty. */
  readonly reason: string
  /** Whether the nodes have one configuration, or each its own: then numbers of revisions do not compare. */
  readonly configuration: 'shared' | 'own'
  /** Part of the store's memory limit that is used, 0 to 1 or a little more; undefined: it has none, or is no server. */
  readonly memoryUsed?: number | undefined
  /** So much of it that the log has warned; undefined: as `memoryUsed` is. */
  readonly nearlyFull?: boolean | undefined
}

type Plane = Pick<DataPlane, 'depart' | 'steerFrom' | 'stats' | 'connections' | 'kill' | 'tellCounted'>

/** What a node of a cluster needs of the rest of its Weir. */
export interface ClusterHost {
  readonly plane: Plane
  /** Number of the revision that runs. */
  readonly revision: () => number
  readonly bans: BanBook
  /** Undefined: nothing is probed. */
  readonly prober?: SharedProber | undefined
  /** User vservers in defence mode. */
  readonly defending: () => readonly NodeDefending[]
}

/** A damaged value is reported once a minute. */
const DAMAGE_MS = 60_000

/**
 * The part of a Weir that belongs to a cluster.
 *
 *     new ──open──► joined ──start──► up ⇄ away ──► agreeing ──► up      leave; close
 */
export class Cluster {
  readonly sessions: ClusterSessions
  readonly edge: SharedEdge
  readonly places: SharedPlaces
  readonly health: SharedHealth
  /** Undefined where each node has its own configuration: what a job does is a part of that. */
  readonly jobs: SharedJobs | undefined
  /** Undefined where each node has its own. */
  readonly config: SharedConfig | undefined
  readonly #calls: NodeCalls
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #nodes: Nodes
  readonly #generation: Generation
  readonly #hearing: Hearing
  readonly #log: LeveledLog
  readonly #events: Events
  #plane: Plane | undefined
  #host: ClusterHost | undefined
  /** The nodes at the last look. */
  #cards: readonly NodeCard[] = []
  #state: ClusterStatus['state'] = 'up'
  #reason = ''
  #beat: NodeJS.Timeout | undefined
  #renewal: NodeJS.Timeout | undefined
  #beating = false
  #nameLost = false
  #joined = false
  readonly #misled: MisledClients
  readonly #memory: StoreMemory
  /** Revisions that nodes have refused, and that were reported. */
  readonly #refusals = new Map<string, number>()
  #damageAt = -Infinity
  /** The store has lost its entries, and has not been told of all that are here. */
  #lost = false

  constructor ({ store, node, configuration = 'shared', keys }: ClusterOptions, book: SessionBook, log: LeveledLog, events: Events, limits: Partial<LineLimits> = {}) {
    if (typeof (store as Partial<SharedStore>).sessions !== 'function') throw new WeirError('config-invalid', 'cluster.store: it has no `sessions`; a store of a cluster is a SharedStore')
    const named = nameSchema.safeParse(node)
    if (!named.success) throw new WeirError('config-invalid', `cluster.node: ${named.error.issues[0]!.message}; got ${JSON.stringify(node)}`)
    this.#store = store
    this.#nodes = new Nodes(node, store)
    this.#generation = new Generation(store)
    this.#hearing = new Hearing(store.place, log)
    this.#log = log
    this.#events = events
    this.#line = new StoreLine(
      store,
      {
        onAway: reason => {
          this.#away(reason)
        },
        onAnswers: async () => {
          this.#lost ||= !await this.#generation.same()
        },
        onBack: () => {
          void this.#agree()
        }
      },
      log,
      limits
    )
    const misled = this.#misled = new MisledClients(log)
    this.edge = new SharedEdge(store, this.#line, log)
    this.config = configuration === 'shared' ? new SharedConfig(store, this.#line, log, ClusterKeys.parse(keys)) : undefined
    this.places = new SharedPlaces(store, this.#line, this.#nodes, log)
    this.health = new SharedHealth(this.#nodes, store, this.#line, log)
    this.#calls = new NodeCalls(this.#nodes.id, store, this.#line)
    this.jobs = configuration === 'shared' ? new SharedJobs(this.#nodes, store, this.#line, this.#calls) : undefined
    this.sessions = new ClusterSessions(book, store, this.#line, (table, key, service) => { misled.add(table, key, service) })
    this.#memory = new StoreMemory(store, this.#line, log)
  }

  get status (): ClusterStatus {
    return {
      node: this.#nodes.name,
      store: this.#store.place,
      state: this.#state,
      reason: this.#reason,
      configuration: this.config === undefined ? 'own' : 'shared',
      memoryUsed: this.#memory.used,
      nearlyFull: this.#memory.nearlyFull
    }
  }

  /** Connect to the store and join. Rejects with a `store-…` code or node-name-taken. */
  async open (): Promise<void> {
    const { sessions } = this
    await this.#store.open(this.#nodes.id, {
      onMoved: (table, key, service, isSet) => { sessions.moved(table, key, service, isSet) },
      onChanged: kind => {
        this.#hearing.onChanged(kind)
        this.places.onChanged(kind)
        this.jobs?.onChanged(kind)
        if (this.#plane === undefined) return
        if (kind === 'revision' || kind === '') void this.config?.sync()
        if (kind === '') void this.#catchUp()
      },
      onMessage: (topic, text) => {
        this.edge.onMessage(topic, text)
        this.places.onMessage(topic)
        this.health.onMessage(topic, text)
        this.#calls.onMessage(topic, text)
        this.jobs?.onMessage(topic, text)
      },
      onDamaged: what => { this.#damaged(what) }
    })
    try {
      await this.#generation.same()
      await this.#nodes.join({ revision: 0, clients: 0, probes: 0, defending: [] }, async ms => { await sleep(ms) })
      this.#joined = true
    } catch (error) {
      await this.#store.close()
      throw error
    }
    this.#log.info({ node: this.#nodes.name, store: this.#store.place }, 'joined the cluster')
  }

  /** Weir runs: tell the others of it. */
  start (host: ClusterHost): void {
    const { plane, bans, prober } = host
    this.edge.start(bans, counts => { plane.tellCounted(counts) })
    if (prober !== undefined) this.health.start(prober)
    this.jobs?.join(plane)
    this.#misled.start(plane)
    this.#plane = plane
    this.#host = host
    this.#beats()
  }

  #beats (): void {
    this.#beat = setInterval(() => { void this.#tellNodes() }, BEAT_MS).unref()
    this.#renewal = setInterval(() => { if (this.#state === 'up') void this.sessions.offer(false) }, RENEW_MS).unref()
    this.places.start()
    void this.#tellNodes()
  }

  async nodes (): Promise<readonly NodeInfo[]> {
    try {
      return await this.#line.call(async () => await this.#nodes.list())
    } catch (error) {
      throw new WeirError(
        'store-unreachable',
        `${this.#store.place}: the nodes are not known while the shared store does not answer: ${
          (error as Error).message
        }`,
        { retry: true, cause: error }
      )
    }
  }

  /** Another process may take the name. Sessions are still shared. */
  async leave (): Promise<void> {
    clearInterval(this.#beat)
    clearInterval(this.#renewal)
    this.places.stop()
    this.health.alone()
    this.#joined = false
    await this.#line.call(async () => { await this.#nodes.leave() }).catch(() => { /* The card ends by itself. */ })
  }

  /** Take the name again. */
  async comeBack (): Promise<void> {
    await this.#line.call(async () => { await this.#nodes.join(await this.#figures(), async ms => { await sleep(ms) }) }).catch(() => {})
    this.#joined = true
    if (this.#plane !== undefined) this.#beats()
  }

  /** The last clients are gone. Idempotent. */
  async close (): Promise<void> {
    clearInterval(this.#beat)
    clearInterval(this.#renewal)
    this.edge.stop()
    this.jobs?.stop()
    this.#calls.stop()
    this.places.stop()
    this.sessions.close()
    if (this.#joined) await this.leave()
    await this.#line.close()
    await this.#store.close()
  }

  async #figures (): Promise<NodeFigures> {
    let clients = 0
    for (const { connections } of Object.values((await this.#plane?.stats())?.userVservers ?? {})) clients += connections
    return { revision: this.#host?.revision() ?? 0, clients, refused: this.config?.refused, probes: this.health.probes, defending: this.#host?.defending() ?? [] }
  }

  async #tellNodes (): Promise<void> {
    if (this.#beating || this.#line.away) return
    this.#beating = true
    try {
      const figures = await this.#figures()
      const named = await this.#line.call(async () => await this.#nodes.beat(figures))
      if (!named && !this.#nameLost) this.#log.error({ node: this.#nodes.name }, 'another process has taken the name of this node: give one of them another --node NAME')
      this.#nameLost = !named
      this.#lost ||= !await this.#line.call(async () => await this.#generation.same())
      const missed = this.#hearing.missed()
      if (this.#lost) await this.#agree()
      else if (missed) await this.#catchUp()
      await this.config?.sync()
      this.places.settle()
      await this.#memory.look()
      const cards = await this.#line.call(async () => await this.#nodes.cards())
      await this.health.beat(cards)
      await this.jobs?.beat(cards)
      this.#tellDefence(cards)
      this.#cards = cards
      this.#tellRefusals(cards)
    } catch {
      // The line has reported the store; workers that do not answer are reported by others.
    } finally {
      this.#beating = false
    }
  }

  /** The nodes as they were two seconds ago at most; while the store is away, as they were before. */
  get lastNodes (): readonly NodeInfo[] { return this.#cards }

  /** Look at the nodes now: what this one says has changed. */
  tellNow (): void { void this.#tellNodes() }

  /** Defence mode of another node is an event here, too. */
  #tellDefence (cards: readonly NodeCard[]): void {
    const before = defencesOf(this.#cards)
    const now = defencesOf(cards)
    for (const [key, { node, userVserver, worker, reason }] of now)
      if (!before.has(key)) this.#events.emit('defence-mode', { userVserver, defending: true, reason, worker, node })
    for (const [key, { node, userVserver, worker }] of before) {
      if (now.has(key)) continue
      const isThere = cards.some(({ name }) => name === node)
      this.#events.emit('defence-mode', { userVserver, defending: false, reason: isThere ? 'the node has ended it' : 'the node is gone', worker, node })
    }
  }

  /** Whoever has written a revision learns of the nodes that cannot run it. */
  #tellRefusals (nodes: readonly NodeInfo[]): void {
    for (const { name: node, refused } of nodes) {
      const told = this.#refusals.get(node)
      if (refused === undefined) this.#refusals.delete(node)
      else if (told !== refused.revision) {
        this.#refusals.set(node, refused.revision)
        if (node !== this.#nodes.name) this.#log.error({ node, ...refused }, 'a node cannot run a revision of the cluster, and keeps the one before')
        this.#events.emit('cluster-revision-refused', { node, ...refused })
      }
    }
  }

  #away (reason: string): void {
    this.#set('away', reason)
    this.health.alone()
    this.#log.warn({ store: this.#store.place, reason }, 'the shared store is away: clients are led by what this node knows')
  }

  /** Offer what is here; all of it, if the store has nothing of it. */
  async #agree (): Promise<void> {
    this.#set('agreeing', '')
    this.sessions.forgetGrants()
    if (this.#lost) {
      this.places.lost()
      this.#log.warn({ store: this.#store.place }, 'the shared store has lost its entries: it is told of those that this node knows')
    }
    if (!await this.sessions.offer(this.#lost) || this.#line.away) return
    this.#lost = false
    this.#set('up', '')
    this.places.settle()
    await this.edge.agree()
    this.#log.info({ store: this.#store.place }, 'the nodes share all sessions again')
  }

  /** Messages may have been lost: of entries that lead elsewhere, and of bans. */
  async #catchUp (): Promise<void> {
    if (this.#state !== 'up') return
    await this.sessions.offer(false)
    await this.edge.agree()
  }

  #set (state: ClusterStatus['state'], reason: string): void {
    if (this.#state === state && this.#reason === reason) return
    this.#state = state
    this.#reason = reason
    this.#events.emit('cluster-state', { node: this.#nodes.name, state, reason })
  }

  #damaged (what: string): void {
    const now = performance.now()
    if (now < this.#damageAt + DAMAGE_MS) return
    this.#damageAt = now
    this.#log.error({ store: this.#store.place, what, code: 'store-damaged' }, 'the shared store has a value that no node has written: it counts as absent')
    this.#events.emit('cluster-damaged', { node: this.#nodes.name, what })
  }
}

/** Defence modes of other nodes. */
const defencesOf = (cards: readonly NodeCard[]): ReadonlyMap<string, NodeDefending & { readonly node: string }> =>
  new Map(cards.filter(({ self }) => !self).flatMap(({ name: node, defending }) => defending.map(each => [`${node} ${each.worker} ${each.userVserver}`, { ...each, node }] as const)))
