// Balancing methods by name: imported by the control process, which has to know the names, and by every worker.
import type { BalancingMethod, Candidate, Criteria, Methods } from 'weirlb'

/**
 * Fills one server before it uses the next, so that the others may sleep: the busiest first, equal ones in the order of
 * their binding.
 */
class FillFirst implements BalancingMethod {
  order (candidates: readonly Candidate[], _criteria: Criteria, order: number[]): void {
    for (let i = 0; i < candidates.length; i++) order.push(i)
    order.sort((a, b) => candidates[b]!.active - candidates[a]!.active || a - b)
  }

  // Nothing to remember: `active` has the connections.
  took (): void {}
  gaveBack (): void {}
}

export default { 'fill-first': () => new FillFirst() } satisfies Methods
