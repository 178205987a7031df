import { affinityOf, type Glb, type GlbPool } from '@weirlb/model'
import { CookieKeys } from '@weirlb/link'
import type { SessionDirectory } from '../persistence/session-directory.ts'
import type { GlbStats } from '../stats/stats.ts'
import { Affinity } from './affinity.ts'
import type { Balancer, EveryService, Placement, Wish } from './balancer.ts'
import { Keepings } from './keepings.ts'
import type { GlbExplanation, LbExplanation, TriedPersistence } from './lb-explanation.ts'
import { KnownSearch } from './known-search.ts'
import type { LbRuntime } from './lb-vserver.ts'
import type { BalancingMethod } from './method.ts'
import { steerings, type SteeredPool } from './steerings.ts'

/** An LB vserver as a pool of a GLB. */
class Pool implements SteeredPool {
  readonly lb: LbRuntime
  readonly weight: number
  readonly minimumUp: number

  constructor (lb: LbRuntime, { weight, minimumUp }: GlbPool) {
    this.lb = lb
    this.weight = weight
    this.minimumUp = minimumUp
  }

  get name (): string { return this.lb.name }
  get active (): number { return this.lb.active }
  // What steering does not ask for.
  readonly ramp = 1
  readonly standing = 0
  readonly outstanding = 0
  readonly responseMs = undefined
  readonly refuses = false
  readonly bytesPerSecond = 0
  get latencyMs (): number | undefined { return this.lb.latencyMs }

  /** True with enough services for this client. `sure`: none of them is doubtful, as after a failed dial. */
  serves (wish: Wish, sure: boolean): boolean { return this.lb.available(wish, this.minimumUp, sure) >= this.minimumUp }
}

/**
 * A GLB at work: leads a client to a pool, which picks the service. A client that could not be placed in a pool comes
 * back, and its failed services are not counted again.
 *
 *   pools with enough sure services ──► those with enough doubtful ones among them ──► fallback, whatever its health
 *   (of each, the first in the order of the steering)
 */
export class GlbRuntime implements Balancer {
  readonly name: string
  readonly stats: GlbStats
  /** What becomes of existing clients is the matter of their pool. */
  readonly config = { onDown: 'keep' } as const
  /** Services are chosen, and sessions with them held, by the pools. */
  readonly sessions = undefined
  readonly #keepings: Keepings
  #pools: readonly Pool[] = []
  #fallback: LbRuntime | undefined
  #steering: Glb['steering'] = 'failover'
  #method: BalancingMethod = steerings.failover()
  readonly #order: number[] = []

  constructor ({ name }: Glb, sessions: SessionDirectory, stats: GlbStats, cookieKeys = new CookieKeys()) {
    this.name = name
    this.stats = stats
    this.#keepings = new Keepings(affinityOf(name), sessions, cookieKeys)
  }

  configure ({ pools, fallback, steering, affinity }: Glb, lbs: ReadonlyMap<string, LbRuntime>): void {
    this.#pools = pools.map(pool => new Pool(lbs.get(pool.name)!, pool))
    this.#fallback = fallback === undefined ? undefined : lbs.get(fallback)!
    if (steering !== this.#steering) this.#method = steerings[steering]()
    this.#steering = steering
    this.#keepings.configure(affinity, this.#pools[0]!.lb.config.type, pools.map(pool => pool.name))
  }

  get persistent (): boolean {
    return this.#fallback?.persistent === true || this.#pools.some(({ lb }) => lb.persistent)
  }

  pick (placement: Placement): void {
    placement.affinity?.letGo()
    placement.affinity = undefined
    placement.anyHealth = false
    if (placement.known !== undefined) {
      this.stats.picks++
      KnownSearch.begin(placement, this.#holders)
      return
    }
    const named = this.#named(placement)
    if (named !== undefined) {
      this.stats.sessionHits++
      this.#lead(placement, named.lb)
      return
    }
    const index = this.#steer(placement)
    placement.anyHealth = index < 0
    if (index < 0) {
      this.#lastResort(placement)
      return
    }
    const pool = this.#pools[index]!
    this.#method.took(index, this.#pools)
    if (!this.#keepings.lookUp(placement)) {
      this.#lead(placement, pool.lb)
      return
    }
    const { keeping, key } = placement
    placement.asking = this
    placement.affinity = new Affinity(keeping!, key!, index)
    keeping!.claim(key!, pool.name, this.#out(placement), placement)
  }

  /** LB vservers whose tables may have a client's entry, each once. */
  get #holders (): readonly LbRuntime[] {
    const lbs = new Set(this.#pools.map(({ lb }) => lb))
    if (this.#fallback !== undefined) lbs.add(this.#fallback)
    return [...lbs]
  }

  /** Returns the pool in the cookie of a request, if it is not out. */
  #named (placement: Placement): Pool | undefined {
    const name = this.#keepings.nameIn(placement)
    const pool = name === undefined ? undefined : this.#pools.find(pool => pool.name === name)
    return pool?.serves(placement, false) === true ? pool : undefined
  }

  /** Every pool is out. An entry for the fallback would keep the client there once they are back. */
  #lastResort (placement: Placement): void {
    const fallback = this.#fallback
    if (fallback?.available(placement, 1, false) === 1) {
      this.stats.fallback++
      this.#lead(placement, fallback)
    } else {
      this.stats.noService++
      placement.onNoService(this.#refusal)
    }
  }

  claimed (placement: Placement, name: string, hit: boolean): void {
    placement.affinity!.hold()
    if (hit) this.stats.sessionHits++
    else this.stats.sessionMisses++
    const pool = this.#pools.find(pool => pool.name === name)
    this.unpropose(placement, name !== this.#pools[placement.affinity!.proposal]?.name)
    if (pool?.serves(placement, false) === true) {
      this.#lead(placement, pool.lb)
      return
    }
    // The pool went out during the claim, or was removed.
    placement.affinity!.letGo()
    placement.affinity = undefined
    const index = this.#steer(placement)
    placement.anyHealth = index < 0
    if (index < 0) this.#lastResort(placement)
    else this.#lead(placement, this.#pools[index]!.lb)
  }

  // Services, and the entries of known clients, are the pools'.
  found (): void {}

  unpropose ({ affinity }: Placement, unused: boolean): void {
    if (unused && affinity !== undefined && affinity.proposal < this.#pools.length)
      this.#method.gaveBack(affinity.proposal, this.#pools)
  }

  adopt (placement: Placement, key: string, lb: Balancer): void {
    const index = this.#pools.findIndex(pool => pool.lb === lb)
    const { sessions } = this.#keepings
    if (sessions === undefined || index < 0) return
    placement.affinity?.letGo()
    placement.affinity = new Affinity(sessions, key, index)
    sessions.pin(key, lb.name)
    placement.affinity.hold()
  }

  /** Pools that an existing entry must not lead to. */
  #out (wish: Wish): string[] { return this.#pools.filter(pool => !pool.serves(wish, false)).map(({ name }) => name) }

  #lead (placement: Placement, lb: LbRuntime): void {
    const { stats } = this
    stats.picks++
    stats.pools[lb.name] = (stats.pools[lb.name] ?? 0) + 1
    if (lb !== this.#fallback || this.#pools.some(pool => pool.lb === lb)) this.#keepings.mark(placement, lb.name)
    lb.pick(placement)
  }

  /** Returns the index of the pool for a client; -1 if all are out. */
  #steer (wish: Wish): number {
    const order = this.#order
    order.length = 0
    this.#method.order(this.#pools, wish, order)
    for (let i = 0; i < order.length; i++) if (this.#pools[order[i]!]!.serves(wish, true)) return order[i]!
    for (let i = 0; i < order.length; i++) if (this.#pools[order[i]!]!.serves(wish, false)) return order[i]!
    return -1
  }

  get #refusal (): 'limit' | 'no-service' {
    return this.#pools.some(({ lb }) => lb.refusal === 'limit') || this.#fallback?.refusal === 'limit'
      ? 'limit'
      : 'no-service'
  }

  /** Reports what `pick` would do now, and why, as that of an LB vserver. */
  explain (wish: Wish, told: (explanation: LbExplanation) => void): void {
    const index = this.#steer(wish)
    if (index < 0) this.#explain(wish, undefined, [], told)
    else {
      this.#keepings.explain(
        wish,
        name => this.#pools.some(pool => pool.name === name && pool.serves(wish, false)),
        tried => {
          const last = tried.at(-1)
          const kept = last?.used === true ? this.#pools.find(({ name }) => name === last.entry) : undefined
          this.#explain(wish, (kept ?? this.#pools[index]!).lb, tried, told)
        }
      )
    }
  }

  #explain (
    wish: Wish,
    chosen: LbRuntime | undefined,
    persistence: readonly TriedPersistence[],
    told: (explanation: LbExplanation) => void
  ): void {
    const key = persistence.at(-1)?.key
    const last = { ...wish, anyHealth: true }
    const fallback = chosen === undefined && this.#fallback?.available(last, 1, false) === 1
      ? this.#fallback
      : undefined
    const glb: GlbExplanation = {
      glb: this.name,
      steering: this.#steering,
      session: key === undefined
        ? undefined
        : { key, entry: persistence.at(-1)!.entry, used: persistence.at(-1)!.used },
      persistence,
      pools: this.#pools.map(({ lb, minimumUp }) => {
        const available = lb.available(wish, Infinity, false)
        return {
          pool: lb.name,
          available,
          minimumUp,
          latencyMs: lb.latencyMs,
          verdict: lb === chosen ? 'chosen' : available < minimumUp ? 'out' : 'spare'
        }
      }),
      fallback: this.#fallback && { pool: this.#fallback.name, chosen: fallback !== undefined }
    }
    const lb = chosen ?? fallback
    if (lb !== undefined) lb.explain(chosen === undefined ? last : wish, explanation => { told({ ...explanation, glb }) })
    else (this.#fallback ?? this.#pools[0]!.lb).explain(wish, explanation => { told({ ...explanation, service: undefined, by: undefined, backup: undefined, refusal: this.#refusal, glb }) })
  }

  takes (): boolean {
    return false
  }
  every (wish: Wish): EveryService {
    return (this.#pools[this.#steer(wish)]?.lb ?? this.#fallback ?? this.#pools[0]!.lb).every()
  }
  onKnown (): void {}
}
