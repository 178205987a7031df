import type { LbVserver } from '@weirlb/model'
import { Bound, type BoundHost, FULL } from './bound.ts'
import type { BalancingMethod, Criteria } from './method.ts'
import type { ServiceRuntime } from './service.ts'

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
  /** Services that suspicion or a slow start make another one after a while. */
  #timed: Bound[] = []
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
  /** Connections of all services, open or about to be; where clients spill over. */
  get clients (): number { return this.#clients }

  /** `method`: another one; undefined: the same as before. */
  configure (config: LbVserver, services: ReadonlyMap<string, ServiceRuntime>, method: BalancingMethod | undefined): void {
    this.#method = method ?? this.#method
    this.#counting = config.spillover !== undefined
    // Services that start together are equal until their first verdicts: keys would else go to whichever is probed first, and all clients with them.
    const anyUp = config.services.some(({ name }) => services.get(name)!.health === 'up')
    const before = new Map(this.bound.map(bound => [bound.service, bound]))
    this.forget()
    this.bound = config.services.map((binding, i) => {
      const service = services.get(binding.name)!
      return new Bound(service, binding, i, before.get(service)?.isNew ?? anyUp, config.slowStartSeconds * 1000, this, this.#now)
    })
    this.#tiered = this.bound.some(({ priority }) => priority !== this.bound[0]!.priority)
    this.#byName = new Map(this.bound.map(bound => [bound.name, bound]))
    for (const bound of this.bound) {
      this.#count(bound.standing, 1)
      bound.service.watch(bound)
      this.#clients += bound.counted
      const same = before.get(bound.service)
      if (same !== undefined) bound.continueFrom(same)
      else if (bound.serves && [...before.values()].some(other => other.serves && !other.service.removed)) bound.slowStart()
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
    this.#clients = 0
    this.bound = []
  }

  /** Some have another priority. */
  get tiered (): boolean { return this.#tiered }

  of (name: string | undefined): Bound | undefined { return name === undefined ? undefined : this.#byName.get(name) }

  /** The service that a client without wishes of its own gets. -1: there is none, if `empty`; else the services must be looked at. */
  first (criteria: Criteria): number {
    if (this.#timed.length > 0) this.#refresh()
    if (this.empty) return -1
    return this.#method.first?.(this.bound, criteria, this.#best) ?? -1
  }

  /** No service can take a client. */
  get empty (): boolean { return this.#best >= FULL }
  get someFull (): boolean { return this.#standings.has(FULL) }
  /** Every service can take a client. */
  get whole (): boolean { return !this.#standings.has(Infinity) && !this.#standings.has(FULL) }

  /** A rebalance gives clients to the others. */
  get someOverfull (): boolean { return this.bound.some(({ overfull }) => overfull) }

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

  onTimed (bound: Bound): void {
    if (bound.timed) return
    bound.timed = true
    this.#timed.push(bound)
  }

  #refresh (): void {
    const now = this.#now()
    const timed = this.#timed
    this.#timed = []
    for (const bound of timed) {
      bound.timed = false
      if (bound.refresh(now)) this.onTimed(bound)
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
