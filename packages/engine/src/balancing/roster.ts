import type { LbVserver } from '@weirlb/model'
import { Bound, type BoundHost, FULL } from './bound.ts'
import type { BalancingMethod, Criteria } from './method.ts'
import type { ServiceRuntime } from './service.ts'

/** Least time between two looks at services that time makes others. */
const REFRESH_MS = 10

/**
 * The services of an LB vserver and its method, which is told what changes about them. So a pick asks the method for
 * the best one, and walks over the services only when a client has wishes of its own.
 */
export class Roster implements BoundHost {
  bound: readonly Bound[] = []
  readonly #now: () => number
  #byName: ReadonlyMap<string, Bound> = new Map()
  #method: BalancingMethod
  /** Services by standing. */
  readonly #standings = new Map<number, number>()
  /** The best standing. */
  #best = Infinity
  /**
   * Services that suspicion, a slow start or their times make another one after a while, and when the first of them is
   * to be looked at.
   */
  #timed: Bound[] = []
  #due = Infinity
  #overfull = 0
  /**
   * Names of services that no entry may lead to, without overfull ones and with them; undefined: they must be looked
   * at.
   */
  #unavailable: readonly string[] | undefined
  #unavailableWithOverfull: readonly string[] | undefined
  #tiered = false
  /** Connections of all services are counted. */
  #counting = false
  #clients = 0
  /** Called when a service may take clients again. */
  readonly #onRoom: () => void

  constructor (method: BalancingMethod, now: () => number, onRoom: () => void) {
    this.#method = method
    this.#now = now
    this.#onRoom = onRoom
  }

  get method (): BalancingMethod { return this.#method }
  get counts (): boolean { return this.#counting || this.#method.counts === true }
  get times (): boolean { return this.#method.times === true }
  /** Connections of all services, open or about to be; where clients spill over. */
  get clients (): number { return this.#clients }

  /** `method`: another one; undefined: the same as before. */
  configure (
    config: LbVserver,
    services: ReadonlyMap<string, ServiceRuntime>,
    method: BalancingMethod | undefined
  ): void {
    this.#method = method ?? this.#method
    this.#counting = config.spillover !== undefined
    // Services that start together are equal until their first verdicts: keys would else go to whichever is probed
    // first, and all clients with them. Those of a new LB vserver start together, whenever each was created.
    const before = new Map(this.bound.map(bound => [bound.service, bound]))
    const anyUp = before.size > 0 && config.services.some(({ name }) => services.get(name)!.health === 'up')
    this.forget()
    this.bound = config.services.map((binding, i) => {
      const service = services.get(binding.name)!
      return new Bound(
        service,
        binding,
        i,
        before.get(service)?.isNew ?? anyUp,
        config.slowStartSeconds * 1000,
        this,
        this.#now
      )
    })
    this.#tiered = this.bound.some(({ priority }) => priority !== this.bound[0]!.priority)
    this.#byName = new Map(this.bound.map(bound => [bound.name, bound]))
    for (const bound of this.bound) {
      this.#count(bound.standing, 1)
      bound.service.watch(bound)
      this.#clients += bound.counted
      // What it is until some time, it is in a new configuration too.
      bound.onTimed()
      const same = before.get(bound.service)
      if (same !== undefined) bound.continueFrom(same)
      else if (bound.serves && [...before.values()].some(other => other.serves && !other.service.removed))
        bound.slowStart()
    }
    this.#best = this.#leastStanding()
    if (!this.empty) this.#onRoom()
  }

  /** It is used no more, or filled anew. */
  forget (): void {
    for (const bound of this.bound) bound.service.unwatch(bound)
    this.#standings.clear()
    this.#best = Infinity
    this.#timed = []
    this.#due = Infinity
    this.#overfull = 0
    this.onState()
    this.#clients = 0
    this.bound = []
  }

  /** Connections of all services, also those of other LB vservers. */
  get active (): number {
    let active = 0
    for (const bound of this.bound) active += bound.active
    return active
  }

  /** Mean latency of the services that are not down; undefined: none is known. */
  get latencyMs (): number | undefined {
    let sum = 0
    let known = 0
    for (const { service } of this.bound) {
      if (service.latencyMs === undefined || service.health === 'down') continue
      sum += service.latencyMs
      known++
    }
    return known === 0 ? undefined : sum / known
  }

  /** Some have another priority. */
  get tiered (): boolean { return this.#tiered }

  of (name: string | undefined): Bound | undefined { return name === undefined ? undefined : this.#byName.get(name) }

  /**
   * The service that a client without wishes of its own gets. -1: there is none, if `empty`; else the services must be
   * looked at.
   */
  first (criteria: Criteria): number {
    if (this.#due < Infinity) this.#refresh()
    if (this.empty) return -1
    return this.#method.first?.(this.bound, criteria, this.#best) ?? -1
  }

  /** The same for a client that has the token in these bytes, and of which nothing else matters. */
  firstByToken (bytes: Uint8Array, from: number, to: number): number {
    if (this.#due < Infinity) this.#refresh()
    if (this.empty || from === to) return -1
    return this.#method.firstByToken?.(this.bound, bytes, from, to, this.#best) ?? -1
  }

  /** No service can take a client. */
  get empty (): boolean { return this.#best >= FULL }
  get someFull (): boolean { return this.#standings.has(FULL) }
  /** Every service can take a client. */
  get whole (): boolean { return !this.#standings.has(Infinity) && !this.#standings.has(FULL) }

  /** A rebalance gives clients to the others. */
  get someOverfull (): boolean { return this.#overfull > 0 }
  /** It leaves no other. */
  get allOverfull (): boolean { return this.#overfull === this.bound.length }

  /** These get no client that another can have, until the next call. */
  steerFrom (overfull: readonly string[]): void {
    const names = new Set(overfull)
    this.#overfull = 0
    for (const bound of this.bound) {
      bound.overfull = names.has(bound.name)
      if (bound.overfull) this.#overfull++
    }
  }

  /**
   * Returns the names of services that no entry may lead to; `keeps` is asked where something has changed since the
   * last time. `withOverfull`: overfull ones are among them.
   */
  unavailable (keeps: (service: ServiceRuntime) => boolean, withOverfull: boolean): readonly string[] {
    const known = withOverfull ? this.#unavailableWithOverfull : this.#unavailable
    if (known !== undefined) return known
    const names = this.bound.flatMap(({ service, overfull }) =>
      !keeps(service) || (overfull && withOverfull) ? [service.name] : []
    )
    if (withOverfull) this.#unavailableWithOverfull = names
    else this.#unavailable = names
    return names
  }

  onState (): void {
    this.#unavailable = undefined
    this.#unavailableWithOverfull = undefined
  }

  servesBeside (bound: Bound): boolean { return this.bound.some(other => other !== bound && other.serves) }

  onCounts (bound: Bound): void {
    if (this.#counting) this.#clients += bound.recount()
    this.#method.changed?.(bound.index, this.bound)
  }

  onStanding (bound: Bound, before: number): void {
    if (this.bound[bound.index] !== bound) return
    this.#count(before, -1)
    this.#count(bound.standing, 1)
    this.#best = this.#leastStanding()
    this.#method.changed?.(bound.index, this.bound)
    if (before >= FULL && bound.standing < FULL) this.#onRoom()
  }

  onTimed (bound: Bound, at: number): void {
    if (at < this.#due) this.#due = at
    if (bound.timed) return
    bound.timed = true
    this.#timed.push(bound)
  }

  #refresh (): void {
    const now = this.#now()
    if (now < this.#due) return
    const timed = this.#timed
    this.#timed = []
    this.#due = Infinity
    for (const bound of timed) {
      bound.timed = false
      const next = bound.refresh(now)
      // Many that are due one after the other are looked at together.
      if (next < Infinity) this.onTimed(bound, Math.max(next, now + REFRESH_MS))
    }
  }

  #count (standing: number, change: 1 | -1): void {
    const count = (this.#standings.get(standing) ?? 0) + change
    if (count === 0) this.#standings.delete(standing)
    else this.#standings.set(standing, count)
  }

  #leastStanding (): number {
    let least = Infinity
    for (const standing of this.#standings.keys()) if (standing < least) least = standing
    return least
  }
}
