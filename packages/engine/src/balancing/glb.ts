import type { Glb, GlbPool } from '@weirlb/model'
import type { GlbStats } from '../stats/stats.ts'
import type { Balancer, EveryService, Placement, Wish } from './balancer.ts'
import type { GlbExplanation, LbExplanation } from './lb-explanation.ts'
import type { LbRuntime } from './lb-vserver.ts'
import type { BalancingMethod, Candidate } from './method.ts'
import { steerings } from './steerings.ts'

/** An LB vserver as a pool of a GLB. */
class Pool implements Candidate {
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
  #pools: readonly Pool[] = []
  #fallback: LbRuntime | undefined
  #steering: Glb['steering'] = 'failover'
  #method: BalancingMethod = steerings.failover()
  readonly #order: number[] = []

  constructor (name: string, stats: GlbStats) {
    this.name = name
    this.stats = stats
  }

  configure ({ pools, fallback, steering }: Glb, lbs: ReadonlyMap<string, LbRuntime>): void {
    this.#pools = pools.map(pool => new Pool(lbs.get(pool.name)!, pool))
    this.#fallback = fallback === undefined ? undefined : lbs.get(fallback)!
    if (steering !== this.#steering) this.#method = steerings[steering]()
    this.#steering = steering
  }

  get persistent (): boolean { return this.#fallback?.persistent === true || this.#pools.some(({ lb }) => lb.persistent) }

  pick (placement: Placement): void {
    const index = this.#steer(placement)
    placement.anyHealth = index < 0
    if (index >= 0) {
      this.#method.took(index, this.#pools)
      this.#lead(placement, this.#pools[index]!.lb)
    } else if (this.#fallback?.available(placement, 1, false) === 1) {
      this.stats.fallback++
      this.#lead(placement, this.#fallback)
    } else {
      this.stats.noService++
      placement.onNoService(this.#refusal)
    }
  }

  #lead (placement: Placement, lb: LbRuntime): void {
    const { stats } = this
    stats.picks++
    stats.pools[lb.name] = (stats.pools[lb.name] ?? 0) + 1
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

  get #refusal (): 'limit' | 'no-service' { return this.#pools.some(({ lb }) => lb.refusal === 'limit') || this.#fallback?.refusal === 'limit' ? 'limit' : 'no-service' }

  /** Reports what `pick` would do now, and why, as that of an LB vserver. */
  explain (wish: Wish, told: (explanation: LbExplanation) => void): void {
    const index = this.#steer(wish)
    const chosen = index < 0 ? undefined : this.#pools[index]!.lb
    const last = { ...wish, anyHealth: true }
    const fallback = chosen === undefined && this.#fallback?.available(last, 1, false) === 1 ? this.#fallback : undefined
    const glb: GlbExplanation = {
      glb: this.name,
      steering: this.#steering,
      pools: this.#pools.map(({ lb, minimumUp }) => {
        const available = lb.available(wish, Infinity, false)
        return { pool: lb.name, available, minimumUp, verdict: lb === chosen ? 'chosen' : available < minimumUp ? 'out' : 'spare' }
      }),
      fallback: this.#fallback && { pool: this.#fallback.name, chosen: fallback !== undefined }
    }
    const lb = chosen ?? fallback
    if (lb !== undefined) lb.explain(chosen === undefined ? last : wish, explanation => { told({ ...explanation, glb }) })
    else (this.#fallback ?? this.#pools[0]!.lb).explain(wish, explanation => { told({ ...explanation, service: undefined, by: undefined, backup: undefined, refusal: this.#refusal, glb }) })
  }

  // Clients are placed, and sessions held, by the pools.
  claimed (): void {}
  unpropose (): void {}
  pin (): void {}
  release (): void {}
  takes (): boolean { return false }
  every (wish: Wish): EveryService { return (this.#pools[this.#steer(wish)]?.lb ?? this.#fallback ?? this.#pools[0]!.lb).every() }
  onKnown (): void {}
}
