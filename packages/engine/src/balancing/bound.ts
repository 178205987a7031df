import type { Binding } from '@weirlb/model'
import type { Candidate } from './method.ts'
import type { Refused } from './lb-explanation.ts'
import type { ServiceRuntime, ServiceWatcher } from './service.ts'

/** Behind the standings of all priorities. */
const DOUBTFUL = 65_536
/** Standing of a service that could take a client if it had fewer. */
export const FULL = Number.MAX_SAFE_INTEGER
/** Part of its weight with which a service begins its slow start, and the steps in which it grows. */
const FIRST_RAMP = 0.1
const RAMP_STEPS = 20

/** The LB vserver of a binding. */
export interface BoundHost {
  readonly counts: boolean
  readonly times: boolean
  onCounts (bound: Bound): void
  /** Clients whose entries lead there may be kept now, or not any more. */
  onState (): void
  onStanding (bound: Bound, before: number): void
  /** It is another one at this time: `refresh` must be called then. */
  onTimed (bound: Bound, at: number): void
  /** True if another service has clients, so that this one must not get them all. */
  servesBeside (bound: Bound): boolean
}

/** Returns the reason that makes an available service the last choice. */
export const doubtOf = (
  service: ServiceRuntime,
  isNew: boolean,
  now: () => number
): 'down' | 'suspect' | 'unknown' | undefined => {
  if (service.health === 'down') return 'down'
  if (service.maySuspect && service.isSuspect(now())) return 'suspect'
  return service.health === 'failing' || (isNew && service.health === 'unknown') ? 'unknown' : undefined
}

/** A service bound to an LB vserver, as the balancing method sees it. */
export class Bound implements Candidate, ServiceWatcher {
  readonly service: ServiceRuntime
  readonly weight: number
  readonly priority: number
  readonly index: number
  /** It was bound to a running LB vserver beside services that are up, and waits for its first verdict. */
  readonly isNew: boolean
  readonly #host: BoundHost
  readonly #now: () => number
  readonly #slowStartMs: number
  standing: number
  ramp = 1
  /** Begin of its slow start. */
  #since: number | undefined
  #serves: boolean
  #overfull = false
  /** It is refreshed. */
  timed = false
  /** Its connections when the roster counted them. */
  counted: number

  constructor (
    service: ServiceRuntime,
    { weight, priority }: Binding,
    index: number,
    isNew: boolean,
    slowStartMs: number,
    host: BoundHost,
    now: () => number
  ) {
    this.service = service
    this.weight = weight
    this.priority = priority
    this.index = index
    this.isNew = isNew
    this.#slowStartMs = slowStartMs
    this.#host = host
    this.#now = now
    this.#serves = this.#isServing
    this.standing = this.#standing()
    this.counted = service.clients
  }

  get name (): string { return this.service.name }
  get active (): number { return this.service.load }
  get outstanding (): number { return this.service.outstanding }
  get responseMs (): number | undefined { return this.service.responseMs }
  get refuses (): boolean { return this.service.refuses }
  get counts (): boolean { return this.#host.counts }
  get times (): boolean { return this.#host.times }

  /** Clients since it was measured are expected to be like all others. */
  get bytesPerSecond (): number {
    const { bandwidth, bandwidthEach, load, measured } = this.service
    return bandwidth + Math.max(0, load - measured) * bandwidthEach
  }

  /** It is up and enabled. */
  get serves (): boolean {
    return this.#serves
  }
  get #isServing (): boolean {
    return this.service.health === 'up' && !this.service.removed && this.service.config.state === 'enabled'
  }

  /** The reason that makes it the last choice, if it can be taken. */
  get doubt (): Refused | undefined {
    return doubtOf(this.service, this.isNew, this.#now) ?? (this.#overfull ? 'overfull' : undefined)
  }

  /** It has more than its share of clients, and others get the next ones: a rebalance says so. */
  get overfull (): boolean { return this.#overfull }

  set overfull (overfull: boolean) {
    if (overfull === this.#overfull) return
    this.#overfull = overfull
    this.#host.onState()
    this.#update()
  }

  onCounts (): void { this.#host.onCounts(this) }

  onTimed (): void {
    const now = this.#now()
    this.service.expire(now)
    const at = this.service.nextChange(now)
    if (at < Infinity) this.#host.onTimed(this, at)
  }

  /** Count its connections again. Returns how many there are more. */
  recount (): number {
    const before = this.counted
    this.counted = this.service.clients
    return this.counted - before
  }

  onStanding (): void {
    const serves = this.#isServing
    // Services that start together are equal.
    const returns = serves && !this.#serves && (this.isNew || this.#wasOut)
    this.#wasOut = !serves &&
      (this.#wasOut || this.service.health === 'down' || this.service.config.state !== 'enabled')
    this.#serves = serves
    if (returns) this.slowStart()
    this.#host.onState()
    this.#update()
  }

  #wasOut = false

  #update (): void {
    const before = this.standing
    this.standing = this.#standing()
    if (this.service.maySuspect) this.onTimed()
    if (this.standing !== before) this.#host.onStanding(this, before)
  }

  #standing (): number {
    const { refusal } = this.service
    if (refusal !== undefined) return refusal === 'full' ? FULL : Infinity
    return this.doubt === undefined ? this.priority : DOUBTFUL + this.priority
  }

  /** It comes up beside others: its weight begins small. */
  slowStart (): void {
    if (this.#slowStartMs === 0 || !this.#host.servesBeside(this)) return
    this.#since = this.#now()
    this.ramp = FIRST_RAMP
    this.#host.onTimed(this, this.#since)
    this.#host.onCounts(this)
  }

  /** Goes on with the slow start of the same binding before a change. */
  continueFrom (before: Bound): void {
    if (this.#slowStartMs === 0 || before.#since === undefined) return
    this.#since = before.#since
    this.#host.onTimed(this, this.#since)
  }

  /** Time has passed. Returns when it will be another one; Infinity: never. */
  refresh (nowMs: number): number {
    this.service.expire(nowMs)
    let next = this.service.nextChange(nowMs)
    if (this.#since !== undefined) {
      const part = Math.max(
        FIRST_RAMP,
        Math.min(1, Math.ceil((nowMs - this.#since) / this.#slowStartMs * RAMP_STEPS) / RAMP_STEPS)
      )
      if (part === 1) this.#since = undefined
      else next = Math.min(next, this.#since + part * this.#slowStartMs)
      this.ramp = part
    }
    this.#update()
    // Its weight, its time or a refusal of it may be another.
    this.#host.onCounts(this)
    return next
  }
}
