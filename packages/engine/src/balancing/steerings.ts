import type { Steering } from '@weirlb/model'
import { LeastConnection } from './least-connection.ts'
import type { BalancingMethod, Candidate, Criteria, MethodFactory } from './method.ts'
import { RoundRobin } from './round-robin.ts'

/** The order of the configuration. */
class InOrder implements BalancingMethod {
  order (candidates: readonly Candidate[], _criteria: Criteria, order: number[]): void {
    for (let i = 0; i < candidates.length; i++) order.push(i)
  }

  took (): void {}
  gaveBack (): void {}
}

/** A pool, as steering sees it. */
export interface SteeredPool extends Candidate { readonly latencyMs: number | undefined }

/** Pools that are slower by no more are as good as the fastest one. */
const EQUAL = 1.1

/**
 * The pools with the fastest probes, in the order of the configuration, then the others by their time, then those
 * without one.
 */
class ByLatency implements BalancingMethod {
  order (candidates: readonly Candidate[], _criteria: Criteria, order: number[]): void {
    const latencies = candidates.map(pool => (pool as SteeredPool).latencyMs ?? Infinity)
    const fastest = Math.min(...latencies)
    for (let i = 0; i < candidates.length; i++) order[i] = i
    order.sort((a, b) => {
      const [first, second] = [a, b].map(i => latencies[i]! <= fastest * EQUAL ? fastest : latencies[i]!) as [
        number,
        number
      ]
      return first === second ? a - b : first - second
    })
  }

  took (): void {}
  gaveBack (): void {}
}

/** How a GLB orders its pools: balancing methods, whose candidates are pools. */
export const steerings = {
  failover: () => new InOrder(),
  weighted: () => new RoundRobin(),
  'least-connection': () => new LeastConnection(),
  latency: () => new ByLatency()
} satisfies Record<Steering, MethodFactory>
