import type { Verdict } from '@weirlb/health'
import type { LeveledLog } from '../log.ts'
import type { SharedProber } from '../prober.ts'
import type { NodeCard } from './nodes.ts'
import { rendezvous } from './rendezvous.ts'
import type { SharedStore } from './shared-store.ts'
import type { StoreLine } from './store-line.ts'

/** How often a verdict that stands is published again. */
const REFRESH_MS = 30_000
/** A verdict that was not published again for so long counts no more: the node probes. */
const STALE_MS = 90_000
/** Longest reason that is published. */
const MAX_REASON = 500
const KIND = 'health'

/** What a node has found of a service. Ages are milliseconds before the message was written. */
interface Report {
  readonly service: string
  /** Name of the node, and which life of it. */
  readonly by: string
  readonly id: string
  readonly monitors: readonly {
    readonly id: string
    readonly health: 'up' | 'down'
    readonly reason?: string | undefined
    readonly ageMs?: number | undefined
    readonly ms?: number | undefined
  }[]
}

/** A report that this node has. */
interface Known { readonly by: string, readonly at: number, readonly verdicts: ReadonlyMap<string, Verdict> }

/**
 * The health of services, found by one node for all: each service has a prober among the nodes that live, by rendezvous
 * hashing over their names. It publishes what its monitors find; the others rest, and check each change of its mind by
 * a probe of their own. Without a recent verdict of the prober, and without the store, each node probes.
 *
 *   prober: monitors ──► message, and a record for those that come later
 *   others: follow ──the prober's card has ended──► probe, until the next one's verdict is there ──► follow
 */
export class SharedHealth {
  readonly #store: SharedStore
  readonly #line: StoreLine
  readonly #log: LeveledLog
  readonly #node: { readonly name: string, readonly id: string }
  #prober: SharedProber | undefined
  /** Sorted; those that live. */
  #names: readonly string[] = []
  readonly #known = new Map<string, Known>()
  /** What each service follows. */
  readonly #followed = new Map<string, Known>()
  /** What was published of a service, and when. */
  readonly #published = new Map<string, { readonly text: string, readonly at: number }>()
  #readAt = -Infinity

  constructor (
    node: { readonly name: string, readonly id: string },
    store: SharedStore,
    line: StoreLine,
    log: LeveledLog
  ) {
    this.#node = node
    this.#store = store
    this.#line = line
    this.#log = log
  }

  start (prober: SharedProber): void { this.#prober = prober }

  /** Each node probes by itself. */
  alone (): void {
    this.#names = []
    this.#readAt = -Infinity
    this.#settle()
  }

  /** Services that this node probes for all. */
  get probes (): number {
    let count = 0
    for (const service of this.#prober?.services ?? []) if (this.#proberOf(service) === this.#node.name) count++
    return count
  }

  /** These nodes live. */
  async beat (cards: readonly NodeCard[]): Promise<void> {
    const names = cards.map(({ name }) => name)
    const changed = names.join(' ') !== this.#names.join(' ')
    this.#names = names
    if (changed || performance.now() - this.#readAt > REFRESH_MS) await this.#read()
    this.#settle()
  }

  /** The monitors of a service may have changed their mind. */
  onFound (service: string): void { if (this.#proberOf(service) === this.#node.name) this.#publish(service) }

  /** Another node has sent something. */
  onMessage (topic: string, text: string): void {
    if (topic !== KIND) return
    const report = reportOf(text)
    if (report === undefined) return
    this.#take(report, 0)
    this.#follow(report.service)
  }

  #proberOf (service: string): string | undefined { return rendezvous(service, this.#names) }

  async #read (): Promise<void> {
    this.#readAt = performance.now()
    for (const { name, value, ageMs } of await this.#line.call(async () => await this.#store.read(KIND))) {
      const report = reportOf(value)
      if (report?.service === name) this.#take(report, ageMs)
    }
  }

  /** `ageMs`: of the report, on the store's clock. */
  #take ({ service, by, monitors }: Report, ageMs: number): void {
    const at = performance.now() - ageMs
    const before = this.#known.get(service)
    // A record may be older than the message about the next one.
    if (before?.by === by && before.at > at) return
    const now = Date.now()
    this.#known.set(service, {
      by,
      at,
      verdicts: new Map(
        monitors.map((
          { id, health, reason, ageMs: since, ms }
        ) => [id, {
          health,
          reason,
          by,
          last: since === undefined || ms === undefined ? undefined : { time: now - ageMs - since, ms }
        }])
      )
    })
  }

  #settle (): void {
    const services = new Set(this.#prober?.services ?? [])
    for (const map of [this.#known, this.#followed, this.#published])
      for (const service of map.keys()) if (!services.has(service)) map.delete(service)
    for (const service of services) {
      this.#follow(service)
      if (this.#proberOf(service) === this.#node.name) this.#publish(service)
      else this.#published.delete(service)
    }
  }

  #follow (service: string): void {
    const by = this.#proberOf(service)
    const known = this.#known.get(service)
    const led =
      by !== undefined && by !== this.#node.name && known?.by === by && performance.now() - known.at < STALE_MS
        ? known
        : undefined
    if (led === this.#followed.get(service)) return
    if (led === undefined) this.#followed.delete(service)
    else this.#followed.set(service, led)
    this.#prober?.follow(service, led?.verdicts)
  }

  #publish (service: string): void {
    if (this.#line.away) return
    const findings = this.#prober?.findings(service) ?? []
    if (findings.length === 0) return
    const now = Date.now()
    const at = performance.now()
    const text = findings.map(({ id, health }) => `${id} ${health}`).join(' ')
    const before = this.#published.get(service)
    if (before?.text === text && at - before.at < REFRESH_MS) return
    this.#published.set(service, { text, at })
    const report: Report = {
      service,
      ...this.#node,
      by: this.#node.name,
      monitors: findings.map(({ id, health, reason, last }) => ({
        id,
        health,
        reason: reason?.slice(0, MAX_REASON),
        ageMs: last && Math.max(0, now - last.time),
        ms: last?.ms
      }))
    }
    const value = JSON.stringify(report)
    this.#line.call(async () => {
      await Promise.all([
        this.#store.write({ kind: KIND, name: service, value, ttlMs: STALE_MS }),
        this.#store.publish(KIND, value)
      ])
    }).catch((error: unknown) => {
      this.#published.delete(service)
      if (!this.#line.away)
        this.#log.warn({ service, error: (error as Error).message }, 'the health of a service was not published')
    })
  }
}

/** What no node has written is none. */
const reportOf = (text: string): Report | undefined => {
  let read: unknown
  try { read = JSON.parse(text) } catch { return undefined }
  const { service, by, id, monitors } = (read ?? {}) as Partial<Record<keyof Report, unknown>>
  return [service, by, id].every(each => typeof each === 'string') && Array.isArray(monitors) &&
      monitors.every(isFinding)
    ? read as Report
    : undefined
}

const isFinding = (value: unknown): boolean => {
  const { id, health, reason, ageMs, ms } = (value ?? {}) as Record<string, unknown>
  return typeof id === 'string' && (health === 'up' || health === 'down') &&
    (reason === undefined || typeof reason === 'string') && [ageMs, ms].every(each =>
      each === undefined || (typeof each === 'number' && Number.isFinite(each) && each >= 0)
    )
}
