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

/** How a GLB orders its pools: balancing methods, whose candidates are pools. */
export const steerings = {
  failover: () => new InOrder(),
  weighted: () => new RoundRobin(),
  'least-connection': () => new LeastConnection()
} satisfies Record<Steering, MethodFactory>
