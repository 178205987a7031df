import type { Service, ServiceHealth } from '@weirlb/model'
import { ByteMeter, type DialTarget, HttpOrigin, type Transport } from '@weirlb/link'
import { type Counts, noCounts } from './counted.ts'
import { type PlaceLender, Places, type PlaceWaiter } from './places.ts'
import { statFields } from '../stats/fields.ts'
import { observe } from '../stats/histogram.ts'
import type { ServiceStats } from '../stats/stats.ts'

/** After a failed dial a service is taken only when nothing else can be, for this long. */
const SUSPECT_MS = 2000
/** After replies that are late, one after the other, it is so twice as long each time, up to this. */
const MAX_LATE_MS = 32_000

/** Times of clients' first replies count for this long after the last one. */
const TIMES_MS = 10_000
/** Weight of the latest first reply in their average. */
const TIMES_ALPHA = 0.1

/** Why a service may not be given a new client. */
export type Refusal = 'removed' | 'disabled' | 'draining' | 'sessions-only' | 'down' | 'full'

/** Is called when a service changes that it is bound to. */
export interface ServiceWatcher {
  /** True: `onCounts` is called. */
  readonly counts: boolean
  /** True: the times of clients' first replies are measured. */
  readonly times: boolean
  /** Its connections, messages or times are others. */
  onCounts (): void
  /** Its times, or a refusal of it, count no more at a time that is known now. */
  onTimed (): void
  /** Whether it can be given a client, or should be, may be another. */
  onStanding (): void
}

/** One process's state of a server. */
export class ServiceRuntime {
  readonly name: string
  /** Its counters, except for bytes. */
  readonly stats: ServiceStats
  /** Counts the bytes of all links to it. */
  readonly meter = new ByteMeter()
  config: Service
  /** How it is reached. */
  target: DialTarget
  #health: ServiceHealth
  #active = 0
  #links = 0
  #proposed = 0
  #owed = 0
  #removed = false
  readonly #lender: PlaceLender | undefined
  #places: Places | undefined
  #watchers: readonly ServiceWatcher[] = []
  #counters: readonly ServiceWatcher[] = []
  #bandwidth = 0
  #elsewhere = noCounts
  /** The same of one connection, of all services. */
  bandwidthEach = 0
  /** Its clients when this was measured. */
  measured = 0
  #latencyMs: number | undefined
  /** Average time of clients' first replies, and until when it counts; 0: not now. */
  #replyMs = 0
  #repliesUntil = 0
  /** Until when its refusal of a client counts; 0: not now. */
  #refusesUntil = 0
  #suspectUntil = 0
  /** A server that is stopped accepts dials all the same, so only a reply ends this suspicion. */
  #lateUntil = 0
  #lateMs = 0
  #origin: HttpOrigin | undefined

  /** `lender`: of places of services with `maxClients`; undefined: no other process has clients. */
  constructor (config: Service, target: DialTarget, stats: ServiceStats, lender?: PlaceLender) {
    this.name = config.name
    this.config = config
    this.#health = config.monitors.length === 0 ? 'up' : 'unknown'
    this.stats = stats
    this.target = target
    this.#lender = lender
    this.#limit(config.maxClients)
  }

  configure (config: Service, target: DialTarget): void {
    const pooled = this.#origin !== undefined || this.shared !== undefined
    if (pooled && JSON.stringify(target) !== JSON.stringify(this.target)) this.closePooled()
    if (config.address !== this.config.address || config.port !== this.config.port) {
      this.#latencyMs = undefined
      this.#repliesUntil = 0
      this.#refusesUntil = 0
    }
    this.config = config
    this.target = target
    this.#limit(config.maxClients)
    this.#onStanding()
  }

  // ── who watches it ─────────────────────────────────────────────────────────

  watch (watcher: ServiceWatcher): void {
    this.#watchers = [...this.#watchers, watcher]
    if (watcher.counts) this.#counters = [...this.#counters, watcher]
    this.timesReplies ||= watcher.times
  }

  unwatch (watcher: ServiceWatcher): void {
    this.#watchers = this.#watchers.filter(other => other !== watcher)
    this.#counters = this.#counters.filter(other => other !== watcher)
    this.timesReplies = this.#watchers.some(({ times }) => times)
  }

  #onStanding (): void { for (const watcher of this.#watchers) watcher.onStanding() }

  #onCounts (): void {
    const counters = this.#counters
    for (let i = 0; i < counters.length; i++) counters[i]!.onCounts()
  }

  // ── its clients ────────────────────────────────────────────────────────────

  /** Connections open or being opened, and requests. */
  get active (): number { return this.#active }
  /** Connections, requests, and clients that get it unless their session decides otherwise, of all processes. */
  get clients (): number { return this.#active + this.#proposed + this.#elsewhere.clients }
  /** The same, and messages that it owes. */
  get load (): number { return this.clients + this.#owed + this.#elsewhere.owed }
  /** The same without links on which messages are balanced one by one: these may be idle. */
  get outstanding (): number { return this.#ownOutstanding + this.#elsewhere.outstanding }
  get #ownOutstanding (): number { return this.#active - this.#links + this.#proposed + this.#owed }

  /** What this process counts. */
  get counts (): Counts {
    return {
      clients: this.#active + this.#proposed,
      owed: this.#owed,
      outstanding: this.#ownOutstanding,
      bandwidth: this.#bandwidth
    }
  }
  /** What the others count, as they did a moment ago. */
  set elsewhere (counts: Counts) {
    this.#elsewhere = counts
    this.#onCounts()
  }

  /** Bytes of both directions in a second, of late; 0 where no method asks for it. */
  get bandwidth (): number { return this.#bandwidth + this.#elsewhere.bandwidth }

  /** A client is given to it. `link`: one of its messages, and there is no link yet. */
  enter (link: boolean): void {
    this.#active++
    if (link) this.#links++
    this.stats.connections++
    this.#places?.enter()
    this.#onCounts()
  }

  /** The server has accepted a connection of a client that was given to it. */
  established (): void { this.stats.established++ }

  /** A client is gone; `established`: the server had accepted its connection. */
  leave (link: boolean, established: boolean): void {
    this.#active--
    if (established) this.stats.established--
    if (link) this.#links--
    this.stats.connections--
    this.#places?.leave()
    this.#onCounts()
  }

  #limit (maxClients: number): void {
    const places = this.#places
    if (maxClients > 0 && places !== undefined) places.resize(maxClients)
    else if (maxClients > 0)
      this.#places = new Places(this.name, maxClients, this.#active, this.#lender, () => {
        this.#onStanding()
      })
    else if (places !== undefined) {
      this.#places = undefined
      places.close()
    }
  }

  /** Its places; undefined: it has no limit. */
  get places (): Places | undefined { return this.#places }

  /** No place for one more client. */
  get full (): boolean { return this.#places?.full === true }

  /** False: the client has to wait until it is known whether there is a place for it, and `waiter` is called. */
  admits (): boolean { return this.#places === undefined || this.#places.free }
  wait (waiter: PlaceWaiter): void { this.#places!.wait(waiter) }

  /** A client gets it unless its session decides otherwise. */
  propose (): void {
    this.#proposed++
    this.#onCounts()
  }

  unpropose (): void {
    this.#proposed--
    this.#onCounts()
  }

  /** It owes so many messages more, or fewer, for requests that it was sent, where requests are balanced one by one. */
  owe (count: number): void {
    this.#owed += count
    this.#onCounts()
  }

  /** Its bandwidth was measured. */
  measure (bandwidth: number, each: number): void {
    this.#bandwidth = bandwidth
    this.bandwidthEach = each
    this.measured = this.load
    this.#onCounts()
  }

  // ── whether it can be given one ────────────────────────────────────────────

  /** The monitors' word; without monitors there is nothing that could speak against it. */
  get health (): ServiceHealth { return this.#health }
  set health (health: ServiceHealth) {
    this.#health = health
    this.#onStanding()
  }

  /** Average time in which it passes its probes; undefined: not known. */
  get latencyMs (): number | undefined { return this.#latencyMs }
  set latencyMs (ms: number | undefined) {
    this.#latencyMs = ms
    this.#onCounts()
  }

  /** A method asks for the times of clients' first replies. */
  timesReplies = false

  /** The first reply to a client, or to one of its messages, has come after this time. */
  repliedAfter (ms: number, nowMs: number): void {
    const known = nowMs < this.#repliesUntil
    this.#replyMs = known ? this.#replyMs + TIMES_ALPHA * (ms - this.#replyMs) : ms
    this.#repliesUntil = nowMs + TIMES_MS
    if (!known) this.#onTimed()
    this.#onCounts()
  }

  /** It has refused a client for a reason of its own: how fast it does that says nothing. */
  refused (nowMs: number): void {
    if (!this.timesReplies) return
    this.#repliesUntil = 0
    this.#refusesUntil = nowMs + SUSPECT_MS
    this.#onTimed()
    this.#onCounts()
  }

  #onTimed (): void { for (const watcher of this.#watchers) watcher.onTimed() }

  /** Times and refusals of long ago count no more. */
  expire (nowMs: number): void {
    if (nowMs >= this.#repliesUntil) this.#repliesUntil = 0
    if (nowMs >= this.#refusesUntil) this.#refusesUntil = 0
  }

  /** It has refused a client not long ago. */
  get refuses (): boolean { return this.#refusesUntil > 0 }

  /**
   * Average time in which it passes its probes, and that of its clients' first replies of late; undefined: neither is
   * known.
   */
  get responseMs (): number | undefined {
    return this.#repliesUntil > 0 ? this.#replyMs + (this.#latencyMs ?? 0) : this.#latencyMs
  }

  /** When one of these is another without anything happening, or it is not suspect any more; Infinity: never. */
  nextChange (nowMs: number): number {
    let next = Infinity
    for (const until of [this.#suspectUntil, this.#lateUntil, this.#repliesUntil, this.#refusesUntil])
      if (until > nowMs && until < next) next = until
    return next
  }

  get removed (): boolean { return this.#removed }
  remove (): void {
    this.#removed = true
    this.#onStanding()
    const places = this.#places
    this.#places = undefined
    places?.close()
  }

  /** Its connections for HTTP requests. */
  origin (transport: Transport): HttpOrigin {
    return this.#origin ??= new HttpOrigin(transport, this.target, this, this.meter)
  }

  /** The bytes of all its links, and of its connections for HTTP requests, as they are now. */
  get bytes (): ByteMeter {
    this.#origin?.count()
    return this.meter
  }

  /** Its links that clients share, by whoever makes them. */
  shared: { close (): void } | undefined

  /** Requests that are under way end, and so do shared links without clients; later ones have others. */
  closePooled (): void {
    this.#origin?.close()
    this.#origin = undefined
    this.closeShared()
  }

  /** Shared links without clients end, and the others once they have none. */
  closeShared (): void {
    this.shared?.close()
    this.shared = undefined
  }

  /** Why it may not be given a new client; undefined when it may. */
  get refusal (): Refusal | undefined {
    const refusal = this.refusalApartFromHealth
    return this.#health === 'down' && (refusal === undefined || refusal === 'full') ? 'down' : refusal
  }

  /** The same where the monitors' word does not count. */
  get refusalApartFromHealth (): Refusal | undefined {
    if (this.#removed) return 'removed'
    if (this.config.state !== 'enabled') return this.config.state
    return this.full ? 'full' : undefined
  }

  /** A dial failed, or a reply was late, and none has succeeded since: `isSuspect` may be true. */
  get maySuspect (): boolean { return this.#suspectUntil > 0 || this.#lateUntil > 0 }

  /** A dial failed, or a reply was late, not long ago. */
  isSuspect (nowMs: number): boolean { return nowMs < this.#suspectUntil || nowMs < this.#lateUntil }

  dialFailed (nowMs: number): void {
    this.stats.dialFailures++
    this.#suspectUntil = nowMs + SUSPECT_MS
    this.#onStanding()
  }

  dialSucceeded (): void {
    if (this.#suspectUntil === 0) return
    this.#suspectUntil = 0
    this.#onStanding()
  }

  /** The first reply to a client did not come in time. */
  replyLate (nowMs: number): void {
    this.stats.unanswered++
    // Clients that came together are late together.
    if (nowMs < this.#lateUntil) return
    this.#lateMs = Math.min(MAX_LATE_MS, this.#lateMs === 0 ? SUSPECT_MS : 2 * this.#lateMs)
    this.#lateUntil = nowMs + this.#lateMs
    this.#onStanding()
  }

  /** The server has begun to answer a client. */
  replied (): void {
    if (this.#lateMs === 0) return
    this.#lateUntil = 0
    this.#lateMs = 0
    this.#onStanding()
  }

  /** A connection to it is begun. */
  dialBegun (): void { this.stats.dialled++ }

  /** A connection to it can be used, so long after its begin. */
  onDialled (ms: number): void { observe(this.stats.dialMs, statFields.services.dialMs.bounds, ms) }

  /** Its first byte came, so long after the first message. */
  onFirstReply (ms: number): void {
    observe(this.stats.firstReplyMs, statFields.services.firstReplyMs.bounds, ms)
    if (this.timesReplies) this.repliedAfter(ms, performance.now())
  }

  /** Its statistics now: a copy. */
  snapshot (): ServiceStats {
    const { stats, bytes: meter } = this
    return {
      ...stats,
      suspect: this.maySuspect && this.isSuspect(performance.now()) ? 1 : 0,
      bytesIn: meter.written,
      bytesOut: meter.read,
      dialMs: [...stats.dialMs],
      firstReplyMs: [...stats.firstReplyMs]
    }
  }
}
